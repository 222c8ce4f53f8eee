"""Whether all that was acknowledged is there, once, and what follows from it is right."""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.database import Database
from app.organizations.rules import VERSION_1
from app.persistence_scores.rules import CountedFollowUp, reading
from bench.checking import check
from tests.cast import Person
from tests.events.mirror import everything, follow_on
from tests.soak.crowd import REJECTED_AT, Crowd, Written

# Of what costs a request each, so many are looked at, drawn at random.
_LOOKED_AT = 50
_AS_OF = datetime(2019, 8, 1, tzinfo=UTC)


def judge(crowd: Crowd, person: Person, database: Database) -> None:
    """Hold the store against what the clients were told."""
    told = crowd.told
    _is_there_once(everything(person, "candidates"), told.candidates)
    applications = list(everything(person, "applications"))
    _is_there_once(applications, told.applications)
    rejected = sorted(one["id"] for one in applications if one["status"] == "rejected")
    assert rejected == sorted(one.id for one in told.rejections.values())
    _is_there_once(everything(person, "follow-ups"), told.follow_ups)
    lists = Counter(one["id"] for one in everything(person, "shortlists"))
    asked = Counter(one.id for one in told.shortlists.values())
    # The positions' opening made the others.
    assert lists & asked == asked
    assert max(lists.values()) == 1
    _is_answered_again(crowd, person)
    _is_scored_right(crowd, person)
    _is_told_once_in_one_order(crowd, person)
    for shortlist in lists:
        assert person.post(f"shortlists/{shortlist}/replay", expect=200)["identical"] is True
    assert check(database, person.organization_id) > 0


def _is_there_once(rows: Iterable[dict[str, Any]], told: dict[str, Written]) -> None:
    found = [(name["id"], row["id"]) for row in rows for name in row["external_ids"]]
    assert len(found) == len(told)
    assert dict(found) == {key: written.id for key, written in told.items()}


def _is_answered_again(crowd: Crowd, person: Person) -> None:
    """A key that was answered before the service was killed is answered the same afterwards."""
    everywhere = crowd.told.all()
    for key in random.sample(sorted(everywhere), min(_LOOKED_AT, len(everywhere))):
        written = everywhere[key]
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        raw = json.dumps(written.body)
        answer = person.call("POST", written.path, content=raw, headers=headers)
        assert answer.headers.get("idempotent-replayed") == "true", answer.text
        assert answer.json()["id"] == written.id


def _is_scored_right(crowd: Crowd, person: Person) -> None:
    """The score is that of the follow-ups which the clients know to be recorded."""
    letters: dict[str, list[CountedFollowUp]] = defaultdict(list)
    for written in crowd.told.follow_ups.values():
        letters[written.path.split("/")[3]].append(
            CountedFollowUp(
                occurred_at=datetime.fromisoformat(written.body["occurred_at"]),
                addresses_advice=False,
                reports_milestone=bool(written.body["milestones"]),
                advice_given_before=False,
            )
        )
    query = {"as_of": _AS_OF.isoformat()}
    for candidate in random.sample(sorted(letters), min(_LOOKED_AT, len(letters))):
        expected = reading(letters[candidate], REJECTED_AT, (), VERSION_1, _AS_OF)
        found = person.get(f"candidates/{candidate}/persistence", params=query)
        assert found["momentum"] == expected.momentum
        assert found["persistence"] == pytest.approx(expected.persistence, rel=1e-12)
        assert len(found["periods"]) == len(expected.periods)


def _is_told_once_in_one_order(crowd: Crowd, person: Person) -> None:
    """Each change is one event; who followed from the start has read nothing else."""
    stream: list[dict[str, Any]] = []
    while True:
        items, _ = follow_on(person, len(stream))
        if not items:
            break
        stream += items
    assert crowd.followed == stream[: len(crowd.followed)]
    assert len({one["id"] for one in stream}) == len(stream)
    for kind, name, told in (
        ("candidate.created", "candidate_id", crowd.told.candidates),
        ("application.created", "application_id", crowd.told.applications),
        ("application.rejected", "application_id", crowd.told.rejections),
        ("follow_up.recorded", "follow_up_id", crowd.told.follow_ups),
    ):
        heard = sorted(one["ids"][name] for one in stream if one["type"] == kind)
        assert heard == sorted(written.id for written in told.values())
