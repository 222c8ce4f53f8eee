"""The texts in which words were found, with the words marked."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.models.application import Advice
from app.models.base import table_of
from app.models.follow_up import FollowUp, Milestone
from app.search.queries.finding import Found
from app.search.rules.asked import Word
from app.search.rules.snippets import Hit, excerpt
from app.search.rules.terms import follow_up_text

_ADVICE, _FOLLOW_UPS, _MILESTONES = (
    table_of(Advice).c,
    table_of(FollowUp).c,
    table_of(Milestone).c,
)
_OF_ADVICE = select(_ADVICE.id, _ADVICE.candidate_id, _ADVICE.given_at, _ADVICE.text).where(
    _ADVICE.organization_id == bindparam("organization_id"),
    _ADVICE.id.in_(bindparam("ids", expanding=True)),
)
_OF_FOLLOW_UPS = select(
    _FOLLOW_UPS.id,
    _FOLLOW_UPS.candidate_id,
    _FOLLOW_UPS.occurred_at,
    _FOLLOW_UPS.subject,
    _FOLLOW_UPS.body,
).where(
    _FOLLOW_UPS.organization_id == bindparam("organization_id"),
    _FOLLOW_UPS.id.in_(bindparam("ids", expanding=True)),
)
_OF_MILESTONES = (
    select(_MILESTONES.follow_up_id, _MILESTONES.title, _MILESTONES.quote)
    .where(
        _MILESTONES.organization_id == bindparam("organization_id"),
        _MILESTONES.follow_up_id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(_MILESTONES.id)
)


def text_hits(
    session: Session, found: Iterable[Found], words: Sequence[Word]
) -> dict[UUID, list[Hit]]:
    """Return the hits in advice and follow-ups by candidate, the newest first."""
    found = list(found)
    hits: dict[UUID, list[Hit]] = {}
    advice = [id_ for one in found for id_ in one.advice_ids]
    if advice:
        asked = {"organization_id": organization_of(session), "ids": advice}
        for id_, candidate_id, at, text in session.execute(_OF_ADVICE, asked):
            hit = Hit("advice", id_, at, excerpt(text, words))
            hits.setdefault(candidate_id, []).append(hit)
    for hit, candidate_id in _follow_up_hits(session, found, words):
        hits.setdefault(candidate_id, []).append(hit)
    for several in hits.values():
        several.sort(key=lambda hit: (hit.at, hit.id), reverse=True)
    return hits


def _follow_up_hits(
    session: Session, found: Iterable[Found], words: Sequence[Word]
) -> list[tuple[Hit, UUID]]:
    """Return each hit in a follow-up, its subject or its milestones, and whose it is."""
    ids = [id_ for one in found for id_ in one.follow_up_ids]
    if not ids:
        return []
    asked = {"organization_id": organization_of(session), "ids": ids}
    reported: dict[UUID, list[str | None]] = {}
    for follow_up_id, *texts in session.execute(_OF_MILESTONES, asked):
        reported.setdefault(follow_up_id, []).extend(texts)
    hits = []
    for id_, candidate_id, at, subject, body in session.execute(_OF_FOLLOW_UPS, asked):
        text = follow_up_text(subject, body, reported.get(id_, ()))
        hits.append((Hit("follow_up", id_, at, excerpt(text, words)), candidate_id))
    return hits
