"""What stands behind an entry is the same by the rows, which are read at now, and by the facts."""

import importlib
import json
from dataclasses import replace
from uuid import UUID

from sqlalchemy import bindparam, select, text

from app.core.database import Database, Mode
from app.facts.actions import known_at
from app.models.ranking import RankingRow
from app.models.types import Id
from app.organizations.queries import current_policy
from app.persistence_scores.actions import store_score
from app.shortlists.queries.behind import MOST_EVIDENCE, behind_now
from app.shortlists.queries.behind_then import behind_then
from app.shortlists.queries.ranking import records_at, state_now
from tests.cast import Cast, Json

counted = importlib.import_module("migrations.versions.0020_counted")


def test_rows_and_facts_tell_the_same(cast: Cast, database: Database) -> None:
    ben = cast.ben
    writer, position = ben.candidate("Robin Clockwork"), ben.position()
    texts = [{"text": text, "competency": "sales", "target_level": 3} for text in ("Sell.", "Ask.")]
    refused = ben.reject(ben.application(writer, position), advice=texts)
    sell, ask = (each["id"] for each in refused["rejection"]["advice"])
    other = ben.candidate("Other")
    ben.reject(ben.application(other, position), advice=texts)
    award = {"kind": "award", "title": "Of the month", "quote": "I won “it”."}
    book = {"kind": "book", "title": "On selling", "advice_id": ask, "achieved_on": "2019-01-05"}
    # Two at one instant.
    days = (*range(1, 24), 23)
    plain: list[Json] = [{"occurred_at": f"2018-12-{day:02d}T08:00:00Z"} for day in days]
    ben.follow_ups(
        writer,
        {"occurred_at": "2018-10-01T08:00:00Z", "subject": "Before the rejection"},
        {"occurred_at": "2019-01-02T08:00:00Z", "direction": "outbound"},
        {"occurred_at": "2019-01-03T08:00:00Z", "automated": "auto_reply"},
        {"occurred_at": "2019-01-05T08:00:00.5Z", "channel": "call", "milestones": [book, award]},
        {"occurred_at": "2019-01-06T08:00:00Z", "candidate": {"id": other}},
        *plain,
    )
    third = ben.follow_up(
        writer, "2019-02-05T08:00:00Z", advice_ids=[ask, sell], milestones=[award]
    )
    ben.patch(f"milestones/{third['milestones'][0]['id']}", {"status": "refuted"})
    gone = ben.follow_up(writer, "2019-03-05T08:00:00Z", advice_ids=[sell])["id"]
    ben.delete(f"follow-ups/{gone}")
    who = UUID(writer)
    with database.transaction(Mode.LIST, ben.organization_id) as session:
        policy, at = current_policy(session), known_at(session)
        state = state_now(session, policy, who)
        assert state is not None
        record = records_at(session, [who], at, at)[who]
        store_score(session, record, replace(policy, version=policy.version + 1))
        told = behind_now(session, [state], policy)[who]
        assert told == behind_then(session, [who], policy, at, at)[who]
    letters = json.loads(told.evidence)
    assert (told.follow_up_count, len(letters)) == (26, MOST_EVIDENCE)
    assert [len(each["milestones"]) for each in letters[:3]] == [1, 2, 0]
    assert state.counted == (told.follow_up_count, told.first_at)
    then = {"as_of": "2019-01-10T08:00:00Z"}
    (entry,) = ben.post(f"positions/{position}/shortlists", then)["entries"][:1]
    assert (entry["candidate_id"], len(entry["evidence"])) == (writer, MOST_EVIDENCE)
    assert entry["evidence"][0]["occurred_at"] == "2019-01-05T08:00:00.500000Z"


def test_a_count_that_is_not_kept_is_counted_and_the_migration_keeps_it(
    cast: Cast, database: Database
) -> None:
    ben = cast.ben
    who = UUID(ben.candidate("Robin Clockwork"))
    ben.reject(ben.application(str(who), ben.position()))
    # Neither somebody else's rejection nor one that was taken back has anything counted before.
    hers, undone = (
        ben.application(each, ben.position()) for each in (ben.candidate("Other"), str(who))
    )
    for each in (hers, undone):
        ben.reject(each, rejected_at="2018-09-20T16:00:00Z")
    ben.post(f"applications/{undone}/unreject", {}, expect=200)
    days = ("2018-10-05T09:00:00.25Z", "2018-11-05T09:00:00Z")
    ben.follow_ups(str(who), *({"occurred_at": each} for each in ("2018-10-01T09:00:00Z", *days)))
    with database.transaction(Mode.LIST, ben.organization_id) as session:
        policy, at, store = current_policy(session), known_at(session), database.engine.dialect.name
        tenant = bindparam("tenant", ben.organization_id, type_=Id())
        written = session.scalars(select(RankingRow.state).where(RankingRow.candidate_id == who))
        kept = written.one()
        session.execute(text(counted.FORGET.format(at=counted.PLACE_IN[store])).bindparams(tenant))
        state = state_now(session, policy, who)
        assert state is not None
        assert state.counted is None
        told = behind_now(session, [state], policy)[who]
        assert told == behind_then(session, [who], policy, at, at)[who]
        assert told.follow_up_count == len(days)
        session.execute(text(counted.TELL.format(first=counted.FIRST[store])).bindparams(tenant))
        again = session.scalars(select(RankingRow.state).where(RankingRow.candidate_id == who))
        assert again.one() == kept
