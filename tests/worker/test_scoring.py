"""A new scoring policy: in force when everybody has been scored by it, and not before."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.candidates.actions import create_candidate
from app.core.clock import now
from app.core.database import Database, Mode
from app.entry.actor import Actor
from app.facts.rules import CandidateRecord
from app.models.ranking import PersistencePeriod, RankedPosting, RankingRow
from app.organizations.rules import VERSION_1, ScoringPolicy
from app.persistence_scores.rules import ideal
from app.shortlists import jobs
from app.shortlists.actions import store_ranking_row
from app.shortlists.jobs import score_by_new_policy
from app.worker import work_once
from tests.cast import Cast, Json, Person
from tests.openings import copied
from tests.worker import outbox

SLOWER = {"half_life_days": 365.25}
VERSION_2 = replace(VERSION_1, version=2, half_life_days=365.25)
CREATED = "scoring_policy.created"
WROTE_AT = datetime(2019, 4, 8, 15, tzinfo=UTC)


class KilledError(Exception):
    """The worker's process ends here."""


@copied
def writer(ben: Person, name: str, position: str, *, level: int | None = None) -> str:
    """Somebody who was turned down and then wrote once."""
    fields: Json = {}
    if level is not None:
        told = {"competency": "customer-facing", "level": level, "source": "assessed"}
        fields["competencies"] = [told]
    candidate = ben.candidate(name, **fields)
    ben.reject(ben.application(candidate, position))
    ben.follow_up(candidate, WROTE_AT.isoformat())
    return candidate


def people(ben: Person, count: int) -> tuple[str, list[str]]:
    """A position, and as many who wrote."""
    position = ben.position()
    return position, [writer(ben, f"Person {n}", position) for n in range(count)]


def ranked(ben: Person, position: str) -> Json:
    return ben.post(f"positions/{position}/shortlists", {})


def versions(database: Database, person: Person, table: Any = RankingRow) -> dict[str, set[int]]:
    """Return by which versions each candidate has rows."""
    found: dict[str, set[int]] = {}
    with database.transaction(Mode.READ, person.organization_id) as session:
        for candidate_id, version in session.execute(
            select(table.candidate_id, table.policy_version)
        ):
            found.setdefault(str(candidate_id), set()).add(version)
    return found


def momentum(database: Database, person: Person, candidate: str, version: int) -> float:
    with database.transaction(Mode.READ, person.organization_id) as session:
        found = session.scalar(
            select(RankingRow.momentum).where(
                RankingRow.candidate_id == UUID(candidate), RankingRow.policy_version == version
            )
        )
    assert found is not None
    return found


def expected(policy: ScoringPolicy, at: datetime, credit: float = 0.3) -> float:
    """Persistence of one plain follow-up, by design section 4: credit, decay, ideal."""
    days = (at - WROTE_AT) / timedelta(days=1)
    return float(credit * 2 ** (-days / policy.half_life_days) / ideal(policy))


def killed_after(monkeypatch: pytest.MonkeyPatch, scored: int) -> list[UUID]:
    """Let scoring raise once so many have been scored; return who was, as it goes on."""
    told: list[UUID] = []

    def storing(session: Session, record: CandidateRecord, policy: ScoringPolicy) -> None:
        if len(told) == scored:
            raise KilledError
        store_ranking_row(session, record, policy)
        told.append(record.candidate_id)

    monkeypatch.setattr(jobs, "store_ranking_row", storing)
    return told


def test_lists_go_on_by_the_version_in_force_until_all_are_scored_by_the_new_one(
    cast: Cast, database: Database
) -> None:
    outbox.empty(database)
    position, (one,) = people(cast.ben, 1)
    two = writer(cast.ben, "Levelled", position, level=4)
    created = cast.ada.post("scoring-policies", SLOWER)
    assert (created["version"], created["scored_at"], created["progress"]) == (2, None, None)
    before = ranked(cast.ben, position)
    assert before["policy_version"] == 1
    assert cast.ben.get(f"candidates/{one}/persistence")["policy_version"] == 1
    assert versions(database, cast.ada) == {one: {1}, two: {1}}

    outbox.until_idle(database)

    policies = cast.ada.get("scoring-policies")["items"]
    assert [policy["version"] for policy in policies] == [2, 1]
    assert all(policy["scored_at"] for policy in policies)
    after = ranked(cast.ben, position)
    assert after["policy_version"] == 2
    assert {entry["candidate"]["id"] for entry in after["entries"]} == {one, two}
    for shortlist, policy in ((before, VERSION_1), (after, VERSION_2)):
        at = datetime.fromisoformat(shortlist["as_of"])
        for entry in shortlist["entries"]:
            assert entry["persistence"] == pytest.approx(expected(policy, at), rel=1e-9)
    read = cast.ben.get(f"candidates/{one}/persistence")
    at = datetime.fromisoformat(read["as_of"])
    assert read["policy_version"] == 2
    assert read["persistence"] == pytest.approx(expected(VERSION_2, at), rel=1e-9)
    assert versions(database, cast.ada) == {one: {2}, two: {2}}
    assert versions(database, cast.ada, PersistencePeriod) == {one: {2}, two: {2}}
    assert versions(database, cast.ada, RankedPosting) == {one: {2}, two: {2}}
    # What was frozen stays what it was.
    assert cast.ben.get(f"shortlists/{before['id']}")["entries"] == before["entries"]
    assert cast.ben.post(f"shortlists/{before['id']}/replay", {}, expect=200)["identical"] is True


def test_another_organization_is_not_scored(cast: Cast, database: Database) -> None:
    outbox.empty(database)
    _, theirs = people(cast.cleo, 1)
    people(cast.ben, 1)
    cast.ada.post("scoring-policies", SLOWER)
    outbox.until_idle(database)
    assert versions(database, cast.cleo) == {theirs[0]: {1}}
    assert len(cast.cleo.get("scoring-policies")["items"]) == 1


def test_what_is_written_while_all_are_being_scored_is_kept_by_both_versions(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.empty(database)
    position, (one, two) = people(cast.ben, 2)
    monkeypatch.setattr(jobs, "_BATCH", 1)
    cast.ada.post("scoring-policies", SLOWER)
    cast.ben.follow_up(one, "2019-05-01T09:00:00Z")
    assert versions(database, cast.ada) == {one: {1, 2}, two: {1}}
    with monkeypatch.context() as during:
        # `one` has its row, so the first batch is `two`; then there is nobody left and it is over.
        scored = killed_after(during, 1)
        three = writer(cast.ben, "New", position)
        sum(score_by_new_policy(database, cast.ada.organization_id))
        assert scored == [UUID(two)]
    assert ranked(cast.ben, position)["policy_version"] == 2
    assert versions(database, cast.ada) == {one: {2}, two: {2}, three: {2}}
    # April and May, by hand: two plain periods.
    latest = datetime(2019, 5, 1, 9, tzinfo=UTC)
    days = (latest - WROTE_AT) / timedelta(days=1)
    total = 0.3 + 0.3 * 2 ** (-days / 365.25)
    at = (latest - datetime(2000, 1, 1, tzinfo=UTC)) / timedelta(days=365.25)
    by_hand = at + math.log2(total) - math.log2(ideal(VERSION_2))
    assert momentum(database, cast.ada, one, 2) == pytest.approx(by_hand, rel=1e-12)


def test_an_interrupted_job_goes_on_where_it_stopped(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.empty(database)
    acme = cast.ada.organization_id
    position, found = people(cast.ben, 5)
    monkeypatch.setattr(jobs, "_BATCH", 2)
    cast.ada.post("scoring-policies", SLOWER)
    with monkeypatch.context() as killing:
        # In the middle of the second batch: what it had stored is rolled back with it.
        killed_after(killing, 3)
        outbox.until_idle(database)
    event = outbox.event(database, acme, CREATED)
    assert (event.last_error, event.attempts, event.done_at) == ("KilledError", 1, None)
    one, two, *rest = found
    assert versions(database, cast.ada) == {
        one: {1, 2},
        two: {1, 2},
        **{candidate: {1} for candidate in rest},
    }
    progress = cast.ada.get("scoring-policies/2")["progress"]
    assert progress == {"scored": 2, "to_score": 5}
    assert ranked(cast.ben, position)["policy_version"] == 1
    cast.ben.follow_up(one, "2019-05-01T09:00:00Z")
    cast.ben.follow_up(rest[0], "2019-05-01T09:00:00Z")
    with time_machine.travel(now() + timedelta(seconds=3)):
        # `rest[0]` has written since, and that stored both versions.
        scored = killed_after(monkeypatch, 100)
        outbox.until_idle(database)
    assert scored == [UUID(candidate) for candidate in rest[1:]]
    assert outbox.event(database, acme, CREATED).done_at is not None
    assert versions(database, cast.ada) == {candidate: {2} for candidate in found}
    shortlist = ranked(cast.ben, position)
    assert shortlist["policy_version"] == 2
    first = {entry["candidate"]["id"] for entry in shortlist["entries"][:2]}
    assert first == {one, rest[0]}


def test_killed_between_coming_into_force_and_tidying_it_still_tidies(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, (one,) = people(cast.ben, 1)
    cast.ada.post("scoring-policies", SLOWER)
    with monkeypatch.context() as killing:
        killing.setattr(jobs, "_forget_versions_before", _die)
        with pytest.raises(KilledError):
            sum(score_by_new_policy(database, cast.ada.organization_id))
    assert versions(database, cast.ada) == {one: {1, 2}}
    assert sum(score_by_new_policy(database, cast.ada.organization_id)) == 0
    assert versions(database, cast.ada) == {one: {2}}


def _die(*_: object) -> None:
    raise KilledError


def test_of_several_new_versions_the_newest_alone_is_scored(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.empty(database)
    _, (one,) = people(cast.ben, 1)
    cast.ada.post("scoring-policies", SLOWER)
    cast.ada.post("scoring-policies", {"half_life_days": 100})
    scored = killed_after(monkeypatch, 100)
    outbox.until_idle(database)
    assert scored == [UUID(one)]
    assert versions(database, cast.ada) == {one: {3}}
    policies = cast.ada.get("scoring-policies")["items"]
    assert [policy["scored_at"] is not None for policy in policies] == [True, False, True]


def test_an_erased_candidate_is_not_scored(cast: Cast, database: Database) -> None:
    outbox.empty(database)
    _, (one, two) = people(cast.ben, 2)
    cast.ben.delete(f"candidates/{one}")
    cast.ada.post("scoring-policies", SLOWER)
    outbox.until_idle(database)
    assert versions(database, cast.ada) == {two: {2}}


def test_who_is_being_created_while_a_version_comes_is_scored_by_it(
    cast: Cast, database: Database
) -> None:
    """A write that began before the version was there knows nothing of it when it stores."""
    outbox.empty(database)
    people(cast.ben, 1)
    stored = threading.Event()

    def create() -> str:
        actor = Actor(cast.ben.organization_id, "write", user_id=cast.ben.user_id)
        with database.transaction(Mode.WRITE, cast.ben.organization_id) as session:
            made = create_candidate(session, actor, full_name="Just in time").candidate
            stored.set()
            # Time enough for a version and a worker that do not wait to come and be done.
            threading.Event().wait(0.3)
        return str(made.id)

    def new_version() -> None:
        assert stored.wait(10)
        cast.ada.post("scoring-policies", SLOWER)
        while work_once(database):
            pass

    with ThreadPoolExecutor(2) as pool:
        created, working = pool.submit(create), pool.submit(new_version)
        working.result(30)
    assert versions(database, cast.ada)[created.result()] == {2}
