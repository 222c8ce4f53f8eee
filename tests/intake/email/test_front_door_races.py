"""The same message at the same moment, and imports on a user's word."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.core.database import Database, Mode
from app.entry.actor import Actor
from app.intake.email.actions import Receipt, receive_message
from tests.cast import Cast
from tests.intake.email.letters import (
    ago,
    follow_ups,
    forwarded_inline,
    letter,
    sam,
    score,
    send,
)


def test_one_message_posted_by_many_at_once_is_one_follow_up(cast: Cast) -> None:
    candidate = sam(cast.ben)
    raw = letter(sent=ago(hours=1))
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: send(cast.ben, raw), range(6)))
    assert sorted(one.status_code for one in answers) == [200] * 5 + [201]
    assert len({one.json()["follow_up"]["id"] for one in answers}) == 1
    assert len(follow_ups(cast.ben, candidate)) == 1


def test_one_message_on_many_ways_at_once_is_one_follow_up(cast: Cast) -> None:
    candidate = sam(cast.ben)
    sent = ago(hours=30)
    raws = [
        letter(sent=sent, message_id="one@mail.example", headers=[("Received", f"hop {hop}")])
        for hop in range(3)
    ] + [forwarded_inline(sent), forwarded_inline(sent, sender="Ada <ada@acme.example>")]
    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(lambda raw: send(cast.ben, raw), raws))
    assert sorted(one.status_code for one in answers) == [200] * 4 + [201]
    [told] = follow_ups(cast.ben, candidate)
    assert told["message_id"] == "one@mail.example"
    assert {one.json()["follow_up"]["id"] for one in answers} == {told["id"]}


def receive(database: Database, cast: Cast, raw: bytes, **options: bool) -> Receipt:
    ben = cast.ben
    actor = Actor(ben.organization_id, "admin", user_id=ben.user_id, user_name=ben.name)
    with database.transaction(Mode.WRITE, ben.organization_id) as session:
        return receive_message(session, actor, raw, received_at=datetime.now(UTC), **options)


@pytest.mark.parametrize("trusted", [True, False])
def test_only_an_import_on_a_users_word_believes_an_older_date(
    cast: Cast, database: Database, *, trusted: bool
) -> None:
    candidate = sam(cast.ben)
    sent = datetime(2019, 1, 7, 15, tzinfo=UTC)
    receipt = receive(database, cast, letter(sent=sent), trusted=trusted)
    assert receipt.outcome == "follow_up"
    [told] = follow_ups(cast.ben, candidate)
    assert told["id"] == str(receipt.follow_up_id)
    assert told["dating"] == ("trusted" if trusted else "live")
    assert (datetime.fromisoformat(told["occurred_at"]) == sent) is trusted
    starts = [one["starts_on"] for one in score(cast.ben, candidate)["periods"]]
    assert (starts == ["2019-01-01"]) is trusted
    assert receive(database, cast, letter(sent=sent), trusted=trusted).outcome == "follow_up"


def test_what_waited_since_an_import_keeps_its_own_date(cast: Cast, database: Database) -> None:
    sent = datetime(2019, 1, 7, 15, tzinfo=UTC)
    receipt = receive(database, cast, letter(sent=sent), trusted=True)
    assert receipt.outcome == "unassigned"
    candidate = sam(cast.ben, "other@mail.example")
    path = f"intake/unassigned/{receipt.intake_message_id}/assign"
    told = cast.ben.post(path, {"candidate_id": candidate}, expect=200)["follow_up"]
    assert (datetime.fromisoformat(told["occurred_at"]), told["dating"]) == (sent, "trusted")


def test_a_date_ahead_is_taken_as_the_receipt(cast: Cast, database: Database) -> None:
    candidate = sam(cast.ben)
    ahead = ago(days=-400)
    assert receive(database, cast, letter(sent=ahead), trusted=True).outcome == "follow_up"
    [told] = follow_ups(cast.ben, candidate)
    assert told["occurred_at"] == told["received_at"]
    # And the original of a forward whose sender's clock goes wrong is no error either.
    sent = ago(days=-1)
    text = "I joined the marketing club."
    assert send(cast.ben, forwarded_inline(sent, text=text)).status_code == 201
    assert send(cast.ben, letter(sent=sent, text=text)).json()["outcome"] == "duplicate"
    latest = datetime.fromisoformat(follow_ups(cast.ben, candidate)[0]["occurred_at"])
    assert latest < datetime.now(UTC) + timedelta(seconds=1)


def test_a_message_assigned_by_two_at_once_is_one_candidates(cast: Cast) -> None:
    first, second = sam(cast.ben, "a@mail.example"), sam(cast.ben, "b@mail.example")
    message_id = send(cast.ben, letter()).json()["intake_message_id"]

    def assign(candidate: str) -> int:
        body = {"candidate_id": candidate}
        path = f"intake/unassigned/{message_id}/assign"
        return cast.ben.call("POST", path, json=body).status_code

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(assign, (first, second))) == [200, 409]
    assert len(follow_ups(cast.ben, first) + follow_ups(cast.ben, second)) == 1
