"""`updated_since`: what has changed and what is gone; nothing is missed between two runs."""

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import Table

from app.core import database as core
from app.core.clock import now
from app.core.database import LONGEST, Database, Mode
from app.models import Base
from app.models.base import TenantRoot
from app.models.candidate import Candidate
from tests.cast import Cast, Json, Person

LISTS = (
    "advice",
    "applications",
    "candidates",
    "custom-fields",
    "follow-ups",
    "positions",
    "saved-searches",
    "shortlists",
    "talent-pools",
    "users",
)


def run(person: Person, path: str, since: datetime, **more: object) -> tuple[list[Json], Json]:
    """Read all pages of what changed since; return them and the first one's answer."""
    asked: Json = {"updated_since": since.isoformat(), **more}
    first = page = person.get(path, params=asked)
    pages = [page]
    while page["next_cursor"]:
        page = person.get(path, params={**asked, "cursor": page["next_cursor"]})
        pages.append(page)
    assert {one["synced_until"] for one in pages} == {first["synced_until"]}
    return pages, first


def test_what_has_changed_and_what_is_gone_stand_on_one_line_of_time(cast: Cast) -> None:
    past = now() - timedelta(days=1)
    with time_machine.travel(past):
        position = cast.ben.position()
        old, gone, kept = (cast.ben.candidate(name) for name in ("Old", "Gone", "Kept"))
        application = cast.ben.application(gone, position)
    since = now() - timedelta(seconds=5)
    with time_machine.travel(since):
        cast.ben.patch(f"candidates/{old}", {"location": "Boston"})
        cast.ben.delete(f"candidates/{gone}", params={"reason": "erased"})
    new = cast.ben.candidate("New")
    before = now()
    pages, first = run(cast.rita, "candidates", since, limit=1)
    told = [[one["id"] for one in (*page["items"], *page["deleted"])] for page in pages]
    assert told == [[old], [gone], [new]]
    (tombstone,) = pages[1]["deleted"]
    assert (tombstone["id"], tombstone["reason"]) == (gone, "erased")
    until = datetime.fromisoformat(first["synced_until"])
    assert before - LONGEST <= until <= now() - LONGEST
    # With the person their application went.
    _, theirs = run(cast.rita, "applications", since)
    assert [one["id"] for one in theirs["deleted"]] == [application]
    assert theirs["items"] == []
    # A day ago everything was new; ids are those asked for, also of what is gone.
    everything, _ = run(cast.rita, "candidates", past)
    assert len(everything[0]["items"]) == 3
    _, few = run(cast.rita, "candidates", past, ids=f"{kept},{gone}")
    assert [one["id"] for one in (*few["items"], *few["deleted"])] == [kept, gone]
    plain = cast.rita.get("candidates")
    assert (plain["synced_until"], plain["deleted"]) == (None, [])


def test_what_is_committed_while_pages_are_read_is_in_the_next_run(
    cast: Cast, database: Database
) -> None:
    """It is dated before what the last page read, and after the `synced_until` of the first."""
    asked = {"updated_since": now().isoformat()}
    with database.transaction(Mode.WRITE, cast.ben.organization_id) as slow:
        late = Candidate(full_name="Late")
        slow.add(late)
        slow.flush()
        # On SQLite there is but one writer at a time.
        others = [] if database.is_sqlite else [cast.ben.candidate("In time")]
        page = cast.ben.get("candidates", params=asked)
    assert [one["id"] for one in page["items"]] == others
    again = cast.ben.get("candidates", params={"updated_since": page["synced_until"]})
    assert str(late.id) in {one["id"] for one in again["items"]}


def test_a_transaction_that_took_too_long_changes_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads from `synced_until` on relies on it."""
    with monkeypatch.context() as patched:
        patched.setattr(core, "LATEST_COMMIT", timedelta(0))
        problem = cast.ben.post("candidates", {"full_name": "Late"}, expect=503)
        assert "nothing was changed" in problem["detail"]
        assert cast.ben.get("candidates")["items"] == []
    assert timedelta(0) < core.LATEST_COMMIT < LONGEST


def test_a_cursor_is_of_its_run_and_the_order_is_that_of_the_changes(cast: Cast) -> None:
    since = now()
    for name in ("One", "Two"):
        cast.ben.candidate(name)
    asked = {"updated_since": since.isoformat(), "limit": 1}
    cursor = cast.ben.get("candidates", params=asked)["next_cursor"]
    wrong: list[Json] = [
        {"limit": 1, "cursor": cursor},
        {"updated_since": (since - timedelta(days=1)).isoformat(), "cursor": cursor},
        {**asked, "sort": "-updated_at"},
        {**asked, "q": "One"},
        {"updated_since": "yesterday"},
    ]
    for each in wrong:
        cast.ben.get("candidates", params=each, expect=422)
    assert cast.ben.get("candidates", params={**asked, "sort": "updated_at"})["items"]


def test_every_root_has_a_list_and_an_index_of_when_it_changed() -> None:
    mappers = [one for one in Base.registry.mappers if issubclass(one.class_, TenantRoot)]
    tables = [table for one in mappers for table in one.tables if isinstance(table, Table)]
    assert len(tables) > 6
    # And a list that tells of it.
    assert {table.name.replace("_", "-") for table in tables} == set(LISTS)
    wanted = ["organization_id", "updated_at", "id"]
    without = [
        table.name
        for table in tables
        if wanted not in [[one.name for one in index.columns] for index in table.indexes]
    ]
    assert without == []


def test_every_list_of_roots_tells_what_has_changed(cast: Cast) -> None:
    sam, position = cast.ben.candidate(), cast.ben.position()
    application = cast.ben.application(sam, position)
    cast.ben.reject(application, advice=[{"text": "Sell"}])
    kept, gone = (cast.ben.follow_up(sam, f"2019-0{n}-07T15:00:00Z")["id"] for n in (1, 2))
    cast.ben.delete(f"follow-ups/{gone}")
    shortlist = cast.ben.post(f"positions/{position}/shortlists")["id"]
    pool, drained = (cast.ben.post("talent-pools", {"name": name})["id"] for name in "ab")
    cast.ben.delete(f"talent-pools/{drained}")
    body = {"name": "Tall", "parameters": {"tag": "tall"}}
    search, dropped = (cast.ben.post("saved-searches", body)["id"] for _ in range(2))
    cast.ben.delete(f"saved-searches/{dropped}")
    shirt = {"applies_to": "candidate", "key": "shirt", "name": "Shirt", "type": "text"}
    field = cast.ada.post("custom-fields", shirt)["id"]
    (advice,) = cast.ben.get(f"candidates/{sam}/advice")["items"]
    changed = {
        path: cast.rita.get(path, params={"updated_since": "2019-05-13T09:00:00Z"})
        for path in LISTS
    }
    ids = {path: [one["id"] for one in found["items"]] for path, found in changed.items()}
    assert ids.pop("users") == [str(one.user_id) for one in (cast.ada, cast.ben, cast.rita)]
    assert ids == {
        "advice": [advice["id"]],
        "applications": [application],
        "candidates": [sam],
        "custom-fields": [field],
        "follow-ups": [kept],
        "positions": [position],
        "saved-searches": [search],
        "shortlists": [shortlist],
        "talent-pools": [pool],
    }
    # What a list shows is what the address of each shows.
    for path in ("advice", "follow-ups", "positions", "applications", "talent-pools", "users"):
        (*_, last) = changed[path]["items"]
        assert cast.rita.get(f"{path}/{last['id']}") == last
    dead = {path: [one["id"] for one in found["deleted"]] for path, found in changed.items()}
    assert {path: each for path, each in dead.items() if each} == {
        "follow-ups": [gone],
        "saved-searches": [dropped],
        "talent-pools": [drained],
    }
    for path, params in {
        "follow-ups": {"candidate_id": sam, "direction": "inbound"},
        "advice": {"application_id": application, "state": "open"},
        "shortlists": {"position_id": position},
    }.items():
        assert cast.rita.get(path, params=params)["items"] == changed[path]["items"]
        for name in params.keys() - {"state"}:
            other = {**params, name: "outbound" if name == "direction" else str(cast.ben.user_id)}
            assert cast.rita.get(path, params=other)["items"] == []
