"""`firstinline follow-ups import`: mail out of files, folders and mailboxes, on a user's word."""

import mailbox
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cast import Json, Person
from tests.cli.terminal import Terminal, cells, copied, sit_down
from tests.intake.email.letters import SAM, forwarded_attached, letter

ADA = "ada@acme.example"


@dataclass(frozen=True)
class Office:
    """Acme, where Ada works and Sam was turned down in 2018."""

    terminal: Terminal
    person: Person
    sam: str

    def take(self, source: str | Path, expect: int = 0) -> dict[str, int]:
        """Import, in Ada's name; return how many messages became what."""
        answer = self.terminal.run("follow-ups", "import", source, "--user", ADA, expect=expect)
        return {outcome: int(count) for outcome, count in cells(answer.out)}

    def letters(self) -> list[Json]:
        """Return Sam's follow-ups, newest first."""
        items: list[Json] = self.person.get(f"candidates/{self.sam}/follow-ups")["items"]
        return items


@pytest.fixture(scope="session")
def office_folder(empty_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose store holds the office: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("office") / "made"
    with pytest.MonkeyPatch.context() as monkeypatch:
        terminal = sit_down(copied(empty_folder, folder), monkeypatch)
        terminal.id("organizations", "create", "Acme", "--domain", "acme.example")
        terminal.id("users", "create", "Ada", "--email", ADA)
        words = ("keys", "create", "Ada", "--scope", "admin", "--user", ADA)
        key = terminal.run(*words).out.strip()
        with terminal.person(key) as person:
            sam = person.candidate(emails=[{"address": SAM}])
            person.reject(person.application(sam, person.position()))
    (folder / "told.txt").write_text(f"{key} {sam}", encoding="ascii")
    return folder


@pytest.fixture
def office(
    office_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    terminal = sit_down(copied(office_folder, tmp_path), monkeypatch)
    key, sam = (tmp_path / "told.txt").read_text(encoding="ascii").split()
    with terminal.person(key) as person:
        yield Office(terminal, person, sam)


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T15:00:00").replace(tzinfo=UTC)


def test_a_message_is_dated_by_its_own_date_on_the_users_word(office: Office) -> None:
    Path("one.eml").write_bytes(letter(sent=at("2019-01-07"), subject="Grades"))
    assert office.take("one.eml") == {"follow up": 1}
    (found,) = office.letters()
    assert (found["subject"], found["direction"], found["channel"]) == (
        "Grades",
        "inbound",
        "email",
    )
    assert datetime.fromisoformat(found["occurred_at"]) == at("2019-01-07")
    assert found["dating"] == "trusted"
    assert office.person.get(f"candidates/{office.sam}/persistence")["periods"][0]["starts_on"] == (
        "2019-01-01"
    )
    assert office.take("one.eml") == {"duplicate": 1}
    assert office.letters() == [found]
    audit = office.person.get("audit-log", params={"action": "follow_up.recorded"})["items"]
    assert [row["user_id"] for row in audit] == [str(office.person.user_id)]


def test_a_folder_is_taken_in_with_all_below_it(office: Office) -> None:
    days = ("2018-10-25", "2018-11-26", "2019-01-07")
    folder = Path("mail [/old]")
    (folder / "2018").mkdir(parents=True)
    names = ("2018/one.eml", "2018/[two].EML", "three.eml")
    for name, day in zip(names, days, strict=True):
        (folder / name).write_bytes(letter(sent=at(day), subject=day))
    (folder / "notes.txt").write_bytes(letter(sent=at("2019-02-01")))
    stranger = letter("Who <who@mail.example>", sent=at("2019-03-01"))
    (folder / "stranger.eml").write_bytes(stranger)
    assert office.take(folder) == {"follow up": 3, "unassigned": 1}
    assert [row["subject"] for row in office.letters()] == list(days[::-1])
    again = office.terminal.run("follow-ups", "import", folder, "--user", ADA)
    assert cells(again.out) == [["duplicate", "4"]]
    assert "left out: 1." in again.said
    assert len(office.letters()) == 3
    (waiting,) = office.person.get("intake/unassigned")["items"]
    assert waiting["from_address"] == "who@mail.example"


@pytest.mark.parametrize("name", ["sam.mbox", "Sent", "INBOX.MBOX"])
def test_a_mailbox_is_taken_in_message_by_message(office: Office, name: str) -> None:
    days = ("2018-10-25", "2018-11-26", "2019-01-07")
    with closing(mailbox.mbox(name)) as box:
        for day in days:
            text = f"On {day}:\nFrom now on I work as a waiter.\n\nSam"
            box.add(letter(sent=at(day), subject=day, text=text))
    assert office.take(name) == {"follow up": 3}
    assert [row["subject"] for row in office.letters()] == list(days[::-1])
    assert all("work as a waiter" in row["body"] for row in office.letters())
    assert office.take(name) == {"duplicate": 3}
    assert len(office.letters()) == 3


def test_the_same_message_as_file_and_in_a_mailbox_is_one(office: Office) -> None:
    raw = letter(sent=at("2019-01-07"))
    Path("one.eml").write_bytes(raw)
    with closing(mailbox.mbox("all.mbox")) as box:
        box.add(raw)
    assert office.take("one.eml") == {"follow up": 1}
    assert office.take("all.mbox") == {"duplicate": 1}
    assert len(office.letters()) == 1


def test_a_file_of_one_message_stays_one_whatever_its_lines_begin_with(office: Office) -> None:
    text = "Hello,\n\nFrom Monday on I am a waiter.\n\nSam"
    raw = b"From sam Mon Jan  7 15:00:00 2019\r\n" + letter(sent=at("2019-01-07"), text=text)
    Path("one.eml").write_bytes(raw)
    assert office.take("one.eml") == {"follow up": 1}
    (found,) = office.letters()
    assert found["subject"] == "Promoted"
    assert "From Monday on I am a waiter." in found["body"]


def test_what_was_forwarded_is_dated_as_it_was_written(office: Office) -> None:
    original = letter(sent=at("2019-02-11"), subject="The marketing club")
    sender = f"Ada <{ADA}>"
    raw = forwarded_attached(original, sender=sender, sent=at("2019-02-12"))
    Path("forward.eml").write_bytes(raw)
    assert office.take("forward.eml") == {"follow up": 1}
    Path("original.eml").write_bytes(original)
    assert office.take("original.eml") == {"duplicate": 1}
    (found,) = office.letters()
    assert datetime.fromisoformat(found["occurred_at"]) == at("2019-02-11")
    assert found["captured_by_user_id"] == str(office.person.user_id)


def test_a_message_that_cannot_be_taken_stops_no_other(office: Office) -> None:
    folder = Path("mail")
    (folder / "b.eml").mkdir(parents=True)
    (folder / "a.eml").write_bytes(b"")
    (folder / "c.eml").write_bytes(letter(sent=at("2019-01-07")))
    answer = office.terminal.run("follow-ups", "import", folder, "--user", ADA, expect=1)
    assert cells(answer.out) == [["failed", "2"], ["follow up", "1"]]
    assert "mail/a.eml: " in answer.err
    assert "holds no message" in answer.err
    assert "mail/b.eml: Is a directory" in answer.err
    assert len(office.letters()) == 1


def test_somebody_has_to_vouch(office: Office) -> None:
    Path("one.eml").write_bytes(letter(sent=at("2019-01-07")))
    words = ("follow-ups", "import", "one.eml")
    office.terminal.run(*words, expect=2)
    assert office.terminal.refused(*words, "--user", "nobody@acme.example") == "No such user."
    assert office.letters() == []
    office.terminal.run("follow-ups", "import", "none.eml", "--user", ADA, expect=2)


def test_nothing_to_import_is_no_mistake(office: Office) -> None:
    Path("mail").mkdir()
    assert office.take("mail") == {}
