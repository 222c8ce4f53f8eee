"""`firstinline rank`, `firstinline match` and `firstinline persistence`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.database import Mode
from app.models.organization import User
from app.models.position import Position
from app.models.ranking import Shortlist
from tests.cli.terminal import Terminal, cells

TITLE = "Summer sales internship"


def key(terminal: Terminal) -> str:
    return (terminal.folder / ".firstinline-demo-key").read_text(encoding="ascii").strip()


def organization(terminal: Terminal) -> UUID:
    with terminal.person(key(terminal)) as person:
        return person.organization_id


def one(terminal: Terminal, statement: Any) -> Any:
    """Return what one row of the demo's organization says."""
    with (
        terminal.database() as database,
        database.transaction(Mode.READ, organization(terminal)) as session,
    ):
        return session.scalars(statement).first()


def names(printed: str) -> list[str]:
    """Return everybody on a printed list, from the first down."""
    return [row[5] for row in cells(printed) if len(row) == 7 and row[0]]


def unframed(printed: str) -> str:
    """Return a print without its frames, on one line."""
    return " ".join(printed.replace("│", " ").split())


def test_a_position_is_found_by_title_id_and_external_id(told: Terminal) -> None:
    names_of_it = (
        TITLE,
        TITLE.upper(),
        "summer-sales-internship",
        "demo:position:summer-sales-internship",
        str(one(told, select(Position.id))),
    )
    printed = {wanted: told.run("rank", wanted).out for wanted in names_of_it}
    with told.person(key(told)) as person:
        for wanted, answer in printed.items():
            assert names(answer)[0] == "Sam Porter", wanted
            shown = re.search(r"^shortlist (\S+)$", answer, re.MULTILINE)
            assert shown is not None, wanted
            frozen = person.get(f"shortlists/{shown[1]}")
            assert frozen["trigger"] == "requested"
            sections = ("entries", "to_check", "quiet")
            listed = [each["candidate"]["full_name"] for name in sections for each in frozen[name]]
            assert names(answer) == listed, wanted


def test_a_position_that_is_not_there(told: Terminal) -> None:
    for wanted in ("Summer", "demo:candidate:summer-sales-internship", str(UUID(int=7)), ""):
        assert told.refused("rank", wanted) == "No such position.", wanted


def test_one_candidate_is_held_against_a_position(told: Terminal) -> None:
    first = unframed(told.run("match", TITLE, "Robin Clockwork", "--than", "sam porter").out)
    assert "Robin Clockwork stands at rank 2 of the ranking." in first
    assert "What makes the difference is the" in first
    quiet = told.run("match", TITLE, "Silvia Still", "--than", "Sam Porter").out
    assert "the section: the quiet list against the ranking." in unframed(quiet)
    assert "no follow-up of theirs counts" in unframed(quiet)
    assert ["consent", "met", "granted", ""] in cells(quiet)
    assert "--limit shows more" in told.run("rank", TITLE, "--limit", "1").out


def test_a_position_is_found_whatever_its_title_or_its_name_elsewhere(told: Terminal) -> None:
    elsewhere = "0b2f3a52-8f57-4a55-9d8e-2f6d1b1c0a11"
    with told.person(key(told)) as person:
        person.position("Ärztin (m/w/d) [Köln]")
        named = [{"source": "ats", "type": "job", "id": elsewhere}]
        person.position("Named by a UUID", external_ids=named)
        for _ in range(2):
            person.position("Twice")
    assert "Ärztin (m/w/d) [Köln]" in told.run("rank", "Ärztin (m/w/d) [Köln]").out
    for wanted in (elsewhere, f"ats:job:{elsewhere}"):
        assert "Named by a UUID" in told.run("rank", wanted).out
    refusal = told.refused("rank", "twice")
    assert refusal == "Several positions have that title: use the id."


def test_another_organizations_position_is_not_found(told: Terminal) -> None:
    told.id("organizations", "create", "Globex")
    assert told.refused("rank", TITLE, "-o", "Globex") == "No such position."
    assert told.refused("persistence", "sam@mail.example", "-o", "Globex") == "No such candidate."


def test_a_list_as_of_an_earlier_instant(told: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    instant = (datetime.now(UTC) - timedelta(days=100)).replace(second=0, microsecond=0)
    answer = told.run("rank", TITLE, "--as-of", f"{instant:%Y-%m-%dT%H:%MZ}")
    assert f"as of {instant:%Y-%m-%d %H:%M} UTC" in answer.out
    # In the story that is 2 February: three of the six letters have been written.
    assert "Sam Porter has been in touch 3 times" in unframed(answer.out)
    kept = one(told, select(Shortlist).order_by(Shortlist.id.desc()))
    assert kept.as_of == instant
    # The same instant, said in another zone.
    there = (instant + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S+02:00")
    # What a request would leave to the worker is done at the terminal.
    monkeypatch.setenv("FIRSTINLINE_RECOMPUTED_AT_ONCE", "0")
    worked = told.run("rank", TITLE, "--as-of", there)
    assert f"as of {instant:%Y-%m-%d %H:%M} UTC" in worked.out
    assert names(worked.out) == names(answer.out)
    assert "Candidates" in worked.err


def test_an_instant_has_an_offset_and_does_not_lie_ahead(told: Terminal) -> None:
    told.run("rank", TITLE, "--as-of", "2019-05-13T09:00", expect=2)
    told.run("rank", TITLE, "--as-of", "yesterday", expect=2)
    assert "lies in the future" in told.refused("rank", TITLE, "--as-of", "2999-01-01T00:00Z")
    told.run("rank", TITLE, "--limit", "0", expect=2)


def test_a_list_names_who_asked_and_is_as_long_as_wanted(told: Terminal) -> None:
    answer = told.run("rank", TITLE, "--user", "ben@acme.example", "--limit", "1")
    assert [row[0] for row in cells(answer.out) if len(row) == 7][:1] == ["1"]
    kept = one(told, select(Shortlist).order_by(Shortlist.id.desc()))
    assert kept.row_limit == 1
    assert kept.asked_by_user_id == one(told, select(User.id))
    assert told.refused("rank", TITLE, "--user", "nobody@acme.example") == "No such user."


def test_a_candidate_is_found_by_address_and_id(told: Terminal) -> None:
    instant = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    with told.person(key(told)) as person:
        (sam,) = person.get("candidates", params={"email": "sam@mail.example"})["items"]
        path = f"candidates/{sam['id']}/persistence"
        read = person.get(path, params={"as_of": instant.isoformat()})
    at = ("--as-of", f"{instant:%Y-%m-%dT%H:%M:%SZ}")
    printed = told.run("persistence", "sam@mail.example", *at).out
    for wanted in (" Sam@MAIL.example", sam["id"]):
        assert told.run("persistence", wanted, *at).out == printed, wanted
    assert (
        f"persistence {read['persistence']:.6f} (best so far {read['best_so_far']:.6f}), "
        f"score {read['score']:.1f} of 100" in printed
    )
    assert cells(printed) == [
        [
            period["starts_on"][:7],
            f"{period['credit']:.1f}",
            period["last_at"][:10],
            f"{period['decay']:.6f}",
            f"{period['contribution']:.6f}",
        ]
        for period in read["periods"]
    ]
    assert len(read["periods"]) == 6


def test_who_never_wrote_has_nothing_that_counts(told: Terminal) -> None:
    with told.person(key(told)) as person:
        named = [{"source": "ats", "type": "person", "id": "77"}]
        person.candidate("Silent [x] Person", external_ids=named)
        for _ in range(2):
            person.candidate("Twin", emails=[{"address": "twins@mail.example"}])
    for wanted in ("77", "ats:person:77"):
        said = told.run("persistence", wanted).out.strip()
        assert said == "Silent [x] Person: nothing counts yet."
    refusal = told.refused("persistence", "twins@mail.example")
    assert refusal == "Several candidates fit: use an id or address."
    assert told.refused("persistence", "nobody@mail.example") == "No such candidate."
    assert told.refused("persistence", str(UUID(int=7))) == "No such candidate."
    assert "lies in the future" in told.refused("persistence", "77", "--as-of", "2999-01-01T00:00Z")
