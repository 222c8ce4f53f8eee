"""Questions about a position's ranking: one candidate's place, everyone's, a list run again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.database import organization_of
from app.core.problems import NotFound
from app.facts.queries import facts_of, require_candidate
from app.facts.rules import FactRow, Kind
from app.models.base import BINDS_ITS_TENANT
from app.models.ranking import Shortlist, ShortlistEntry
from app.models.run import ShortlistRun
from app.organizations.queries import current_policy
from app.organizations.rules import ScoringPolicy
from app.shortlists.queries.kept import entries_of
from app.shortlists.queries.positions import position_state_at, position_state_now
from app.shortlists.queries.ranking import Asked, is_soon_walked, rank_at, rank_of, state_now
from app.shortlists.queries.runs import asked_of, ranking_of
from app.shortlists.queries.walking import Clocks, everyone_at
from app.shortlists.rules.explanation import Factor, factors
from app.shortlists.rules.match import Examination, examine
from app.shortlists.rules.position import PositionState
from app.shortlists.rules.question import Case, ask
from app.shortlists.rules.ranking import (
    Coverage,
    Ranked,
    Ranking,
    count_coverage,
)
from app.shortlists.rules.reasons import Difference, WhyNotIn, why_not_higher, why_not_in
from app.shortlists.rules.replays import Difference as Moved
from app.shortlists.rules.replays import Place, differences
from app.shortlists.rules.stages import is_runner_up
from app.shortlists.rules.states import CandidateState

_SHORTLIST = (
    select(Shortlist)
    .where(
        Shortlist.organization_id == bindparam("organization_id"),
        Shortlist.id == bindparam("shortlist_id"),
    )
    .execution_options(**{BINDS_ITS_TENANT: True})
)


def shortlist_of(session: Session, shortlist_id: UUID) -> Shortlist:
    """Return a shortlist; raises NotFound."""
    asked = {"organization_id": organization_of(session), "shortlist_id": shortlist_id}
    found = session.scalar(_SHORTLIST, asked)
    if found is None:
        raise NotFound("No such shortlist.")
    return found


def policy_of(shortlist: Shortlist) -> ScoringPolicy:
    """Return the policy that the list was made by, as it was frozen."""
    return ScoringPolicy(**shortlist.policy)


def coverage_within(session: Session, shortlist: Shortlist, at_once: int) -> Coverage | None:
    """Count everyone by section and first failed gate, at the list's own clocks.

    None where a request has no time for it; how much that is of `at_once`, tells `is_soon_walked`.
    """
    asked = asked_of_list(shortlist)
    if not is_soon_walked(session, asked.policy, asked.clocks, at_once):
        return None
    erased = erased_states(entries_of(session, shortlist.id))
    states = everyone_at(session, asked.policy, asked.clocks)
    return count_coverage(
        chain(erased, states), asked.position, asked.policy, as_of=shortlist.as_of
    )


def asked_of_list(shortlist: Shortlist) -> Asked:
    """Return what the list was made from."""
    return Asked(
        PositionState.from_json(shortlist.position),
        policy_of(shortlist),
        Clocks(shortlist.as_of, shortlist.known_at),
        shortlist.row_limit,
    )


def erased_states(entries: Iterable[ShortlistEntry]) -> list[CandidateState]:
    """Return what was frozen with the entries of people erased since: all that is left of them."""
    return [CandidateState.unpack(entry.inputs) for entry in entries if entry.erased]


# ------------------------------------------------------------------------------------------ match


@dataclass(frozen=True, slots=True)
class Match:
    """One candidate held against one position now."""

    candidate_id: UUID
    position_id: UUID
    as_of: datetime
    policy_version: int
    rank: int | None
    examination: Examination
    factors: tuple[Factor, ...]
    why: WhyNotIn
    difference: Difference | None


def match_now(
    session: Session, position_id: UUID, candidate_id: UUID, *, than: UUID | None = None
) -> Match:
    """Hold one candidate against one position now; `than` asks why they do not stand above another.

    Raises NotFound without such a position or candidate, Gone for one that was deleted.
    """
    position = position_state_now(session, position_id)
    if position is None:
        raise NotFound("No such position.")
    policy, as_of = current_policy(session), now()
    name = require_candidate(session, candidate_id)
    own = _ranked(session, candidate_id, position, policy, as_of)
    difference = None
    if than is not None:
        require_candidate(session, than)
        other = _ranked(session, than, position, policy, as_of)
        difference = why_not_higher(own, other, policy)
    examination = examine(Case(own.state, ask(position, policy, as_of)))
    return Match(
        candidate_id=candidate_id,
        position_id=position_id,
        as_of=as_of,
        policy_version=policy.version,
        rank=own.rank or None,
        examination=examination,
        factors=factors(examination.measure, policy),
        why=why_not_in(name, examination, own.rank or None),
        difference=difference,
    )


def _ranked(
    session: Session,
    candidate_id: UUID,
    position: PositionState,
    policy: ScoringPolicy,
    as_of: datetime,
) -> Ranked:
    """Return the candidate with their rank now, 0 where they are excluded."""
    state = state_now(session, policy, candidate_id) or CandidateState(candidate_id)
    case = Case(state, ask(position, policy, as_of))
    rank = rank_of(session, case)
    found = examine(case)
    return Ranked(
        rank=rank or 0,
        state=state,
        placement=found.placement,
        measure=found.measure,
        runner_up=is_runner_up(state, position),
    )


# ----------------------------------------------------------------------------------------- replay


@dataclass(frozen=True, slots=True)
class Replay:
    """A list run again: at both its own clocks, or by what is known since."""

    shortlist_id: UUID
    as_of: datetime
    known_at: datetime
    policy_version: int
    frozen_inputs: int
    differences: tuple[Moved, ...]
    learned: Mapping[UUID, Sequence[FactRow]]


def what_is_replayed(session: Session, shortlist: Shortlist, known_at: datetime | None) -> Asked:
    """Return what is asked anew: at the list's `as_of` and at `known_at`, None for the list's own.

    Raises NotFound where the position was not known then.
    """
    known = shortlist.known_at if known_at is None else known_at
    position = position_state_at(session, shortlist.position_id, shortlist.as_of, known)
    if position is None:
        raise NotFound("No such position.")
    clocks = Clocks(shortlist.as_of, known)
    return Asked(position, policy_of(shortlist), clocks, shortlist.row_limit)


def replay_within(
    session: Session, shortlist: Shortlist, asked: Asked, at_once: int
) -> Replay | None:
    """Rank anew by looking at everyone; None where a request has no time for it.

    Entries of people erased since are ranked by the inputs frozen with them; `frozen_inputs` counts
    those.
    """
    if not is_soon_walked(session, asked.policy, asked.clocks, at_once):
        return None
    kept = entries_of(session, shortlist.id)
    ranking = rank_at(
        session,
        asked.position,
        asked.policy,
        as_of=asked.clocks.as_of,
        known_at=asked.clocks.known_at,
        limit=asked.limit,
        erased=erased_states(kept),
    )
    return _compared(session, shortlist, asked, kept, ranking)


def replayed(session: Session, run: ShortlistRun) -> Replay | None:
    """Return what a replay has found that the worker made; None while it has not, or of others."""
    if run.kind != "replay" or run.state != "done" or run.shortlist_id is None:
        return None
    shortlist = shortlist_of(session, run.shortlist_id)
    kept = entries_of(session, shortlist.id)
    ranking = ranking_of(session, run, erased_states(kept))
    return _compared(session, shortlist, asked_of(run), kept, ranking)


def _compared(
    session: Session,
    shortlist: Shortlist,
    asked: Asked,
    kept: Sequence[ShortlistEntry],
    ranking: Ranking,
) -> Replay:
    moved = differences([_frozen(entry) for entry in kept], _places(ranking))
    known_at = asked.clocks.known_at
    return Replay(
        shortlist_id=shortlist.id,
        as_of=shortlist.as_of,
        known_at=known_at,
        policy_version=asked.policy.version,
        frozen_inputs=sum(entry.erased for entry in kept),
        differences=moved,
        learned=_learned(session, shortlist, [each.candidate_id for each in moved], known_at),
    )


def _learned(
    session: Session, shortlist: Shortlist, candidate_ids: Sequence[UUID], known_at: datetime
) -> dict[UUID, list[FactRow]]:
    """Return what was told of these candidates since the list, of the time up to its `as_of`.

    Pauses are left out: nobody who ranks is ever shown one.
    """
    return {
        candidate_id: sorted(
            (
                row
                for row in rows
                if row.recorded_at > shortlist.known_at
                and row.effective_at <= shortlist.as_of
                and row.kind != Kind.PAUSE
            ),
            key=lambda row: (row.recorded_at, row.id),
        )
        for candidate_id, rows in facts_of(session, candidate_ids, known_at).items()
    }


def _frozen(entry: ShortlistEntry) -> Place:
    return Place(
        candidate_id=entry.candidate_id,
        section=entry.section,
        rank=entry.rank,
        match=entry.match,
        persistence=entry.persistence,
        momentum=entry.momentum,
        fit=entry.fit,
        progress=entry.progress,
        inputs=CandidateState.unpack(entry.inputs),
    )


def _places(ranking: Ranking) -> list[Place]:
    return [
        Place(
            candidate_id=each.state.candidate_id,
            section=str(each.placement.section),
            rank=each.rank,
            match=each.measure.match,
            persistence=each.measure.persistence,
            momentum=each.measure.effective_momentum,
            fit=each.measure.fit,
            progress=each.measure.progress,
            inputs=each.state,
        )
        for rows in (ranking.entries, ranking.to_check, ranking.quiet)
        for each in rows
    ]
