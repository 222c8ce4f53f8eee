"""What a shortlist tells of each entry: the sentence, the factors, the words that prove them.

Everything is read for all entries at once: the number of queries does not grow with the list.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.facts.rules import CandidateRecord
from app.models.application import Advice
from app.models.candidate import Candidate
from app.models.follow_up import FollowUp, Milestone
from app.persistence_scores.queries import counted_follow_ups
from app.persistence_scores.rules import period_credits
from app.shortlists.queries.ranking import records_at
from app.shortlists.rules.explanation import (
    CandidateStory,
    KeptAdvice,
    claimed,
    explanation,
    factors,
    unmet_nice_to_haves,
)
from app.shortlists.rules.fit import advice_that_counts
from app.shortlists.rules.match import shown
from app.shortlists.rules.question import Case, Question
from app.shortlists.rules.ranking import Ranked
from app.shortlists.rules.steps import would_move_up

# The latest follow-ups stand behind an entry; the candidate's timeline has them all.
MOST_EVIDENCE = 20
_KEPT = {"in_progress", "reported", "confirmed"}


@dataclass(frozen=True, slots=True)
class _Words:
    """The texts behind the records, by the ids of what they belong to."""

    names: Mapping[UUID, str]
    advice: Mapping[UUID, Advice]
    follow_ups: Mapping[UUID, FollowUp]
    milestones: Mapping[UUID, list[Milestone]]


def tell(
    session: Session,
    ranked: Sequence[Ranked],
    question: Question,
    known_at: datetime,
) -> list[dict[str, Any]]:
    """Return, for each entry, what is shown of it; plain values, fit to be frozen as JSON."""
    ids = [each.state.candidate_id for each in ranked]
    records = records_at(session, ids, question.as_of, known_at)
    words = _words(session, ids)
    return [_told(each, records[each.state.candidate_id], question, words) for each in ranked]


def _words(session: Session, candidate_ids: Sequence[UUID]) -> _Words:
    organization_id = organization_of(session)
    names = session.execute(
        select(Candidate.id, Candidate.full_name).where(
            Candidate.organization_id == organization_id, Candidate.id.in_(candidate_ids)
        )
    )
    advice = session.scalars(
        select(Advice).where(
            Advice.organization_id == organization_id, Advice.candidate_id.in_(candidate_ids)
        )
    )
    follow_ups = session.scalars(
        select(FollowUp).where(
            FollowUp.organization_id == organization_id, FollowUp.candidate_id.in_(candidate_ids)
        )
    )
    milestones: dict[UUID, list[Milestone]] = defaultdict(list)
    for milestone in session.scalars(
        select(Milestone)
        .where(
            Milestone.organization_id == organization_id,
            Milestone.candidate_id.in_(candidate_ids),
        )
        .order_by(Milestone.id)
    ):
        milestones[milestone.follow_up_id].append(milestone)
    return _Words(
        names={row.id: row.full_name for row in names},
        advice={row.id: row for row in advice},
        follow_ups={row.id: row for row in follow_ups},
        milestones=milestones,
    )


def _told(
    ranked: Ranked, record: CandidateRecord, question: Question, words: _Words
) -> dict[str, Any]:
    case = Case(ranked.state, question)
    numbers = ranked.measure
    evidence = _evidence(record, words)
    name = words.names.get(record.candidate_id, "")
    story = _story(name, case, record, words, evidence)
    step = would_move_up(case, period_credits(counted_follow_ups(record), question.policy))
    return {
        "candidate": {"id": str(record.candidate_id), "full_name": name},
        "match": None if numbers.match is None else shown(numbers.match),
        "explanation": explanation(story, case, numbers),
        "factors": [dataclasses.asdict(each) for each in factors(numbers, question.policy)],
        "evidence": evidence,
        "claimed": [dataclasses.asdict(each) for each in claimed(case)],
        "unmet": [dataclasses.asdict(each) for each in unmet_nice_to_haves(case)],
        "would_move_up": None if step is None else _plain(dataclasses.asdict(step)),
        "runner_up": ranked.runner_up,
        "unknown": [_plain(dataclasses.asdict(gate)) for gate in ranked.placement.unknown],
    }


def _story(
    name: str,
    case: Case,
    record: CandidateRecord,
    words: _Words,
    evidence: Sequence[Mapping[str, Any]],
) -> CandidateStory:
    counted = [row.occurred_at for row in counted_follow_ups(record)]
    kept = [each for each in advice_that_counts(case.state) if each.state in _KEPT]
    quotes = [
        milestone["quote"]
        for follow_up in evidence
        for milestone in follow_up["milestones"]
        if milestone["quote"] and milestone["status"] != "refuted"
    ]
    return CandidateStory(
        full_name=name,
        follow_up_count=len(counted),
        first_follow_up_at=min(counted, default=None),
        last_follow_up_at=max(counted, default=None),
        kept_advice=tuple(
            KeptAdvice(each.number, words.advice[each.advice_id].text, each.state)
            for each in sorted(kept, key=lambda each: (each.rejection_id, each.number))
            if each.advice_id in words.advice
        ),
        quotes=tuple(quotes),
    )


def _evidence(record: CandidateRecord, words: _Words) -> list[dict[str, Any]]:
    """Return the follow-ups that the score rests on, newest first, as they stood at the clocks."""
    first = record.first_rejected_at
    counted = [
        row
        for row in record.follow_ups
        if row.direction == "inbound"
        and not row.automated
        and first is not None
        and row.occurred_at >= first
        and row.id in words.follow_ups
    ]
    counted.sort(key=lambda row: (row.occurred_at, row.id), reverse=True)
    statuses = {row.id: row.status for row in record.milestones}
    numbers = {row.id: row for row in record.advice}
    return [
        {
            "follow_up_id": str(row.id),
            "occurred_at": row.occurred_at.isoformat(),
            "channel": words.follow_ups[row.id].channel,
            "subject": words.follow_ups[row.id].subject,
            "advice": [
                {
                    "advice_id": str(advice_id),
                    "number": numbers[advice_id].number,
                    "text": words.advice[advice_id].text,
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
        for row in counted[:MOST_EVIDENCE]
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return str(value) if isinstance(value, UUID) else value
