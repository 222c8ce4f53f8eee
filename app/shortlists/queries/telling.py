"""What a shortlist tells of each entry: the sentence, the factors, the words that prove them.

Everything is read for all entries at once: the number of queries does not grow with the list.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy.orm import Session

from app.core.database import Mode
from app.facts.queries import moved_of
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
from app.shortlists.rules.question import Case, Question
from app.shortlists.rules.ranking import Ranked
from app.shortlists.rules.states import CandidateState
from app.shortlists.rules.steps import would_move_up

# What is frozen begins with this. Before there were layouts it was taken apart and put together
# anew whenever it was read.
LAYOUT: Final = 2
_KEPT = {"in_progress", "reported", "confirmed"}


def tell(
    session: Session,
    ranked: Sequence[Ranked],
    question: Question,
    known_at: datetime,
) -> list[str]:
    """Return, for each entry, the JSON of what is shown of it, as it is frozen and answered."""
    as_of, policy = question.as_of, question.policy
    states = [each.state for each in ranked]
    moved = _moved(session, states, as_of, known_at)
    # Of a follow-up that is dated a moment ahead only the facts tell what was so before it.
    current = [
        each
        for each in states
        if each.candidate_id not in moved
        and (each.last_counted_at is None or each.last_counted_at <= as_of)
    ]
    behind = behind_now(session, current, policy) if current else {}
    others = [each.candidate_id for each in states if each.candidate_id not in behind]
    if others:
        behind |= behind_then(session, others, policy, as_of, known_at)
    return [_told(each, question, behind[each.state.candidate_id]) for each in ranked]


def _moved(
    session: Session, states: Sequence[CandidateState], as_of: datetime, known_at: datetime
) -> set[UUID]:
    """Return who is otherwise in today's rows than at the clocks: everybody, if that may change.

    A transaction of the mode LIST has one snapshot, in which the policy in force is asked by.
    """
    if as_of == known_at:
        return set()
    ids = {each.candidate_id for each in states}
    is_frozen = session.info["mode"] is Mode.LIST
    return moved_of(session, ids, as_of, known_at) if is_frozen else ids


def _told(ranked: Ranked, question: Question, behind: Behind) -> str:
    case = Case(ranked.state, question)
    numbers = ranked.measure
    before = {
        "v": LAYOUT,
        "candidate": {
            "id": ranked.state.candidate_id,
            "full_name": behind.full_name,
            "merged_into": behind.merged_into,
        },
        "explanation": explanation(_story(case, behind), case, numbers),
        "factors": factors(numbers, question.policy),
    }
    after = {
        "claimed": claimed(case),
        "unmet": unmet_nice_to_haves(case),
        "would_move_up": would_move_up(case, behind.periods, numbers),
        "runner_up": ranked.runner_up,
        "unknown": ranked.placement.unknown,
    }
    head, tail = to_json(before).decode(), to_json(after).decode()
    return f'{head[:-1]},"evidence":{behind.evidence},{tail[1:]}'


def _story(case: Case, behind: Behind) -> CandidateStory:
    kept = [each for each in advice_that_counts(case.state) if each.state in _KEPT]
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
        quotes=behind.quotes,
    )
