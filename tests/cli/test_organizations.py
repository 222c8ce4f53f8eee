"""Organizations, users and keys are made from the command line, on either store."""

import re
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal, cells


@pytest.fixture
def on(terminal: Terminal, store: str, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal whose commands work on the store."""
    monkeypatch.setenv("FIRSTINLINE_DATABASE_URL", store)
    return terminal


def name(word: str = "Acme") -> str:
    return f"{word} {uuid.uuid4().hex}"


def test_a_key_opens_the_api_until_it_is_revoked(on: Terminal) -> None:
    acme = str(on.id("organizations", "create", name(), "--domain", "Acme.example"))
    here = ("--organization", acme)
    ada = on.id("users", "create", "Ada", "--email", "Ada@acme.example", "--role", "admin", *here)
    keys = [
        on.run("keys", "create", label, "--scope", scope, "--user", user, *here).out.strip()
        for label, scope, user in (("main", "admin", "ada@ACME.example"), ("2nd", "read", str(ada)))
    ]
    with on.person(keys[0]) as person:
        me = person.get("me")
        assert me["user"]["id"] == str(ada)
        assert (me["user"]["role"], me["user"]["emails"]) == ("admin", ["ada@acme.example"])
        assert me["organization"]["domains"] == ["acme.example"]
        assert me["key"]["scope"] == "admin"
        assert me["organization"]["id"] == acme
        person.post("candidates", {"full_name": "Sam"})
    listed = cells(on.run("keys", "list", *here).out)
    assert [(row[1], row[2], row[3], row[5]) for row in listed] == [
        ("main", keys[0].split("_")[1], "admin", "in use"),
        ("2nd", keys[1].split("_")[1], "read", "in use"),
    ]
    assert not any(key.split("_", 2)[2] in str(listed) for key in keys)
    # By its id as it is printed, and by its prefix.
    on.run("keys", "revoke", listed[1][0], *here)
    with on.service() as client:
        for key, status in ((keys[0], 200), (keys[1], 401)):
            bearer = {"Authorization": f"Bearer {key}"}
            assert client.get("/v1/me", headers=bearer).status_code == status
    assert [row[5] for row in cells(on.run("keys", "list", *here).out)] == ["in use", "revoked"]
    on.run("keys", "create", "third", "--scope", "admin", *here)
    on.run("keys", "revoke", listed[0][2], *here)
    with on.service() as client:
        bearer = {"Authorization": f"Bearer {keys[0]}"}
        assert client.get("/v1/me", headers=bearer).status_code == 401


def test_a_key_of_another_organization_is_not_found(on: Terminal) -> None:
    acme, globex = (str(on.id("organizations", "create", name(word))) for word in ("A", "G"))
    shown = on.run("keys", "create", "theirs", "-o", globex).out.strip()
    prefix = shown.split("_")[1]
    refusal = "That is neither a key's id nor a prefix."
    assert on.refused("keys", "revoke", prefix, "-o", acme) == refusal
    (row,) = cells(on.run("keys", "list", "-o", globex).out)
    assert on.refused("keys", "revoke", row[0], "-o", acme) == "No such API key."
    assert cells(on.run("keys", "list", "-o", acme).out) == []


def test_the_last_key_that_may_administer_stays(on: Terminal) -> None:
    acme = str(on.id("organizations", "create", name()))
    prefix = on.run("keys", "create", "one", "--scope", "admin", "-o", acme).out.split("_")[1]
    assert "No key would be left" in on.refused("keys", "revoke", prefix, "-o", acme)


def test_an_organization_is_found_by_its_name_whatever_the_case(on: Terminal) -> None:
    # SQLite's own lower() knows no letter beyond ASCII.
    called = name("Ölmühle Ärztehaus")
    on.id("organizations", "create", called)
    on.run("keys", "list", "-o", called)
    plain = name()
    on.id("organizations", "create", plain)
    on.run("keys", "list", "-o", plain.upper())


def test_two_of_one_name_are_told_apart_by_their_ids(on: Terminal) -> None:
    called = name()
    one, _ = (str(on.id("organizations", "create", called)) for _ in range(2))
    assert on.refused("keys", "list", "-o", called) == "Several have that name: use the id."
    on.run("keys", "list", "-o", one)
    assert on.refused("keys", "list", "-o", name()) == "No organization of that name."
    unknown = str(uuid.uuid4())
    assert on.refused("keys", "list", "-o", unknown) == "No organization of that name."


def test_the_organization_need_not_be_said_where_there_is_one(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert terminal.refused("keys", "list").startswith("There is no organization yet:")
    acme = terminal.id("organizations", "create", "Acme")
    terminal.run("keys", "create", "ours")
    terminal.id("organizations", "create", "Globex")
    refusal = "There are several organizations: say which with --organization: Acme, Globex."
    assert terminal.refused("keys", "list") == refusal
    monkeypatch.setenv("FIRSTINLINE_ORGANIZATION", str(acme))
    assert [row[1] for row in cells(terminal.run("keys", "list").out)] == ["ours"]


REFUSED: dict[tuple[str, ...], str] = {
    ("organizations", "create", "X", "--time-zone", "Mars/Olympus"): "/time_zone",
    ("organizations", "create", " "): "' '",
    ("users", "create", "Ben", "--email", "nobody"): "'nobody'",
    ("users", "create", "", "--email", "ben@acme.example"): "''",
    ("users", "create", "Ben", "--email", "ada@acme.example"): "Another user",
    ("keys", "create", "k", "--scope", "all"): "A scope is one of read, write, admin.",
    ("keys", "create", "k", "--user", "nobody@acme.example"): "No such user.",
    ("keys", "create", "k", "--expires-on", "2019-05-13"): "/expires_at lies in the past",
    ("keys", "revoke", "nothing"): "neither a key's id nor a prefix",
    ("keys", "revoke", str(uuid.UUID(int=1))): "No such API key.",
}


def test_what_cannot_be_done_is_refused_in_a_sentence(terminal: Terminal) -> None:
    terminal.id("organizations", "create", "Acme")
    terminal.id("users", "create", "Ada", "--email", "ada@acme.example")
    said = {words: terminal.refused(*words) for words in REFUSED}
    assert {words: why for words, why in said.items() if REFUSED[words] not in why} == {}
    # There still is but one organization, and nobody has a key.
    assert cells(terminal.run("keys", "list").out) == []


def test_a_role_is_one_that_there_is(terminal: Terminal) -> None:
    terminal.id("organizations", "create", "Acme")
    words = ("users", "create", "Ben", "--email", "ben@acme.example", "--role", "king")
    assert "hiring_manager" in terminal.run(*words, expect=2).err


def test_a_key_may_end(terminal: Terminal) -> None:
    terminal.id("organizations", "create", "Acme")
    key = terminal.run("keys", "create", "k", "--expires-on", "2999-01-01").out.strip()
    with terminal.person(key) as person:
        assert person.get("me")["key"]["name"] == "k"


def test_the_command_itself_says_a_sentence_and_ends_with_status_1(terminal: Terminal) -> None:
    command = [sys.executable, "-m", "app.cli", "organizations", "create", "X"]
    found = subprocess.run(
        [*command, "--time-zone", "Mars/Olympus"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert (found.returncode, found.stdout) == (1, "")
    assert "/time_zone must be the name of a time zone" in found.stderr
    assert "Traceback" not in found.stderr


def test_a_sandbox_is_founded_with_its_story_and_goes_by_its_clock(terminal: Terminal) -> None:
    sandbox, key = terminal.run("organizations", "create", name("Trial"), "--sandbox").out.split()
    here = ("--organization", sandbox)
    assert key.startswith("fil_test_")
    assert terminal.run("keys", "create", "more", *here).out.startswith("fil_test_")

    def persistence() -> float:
        printed = terminal.run("persistence", "sam@mail.example", *here).out
        found = re.search(r"^persistence ([0-9.]+)", printed, re.MULTILINE)
        assert found is not None, printed
        return float(found[1])

    before = persistence()
    half_life = datetime.now(UTC) + timedelta(days=182.625)
    with terminal.person(key) as ben:
        assert ben.get("me")["organization"]["id"] == sandbox
        ben.post("test-clock", {"now": half_life.isoformat()}, expect=200)
    assert persistence() == pytest.approx(before / 2, abs=1e-5)
    acme = str(terminal.id("organizations", "create", name()))
    assert "This is no sandbox" in terminal.refused("organizations", "remove", acme)
    terminal.run("organizations", "remove", sandbox)
    assert "No organization" in terminal.refused("organizations", "remove", sandbox)
