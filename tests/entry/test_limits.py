"""How often a key may ask, and what becomes of who guesses keys."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from app.core.database import Database
from app.core.settings import Settings
from app.entry import limiting
from app.entry.limits import Limits, Quota
from app.main import create_app
from tests.cast import Cast, Person
from tests.client import Client

WRONG = "fil_zzzzzzzz_" + "A" * 43
KEY = b"k" * 32


@dataclass
class Clock:
    """Seconds that pass when they are told to."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_key_has_its_number_of_requests_in_each_window() -> None:
    clock = Clock()
    limits = Limits(per_key=2, wrong_keys=0, clock=clock)
    assert limits.take(KEY) is None
    assert limits.admit(KEY, None, counted=False) == Quota(2, 1, 60)
    clock.seconds += 20.5
    assert limits.take(KEY) == Quota(2, 0, 40)
    assert limits.take(KEY) == Quota(2, 0, 40, refused=True)
    clock.seconds += 39.5
    assert limits.take(KEY) == Quota(2, 1, 60)


def test_a_keys_own_number_wins_from_its_next_request_on() -> None:
    limits = Limits(per_key=2, wrong_keys=0)
    limits.admit(KEY, None, counted=False)
    assert limits.admit(KEY, 5, counted=True) == Quota(5, 4, 60)
    off = Limits(per_key=0, wrong_keys=0)
    assert off.admit(KEY, None, counted=False) is None
    assert off.quota(KEY) is None
    assert off.admit(KEY, 1, counted=False) == Quota(1, 0, 60)
    assert off.admit(KEY, None, counted=True) is None
    assert off.take(KEY) is None


def test_wrong_keys_are_counted_by_network_and_forgotten_with_the_window() -> None:
    clock = Clock()
    limits = Limits(per_key=0, wrong_keys=1, clock=clock)
    assert limits.wrong_key("2001:db8::1") == 0
    assert limits.wrong_key("2001:db8::ffff:2") == 60
    assert limits.wrong_key("2001:db8:0:1::1") == 0
    assert limits.wrong_key("192.0.2.1") == 0
    assert limits.wrong_key("::ffff:192.0.2.1") == 60
    clock.seconds += 60
    assert limits.wrong_key("192.0.2.1") == 0
    assert Limits(per_key=0, wrong_keys=0).wrong_key("192.0.2.1") == 0


def test_what_is_remembered_is_bounded() -> None:
    limits = Limits(per_key=1, wrong_keys=1, most=3)
    for number in range(10):
        limits.admit(bytes([number]), None, counted=False)
        limits.wrong_key(f"192.0.2.{number}")
    assert [number for number in range(10) if limits.take(bytes([number]))] == [7, 8, 9]
    assert [n for n in range(7, 10) if limits.wrong_key(f"192.0.2.{n}")] == [7, 8, 9]
    assert limits.wrong_key("192.0.2.0") == 0


@contextmanager
def served(database: Database, settings: Settings) -> Iterator[Callable[[Person], Person]]:
    """Yield what takes a person to a service with these settings."""
    with Client(create_app(settings, database)) as http:
        yield lambda person: replace(person, http=http)


def test_a_key_over_its_limit_is_told_when_to_come_back(cast: Cast, database: Database) -> None:
    with served(database, Settings(rate_limit=2)) as there:
        ben = there(cast.ben)
        first, second, third = (ben.call("GET", "users?limit=1") for _ in range(3))
        assert first.headers["RateLimit-Policy"] == '"per-key";q=2;w=60'
        assert first.headers["RateLimit"] in {'"per-key";r=1;t=60', '"per-key";r=1;t=59'}
        assert second.headers["RateLimit"].startswith('"per-key";r=0;')
        assert third.status_code == 429
        assert third.json()["type"] == "/problems/too-many-requests"
        assert third.json()["detail"] == "This key may make 2 requests a minute."
        assert third.headers["RateLimit"].startswith('"per-key";r=0;')
        assert 0 < int(third.headers["Retry-After"]) <= 60
        assert third.headers["X-Request-Id"]
        body = {"name": "bulk", "scope": "read", "requests_per_minute": 9}
        made = there(cast.ada).post("api-keys", body)
        own = replace(ben, key=made["key"]).call("GET", "me")
        assert own.headers["RateLimit-Policy"] == '"per-key";q=9;w=60'
        assert made["requests_per_minute"] == 9
        # Another's wrong key takes nothing from it, and no header tells of a limit.
        assert "RateLimit" not in replace(ben, key=WRONG).call("GET", "me").headers


def test_who_guesses_is_slowed_and_a_good_key_beside_is_not(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiting, "HELD_SECONDS", 0.05)
    with served(database, Settings(wrong_keys=2)) as there:
        ben = there(cast.ben)
        guesser = replace(ben, key=WRONG)
        answers = [guesser.call("GET", "me") for _ in range(2)]
        started = time.monotonic()
        answers.append(guesser.call("GET", "me"))
        assert time.monotonic() - started >= limiting.HELD_SECONDS
        assert [answer.status_code for answer in answers] == [401, 401, 429]
        assert 0 < int(answers[2].headers["Retry-After"]) <= 60
        assert answers[2].json()["detail"] == "Too many wrong API keys."
        assert ben.call("GET", "me").status_code == 200
        # Nobody who sends no key at all has guessed one.
        assert ben.http.get("/v1/me").status_code == 401
