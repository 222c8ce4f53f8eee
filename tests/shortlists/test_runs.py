"""Lists of the past that the worker makes: a step at a time, and to the last digit as at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app import worker
from app.core.clock import now
from app.core.database import Database, Mode
from app.facts.queries import moved_of
from app.models.run import ShortlistRunPlace
from app.shortlists import jobs
from app.shortlists.actions.running import take_step
from app.shortlists.jobs import forget_old_runs, work_run, work_runs
from app.shortlists.queries import walking
from app.shortlists.queries.runs import next_step, run_of
from tests.cast import Cast, Json, Person
from tests.duplicates.test_merging import merge
from tests.openings import copied
from tests.shortlists.test_front_door import AS_OF, MUST, ids, known
from tests.stores import usually_on_one_store
from tests.worker import outbox

THEN = {"as_of": AS_OF, "limit": 2}
LATER = {"Prefer": "handling=lenient, respond-async; wait=10"}
SECTIONS = ("entries", "to_check", "quiet")


@copied
def crowd(ben: Person) -> tuple[str, list[str]]:
    """A position, and some of every section: two wrote since, and one was told about since."""
    position = ben.position(requirements=MUST)
    level = [{"competency": "sales", "level": 4, "source": "assessed"}]
    people = [
        known(
            ben, position, f"Somebody {number}", mails=number % 3, competencies=level[number % 2 :]
        )
        for number in range(7)
    ]
    ben.follow_up(people[1], "2019-05-20T08:00:00Z")
    ben.follow_up(people[2], "2019-05-01T08:00:00Z")
    ben.patch(f"candidates/{people[5]}", {"do_not_contact": True})
    return position, people


def begin(ben: Person, position: str, **headers: str) -> Json:
    """Ask for a list of the past and be told to wait."""
    return ben.post(f"positions/{position}/shortlists", THEN, expect=202, headers=LATER | headers)


def at_once(ben: Person, position: str) -> Json:
    return ben.post(f"positions/{position}/shortlists", THEN)


def ended(ben: Person, database: Database, run: Json) -> Json:
    """Let the worker work; return what was made."""
    list(work_runs(database, ben.organization_id))
    told = ben.get(f"shortlist-runs/{run['id']}")
    assert (told["state"], told["done"]) == ("done", told["total"])
    return ben.get(f"shortlists/{told['shortlist_id']}")


def same(one: Json, other: Json) -> bool:
    """Whether two lists say the same of the same people."""
    assert any(one[section] for section in SECTIONS)
    return all(one[section] == other[section] for section in SECTIONS)


def test_a_run_makes_what_a_request_would_have_made_whatever_is_written_meanwhile(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = cast.ben
    position, people = crowd(ben)
    due = at_once(ben, position)
    run = begin(ben, position)
    assert (run["state"], run["done"], run["shortlist_id"]) == ("running", 0, None)
    monkeypatch.setattr(jobs, "_WALKED_AT_ONCE", 2)
    writes: list[Callable[[], Any]] = [
        # Of who has been looked at, and of who has not; told of before `as_of` and after.
        lambda: [ben.follow_up(each, "2019-05-02T08:00:00Z") for each in people],
        lambda: ben.patch(f"candidates/{people[3]}", {"do_not_contact": True}),
        lambda: merge(ben, people[6], people[4]),
        lambda: known(ben, position, "Came later"),
    ]
    within = [lambda: ben.patch(f"candidates/{people[0]}", {"do_not_contact": True})]

    def moved_meanwhile(*asked: Any) -> set[UUID]:
        """Write between the two statements of a step: after the states, before who has moved."""
        if within:
            within.pop()()
        return moved_of(*asked)

    monkeypatch.setattr(walking, "moved_of", moved_meanwhile)
    seen = []
    for step in work_run(database, ben.organization_id, UUID(run["id"])):
        seen.append(step)
        told = ben.get(f"shortlist-runs/{run['id']}")
        assert (told["done"], told["total"]) == step
        writes.pop(0)() if writes else None
    assert seen == [(2, 7), (4, 7), (6, 7), (7, 7)]
    made = ended(ben, database, run)
    # What nobody knew of then is told all the same: the list says who they are by now.
    (merged,) = [one for one in made["entries"] if one["candidate"]["merged_into"]]
    assert merged["candidate"]["merged_into"] == people[6]
    (same_person,) = [one for one in due["entries"] if one["candidate"]["id"] == people[4]]
    assert merged["explanation"] == same_person["explanation"].replace("y 4", "y 6")
    merged |= {name: same_person[name] for name in ("candidate", "explanation")}
    assert same(made, due)
    assert made["known_at"] == run["known_at"]
    assert ben.post(f"shortlists/{made['id']}/replay", expect=200)["identical"] is True
    assert not same(at_once(ben, position), due)
    with database.transaction(Mode.READ, ben.organization_id) as session:
        assert session.scalars(select(ShortlistRunPlace.candidate_id)).all() == []


def test_killed_between_two_steps_it_goes_on_and_what_goes_wrong_for_good_is_told(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = cast.ben
    outbox.empty(database)
    position, _ = crowd(ben)
    due = at_once(ben, position)
    run = begin(ben, position, **{"Idempotency-Key": "once"})
    assert begin(ben, position, **{"Idempotency-Key": "once"}) == run
    monkeypatch.setattr(jobs, "_WALKED_AT_ONCE", 3)
    monkeypatch.setattr(worker, "TURN_SECONDS", -1)
    with monkeypatch.context() as killing:
        killing.setattr(jobs, "take_step", _once_and_then_die(take_step))
        outbox.until_idle(database)
    told = ben.get(f"shortlist-runs/{run['id']}")
    assert (told["state"], told["done"], told["total"]) == ("running", 3, 7)
    with time_machine.travel(now() + timedelta(seconds=3)):
        # Two steps and the end: after each of them others have their turn.
        assert outbox.until_idle(database) == 3
    assert same(ended(ben, database, run), due)
    (ready,) = [
        one["ids"]
        for one in ben.get("events")["items"]
        if one["type"] == "shortlist.ready" and one["ids"]["shortlist_id"] != due["id"]
    ]
    made = ben.get(f"shortlist-runs/{run['id']}")["shortlist_id"]
    assert ready == {"shortlist_id": made, "position_id": position}

    lost = begin(ben, position)
    monkeypatch.setattr(jobs, "finish_run", _die)
    for _ in range(4):
        with pytest.raises(KilledError):
            list(work_runs(database, ben.organization_id))
    list(work_runs(database, ben.organization_id))
    told = ben.get(f"shortlist-runs/{lost['id']}")
    assert (told["state"], told["failure"], told["shortlist_id"]) == ("failed", "KilledError", None)


class KilledError(Exception):
    """The worker's process ends here."""


def _die(*_: object) -> None:
    raise KilledError


def _once_and_then_die(take_step: Callable[..., bool]) -> Callable[..., bool]:
    steps = [take_step]

    def step(*told: Any) -> bool:
        if not steps:
            raise KilledError
        return steps.pop()(*told)

    return step


def test_who_is_erased_while_it_runs_is_in_none_of_it(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = cast.ben
    position, people = crowd(ben)
    run = begin(ben, position)
    monkeypatch.setattr(jobs, "_WALKED_AT_ONCE", 3)
    steps = work_run(database, ben.organization_id, UUID(run["id"]))
    next(steps)
    due = at_once(ben, position)
    first = ids(due["entries"])[0]
    assert str(first) in people[:3]
    ben.delete(f"candidates/{first}", params={"reason": "erased"})
    assert ben.get(f"shortlist-runs/{run['id']}")["done"] == 0
    with database.transaction(Mode.READ, ben.organization_id) as session:
        assert session.scalars(select(ShortlistRunPlace.candidate_id)).all() == []
        beside = next_step(session, run_of(session, UUID(run["id"])), 7)
    # Somebody who was looked at is erased before it is kept that they were.
    second = ids(at_once(ben, position)["entries"])[0]
    ben.delete(f"candidates/{second}", params={"reason": "erased"})
    with database.transaction(Mode.WRITE, ben.organization_id) as session:
        assert take_step(session, UUID(run["id"]), beside) is False
    made = ended(ben, database, run)
    assert not {first, second} & set(ids(made["entries"]))
    assert same(made, at_once(ben, position))


@pytest.mark.parametrize(("at_once_most", "expected"), [(6, 202), (7, 201)])
@usually_on_one_store
def test_where_a_fifth_has_changed_since_the_worker_makes_it(
    cast: Cast,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    at_once_most: int,
    expected: int,
) -> None:
    position, _ = crowd(cast.ben)
    monkeypatch.setattr(database.settings, "recomputed_at_once", at_once_most)
    made = cast.ben.post(f"positions/{position}/shortlists", THEN, expect=expected)
    assert ("looked_at" in made) is (expected == 201)
    assert "looked_at" in cast.ben.post(f"positions/{position}/shortlists", {})


def test_a_large_organizations_coverage_is_counted_by_the_worker_and_kept(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = cast.ben
    position, _ = crowd(ben)
    made = at_once(ben, position)
    path = f"shortlists/{made['id']}/coverage"
    due = ben.get(path)
    assert due["counting"] is None
    assert due["considered"] == 7
    monkeypatch.setattr(database.settings, "recomputed_at_once", 1)
    monkeypatch.setattr(jobs, "_WALKED_AT_ONCE", 3)
    asked = cast.rita.get(path, expect=202)
    run = asked["counting"]["shortlist_run_id"]
    assert (asked["considered"], asked["counting"]["done"]) == (0, 0)
    next(work_run(database, ben.organization_id, UUID(run)))
    so_far = ben.get(path, expect=202)
    assert so_far["counting"] == {"shortlist_run_id": run, "done": 3, "total": 7}
    assert so_far["considered"] == 3 == added_up(so_far)
    # Who stands in the list is counted by what was frozen of them, looked at before or not.
    ben.delete(f"candidates/{ids(made['entries'])[0]}", params={"reason": "erased"})
    list(work_runs(database, ben.organization_id))
    assert ben.get(path) == due
    assert added_up(due) == 7
    ben.delete(f"candidates/{ids(made['quiet'])[0]}", params={"reason": "erased"})
    assert ben.get(path) == due
    told = ben.get(f"shortlist-runs/{run}")
    assert (told["kind"], told["state"], told["shortlist_id"]) == ("coverage", "done", made["id"])


def added_up(coverage: Json) -> int:
    """Return the sum of all who stand somewhere."""
    placed = [coverage[section] for section in SECTIONS]
    return sum([*placed, *coverage["excluded"].values()])


def test_a_replay_by_the_worker_finds_what_one_at_once_finds(
    cast: Cast, database: Database
) -> None:
    ben = cast.ben
    position, people = crowd(ben)
    made = at_once(ben, position)
    ben.follow_up(people[1], "2019-03-02T08:00:00Z")
    path, today = f"shortlists/{made['id']}/replay", {"known_at": "now"}
    run = cast.rita.post(path, today, expect=202, headers=LATER)
    assert (run["kind"], run["replay"]) == ("replay", None)
    due = ben.post(path, today, expect=200)
    assert due["identical"] is False
    assert replayed(ben, database, run) == due | {"known_at": run["known_at"]}
    # By what was known then nothing has changed; not even for who is erased, in whose place
    # stands what was frozen. A replay in which they stood is made anew.
    own = ben.post(path, {}, expect=202, headers=LATER)
    assert replayed(ben, database, own)["identical"] is True
    ben.delete(f"candidates/{ids(made['entries'])[0]}", params={"reason": "erased"})
    assert ben.get(f"shortlist-runs/{own['id']}")["state"] == "running"
    again = replayed(ben, database, own)
    assert (again["identical"], again["frozen_inputs"]) == (True, 1)
    with time_machine.travel(now() + timedelta(days=91)):
        assert forget_old_runs(database) >= 2
    ben.get(f"shortlist-runs/{own['id']}", expect=404)


def replayed(ben: Person, database: Database, run: Json) -> Json:
    """Let the worker work; return what was found."""
    list(work_runs(database, ben.organization_id))
    found: Json = ben.get(f"shortlist-runs/{run['id']}")["replay"]
    return found
