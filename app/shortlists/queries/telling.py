"""What a shortlist tells of each entry: the sentence, the factors, the words that prove them.

Everything is read for all entries at once: the number of queries does not grow with the list.
"""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.shortlists.queries.behind import Behind, behind_now
from app.shortlists.queries.behind_then import behind_then
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

_KEPT = {"in_progress", "reported", "confirmed"}


def tell(
    session: Session,
    ranked: Sequence[Ranked],
    question: Question,
    known_at: datetime,
) -> list[dict[str, Any]]:
    """Return, for each entry, what is shown of it; plain values, fit to be frozen as JSON."""
    as_of, policy = question.as_of, question.policy
    states = [each.state for each in ranked]
    # Of a follow-up that is dated a moment ahead only the facts tell what was so before it.
    current = [
        each
        for each in states
        if as_of == known_at and (each.last_counted_at is None or each.last_counted_at <= as_of)
    ]
    behind = behind_now(session, current, policy, as_of) if current else {}
    others = [each.candidate_id for each in states if each.candidate_id not in behind]
    if others:
        behind |= behind_then(session, others, policy, as_of, known_at)
    return [_told(each, question, behind[each.state.candidate_id]) for each in ranked]


def _told(ranked: Ranked, question: Question, behind: Behind) -> dict[str, Any]:
    case = Case(ranked.state, question)
    numbers = ranked.measure
    step = would_move_up(case, behind.periods)
    name = behind.full_name
    return {
        "candidate": {
            "id": str(ranked.state.candidate_id),
            "full_name": name,
            "merged_into": None,
        },
        "match": None if numbers.match is None else shown(numbers.match),
        "explanation": explanation(_story(case, behind), case, numbers),
        "factors": [dataclasses.asdict(each) for each in factors(numbers, question.policy)],
        "evidence": behind.evidence,
        "claimed": [dataclasses.asdict(each) for each in claimed(case)],
        "unmet": [dataclasses.asdict(each) for each in unmet_nice_to_haves(case)],
        "would_move_up": None if step is None else _plain(dataclasses.asdict(step)),
        "runner_up": ranked.runner_up,
        "unknown": [_plain(dataclasses.asdict(gate)) for gate in ranked.placement.unknown],
    }


def _story(case: Case, behind: Behind) -> CandidateStory:
    kept = [each for each in advice_that_counts(case.state) if each.state in _KEPT]
    quotes = [
        milestone["quote"]
        for follow_up in behind.evidence
        for milestone in follow_up["milestones"]
        if milestone["quote"] and milestone["status"] != "refuted"
    ]
    return CandidateStory(
        full_name=behind.full_name,
        follow_up_count=behind.follow_up_count,
        first_follow_up_at=behind.first_at,
        last_follow_up_at=behind.last_at,
        kept_advice=tuple(
            KeptAdvice(each.number, behind.advice[each.advice_id], each.state)
            for each in sorted(kept, key=lambda each: (each.rejection_id, each.number))
            if each.advice_id in behind.advice
        ),
        quotes=tuple(quotes),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return str(value) if isinstance(value, UUID) else value
