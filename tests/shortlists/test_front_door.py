"""Shortlists over HTTP: made, read, decided on, counted, run again."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import UUID

import pytest

from app.core.database import Database, Mode
from app.entry.actor import Actor
from app.facts.actions import lock_candidate
from app.follow_ups.actions import record_follow_up
from app.organizations.queries import current_policy
from app.shortlists.actions import make_shortlist
from app.shortlists.queries.kept import entries_of
from app.shortlists.queries.positions import position_state_now
from app.shortlists.queries.ranking import rank_at, rank_now
from tests.cast import Cast, Json, Person
from tests.openings import copied
from tests.stores import usually_on_one_store

AS_OF = "2019-05-13T09:00:00Z"
MUST = [{"competency": "sales", "min_level": 3, "kind": "must_have", "weight": 1}]


@copied
def known(ben: Person, position: str, name: str, *, mails: int = 1, **fields: Any) -> str:
    """Somebody turned down who wrote so many times."""
    candidate = ben.candidate(name, **fields)
    ben.reject(ben.application(candidate, position))
    if mails:
        ben.follow_ups(
            candidate, *({"occurred_at": f"{day_of(mail)}T12:00:00Z"} for mail in range(mails))
        )
    return candidate


def day_of(mail: int) -> str:
    return f"2019-0{1 + mail % 4}-{1 + mail:02d}"


def ids(section: list[Json]) -> list[str]:
    return [entry["candidate"]["id"] for entry in section]


def test_an_empty_organization_has_an_empty_list(cast: Cast) -> None:
    position = cast.ben.position()
    made = cast.ben.post(f"positions/{position}/shortlists")
    assert (made["entries"], made["to_check"], made["quiet"]) == ([], [], [])
    assert cast.ben.get(f"shortlists/{made['id']}/coverage")["considered"] == 0
    assert cast.ben.post(f"shortlists/{made['id']}/replay", expect=200)["identical"] is True


@usually_on_one_store
def test_the_limit_holds_for_each_section(cast: Cast) -> None:
    position = cast.ben.position()
    for name in ("One", "Two", "Three"):
        known(cast.ben, position, name, mails=0)
    writers = [known(cast.ben, position, name, mails=2) for name in ("Four", "Five", "Six")]
    made = cast.ben.post(f"positions/{position}/shortlists", {"limit": 2})
    assert len(made["entries"]) == len(made["quiet"]) == 2
    assert set(ids(made["entries"])) < set(writers)
    assert made["limit"] == 2
    cast.ben.post(f"positions/{position}/shortlists", {"limit": 0}, expect=422)
    cast.ben.post(f"positions/{position}/shortlists", {"limit": 501}, expect=422)


def test_a_list_is_of_now_or_of_the_past(cast: Cast) -> None:
    position = cast.ben.position()
    refused = cast.ben.post(
        f"positions/{position}/shortlists", {"as_of": "2199-01-01T00:00:00Z"}, expect=422
    )
    assert refused["errors"] == [{"pointer": "/as_of", "detail": "lies in the future"}]
    cast.ben.post(f"positions/{position}/shortlists", {"as_of": "2019-05-13T09:00"}, expect=422)


def test_lists_of_a_position_are_paged_newest_first(cast: Cast) -> None:
    position = cast.ben.position()
    made = [cast.ben.post(f"positions/{position}/shortlists")["id"] for _ in range(3)]
    first = cast.ben.get(f"positions/{position}/shortlists", params={"limit": 2})
    rest = cast.ben.get(
        f"positions/{position}/shortlists", params={"limit": 2, "cursor": first["next_cursor"]}
    )
    assert [row["id"] for row in [*first["items"], *rest["items"]]] == made[::-1]
    assert rest["next_cursor"] is None


def test_an_entry_is_decided_on_by_a_named_person(cast: Cast) -> None:
    ben = cast.ben
    position = ben.position()
    writer = known(ben, position, "Writer")
    silent = known(ben, position, "Silent", mails=0)
    made = ben.post(f"positions/{position}/shortlists")
    at = f"shortlists/{made['id']}/entries"

    for candidate, decision in ((writer, "invited"), (silent, "passed_over")):
        body = {"decision": decision, "reason": "Because"}
        decided = ben.post(f"{at}/{candidate}/decision", body, expect=200)["decision"]
        assert decided["decision"] == decision
        assert decided["decided_by_user_id"] == str(ben.user_id)
    read = ben.get(f"shortlists/{made['id']}")
    assert read["entries"][0]["decision"]["reason"] == "Because"
    assert read["quiet"][0]["decision"]["decision"] == "passed_over"
    assert read["version"] == made["version"] + 2

    ben.delete(f"{at}/{writer}/decision")
    assert ben.delete(f"{at}/{writer}/decision", expect=409)["current_status"] == "undecided"
    ben.post(f"{at}/{writer}/decision", {"decision": "maybe"}, expect=422)
    ben.post(f"{at}/{made['id']}/decision", {"decision": "invited"}, expect=404)
    stale = {"If-Match": f'"{made["version"]}"'}
    ben.post(f"{at}/{writer}/decision", {"decision": "invited"}, expect=412, headers=stale)
    cast.rita.post(f"{at}/{writer}/decision", {"decision": "invited"}, expect=403)


@usually_on_one_store
def test_a_key_of_nobody_decides_nothing(cast: Cast) -> None:
    position = cast.ben.position()
    writer = known(cast.ben, position, "Writer")
    made = cast.ben.post(f"positions/{position}/shortlists")
    shown = cast.ada.post("api-keys", {"name": "robot", "scope": "write"})["key"]
    robot = Person(cast.ben.http, "robot", cast.ben.organization_id, cast.ben.user_id, shown)
    body = {"decision": "invited"}
    robot.post(f"shortlists/{made['id']}/entries/{writer}/decision", body, expect=403)


def test_cleo_sees_nothing_of_it(cast: Cast) -> None:
    position = cast.ben.position()
    writer = known(cast.ben, position, "Writer")
    made = cast.ben.post(f"positions/{position}/shortlists")["id"]
    for path in (
        f"shortlists/{made}",
        f"shortlists/{made}/coverage",
        f"positions/{position}/shortlists",
        f"positions/{position}/candidates/{writer}/match",
    ):
        cast.cleo.get(path, expect=404)
    cast.cleo.post(f"shortlists/{made}/replay", expect=404)
    cast.cleo.post(f"positions/{position}/shortlists", expect=404)
    assert cast.cleo.post(f"positions/{cast.cleo.position()}/shortlists")["entries"] == []


@usually_on_one_store
def test_who_objects_to_the_score_is_quiet_and_not_out(cast: Cast) -> None:
    ben = cast.ben
    position = ben.position()
    objector = known(ben, position, "Objector", mails=3)
    ben.put(f"candidates/{objector}/consent", {"purpose": "rank", "granted": False})
    made = ben.post(f"positions/{position}/shortlists")
    assert ids(made["entries"]) == []
    assert ids(made["quiet"]) == [objector]


def test_a_match_says_where_somebody_stands_and_why_not_higher(cast: Cast) -> None:
    ben = cast.ben
    position = ben.position(requirements=MUST)
    level = [{"competency": "sales", "level": 4, "source": "assessed"}]
    steady = known(ben, position, "Steady", mails=4, competencies=level)
    casual = known(ben, position, "Casual", mails=1, competencies=level)
    untold = known(ben, position, "Untold", mails=2)

    found = ben.get(f"positions/{position}/candidates/{casual}/match", params={"than": steady})
    assert (found["section"], found["rank"], found["failed_gate"]) == ("entries", 2, None)
    assert found["why_not_higher"]["factor"] == "persistence"
    assert found["match"] == pytest.approx(sum(f["contribution"] for f in found["factors"]))
    unknown = ben.get(f"positions/{position}/candidates/{untold}/match")
    assert unknown["section"] == "to_check"
    settle = next(gate["settle"] for gate in unknown["gates"] if gate["answer"] == "unknown")
    assert settle["path"] == f"/v1/candidates/{untold}"
    assert settle["method"] == "PATCH"
    ben.get(f"positions/{position}/candidates/{position}/match", expect=404)


def crowd(ben: Person, position: str) -> list[str]:
    """Two dozen who were turned down, of whom some wrote, of all levels and none."""
    sources = ("assessed", "declared", None)
    candidates = ben.batch(
        "candidates",
        *(
            {
                "full_name": f"Number {number}",
                "available_from": (None, "2019-01-01", "2019-07-01", "2019-05-01")[number % 4],
                "competencies": [
                    {"competency": name, "level": 1 + (number + shift) % 5, "source": source}
                    for shift, name in enumerate(("sales", "law", "art"))
                    if (source := sources[(number + shift) // 3 % 3]) is not None
                ],
            }
            for number in range(24)
        ),
    )
    tried = {"position": {"id": position}, "applied_at": "2018-09-15T09:00:00Z"}
    tries = ben.batch("applications", *({"candidate": {"id": one}, **tried} for one in candidates))
    refused = {
        "rejected_at": "2018-10-04T16:00:00Z",
        "reason": "Not yet",
        "keep_in_touch": {"granted": True},
    }
    ben.batch("rejections", *({"application": {"id": one}, **refused} for one in tries))
    wrote = {"direction": "inbound", "channel": "email"}
    ben.batch(
        "follow-ups",
        *(
            {"candidate": {"id": one}, "occurred_at": f"{day_of(mail)}T12:00:00Z", **wrote}
            for number, one in enumerate(candidates)
            for mail in range(number % 5)
        ),
    )
    return candidates


def test_the_index_the_walk_and_the_facts_give_one_ranking(cast: Cast, database: Database) -> None:
    ben = cast.ben
    position = ben.position(
        requirements=[
            *MUST,
            {"competency": "law", "min_level": 2, "kind": "must_have", "verified_only": True},
            {"competency": "art", "min_level": 4, "kind": "nice_to_have", "weight": 2},
        ],
        starts_on="2019-06-01",
    )
    for candidate in crowd(ben, position)[::7]:
        days = {"first_day": "2019-02-01", "last_day": "2019-04-30"}
        ben.post(f"candidates/{candidate}/pauses", days)
    with database.transaction(Mode.LIST, ben.organization_id) as session:
        policy = current_policy(session)
        state = position_state_now(session, UUID(position))
        assert state is not None
        made = make_shortlist(
            session,
            Actor(ben.organization_id, "write"),
            UUID(position),
            trigger="requested",
            limit=5,
        )
        at = made.as_of
        walked = rank_now(session, state, policy, as_of=at, limit=5)
        counted = rank_at(session, state, policy, as_of=at, known_at=at, limit=5)
        assert entries_of(session, made.id)
    for section in ("entries", "to_check", "quiet"):
        assert getattr(walked, section) == getattr(counted, section), section
    assert ben.post(f"shortlists/{made.id}/replay", expect=200)["identical"] is True


def test_nothing_committed_is_known_to_a_list_and_missing_from_it(
    cast: Cast, database: Database
) -> None:
    """A follow-up is stamped, held back, and committed while lists are made around it."""
    ben = cast.ben
    position = ben.position()
    writer = known(ben, position, "Writer")
    stamped, release = Event(), Event()

    def write_slowly() -> None:
        with database.transaction(Mode.WRITE, ben.organization_id) as session:
            actor = Actor(ben.organization_id, "write")
            lock_candidate(session, UUID(writer))
            record_follow_up(session, actor, UUID(writer), channel="call")
            session.flush()
            stamped.set()
            release.wait(0.3)

    with ThreadPoolExecutor(2) as threads:
        written = threads.submit(write_slowly)
        assert stamped.wait(10)
        listed = threads.submit(ben.post, f"positions/{position}/shortlists")
        release.wait(0.1)
        release.set()
        written.result(30)
        made = listed.result(30)

    replayed = ben.post(f"shortlists/{made['id']}/replay", expect=200)
    assert replayed["identical"] is True, replayed["differences"]
    assert len(made["entries"][0]["evidence"]) == 2, "the list waited for who had been stamped"


def test_lists_and_writers_side_by_side_replay_to_the_last_bit(cast: Cast) -> None:
    ben = cast.ben
    position = ben.position()
    writers = [known(ben, position, f"Writer {number}") for number in range(4)]

    def write(number: int) -> None:
        ben.follow_up(writers[number % 4], f"2019-05-{1 + number % 28:02d}T08:00:00Z")

    def rank(_: int) -> str:
        return str(ben.post(f"positions/{position}/shortlists")["id"])

    with ThreadPoolExecutor(6) as threads:
        writing = [threads.submit(write, number) for number in range(12)]
        listed = [threads.submit(rank, number) for number in range(4)]
        for each in writing:
            each.result(60)
        made = [each.result(60) for each in listed]

    for shortlist in made:
        replayed = ben.post(f"shortlists/{shortlist}/replay", expect=200)
        assert replayed["identical"] is True, replayed["differences"]


def test_an_erased_entry_keeps_its_rank_and_is_replayed_from_what_was_frozen(cast: Cast) -> None:
    ben = cast.ben
    position = ben.position()
    first = known(ben, position, "Erased Person", mails=4)
    second = known(ben, position, "Second", mails=1)
    made = ben.post(f"positions/{position}/shortlists", {"as_of": AS_OF})
    assert ids(made["entries"]) == [first, second]

    ben.delete(f"candidates/{first}", params={"reason": "erased"})

    read = ben.get(f"shortlists/{made['id']}")
    assert [entry["rank"] for entry in read["entries"]] == [1, 2]
    gone = read["entries"][0]
    assert (gone["erased"], gone["candidate"], gone["explanation"]) == (True, None, None)
    assert gone["candidate_id"] != first
    assert gone["persistence"] == made["entries"][0]["persistence"]
    assert "Erased Person" not in str(read)
    replayed = ben.post(f"shortlists/{made['id']}/replay", expect=200)
    assert (replayed["identical"], replayed["frozen_inputs"]) == (True, 1)
    assert ids(ben.post(f"positions/{position}/shortlists")["entries"]) == [second]
