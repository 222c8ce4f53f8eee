"""Making the crowds of a scale in one store, each an organization of its own, among small ones."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.database import Database, Mode
from app.entry.actor import Actor
from app.organizations.actions import create_organization
from app.organizations.queries import current_policy
from app.positions.actions import create_position
from app.retention.actions import remove_candidate
from app.shortlists.actions.posting import posting_rows
from app.shortlists.rules.fit import progress
from app.shortlists.rules.postings import postings_of
from app.shortlists.rules.states import CandidateState
from bench.checking import some_candidates
from bench.crowds import CROWDS, SMALL, Case, Crowd, Ground, person
from bench.people import SEED
from bench.plan import Wanted
from bench.tables import Rows
from bench.words import CITIES, FIRST_NAMES, LAST_NAMES
from bench.writing import Writer, Writing

SMALL_ORGANIZATIONS: Final = 1_000
_POSITIONS: Final = 10
_FAMILIES: Final = ("sales", "support", "analysis", "operations", "engineering")
_BATCH: Final = 500
_TELLS_EVERY: Final = 10

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case is measured."""

    case: str
    organization_id: str
    position_id: str


@dataclass(frozen=True, slots=True)
class Crowded:
    """What was made; kept beside the data. `small` is a place in each small organization."""

    fingerprint: str
    places: tuple[Place, ...]
    small: tuple[Place, ...]
    small_candidates: int
    erased: int
    seconds: float

    def keep(self, file: Path) -> None:
        """Write it beside the data."""
        file.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """Return what was made; None where nothing was, or not to the end."""
        if not file.exists():
            return None
        kept: dict[str, Any] = json.loads(file.read_text())
        for name in ("places", "small"):
            kept[name] = tuple(Place(**each) for each in kept[name])
        return cls(**kept)


def small_size(candidates: int) -> int:
    """Return how many people each small organization has beside crowds of so many."""
    return max(100, candidates // SMALL_ORGANIZATIONS)


def make_crowds(database: Database, writing: Writing, wanted: Wanted) -> Crowded:
    """Fill an empty, migrated store; what was ended is made anew."""
    candidates, tell = wanted.candidates, wanted.tell
    started = time.monotonic()
    made_at = datetime.now(UTC).replace(microsecond=0)
    places: list[Place] = []
    small: list[Place] = []
    to_erase: list[tuple[UUID, float]] = []
    few = small_size(candidates)
    writing.before()
    with writing.opened() as opened:
        for crowd in CROWDS:
            organization, found = _organization(database, crowd, made_at, candidates)
            places += found
            tell(f"{crowd.name}: {crowd.told}")
            _people(crowd, organization, opened, tell)
            to_erase.append((organization.id, crowd.erased))
        told_at = time.monotonic()
        for number in range(SMALL_ORGANIZATIONS):
            organization, found = _organization(database, SMALL, made_at, few)
            small += found
            _people(SMALL, organization, opened, tell)
            if time.monotonic() - told_at > _TELLS_EVERY:
                told_at = time.monotonic()
                tell(f"{number + 1:,} of {SMALL_ORGANIZATIONS:,} small organizations")
    writing.after()
    erased = sum(
        _erase(database, organization_id, round(candidates * share), tell)
        for organization_id, share in to_erase
    )
    seconds = time.monotonic() - started
    return Crowded(wanted.fingerprint, tuple(places), tuple(small), few, erased, seconds)


@dataclass(frozen=True, slots=True)
class _Organization:
    id: UUID
    ground: Ground


def _organization(
    database: Database, crowd: Crowd, made_at: datetime, candidates: int
) -> tuple[_Organization, list[Place]]:
    with database.transaction(Mode.WRITE) as session:
        organization = create_organization(session, name=f"The {crowd.name}")
        positions = list(add_positions(session, organization.id, crowd.cases, made_at))
        others = [Case(f"Position {number}") for number in range(len(positions), _POSITIONS)]
        if crowd is not SMALL:
            tried = [*positions, *add_positions(session, organization.id, others, made_at)]
        else:
            tried = positions
        policy = current_policy(session)
        ground = Ground(str(organization.id), policy, tried, made_at, candidates)
    where = str(organization.id)
    places = [
        Place(case.name, where, str(position_id))
        for case, position_id in zip(crowd.cases, positions, strict=True)
    ]
    return _Organization(organization.id, ground), places


def add_positions(
    session: Session, organization_id: UUID, cases: Iterable[Case], made_at: datetime
) -> Iterator[UUID]:
    """Write a position down for each case, by the product's verb; yield their ids."""
    actor = Actor(organization_id, "admin")
    for number, case in enumerate(cases):
        days = case.starts_in
        position = create_position(
            session,
            actor,
            title=case.name or "Position",
            department=f"Department {number % 3}",
            job_family=_FAMILIES[number % len(_FAMILIES)],
            starts_on=None if days is None else made_at.date() + timedelta(days=days),
            requirements=case.wanted,
        )
        yield position.id


def _people(crowd: Crowd, organization: _Organization, writer: Writer, tell: Tell) -> None:
    ground = organization.ground
    told_at = time.monotonic()
    for first in range(0, ground.candidates, _BATCH):
        rows = Rows(organization.id)
        for number in range(first, min(first + _BATCH, ground.candidates)):
            _add(rows, person(crowd, number, ground), number, ground)
        writer.write(rows)
        if time.monotonic() - told_at > _TELLS_EVERY:
            told_at = time.monotonic()
            tell(f"{crowd.name}: {first + _BATCH:,} of {ground.candidates:,} candidates")


def _add(rows: Rows, state: CandidateState, number: int, ground: Ground) -> None:
    """Add what every action writes in the end, and the candidate that it belongs to."""
    random = Random(number)
    rows.add(
        "candidates",
        id=state.candidate_id,
        full_name=f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}",
        location=random.choice(CITIES),
        available_from=state.available_from,
        do_not_contact=state.do_not_contact,
        custom_fields={},
        version=1,
        created_at=ground.made_at,
        updated_at=ground.made_at,
    )
    posted = postings_of(state, ground.policy)
    key = {"policy_version": ground.policy.version, "candidate_id": state.candidate_id}
    rows.add(
        "ranking_rows",
        **key,
        momentum=None if state.rank_objection else state.momentum,
        progress=progress(state),
        available_from=state.available_from,
        state=state.pack(),
        posted="" if posted is None else posted.pack(),
    )
    if posted is not None:
        for row in posting_rows(key, posted):
            rows.add("quiet_postings" if posted.quiet else "ranked_postings", **row)


def _erase(database: Database, organization_id: UUID, count: int, tell: Tell) -> int:
    """Erase so many people, drawn at random; return how many."""
    actor = Actor(organization_id, "admin")
    told_at = time.monotonic()
    for done, candidate_id in enumerate(
        some_candidates(database, organization_id, count, seed=SEED)
    ):
        with database.transaction(Mode.ALONE, organization_id) as session:
            remove_candidate(session, actor, candidate_id, reason="erased")
        if time.monotonic() - told_at > _TELLS_EVERY:
            told_at = time.monotonic()
            tell(f"{done + 1:,} of {count:,} erased")
    return count
