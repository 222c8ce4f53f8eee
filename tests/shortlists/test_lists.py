"""The lists as the store keeps and reads them, against looking at everyone, on each store.

A crowd is written by the action that every write ends in, changed, and taken back.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.database import Database, Mode, organization_of
from app.models.base import table_of
from app.models.ranking import QuietPosting, RankedPosting, RankingRow
from app.organizations.queries import current_policy
from app.organizations.rules import ScoringPolicy
from app.shortlists.actions.posting import forget_postings, posting_rows
from app.shortlists.queries.ranking import rank_now, rank_of
from app.shortlists.rules import search
from app.shortlists.rules.position import PositionState
from app.shortlists.rules.postings import postings_of
from app.shortlists.rules.question import Case, ask
from app.shortlists.rules.ranking import LISTED, rank_all
from app.shortlists.rules.states import CandidateState
from tests.cast import Cast
from tests.duplicates.test_merging import merge
from tests.shortlists.chance import Chance
from tests.shortlists.listed import arrive, taken_back, write
from tests.shortlists.strategies import AS_OF
from tests.shortlists.test_front_door import known
from tests.stores import usually_on_one_store

# A crowd costs hundreds of statements; HYPOTHESIS_PROFILE=deep holds 30,000 sections and 200,000
# places against everyone's.
_IS_DEEP = settings().max_examples > 100
_CROWDS, _QUESTIONS, _PLACES, _SIZE = (200, 25, 20, 60) if _IS_DEEP else (2, 6, 2, 25)
# Another version than the organization's own, so that a policy may be any.
_VERSION = 7

People = dict[UUID, CandidateState]


def forget(session: Session, candidate_id: UUID) -> None:
    """Do what an erasure and a merge do to the ranking."""
    forget_postings(session, [candidate_id], None)
    session.execute(delete(RankingRow).where(RankingRow.candidate_id == candidate_id))


def change(session: Session, chance: Chance, people: People, policy: ScoringPolicy) -> None:
    """Let a third write again or be somebody else altogether; one objects, one goes, two are one.

    Some are written twice alike.
    """
    for own in chance.sample(list(people.values()), len(people) // 3):
        other = replace(chance.candidate(), candidate_id=own.candidate_id)
        if chance.happens(0.5) and own.last_counted_at is not None:
            other = replace(own, momentum=chance.momentum(own.last_counted_at))
        people[own.candidate_id] = other
    objector, gone, absorbed, survivor = chance.sample(list(people), 4)
    people[objector] = replace(people[objector], rank_objection=True)
    both = (*people[survivor].tries, *people[absorbed].tries)
    people[survivor] = replace(people[survivor], tries=both)
    write(session, list(people.values()), policy)
    for each in (gone, absorbed):
        forget(session, each)
        del people[each]


def rows_kept(session: Session, version: int) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of the organization's lists, by table."""
    kept = {}
    for table in (table_of(RankedPosting), table_of(QuietPosting)):
        mine = table.c.organization_id == organization_of(session)
        rows = session.execute(select(table).where(mine, table.c.policy_version == version))
        kept[table.name] = sorted(map(tuple, rows), key=str)
    return kept


def rows_due(
    organization_id: UUID, people: Iterable[CandidateState], policy: ScoringPolicy
) -> dict[str, list[tuple[Any, ...]]]:
    due: dict[str, list[tuple[Any, ...]]] = {}
    key = {"organization_id": organization_id, "policy_version": policy.version}
    for quiet, model in ((False, RankedPosting), (True, QuietPosting)):
        table = table_of(model)
        rows = [
            tuple(row[column.name] for column in table.columns)
            for each in people
            if (posted := postings_of(each, policy)) is not None and posted.quiet is quiet
            for row in posting_rows({**key, "candidate_id": each.candidate_id}, posted)
        ]
        due[table.name] = sorted(rows, key=str)
    return due


def compare(
    session: Session, chance: Chance, people: People, position: PositionState, policy: ScoringPolicy
) -> None:
    """Hold the first of each section, and the places of some, against everyone's."""
    limit = chance.choice((1, 2, 5, 20))
    everyone = list(people.values())
    chance.shuffle(everyone)
    found = rank_now(session, position, policy, as_of=AS_OF, limit=limit)
    whole = rank_all(everyone, position, policy, as_of=AS_OF, limit=len(everyone))
    question = ask(position, policy, AS_OF)
    placed: dict[UUID, int] = {}
    for section in LISTED:
        due = getattr(whole, section)
        assert getattr(found, section) == due[:limit], (section, position)
        placed |= {each.state.candidate_id: each.rank for each in due}
    for each in chance.sample(everyone, _PLACES):
        rank = rank_of(session, Case(each, question))
        assert rank == placed.get(each.candidate_id), (each.candidate_id, position)


def test_the_lists_give_what_looking_at_everyone_gives(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    @settings(
        max_examples=_CROWDS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**48))
    def hold(seed: int) -> None:
        chance = Chance(seed)
        # So that a list is read in many rounds, or in the usual few.
        monkeypatch.setattr(search, "_MORE_AT_FIRST", chance.choice((0, 14)))
        monkeypatch.setattr(search, "_GROWTH", chance.choice((1, 4)))
        policy = chance.policy(_VERSION)
        people = {each.candidate_id: each for each in chance.crowd(_SIZE)}
        organization_id = cast.ben.organization_id
        with taken_back(database, cast) as session:
            arrive(session, list(people.values()), policy)
            change(session, chance, people, policy)
            due = rows_due(organization_id, people.values(), policy)
            assert rows_kept(session, _VERSION) == due
            for _ in range(_QUESTIONS):
                compare(session, chance, people, chance.position(), policy)

    hold()


@usually_on_one_store
def test_who_is_merged_erased_or_objects_leaves_no_row_behind(
    cast: Cast, database: Database
) -> None:
    ben = cast.ben
    position = ben.position()
    level = [{"competency": "art", "level": 3, "source": "assessed"}]
    survivor, absorbed, erased, objector = (
        known(ben, position, name, competencies=level)
        for name in ("Stays", "Twice", "Goes", "Objects")
    )
    merge(ben, survivor, absorbed)
    ben.delete(f"candidates/{erased}", params={"reason": "erased"})
    ben.put(f"candidates/{objector}/consent", {"purpose": "rank", "granted": False})
    with database.transaction(Mode.READ, ben.organization_id) as session:
        policy = current_policy(session)
        texts = session.scalars(select(RankingRow.state))
        states = [CandidateState.unpack(text) for text in texts]
        due = rows_due(ben.organization_id, states, policy)
        kept = rows_kept(session, policy.version)
        assert {str(each.candidate_id) for each in states} == {survivor, objector}
        # everyone's, that of the competency and that of the position
        assert kept == due
        assert [len(rows) for rows in kept.values()] == [3, 3]
