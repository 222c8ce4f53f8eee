"""Looking up who is selected, and how they stand."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bulk_changes.rules import Standing
from app.candidates.queries import candidates, passing
from app.core.database import organization_of
from app.core.problems import Invalid
from app.models.candidate import Candidate, CandidateTag
from app.models.talent_pool import TalentPoolMember
from app.search.queries.finding import Place, found_candidates
from app.search.rules.asked import Word

MOST: Final = 1000
# As many ids as one statement names.
_AT_ONCE: Final = 500


def selected(session: Session, words: Sequence[Word], wanted: dict[str, Any]) -> list[UUID]:
    """Return whom a search finds; raises Invalid at `/selection` where they are more than 1,000."""
    if words:
        ids = list(_found(session, words, wanted))
    else:
        statement = candidates(organization_of(session), **wanted)
        by_id = statement.order_by(statement.selected_columns.id)
        ids = list(session.scalars(by_id.limit(MOST + 1)))
    if len(ids) > MOST:
        raise Invalid("/selection", f"selects more than {MOST:,} candidates: narrow it")
    return ids


def _found(session: Session, words: Sequence[Word], wanted: dict[str, Any]) -> Iterator[UUID]:
    filtered, place, found = passing(session, wanted), None, 0
    while found <= MOST:
        left = MOST + 1 - found
        page = found_candidates(session, words, after=place, limit=left, passing=filtered)
        yield from (one.candidate_id for one in page.items)
        found += len(page.items)
        following: Place | None = page.following
        if following is None:
            return
        place = following


def standings(
    session: Session, rows: Iterable[Candidate], pool_ids: Collection[UUID]
) -> dict[UUID, Standing]:
    """Return how candidates stand, of talent pools only in regard to these."""
    owners = {row.id: row.relationship_owner_id for row in rows}
    tags: dict[UUID, set[str]] = {}
    pools: dict[UUID, set[UUID]] = {}
    ids = list(owners)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        for candidate_id, tag in session.execute(
            select(CandidateTag.candidate_id, CandidateTag.tag).where(
                CandidateTag.organization_id == organization_of(session),
                CandidateTag.candidate_id.in_(some),
            )
        ):
            tags.setdefault(candidate_id, set()).add(tag)
        if not pool_ids:
            continue
        for candidate_id, pool_id in session.execute(
            select(TalentPoolMember.candidate_id, TalentPoolMember.talent_pool_id).where(
                TalentPoolMember.organization_id == organization_of(session),
                TalentPoolMember.talent_pool_id.in_(pool_ids),
                TalentPoolMember.candidate_id.in_(some),
            )
        ):
            pools.setdefault(candidate_id, set()).add(pool_id)
    return {
        id_: Standing(frozenset(tags.get(id_, ())), frozenset(pools.get(id_, ())), owner)
        for id_, owner in owners.items()
    }
