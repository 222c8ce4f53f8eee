"""What stands behind an entry: the follow-ups that count, the words that prove them, the advice.

At now it is read from the rows themselves, for all entries at once and without their facts: of
somebody who writes every week those are hundreds.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Table, bindparam, func, select, true, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NULLTYPE

from app.core.database import organization_of
from app.models.application import Advice, Rejection
from app.models.base import table_of
from app.models.candidate import Candidate
from app.models.follow_up import FollowUp, FollowUpAdvice, Milestone
from app.models.gathering import gathered, instant_of, packed
from app.models.ranking import PersistencePeriod
from app.organizations.rules import ScoringPolicy
from app.persistence_scores.rules import PeriodCredit
from app.shortlists.rules.evidence import advice_json, letter_json, milestone_json
from app.shortlists.rules.states import AdviceState, CandidateState

# The latest follow-ups stand behind an entry; the candidate's timeline has them all.
MOST_EVIDENCE: Final = 20


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind one candidate's place.

    `follow_up_count` is of the follow-ups that count, `first_at` and `last_at` are null where it is
    0. `advice` are the texts by the advice's id. `evidence` is the JSON of the latest of the
    follow-ups, the newest first, as they are shown; `quotes` are the words in it that prove a
    milestone which was not refuted.
    """

    full_name: str
    follow_up_count: int
    first_at: datetime | None
    last_at: datetime | None
    periods: tuple[PeriodCredit, ...]
    advice: Mapping[UUID, str]
    evidence: str
    quotes: tuple[str, ...]
    merged_into: UUID | None = None


_PERSONS, _REJECTIONS, _ADVICE = table_of(Candidate), table_of(Rejection), table_of(Advice)
_ROWS, _LINKS, _MILESTONES = table_of(FollowUp), table_of(FollowUpAdvice), table_of(Milestone)
_TENANT: Any = bindparam("organization_id")
_REJECTED_AT = (
    select(func.min(_REJECTIONS.c.rejected_at))
    .where(
        _REJECTIONS.c.organization_id == _TENANT,
        _REJECTIONS.c.candidate_id == _PERSONS.c.id,
        _REJECTIONS.c.undone_at.is_(None),
    )
    .correlate(_PERSONS)
    .scalar_subquery()
)
_COUNTED = (
    _ROWS.c.organization_id == _TENANT,
    _ROWS.c.candidate_id == _PERSONS.c.id,
    _ROWS.c.direction == "inbound",
    _ROWS.c.automated.is_(None),
    _ROWS.c.deleted_at.is_(None),
    _ROWS.c.occurred_at >= _REJECTED_AT,
)
_COUNT = (
    select(packed(func.count(), func.min(_ROWS.c.occurred_at)))
    .where(*_COUNTED)
    .correlate(_PERSONS)
    .scalar_subquery()
)
_COUNTS = select(_PERSONS.c.id, _COUNT).where(
    _PERSONS.c.organization_id == _TENANT,
    _PERSONS.c.id.in_(bindparam("candidate_ids", expanding=True)),
)
_LATEST = (
    select(_ROWS.c.id, _ROWS.c.occurred_at, _ROWS.c.channel, _ROWS.c.subject)
    .where(*_COUNTED)
    .order_by(_ROWS.c.occurred_at.desc(), _ROWS.c.id.desc())
    .limit(MOST_EVIDENCE)
    .correlate(_PERSONS)
    .subquery("latest")
)


def _on_it(table: Table, *names: str) -> ColumnElement[Any]:
    on_it = (table.c.organization_id == _TENANT) & (table.c.follow_up_id == _LATEST.c.id)
    return gathered(_LATEST, *(table.c[name] for name in names), where=on_it)


_MILESTONE = ("id", "kind", "title", "achieved_on", "quote", "status")
_QUOTE, _STATUS = _MILESTONE.index("quote"), _MILESTONE.index("status")
_BEHIND = select(
    _PERSONS.c.id,
    _PERSONS.c.full_name,
    gathered(
        _PERSONS,
        _ADVICE.c.id,
        _ADVICE.c.text,
        where=(_ADVICE.c.organization_id == _TENANT) & (_ADVICE.c.candidate_id == _PERSONS.c.id),
    ),
    gathered(
        _PERSONS,
        *_LATEST.c,
        _on_it(_LINKS, "advice_id"),
        _on_it(_MILESTONES, *_MILESTONE),
        where=true(),
    ),
).where(
    _PERSONS.c.organization_id == _TENANT,
    _PERSONS.c.id.in_(bindparam("candidate_ids", expanding=True)),
)
_CREDITS = table_of(PersistencePeriod).c
# Thousands of rows: they come as the driver gives them.
_PERIODS = select(
    *(
        type_coerce(_CREDITS[name], NULLTYPE)
        for name in ("candidate_id", "period", "touch", "advice", "milestone", "last_at")
    )
).where(
    _CREDITS.organization_id == _TENANT,
    _CREDITS.policy_version == bindparam("policy_version"),
    _CREDITS.candidate_id.in_(bindparam("candidate_ids", expanding=True)),
)


def behind_now(
    session: Session, states: Sequence[CandidateState], policy: ScoringPolicy
) -> dict[UUID, Behind]:
    """Return what stands behind several candidates; `states` are as they are stored."""
    asked = {
        "organization_id": organization_of(session),
        "candidate_ids": [each.candidate_id for each in states],
    }
    periods = _periods(session, {**asked, "policy_version": policy.version})
    given = {each.candidate_id: each for each in states}
    counts = _counts(session, states, asked)
    found = {}
    for candidate_id, name, advice, letters in session.execute(_BEHIND, asked).all():
        state = given[candidate_id]
        count, first_at = counts.get(candidate_id, (0, None))
        texts = {UUID(id_): (id_, text) for id_, text in advice or ()}
        evidence, quotes = _evidence(letters or (), _named(state.advice, texts))
        found[candidate_id] = Behind(
            full_name=name,
            follow_up_count=count,
            first_at=first_at,
            last_at=state.last_counted_at,
            periods=periods.get(candidate_id, ()),
            advice={id_: text for id_, (_, text) in texts.items()},
            evidence=evidence,
            quotes=quotes,
        )
    return found


def _counts(
    session: Session, states: Sequence[CandidateState], asked: dict[str, Any]
) -> dict[UUID, tuple[int, datetime]]:
    """Return how many follow-ups count and when the first was, of those of whom any does."""
    counts = {each.candidate_id: each.counted for each in states if each.counted}
    # What was stored before the count was kept with it, and not written since.
    untold = [each.candidate_id for each in states if each.last_counted_at and not each.counted]
    if untold:
        rows = session.execute(_COUNTS, {**asked, "candidate_ids": untold})
        counts |= {candidate_id: (count, instant_of(at)) for candidate_id, (count, at) in rows}
    return counts


def _periods(session: Session, asked: dict[str, Any]) -> dict[UUID, tuple[PeriodCredit, ...]]:
    found: dict[Any, list[PeriodCredit]] = defaultdict(list)
    credit_of, read = PeriodCredit.from_parts, datetime.fromisoformat
    rows: Any = session.execute(_PERIODS, asked).all()
    for candidate_id, period, touch, advice, milestone, last_at in rows:
        # SQLite's driver gives text, without saying that it is UTC.
        at = read(f"{last_at}+00:00") if isinstance(last_at, str) else last_at
        found[candidate_id].append(credit_of(period, touch, advice, milestone, at))
    return {
        raw if isinstance(raw, UUID) else UUID(bytes=raw): tuple(sorted(credits_))
        for raw, credits_ in found.items()
    }


def _named(advice: Sequence[AdviceState], texts: Mapping[UUID, tuple[str, str]]) -> dict[str, str]:
    """Return the JSON of the pieces of advice as a follow-up names them, by their packed ids."""
    named = {}
    for each in advice:
        if each.advice_id in texts:
            id_, text = texts[each.advice_id]
            named[id_] = advice_json(id_, each.number, text, each.state)
    return named


def _evidence(letters: Sequence[Any], advice: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    told, quotes = [], []
    for id_, occurred_at, channel, subject, links, milestones in sorted(
        letters, key=_when, reverse=True
    ):
        named = sorted([linked for (linked,) in links]) if links else ()
        reported = sorted(milestones) if milestones else ()
        quotes += [each[_QUOTE] for each in reported if each[_QUOTE] and each[_STATUS] != "refuted"]
        told.append(
            letter_json(
                id_,
                occurred_at,
                channel,
                subject,
                [advice[each] for each in named if each in advice],
                [milestone_json(*each) for each in reported],
            )
        )
    return f"[{','.join(told)}]", tuple(quotes)


# By the instant's text, which is in the order of the instants, and the id.
_when = itemgetter(1, 0)
