"""What stands behind an entry at past clocks: what its facts said by then."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.rules import CandidateRecord, FollowUpRecord, counts_as_word
from app.models.application import Advice
from app.models.base import table_of
from app.models.candidate import Candidate
from app.models.follow_up import FollowUp, Milestone
from app.organizations.rules import ScoringPolicy
from app.persistence_scores.queries import counted_follow_ups
from app.persistence_scores.rules import period_credits
from app.shortlists.queries.behind import MOST_EVIDENCE, Behind
from app.shortlists.queries.ranking import records_at

# As many ids as one statement names.
_AT_ONCE = 1000


class _Letter(NamedTuple):
    """What is shown of a follow-up."""

    channel: str
    subject: str | None


class _Told(NamedTuple):
    """What is shown of a milestone."""

    id: UUID
    kind: str
    title: str
    achieved_on: date | None
    quote: str | None


class _Name(NamedTuple):
    """What somebody is called now; who was merged since, as whom they were merged into."""

    full_name: str
    merged_into: UUID | None


_NAMELESS = _Name("", None)


@dataclass(frozen=True, slots=True)
class _Words:
    """The texts behind the records, by the ids of what they belong to."""

    names: Mapping[UUID, _Name]
    advice: Mapping[UUID, str]
    follow_ups: Mapping[UUID, _Letter]
    milestones: Mapping[UUID, list[_Told]]


def behind_then(
    session: Session,
    candidate_ids: Sequence[UUID],
    policy: ScoringPolicy,
    as_of: datetime,
    known_at: datetime,
) -> dict[UUID, Behind]:
    """Return what stands behind several candidates at two clocks."""
    records = records_at(session, candidate_ids, as_of, known_at)
    latest = {id_: _latest_counted(record) for id_, record in records.items()}
    words = _words(session, candidate_ids, [row.id for rows in latest.values() for row in rows])
    return {id_: _behind(record, latest[id_], policy, words) for id_, record in records.items()}


def _behind(
    record: CandidateRecord, latest: Sequence[FollowUpRecord], policy: ScoringPolicy, words: _Words
) -> Behind:
    counted = counted_follow_ups(record)
    touched = [row.occurred_at for row in counted]
    evidence = _evidence(record, latest, words)
    name = words.names.get(record.candidate_id, _NAMELESS)
    return Behind(
        full_name=name.full_name,
        merged_into=name.merged_into,
        follow_up_count=len(touched),
        first_at=min(touched, default=None),
        last_at=max(touched, default=None),
        periods=period_credits(counted, policy),
        advice=words.advice,
        evidence=to_json(evidence).decode(),
        quotes=tuple(
            milestone["quote"]
            for follow_up in evidence
            for milestone in follow_up["milestones"]
            if milestone["quote"] and milestone["status"] != "refuted"
        ),
    )


def _latest_counted(record: CandidateRecord) -> list[FollowUpRecord]:
    """Return the latest follow-ups that the score rests on, newest first."""
    first = record.first_rejected_at
    counted = [
        row
        for row in record.follow_ups
        if counts_as_word(row) and first is not None and row.occurred_at >= first
    ]
    counted.sort(key=lambda row: (row.occurred_at, row.id), reverse=True)
    return counted[:MOST_EVIDENCE]


# Built once, on tables: they name the tenant themselves.
_PERSONS, _ADVICE = table_of(Candidate).c, table_of(Advice).c
_ROWS, _REPORTED = table_of(FollowUp).c, table_of(Milestone).c
_NAMES = select(_PERSONS.id, _PERSONS.full_name, _PERSONS.merged_into_id).where(
    _PERSONS.organization_id == bindparam("organization_id"),
    _PERSONS.id.in_(bindparam("candidate_ids", expanding=True)),
)
_ADVICE_TEXTS = select(_ADVICE.id, _ADVICE.text).where(
    _ADVICE.organization_id == bindparam("organization_id"),
    _ADVICE.candidate_id.in_(bindparam("candidate_ids", expanding=True)),
)
_LETTERS = select(_ROWS.id, _ROWS.channel, _ROWS.subject).where(
    _ROWS.organization_id == bindparam("organization_id"),
    _ROWS.id.in_(bindparam("follow_up_ids", expanding=True)),
)
_MILESTONES = (
    select(
        _REPORTED.follow_up_id,
        _REPORTED.id,
        _REPORTED.kind,
        _REPORTED.title,
        _REPORTED.achieved_on,
        _REPORTED.quote,
    )
    .where(
        _REPORTED.organization_id == bindparam("organization_id"),
        _REPORTED.follow_up_id.in_(bindparam("follow_up_ids", expanding=True)),
    )
    .order_by(_REPORTED.id)
)


def _words(
    session: Session, candidate_ids: Sequence[UUID], follow_up_ids: Sequence[UUID]
) -> _Words:
    about = {"organization_id": organization_of(session)}
    names = _names(session, candidate_ids)
    # Of who was merged since, the advice is another's.
    merged = {each.merged_into for each in names.values() if each.merged_into is not None}
    owners = [*candidate_ids, *sorted(merged)]
    advice = session.execute(_ADVICE_TEXTS, {**about, "candidate_ids": owners})
    follow_ups: dict[UUID, _Letter] = {}
    milestones: dict[UUID, list[_Told]] = defaultdict(list)
    for start in range(0, len(follow_up_ids), _AT_ONCE):
        chunk = list(follow_up_ids[start : start + _AT_ONCE])
        asked = {"organization_id": organization_of(session), "follow_up_ids": chunk}
        for letter in session.execute(_LETTERS, asked):
            follow_ups[letter.id] = _Letter(letter.channel, letter.subject)
        for follow_up_id, *told in session.execute(_MILESTONES, asked):
            milestones[follow_up_id].append(_Told(*told))
    return _Words(
        names=names,
        advice={row.id: row.text for row in advice},
        follow_ups=follow_ups,
        milestones=milestones,
    )


def _names(session: Session, candidate_ids: Sequence[UUID]) -> dict[UUID, _Name]:
    about = {"organization_id": organization_of(session), "candidate_ids": list(candidate_ids)}
    rows = session.execute(_NAMES, about).all()
    merged = {row.merged_into_id for row in rows} - {None}
    into: dict[UUID | None, str] = {}
    if merged:
        told = session.execute(_NAMES, {**about, "candidate_ids": sorted(merged)})
        into = {row.id: row.full_name for row in told}
    return {
        row.id: _Name(into.get(row.merged_into_id, row.full_name), row.merged_into_id)
        for row in rows
    }


def _evidence(
    record: CandidateRecord, latest: Sequence[FollowUpRecord], words: _Words
) -> list[dict[str, Any]]:
    """Return the follow-ups that the score rests on, as they stood at the clocks."""
    statuses = {row.id: row.status for row in record.milestones}
    numbers = {row.id: row for row in record.advice}
    return [
        {
            "follow_up_id": str(row.id),
            "occurred_at": row.occurred_at,
            "channel": words.follow_ups[row.id].channel,
            "subject": words.follow_ups[row.id].subject,
            "advice": [
                {
                    "advice_id": str(advice_id),
                    "number": numbers[advice_id].number,
                    "text": words.advice[advice_id],
                    "state": numbers[advice_id].state,
                }
                for advice_id in sorted(row.advice_ids)
                if advice_id in numbers and advice_id in words.advice
            ],
            "milestones": [
                {
                    "milestone_id": str(milestone.id),
                    "kind": milestone.kind,
                    "title": milestone.title,
                    "achieved_on": None
                    if milestone.achieved_on is None
                    else milestone.achieved_on.isoformat(),
                    "quote": milestone.quote,
                    "status": statuses[milestone.id],
                }
                for milestone in words.milestones[row.id]
                if milestone.id in statuses
            ],
        }
        for row in latest
        if row.id in words.follow_ups
    ]
