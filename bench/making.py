"""Making the data of a scale in one store: the organization by the product's verbs, then people.

People are made by two processes, a batch a transaction. What has been made is noted beside the
data, so that a run that was ended goes on where it was.
"""

import contextlib
import json
import multiprocessing
import pickle
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.clock import EVER
from app.core.database import Database, Mode
from app.core.ids import new_id
from app.entry.actor import Actor
from app.facts.actions import record_fact
from app.facts.rules import Kind
from app.models.position import Opening, Position, Requirement
from app.organizations.actions import (
    create_api_key,
    create_organization,
    create_rejection_reason,
    create_user,
)
from app.organizations.queries import current_policy
from bench.people import Setting, add_person
from bench.plan import Wanted
from bench.tables import Rows
from bench.words import RARE
from bench.writing import Writer, Writing

_BATCH: Final = 500
_PROCESSES: Final = 2
_TELLS_EVERY: Final = 10.0
_USERS, _REASONS, _POSITIONS = 20, 8, 30
_FAMILIES: Final = ("sales", "support", "analysis", "operations", "engineering")

# The positions that the ranking is measured on: (competency, min_level, kind, weight, verified).
Asked = tuple[str, int, str, float, bool]
CASES: Final[dict[str, tuple[Asked, ...]]] = {
    "no requirements": (),
    "one must-have": (("customer-facing", 3, "must_have", 1.0, False),),
    "three nice-to-haves": (
        ("customer-facing", 3, "nice_to_have", 1.0, False),
        ("academics", 4, "nice_to_have", 1.0, False),
        ("leadership", 2, "nice_to_have", 0.5, False),
    ),
    "rare must-have (1 %)": ((RARE, 2, "must_have", 1.0, False),),
}


@dataclass(frozen=True, slots=True)
class Made:
    """What was made; kept beside the data."""

    fingerprint: str
    made_at: str
    organization_id: str
    user_id: str
    # The position of each case, by the case's name.
    positions: dict[str, str]
    candidates: int
    inbound_follow_ups: int
    rows: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds

    def keep(self, file: Path) -> None:
        """Write it beside the data."""
        file.write_text(json.dumps(asdict(self), indent=2))

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """Return what was made; None where nothing was, or not to the end."""
        return cls(**json.loads(file.read_text())) if file.exists() else None


@dataclass(slots=True)
class Begun:
    """Data that are being made: what all people share, and what there is of them already."""

    fingerprint: str
    setting: Setting
    positions: dict[str, str]
    # (inbound follow-ups, rows) of each batch, by its first candidate's number.
    done: dict[int, tuple[int, int]] = field(default_factory=dict)
    seconds: float = 0.0

    def keep(self, file: Path) -> None:
        """Write it beside the data, whole or not at all."""
        unfinished = file.with_suffix(".new")
        unfinished.write_bytes(pickle.dumps(self))
        unfinished.replace(file)


def begun(file: Path, fingerprint: str) -> Begun | None:
    """Return what a run that was ended has left; None where nothing was, or of another kind."""
    if not file.exists():
        return None
    found = pickle.loads(file.read_bytes())  # noqa: S301 - our own file
    return found if isinstance(found, Begun) and found.fingerprint == fingerprint else None


def make(database: Database, writing: Writing, wanted: Wanted) -> Made:
    """Fill a migrated store, empty or as a run that was ended has left it."""
    found = begun(wanted.progress, wanted.fingerprint)
    if found is None:
        made_at = datetime.now(UTC).replace(microsecond=0)
        with database.transaction(Mode.WRITE) as session:
            setting, positions = _organization(session, made_at, wanted.candidates)
        found = Begun(wanted.fingerprint, setting, positions)
        found.keep(wanted.progress)
    writing.before()
    _people(found, writing, wanted)
    wanted.tell("all candidates; now what was left for the end")
    started = time.monotonic()
    writing.after()
    found.seconds += time.monotonic() - started
    made = Made(
        fingerprint=found.fingerprint,
        made_at=found.setting.made_at.isoformat(),
        organization_id=str(found.setting.organization_id),
        user_id=str(found.setting.user_ids[0]),
        positions=found.positions,
        candidates=wanted.candidates,
        inbound_follow_ups=sum(follow_ups for follow_ups, _ in found.done.values()),
        rows=sum(rows for _, rows in found.done.values()),
        seconds=found.seconds,
    )
    wanted.progress.unlink()
    return made


def _people(begun: Begun, writing: Writing, wanted: Wanted) -> None:
    told_at, candidates = time.monotonic(), wanted.candidates
    batches = (first for first in range(0, candidates, _BATCH) if first not in begun.done)
    for first, follow_ups, rows in _made_beside(begun.setting, writing, batches, candidates):
        begun.done[first] = follow_ups, rows
        since = time.monotonic() - told_at
        if since > _TELLS_EVERY:
            begun.seconds += since
            told_at += since
            begun.keep(wanted.progress)
            wanted.tell(f"{len(begun.done) * _BATCH:,} of {candidates:,} candidates")
    begun.seconds += time.monotonic() - told_at
    begun.keep(wanted.progress)


def _made_beside(
    setting: Setting, writing: Writing, batches: Iterator[int], candidates: int
) -> Iterator[tuple[int, int, int]]:
    """Yield (first number, inbound follow-ups, rows) of each batch once it is committed."""
    with ProcessPoolExecutor(
        _PROCESSES, multiprocessing.get_context("spawn"), _begin, (setting, writing)
    ) as pool:
        under_way: set[Future[tuple[int, int, int]]] = set()
        while True:
            # Two more than there are processes, so that none waits for us.
            while len(under_way) < _PROCESSES + 2 and (first := next(batches, None)) is not None:
                last = min(first + _BATCH, candidates)
                under_way.add(pool.submit(_batch, first, last))
            if not under_way:
                return
            ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            for each in ended:
                yield each.result()


class _Making:
    """What a process that makes people has open until it ends."""

    setting: Setting
    writer: Writer
    open = contextlib.ExitStack()


def _begin(setting: Setting, writing: Writing) -> None:
    _Making.setting = setting
    _Making.writer = _Making.open.enter_context(writing.opened())


def _batch(first: int, last: int) -> tuple[int, int, int]:
    rows = Rows(_Making.setting.organization_id)
    follow_ups = sum(add_person(_Making.setting, number, rows) for number in range(first, last))
    if not _Making.writer.holds(rows):
        _Making.writer.write(rows)
    return first, follow_ups, len(rows)


def _organization(
    session: Session, made_at: datetime, candidates: int
) -> tuple[Setting, dict[str, str]]:
    organization = create_organization(session, name="Acme", domains=["acme.example"])
    actor = Actor(organization.id, "admin")
    users = [
        create_user(session, actor, name=f"Recruiter {n}", emails=[f"r{n}@acme.example"]).id
        for n in range(_USERS)
    ]
    reasons = [
        create_rejection_reason(
            session, actor, name=f"Reason {n}", reason_type="we_rejected", never_reconsider=False
        ).id
        for n in range(_REASONS)
    ]
    key, _ = create_api_key(session, actor, name="import", scope="write", user_id=users[0])
    named = list(CASES)
    positions = [
        _position(session, number, CASES[named[number]] if number < len(named) else (), made_at)
        for number in range(_POSITIONS)
    ]
    setting = Setting(
        organization_id=organization.id,
        policy=current_policy(session),
        user_ids=users,
        reason_ids=reasons,
        position_ids=positions,
        api_key_id=key.id,
        made_at=made_at,
        candidates=candidates,
    )
    return setting, {name: str(positions[at]) for at, name in enumerate(named)}


def _position(
    session: Session, number: int, requirements: tuple[Asked, ...], made_at: datetime
) -> UUID:
    family = _FAMILIES[number % len(_FAMILIES)]
    department = f"Department {number % 3}"
    starts_on = made_at.date() + timedelta(days=21)
    position = Position(
        id=new_id(),
        title=f"Position {number}",
        department=department,
        job_family=family,
        starts_on=starts_on,
        status="open",
    )
    session.add(position)
    session.flush()
    session.add(Opening(position_id=position.id, starts_on=starts_on, opened_at=made_at))
    told = [
        dict(zip(("competency", "min_level", "kind", "weight", "verified_only"), each, strict=True))
        for each in requirements
    ]
    session.add_all(Requirement(position_id=position.id, **each) for each in told)
    value = {
        "starts_on": starts_on,
        "job_family": family,
        "department": department,
        "requirements": told,
    }
    record_fact(session, Kind.POSITION, position.id, value, candidate_id=None, effective_at=EVER)
    session.flush()
    return position.id
