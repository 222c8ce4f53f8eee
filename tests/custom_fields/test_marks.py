"""The index over values of custom fields says what the rows say, whatever was done to them."""

import importlib
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.database import Database, Mode
from app.custom_fields import queries
from app.models.base import table_of
from app.models.custom_field import CustomFieldMark
from app.models.marking import HAVE_VALUES, mark, marks
from tests.cast import Cast, Json
from tests.custom_fields.test_custom_fields import add
from tests.intake.csv.test_import import send

migration = importlib.import_module("migrations.versions.0022_custom_field_marks")
MARKS = table_of(CustomFieldMark)
Marked = set[tuple[UUID, bytes]]


def kept(session: Session, organization_id: UUID) -> Marked:
    """Return the index as it is."""
    rows = session.execute(select(MARKS).where(MARKS.c.organization_id == organization_id))
    return {(row.subject_id, row.mark) for row in rows}


def due(session: Session, organization_id: UUID) -> Marked:
    """Return the index as the rows would have it."""
    found: Marked = set()
    for model, applies_to in HAVE_VALUES:
        table = table_of(model)
        own = select(table.c.id, table.c.custom_fields)
        for row in session.execute(own.where(table.c.organization_id == organization_id)):
            found |= {(row.id, each) for each in marks(applies_to, row.custom_fields)}
    return found


def count(cast: Cast, database: Database) -> int:
    """Return how many marks there are, all of them right."""
    organization_id = cast.ben.organization_id
    with database.transaction(Mode.READ, organization_id) as session:
        found = kept(session, organization_id)
        assert found == due(session, organization_id)
    return len(found)


def add_fields(cast: Cast) -> list[Json]:
    """Add fields of every kind, some of them to all that has fields."""
    told: list[tuple[str, str, str, dict[str, Any]]] = [
        ("candidate", "note", "text", {}),
        ("candidate", "shoe", "number", {}),
        ("candidate", "driver", "boolean", {}),
        ("candidate", "since", "date", {}),
        ("candidate", "languages", "multi_select", {"options": ["de", "en", "fr"]}),
        ("position", "note", "text", {}),
        ("application", "note", "text", {}),
    ]
    return [add(cast.ada, place, key, kind, **more) for place, key, kind, more in told]


def test_the_index_follows_every_change(cast: Cast, database: Database) -> None:
    ben, (note, *_) = cast.ben, add_fields(cast)
    values = {"note": "x" * 5000, "shoe": 43, "driver": True, "since": "2019-05-13"}
    sam = ben.post("candidates", {"full_name": "Sam", "custom_fields": values})["id"]
    assert count(cast, database) == 4
    path = f"candidates/{sam}"
    change = {"shoe": 43.5, "note": None, "languages": ["de", "en"]}
    ben.patch(path, {"custom_fields": change})
    assert count(cast, database) == 5
    ben.patch(path, {"custom_fields": {"languages": ["en", "fr"]}, "full_name": "Samuel"})
    ben.patch(path, {"custom_fields": {"languages": []}})
    assert count(cast, database) == 3

    kim = ben.put("candidates/by-external-id/ats/candidate/17", {"full_name": "Kim"}, expect=201)
    items = [{"external_ids": kim["external_ids"], "custom_fields": {"note": "a", "shoe": 1e22}}]
    assert ben.post("candidates/batch", {"items": items}, expect=200)["items"][0]["id"] == kim["id"]
    sheet = "name;external_ids;note;shoe\nKim;ats:candidate:17;b;-0,0\nLee;;b;1\n"
    assert send(ben, sheet)["created"] == 1
    before = count(cast, database)
    cast.ada.patch(f"custom-fields/{note['id']}", {"archived": True, "name": "Remark"})
    assert count(cast, database) == before

    position = ben.post("positions", {"title": "x", "custom_fields": {"note": "p"}})["id"]
    ben.patch(f"positions/{position}", {"custom_fields": {"note": "q"}})
    application = ben.application(kim["id"], position, custom_fields={"note": "t"})
    ben.patch(f"applications/{application}", {"custom_fields": {"note": "u"}})
    assert count(cast, database) == before + 2
    ben.post(f"candidates/{sam}/merge", {"duplicate_candidate_id": kim["id"]}, expect=200)
    assert count(cast, database) == before + 1
    backfilled(cast, database)
    cast.ada.delete(path)
    # Lee's own, and the position's.
    assert count(cast, database) == 3


def test_lists_by_changes_are_the_same_where_many_hold_the_value(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = cast.ben
    add(cast.ada, "candidate", "shoe", "number")
    ids = [ben.candidate(custom_fields={"shoe": size}) for size in (43, 44, 43, 43)]
    holding = [ids[0], ids[2], ids[3]]
    changes = {"custom_field": "shoe:43", "limit": 2}
    lists = ({"sort": "-updated_at"}, {"updated_since": "2019-01-01T00:00:00Z"})
    for asked, due in zip(lists, (holding[::-1], holding), strict=True):
        first = ben.get("candidates", params={**changes, **asked})
        # More have come to hold it meanwhile.
        monkeypatch.setattr(queries, "_COMMON", 2)
        last = ben.get("candidates", params={**changes, **asked, "cursor": first["next_cursor"]})
        assert [each["id"] for each in (*first["items"], *last["items"])] == due
        again = ben.get("candidates", params={**changes, **asked})
        assert again["items"] == first["items"]
        monkeypatch.undo()


def backfilled(cast: Cast, database: Database) -> None:
    """Hold what the migration writes against what is there."""
    organization_id = cast.ben.organization_id
    tenant = organization_id.bytes if database.is_sqlite else organization_id
    with database.transaction(Mode.WRITE, organization_id) as session:
        before = kept(session, organization_id)
        session.execute(delete(MARKS).where(MARKS.c.organization_id == organization_id))
        migration.mark_rows(session.connection(), tenant)
        assert kept(session, organization_id) == before


@pytest.mark.parametrize(
    ("value", "typed", "same"),
    [
        (43.0, "43", True),
        (43.0, "43.0", True),
        (-0.0, "0", True),
        (10**22, "1e22", True),
        (True, "true", True),
        (True, "1", False),
        ("de", "de", True),
        ("de", "De", False),
        ("nan", "nan", True),
        ("\u00e9", "e\u0301", False),
        ("2019-05-13", "2019-05-13", True),
        ("x" * 5000, "x" * 4999, False),
    ],
)
def test_a_value_has_the_mark_of_what_is_typed_to_find_it(
    value: object, typed: str, *, same: bool
) -> None:
    assert (mark("candidate", "key", value) == mark("candidate", "key", typed)) is same
    assert mark("candidate", "key", value) != mark("position", "key", value)
    assert marks("candidate", {"key": [typed, "other"]}) > {mark("candidate", "key", typed)}
