"""A sandbox holds the story and has a clock that moves forward; nobody else has either."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Column, Table, select

from app.core.clock import move_ahead, own_clock
from app.core.database import Database, Mode
from app.core.problems import Conflict, InProgress
from app.entry import asking
from app.entry.actor import Actor
from app.models.base import Base
from app.models.organization import ApiKey, IdempotencyKey
from app.models.outbox import OutboxEvent
from app.models.ranking import Fact
from app.organizations.actions import create_api_key, create_organization, create_user
from app.sandboxes.actions import founding, mark_sandbox
from app.sandboxes.jobs import remove_sandbox
from app.worker import work_once
from tests.cast import Cast, Json, Person, assemble, changes_of
from tests.client import Client
from tests.house.acme import PDF, attach
from tests.worker import outbox

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Trial:
    """Acme, and the sandbox that Ada founded beside it; Ben recruits in the sandbox."""

    cast: Cast
    made: Json
    ben: Person

    def now(self) -> datetime:
        return datetime.fromisoformat(self.ben.get("test-clock")["now"])

    def later(self, by: timedelta) -> datetime:
        """Move the clock; return the sandbox's time."""
        to = (self.now() + by).isoformat()
        return datetime.fromisoformat(self.ben.post("test-clock", {"now": to}, expect=200)["now"])


@pytest.fixture(scope="module")
def trial(http: Client, database: Database) -> Trial:
    """One for all tests: its clock only ever moves forward, and each adds people of its own."""
    cast = assemble(http, database)
    made = cast.ada.post("sandboxes", {"name": "Trial"})
    organization, user = UUID(made["organization_id"]), UUID(made["user_id"])
    return Trial(cast, made, Person(http, "ben", organization, user, made["key"]))


def test_it_holds_the_story_and_opens_to_a_test_key_alone(trial: Trial) -> None:
    ada, made, ben = trial.cast.ada, trial.made, trial.ben
    assert made["key"].startswith("fil_test_")
    me = ben.get("me")
    assert me["organization"]["name"] == "Trial"
    assert (me["user"]["name"], me["key"]["scope"]) == ("Ben Recruiter", "admin")
    shortlist = ben.get(f"shortlists/{made['shortlist_id']}")
    assert shortlist["position_id"] == made["position_id"]
    assert shortlist["entries"][0]["candidate"]["full_name"] == "Sam Porter"
    another = ben.post("api-keys", {"name": "x", "scope": "read"})
    assert another["key"].startswith(f"fil_test_{another['prefix']}_")
    # The digest is of the whole key: without its mark it is another key.
    unmarked = replace(ben, key=made["key"].replace("fil_test_", "fil_"))
    unmarked.get("me", expect=401)
    ada.get(f"positions/{made['position_id']}", expect=404)
    ben.get(f"users/{trial.cast.ben.user_id}", expect=404)
    (row,) = ada.get("audit-log?action=sandbox.created")["items"]
    assert changes_of(row) == {"name": "Trial", "sandbox_id": made["organization_id"]}
    assert made["key"] not in ada.call("GET", "audit-log").text


def test_only_an_admin_founds_one_and_not_in_a_sandbox(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial.cast.ben.post("sandboxes", expect=403)
    trial.ben.post("sandboxes", expect=409)
    monkeypatch.setattr(founding, "MOST", 1)
    problem = trial.cast.ada.post("sandboxes", expect=409)
    assert problem["detail"] == "An organization has at most 1 sandboxes."


def tenant_in(table: Table) -> Column[UUID]:
    """Return whose a row is; of an organization it is the row itself."""
    return table.c["organization_id" if "organization_id" in table.c else "id"]


def test_one_is_removed_with_everything_in_it(cast: Cast, http: Client, database: Database) -> None:
    made = cast.ada.post("sandboxes", {"name": "Trial"})
    sandbox = UUID(made["organization_id"])
    ben = Person(http, "ben", sandbox, UUID(made["user_id"]), made["key"])
    attach(ben, f"candidates/{ben.candidate()}", PDF)
    kept = cast.ben.candidate("Sam Porter")
    files = Path(database.settings.attachments or "")
    assert any(file.is_file() for file in (files / sandbox.hex).rglob("*"))

    remove_sandbox(database, sandbox)
    assert not any(file.is_file() for file in (files / sandbox.hex).rglob("*"))
    ben.get("me", expect=401)
    with database.transaction(Mode.READ, sandbox) as session:
        left = [
            table.name
            for table in Base.metadata.sorted_tables
            if session.execute(select(table).where(tenant_in(table) == sandbox)).first()
        ]
    assert left == []
    found = cast.ben.get("candidates?q=Sam%20Porter")["items"]
    assert [each["id"] for each in found] == [kept]
    with pytest.raises(Conflict):
        remove_sandbox(database, cast.ada.organization_id)
    cast.ben.get(f"candidates/{kept}")
    with database.transaction(Mode.READ, cast.ada.organization_id) as session:
        assert founding.count_sandboxes(session) == 0


def test_no_other_organization_has_a_clock(trial: Trial) -> None:
    ada = trial.cast.ada
    clock = ada.get("test-clock")
    assert (clock["movable"], clock["seconds_ahead"]) == (False, 0.0)
    real = datetime.now(UTC)
    assert abs(datetime.fromisoformat(clock["now"]) - real) < timedelta(minutes=1)
    ada.post("test-clock", {"now": (real + YEAR).isoformat()}, expect=409)
    ada.delete("test-clock", expect=409)


def without_the_story(http: Client, database: Database) -> Person:
    """Found a sandbox in which nothing has happened."""
    with database.transaction(Mode.WRITE) as session:
        tenant = create_organization(session, name="Bare")
        mark_sandbox(session)
        actor = Actor(tenant.id, "admin")
        user = create_user(session, actor, name="Ben", emails=[])
        _, key = create_api_key(session, actor, name="x", scope="admin", user_id=user.id)
    return Person(http, "Ben", tenant.id, user.id, key)


def test_it_goes_back_only_while_nothing_was_written_ahead(
    http: Client, database: Database
) -> None:
    ben = without_the_story(http, database)
    real = datetime.now(UTC)
    ahead = (real + YEAR).isoformat()
    moved = ben.post("test-clock", {"now": ahead}, expect=200)
    assert moved["now"] >= ahead[:19]
    assert (moved["movable"], round(moved["seconds_ahead"], -2)) == (True, 365 * 86400)
    ben.post("test-clock", {"now": (real + YEAR / 2).isoformat()}, expect=409)
    ben.delete("test-clock")
    assert ben.get("test-clock")["seconds_ahead"] == 0
    ben.post("test-clock", {"now": ahead}, expect=200)
    ben.candidate("Written Ahead")
    problem = ben.delete("test-clock", expect=409)
    assert problem["detail"].startswith("Something has been written under this clock")


def test_scores_gates_and_new_facts_go_by_it(trial: Trial, database: Database) -> None:
    ben, position = trial.ben, trial.made["position_id"]
    before = trial.later(timedelta(hours=1))
    old = ben.post(f"positions/{position}/shortlists")
    sam = old["entries"][0]["candidate"]["id"]
    score = ben.get(f"candidates/{sam}/persistence")["persistence"]
    ends = (before + timedelta(days=90)).isoformat()
    consent = {"purpose": "contact", "granted": True, "expires_on": ends[:10]}
    ben.put(f"candidates/{sam}/consent", consent)
    now = trial.later(timedelta(days=182.625))
    decayed = ben.get(f"candidates/{sam}/persistence")["persistence"]
    assert decayed == pytest.approx(score / 2, rel=1e-4)
    gates = ben.get(f"positions/{position}/candidates/{sam}/match")["gates"]
    assert "unmet" in [gate["answer"] for gate in gates if gate["gate"] == "consent"]
    # What happened between is no longer in the future, what is told now is told by that clock.
    follow_up = ben.follow_up(sam, (now - timedelta(days=1)).isoformat())
    tomorrow = {"occurred_at": (now + timedelta(days=1)).isoformat(), "channel": "call"}
    ben.post(f"candidates/{sam}/follow-ups", tomorrow, expect=422)
    with database.transaction(Mode.READ, ben.organization_id) as session:
        stamps = list(
            session.scalars(
                select(Fact.recorded_at)
                .where(Fact.organization_id == ben.organization_id)
                .order_by(Fact.id)
            )
        )
    assert stamps == sorted(stamps)
    assert now <= stamps[-1] < now + timedelta(minutes=1)
    assert datetime.fromisoformat(follow_up["created_at"]) >= now
    assert ben.post(f"shortlists/{old['id']}/replay", expect=200)["identical"] is True
    fresh = ben.post(f"positions/{position}/shortlists")
    assert datetime.fromisoformat(fresh["known_at"]) >= stamps[-1]


def test_what_guards_the_service_goes_by_the_real_time(trial: Trial, database: Database) -> None:
    ben = trial.ben
    expires = datetime.now(UTC) + timedelta(hours=1)
    body = {"name": "short", "scope": "write", "expires_at": expires.isoformat()}
    key = replace(ben, key=ben.post("api-keys", body)["key"])
    reason = {"name": "Once"}
    made = key.post("rejection-reasons", reason, headers={"Idempotency-Key": "1"})
    trial.later(timedelta(days=30))
    again = key.post("rejection-reasons", reason, headers={"Idempotency-Key": "1"})
    assert again == made
    soon = datetime.now(UTC) + timedelta(minutes=1)
    with database.transaction(Mode.READ, ben.organization_id) as session:
        for column in (ApiKey.created_at, IdempotencyKey.created_at, OutboxEvent.due_at):
            owner = column.class_.organization_id
            stamps = session.scalars(select(column).where(owner == ben.organization_id)).all()
            assert all(stamp < soon for stamp in stamps), column


def test_the_worker_goes_by_it(trial: Trial, database: Database) -> None:
    outbox.empty(database)
    moved = trial.later(timedelta(days=1))
    version = trial.ben.post("scoring-policies", {"half_life_days": 100})["version"]
    assert work_once(database)
    scored_at = trial.ben.get(f"scoring-policies/{version}")["scored_at"]
    assert datetime.fromisoformat(scored_at) >= moved


def test_a_list_begun_before_the_clock_was_moved_is_not_made(
    http: Client, database: Database
) -> None:
    """What it knew is stamped by the old time; a fact told meanwhile may lie after that."""
    ben = without_the_story(http, database)
    with own_clock(), database.transaction(Mode.LIST, ben.organization_id) as session:
        asking._go_by_the_sandboxs_clock(session, Mode.LIST)
        move_ahead(YEAR)
        with pytest.raises(InProgress):
            asking._go_by_the_sandboxs_clock(session, Mode.LIST)
