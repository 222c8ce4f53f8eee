"""Telling the ledger that the survivor's history is that of both, and the other's is nobody's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import EVER
from app.duplicates.actions.pair import Pair
from app.duplicates.rules.histories import (
    Choice,
    combined,
    day_told,
    flagged,
    newest_level,
    retold,
    stricter_answer,
)
from app.facts.actions import record_fact
from app.facts.rules import FactRow, Kind
from app.models.base import table_of
from app.models.follow_up import Milestone

_CHOICES: Mapping[str, Choice] = {
    Kind.AVAILABLE_FROM: day_told,
    Kind.DO_NOT_CONTACT: flagged,
    Kind.COMPETENCY: newest_level,
    Kind.CONSENT: stricter_answer,
}
_MOVABLE = (Kind.FOLLOW_UP, Kind.MILESTONE)
_MILESTONES = table_of(Milestone).c


def retell_facts(session: Session, pair: Pair, follow_ups_dropped: Iterable[UUID]) -> None:
    """Tell of the survivor what was told of both; say that the absorbed one never was another.

    Facts of the absorbed one stay: by what was known before the merge, nothing has changed.
    """
    gone = set(follow_ups_dropped)
    own = _by_subject(pair.own_facts)
    links = _links(session, pair)
    for (kind, subject_id), theirs in _by_subject(pair.their_facts).items():
        if kind == Kind.EXISTENCE or subject_id in gone:
            continue
        about = pair.survivor.id if subject_id == pair.absorbed.id else subject_id
        about = pair.twice.get(subject_id, about)
        mine = own.get((kind, about), [])
        if about != subject_id:
            found = combined(mine, theirs, _CHOICES[kind])
        elif kind in _MOVABLE and subject_id not in pair.arrived:
            # It had gone to somebody else before, or was taken away.
            continue
        else:
            found = retold(theirs, (row.effective_at for row in mine))
        for told in found:
            record_fact(
                session,
                Kind(kind),
                about,
                {**told.value, **links.get(subject_id, {})},
                candidate_id=pair.survivor.id,
                effective_at=told.effective_at,
                told_at=told.told_at,
            )
    record_fact(
        session,
        Kind.EXISTENCE,
        pair.absorbed.id,
        {"state": "merged"},
        candidate_id=pair.absorbed.id,
        effective_at=EVER,
    )


def _by_subject(rows: Iterable[FactRow]) -> dict[tuple[str, UUID], list[FactRow]]:
    found: dict[tuple[str, UUID], list[FactRow]] = defaultdict(list)
    for row in rows:
        found[row.kind, row.subject_id].append(row)
    return found


def _links(session: Session, pair: Pair) -> dict[UUID, Mapping[str, UUID | None]]:
    """Return what each milestone hangs on now: maybe on the survivor's copy of its message."""
    rows = session.execute(
        select(_MILESTONES.id, _MILESTONES.follow_up_id, _MILESTONES.advice_id).where(
            _MILESTONES.organization_id == pair.survivor.organization_id,
            _MILESTONES.candidate_id == pair.survivor.id,
        )
    )
    return {row.id: {"follow_up_id": row.follow_up_id, "advice_id": row.advice_id} for row in rows}
