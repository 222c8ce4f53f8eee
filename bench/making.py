"""Making the data of a scale in one store: the organization by the product's verbs, then people."""

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
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
from app.search.jobs import index_everyone
from bench.people import Setting, add_person
from bench.tables import Rows
from bench.words import RARE
from bench.writing import Writer

_BATCH: Final = 500
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


def make(
    database: Database,
    writer: Callable[[], AbstractContextManager[Writer]],
    candidates: int,
    fingerprint: str,
    tell: Callable[[str], None],
) -> Made:
    """Fill an empty, migrated store; `tell` hears of the progress every few seconds."""
    started = time.monotonic()
    made_at = datetime.now(UTC).replace(microsecond=0)
    with database.transaction(Mode.WRITE) as session:
        setting, positions = _organization(session, made_at, candidates)
    follow_ups = rows_written = 0
    told_at = time.monotonic()
    with writer() as opened:
        for first in range(0, candidates, _BATCH):
            rows = Rows(setting.organization_id)
            follow_ups += sum(
                add_person(setting, number, rows)
                for number in range(first, min(first + _BATCH, candidates))
            )
            opened.write(rows)
            rows_written += len(rows)
            if time.monotonic() - told_at > 10:
                told_at = time.monotonic()
                tell(f"{first + _BATCH:,} of {candidates:,} candidates")
    seconds = time.monotonic() - started
    _index(database, setting.organization_id, candidates, tell)
    return Made(
        fingerprint=fingerprint,
        made_at=made_at.isoformat(),
        organization_id=str(setting.organization_id),
        user_id=str(setting.user_ids[0]),
        positions=positions,
        candidates=candidates,
        inbound_follow_ups=follow_ups,
        rows=rows_written,
        seconds=seconds,
    )


def _index(
    database: Database, organization_id: UUID, candidates: int, tell: Callable[[str], None]
) -> None:
    """Let everybody be found by words: the writer has gone past the actions that see to it."""
    done, told_at = 0, time.monotonic()
    for indexed in index_everyone(database, organization_id):
        done += indexed
        if time.monotonic() - told_at > 10:
            told_at = time.monotonic()
            tell(f"{done:,} of {candidates:,} candidates indexed")


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
