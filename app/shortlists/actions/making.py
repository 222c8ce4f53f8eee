"""Freezing a ranking."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, bindparam, cast, insert
from sqlalchemy.orm import Session

from app.audit_log.actions import record_change
from app.core.ids import new_id
from app.core.problems import Invalid, NotFound
from app.entry.actor import Actor
from app.facts.actions import known_at
from app.models.base import table_of
from app.models.ranking import Shortlist, ShortlistEntry
from app.organizations.queries import current_policy
from app.shortlists.queries.positions import position_state_at, position_state_now
from app.shortlists.queries.ranking import Asked, rank_now
from app.shortlists.queries.telling import tell
from app.shortlists.queries.walking import Clocks
from app.shortlists.rules.match import Section
from app.shortlists.rules.question import Question, ask
from app.shortlists.rules.ranking import Ranked, Ranking

USUAL_LIMIT = 50


def make_shortlist(
    session: Session,
    actor: Actor,
    position_id: UUID,
    *,
    trigger: str,
    limit: int = USUAL_LIMIT,
) -> Shortlist:
    """Rank everyone for a position now, by all that is known, and freeze it.

    Needs a transaction of the mode LIST. Raises NotFound without such a position.
    """
    asked = what_is_asked(session, position_id, limit=limit, as_of=None)
    return freeze(session, actor, asked, ranking_now(session, asked), trigger=trigger)


def what_is_asked(
    session: Session, position_id: UUID, *, limit: int, as_of: datetime | None
) -> Asked:
    """Fix both clocks, and what the position and the policy are by them.

    Raises NotFound without such a position, Invalid for an `as_of` that lies ahead.
    """
    known = known_at(session)
    when = known if as_of is None else as_of
    if when > known:
        raise Invalid("/as_of", "lies in the future")
    session.flush()
    if when == known:
        position = position_state_now(session, position_id)
    else:
        position = position_state_at(session, position_id, when, known)
    if position is None:
        raise NotFound("No such position.")
    return Asked(position, current_policy(session), Clocks(when, known), limit)


def ranking_now(session: Session, asked: Asked) -> Ranking:
    """Rank at the instant up to which everything is known."""
    as_of = asked.clocks.as_of
    return rank_now(session, asked.position, asked.policy, as_of=as_of, limit=asked.limit)


def freeze(
    session: Session, actor: Actor, asked: Asked, ranking: Ranking, *, trigger: str
) -> Shortlist:
    """Keep a ranking as a list, with all that it was made from."""
    shortlist = Shortlist(
        id=new_id(),
        position_id=asked.position.position_id,
        trigger=trigger,
        as_of=asked.clocks.as_of,
        known_at=asked.clocks.known_at,
        policy_version=asked.policy.version,
        policy=dataclasses.asdict(asked.policy),
        position=asked.position.to_json(),
        row_limit=asked.limit,
        looked_at=ranking.looked_at,
        stopped_because=str(ranking.stopped_because),
        asked_by_user_id=actor.user_id,
        asked_by_api_key_id=actor.api_key_id,
    )
    session.add(shortlist)
    session.flush()
    question = ask(asked.position, asked.policy, asked.clocks.as_of)
    _freeze_entries(session, shortlist, ranking, question)
    record_change(
        session,
        actor,
        "shortlist.ready",
        "shortlist",
        shortlist.id,
        changes={"trigger": trigger},
        data={"position_id": shortlist.position_id},
    )
    session.flush()
    return shortlist


def sections(ranking: Ranking) -> Iterator[tuple[Section, tuple[Ranked, ...]]]:
    """Yield the three sections with who stands in them."""
    yield Section.ENTRIES, ranking.entries
    yield Section.TO_CHECK, ranking.to_check
    yield Section.QUIET, ranking.quiet


_ENTRIES = table_of(ShortlistEntry)
_TOLD = bindparam("told", type_=Text)
# What is told is JSON already.
_FREEZE = {
    "sqlite": insert(_ENTRIES).values(shown=_TOLD),
    "postgresql": insert(_ENTRIES).values(shown=cast(_TOLD, _ENTRIES.c.shown.type)),
}


def _freeze_entries(
    session: Session, shortlist: Shortlist, ranking: Ranking, question: Question
) -> None:
    placed = [(section, each) for section, rows in sections(ranking) for each in rows]
    told = tell(session, [each for _, each in placed], question, shortlist.known_at)
    rows = [
        {
            "organization_id": shortlist.organization_id,
            "id": new_id(),
            "shortlist_id": shortlist.id,
            "candidate_id": each.state.candidate_id,
            "section": str(section),
            "rank": each.rank,
            "match": each.measure.match,
            "persistence": each.measure.persistence,
            "momentum": each.measure.effective_momentum,
            "fit": each.measure.fit,
            "progress": each.measure.progress,
            "inputs": each.packed or each.state.pack(),
            "told": text,
            "erased": False,
        }
        for (section, each), text in zip(placed, told, strict=True)
    ]
    if rows:
        session.execute(_FREEZE[session.get_bind().dialect.name], rows)
