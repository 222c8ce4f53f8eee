"""Everybody at any two clocks, in each of the ways there are, against the facts and the twin."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import settings
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.database import Database, organization_of
from app.entry.actor import Actor
from app.facts.queries import facts_of
from app.facts.rules import candidate_record
from app.models.base import table_of
from app.models.ranking import Fact
from app.organizations.queries import current_policy
from app.shortlists.actions.running import start_run, take_step
from app.shortlists.queries.positions import position_state_now
from app.shortlists.queries.ranking import Asked, rank_at, rank_within
from app.shortlists.queries.runs import is_walked, next_step, ranking_of, run_of
from app.shortlists.queries.states import scored_state
from app.shortlists.queries.walking import Clocks
from app.shortlists.rules.ranking import Ranking
from app.shortlists.rules.states import CandidateState
from tests.cast import Cast
from tests.shortlists.listed import taken_back
from tests.shortlists.test_front_door import MUST, crowd
from tests.shortlists.twin import rank_plainly

# HYPOTHESIS_PROFILE=deep tries a thousand.
_CLOCKS = 1000 if settings().max_examples > 100 else 4
_FACTS = table_of(Fact).c


def from_facts(session: Session, asked: Asked) -> list[CandidateState]:
    """Return everybody as their facts say, and nothing that is stored."""
    told = select(_FACTS.candidate_id, _FACTS.recorded_at).where(
        _FACTS.organization_id == organization_of(session), _FACTS.candidate_id.is_not(None)
    )
    people = {candidate_id for candidate_id, _ in session.execute(told)}
    clocks = asked.clocks
    records = [
        candidate_record(each, rows, clocks.as_of, clocks.known_at)
        for each, rows in facts_of(session, people).items()
    ]
    return [scored_state(each, asked.policy) for each in records if each.existence == "present"]


def by_a_run(session: Session, asked: Asked, size: int) -> Ranking:
    actor = Actor(organization_of(session), "write")
    run = start_run(session, actor, asked, kind="shortlist")
    while not is_walked(run):
        assert take_step(session, run.id, next_step(session, run, size))
    return ranking_of(session, run_of(session, run.id))


def ids_in(ranking: Ranking) -> dict[str, list[UUID]]:
    return {
        section: [each.state.candidate_id for each in getattr(ranking, section)]
        for section in ("entries", "to_check", "quiet")
    }


def test_every_way_finds_what_the_facts_say_at_any_two_clocks(
    cast: Cast, database: Database
) -> None:
    ben, chance = cast.ben, random.Random()
    position = ben.position(requirements=MUST, starts_on="2019-06-01")
    people = crowd(ben, position)
    for candidate in people[::6]:
        ben.post(
            f"candidates/{candidate}/pauses",
            {"first_day": "2019-02-01", "last_day": "2019-04-30"},
        )
        ben.patch(f"candidates/{candidate}", {"available_from": "2019-05-01"})
    ben.delete(f"candidates/{people[1]}")
    with taken_back(database, cast) as session:
        policy, state = current_policy(session), position_state_now(session, UUID(position))
        assert state is not None
        told = session.scalars(select(_FACTS.recorded_at).distinct()).all()
        found = []
        for number in range(_CLOCKS):
            as_of = datetime(2018, 10, 9, tzinfo=UTC) + timedelta(hours=chance.randrange(5400))
            known_at = chance.choice(told) if number % 2 else max(told)
            asked = Asked(state, policy, Clocks(as_of, known_at), chance.choice((2, 50)))
            walked = rank_at(
                session, state, policy, as_of=as_of, known_at=known_at, limit=asked.limit
            )
            due = rank_plainly(from_facts(session, asked), state, policy, as_of, asked.limit)
            assert ids_in(walked) == due, asked.clocks
            ways = [
                rank_within(session, asked, 1000),
                by_a_run(session, asked, chance.choice((5, 50))),
            ]
            for each in ways:
                assert each is not None
                assert (each.entries, each.to_check) == (walked.entries, walked.to_check)
                assert each.quiet == walked.quiet, asked.clocks
            found += [one for section in due.values() for one in section]
        assert found
