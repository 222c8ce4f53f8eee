"""What was frozen is answered as the text it was written as, and that is what the document says."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.database import Database, Mode
from app.models.ranking import ShortlistEntry
from app.shortlists.schemas import ShortlistRead
from tests.cast import Cast, Json, Person


@pytest.fixture
def made(cast: Cast) -> Json:
    """A list with somebody who was advised and wrote, and somebody of whom nothing is known."""
    ben = cast.ben
    must = {"competency": "sales", "min_level": 3, "kind": "must_have", "weight": 1}
    position = ben.position(requirements=[must], starts_on="2030-06-01")
    advice = [{"text": "Sell “it”.\nDaily.", "competency": "sales", "target_level": 4}]
    writer, silent = ben.candidate("Robin Ünal"), ben.candidate("Silent", available_from=None)
    given = ben.reject(ben.application(writer, position), advice=advice)["rejection"]["advice"]
    ben.reject(ben.application(silent, position))
    sold = {"kind": "job", "title": "Sells", "quote": "I sell.", "advice_id": given[0]["id"]}
    ben.follow_up(writer, "2019-01-05T08:00:00.25Z", milestones=[sold], subject='A "\\" in it')
    ben.follow_up(silent, "2019-01-05T08:00:00Z")
    listed = ben.post(f"positions/{position}/shortlists")
    ben.post(
        f"shortlists/{listed['id']}/entries/{writer}/decision", {"decision": "invited"}, expect=200
    )
    assert [len(listed[name]) for name in ("entries", "to_check")] == [1, 1]
    return listed


def read(ben: Person, made: Json) -> Json:
    return ben.get(f"shortlists/{made['id']}")


def test_the_answer_is_what_its_shape_would_write(cast: Cast, made: Json) -> None:
    answer = read(cast.ben, made)
    assert ShortlistRead.model_validate(answer).model_dump(mode="json") == answer
    (entry,) = answer["entries"]
    assert entry["evidence"][0]["milestones"][0]["quote"] == "I sell."
    assert entry.pop("decision")["decision"] == "invited"
    assert made["entries"][0].pop("decision") is None
    assert answer["entries"] == made["entries"]
    assert answer["to_check"][0]["unknown"][0]["settle"] is not None


def test_what_was_frozen_before_there_were_layouts_is_answered_alike(
    cast: Cast, database: Database, made: Json
) -> None:
    before = read(cast.ben, made)
    with database.transaction(Mode.WRITE, cast.ben.organization_id) as session:
        for entry in session.scalars(
            select(ShortlistEntry).where(ShortlistEntry.shortlist_id == UUID(made["id"]))
        ):
            entry.shown = _as_it_was(entry.shown)
    assert read(cast.ben, made) == before


def _as_it_was(shown: dict[str, Any]) -> dict[str, Any]:
    who = {name: shown["candidate"][name] for name in ("id", "full_name")}
    evidence = [
        {**each, "occurred_at": each["occurred_at"].replace("Z", "+00:00")}
        for each in shown["evidence"]
    ]
    rest = {name: value for name, value in shown.items() if name != "v"}
    return {"match": 1.0, **rest, "candidate": who, "evidence": evidence}
