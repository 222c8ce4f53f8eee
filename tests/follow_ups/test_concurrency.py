from concurrent.futures import ThreadPoolExecutor

from tests.cast import Cast, Json
from tests.follow_ups.story import Student, persistence, student

THREADS = 8


def days_of(thread: int) -> list[str]:
    return [f"2019-0{1 + thread % 5}-{1 + 3 * turn:02}T1{thread}:00:00Z" for turn in range(3)]


def told(who: Student, thread: int, day: str) -> Json:
    return {
        "advice_ids": [who.advice[thread % 3]],
        "milestones": [{"kind": "job", "title": day}],
    }


def all_at_once(cast: Cast, who: Student) -> None:
    def write(thread: int) -> None:
        for day in days_of(thread):
            cast.ben.follow_up(who.id, day, **told(who, thread, day))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, range(THREADS)))


def test_of_follow_ups_recorded_at_the_same_time_none_is_lost(cast: Cast) -> None:
    who, quiet = student(cast.ben), student(cast.ben, "One by one")
    all_at_once(cast, who)
    one_by_one = [(thread, day) for thread in range(THREADS) for day in days_of(thread)]
    cast.ben.follow_ups(
        quiet.id, *({"occurred_at": day, **told(quiet, at, day)} for at, day in one_by_one)
    )
    listed = cast.ben.get(f"candidates/{who.id}/follow-ups?limit=200")["items"]
    assert sorted(row["occurred_at"] for row in listed) == sorted(
        day for thread in range(THREADS) for day in days_of(thread)
    )
    found, expected = (persistence(cast.ben, one.id) for one in (who, quiet))
    assert {**found, "candidate_id": None} == {**expected, "candidate_id": None}
    assert found["persistence"] > 0
    # What the ranking keeps is what the facts say, to the last digit.
    shortlist = cast.ben.post(f"positions/{who.position}/shortlists", {})
    kept = {row["candidate"]["id"]: row["persistence"] for row in shortlist["entries"]}
    assert kept[who.id] == persistence(cast.ben, who.id, shortlist["as_of"])["persistence"]
    read = cast.ben.get(f"candidates/{who.id}")
    assert read["awaiting_reply_since"] == min(row["occurred_at"] for row in listed)


def test_reassigning_to_and_fro_at_the_same_time_ends_with_one_owner(cast: Cast) -> None:
    one, other = student(cast.ben), student(cast.ben, "Olga")
    made = [
        cast.ben.follow_up(who.id, "2019-01-07T15:00:00Z")["id"]
        for who in (one, other)
        for _ in range(2)
    ]

    def move(number: int) -> int:
        target = (one, other)[number % 2].id
        path = f"follow-ups/{made[number % 4]}/reassign"
        return cast.ben.call("POST", path, json={"candidate_id": target}).status_code

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(move, range(24)))
    assert set(answers) <= {200, 409}
    owners = [cast.ben.get(f"follow-ups/{id_}")["candidate_id"] for id_ in made]
    for who in (one, other):
        counted = [owner for owner in owners if owner == who.id]
        periods = persistence(cast.ben, who.id)["periods"]
        assert len(periods) == (1 if counted else 0)
        listed = cast.ben.get(f"candidates/{who.id}/follow-ups")["items"]
        assert len(listed) == len(counted)


def test_the_same_external_id_at_the_same_time_is_one_follow_up(cast: Cast) -> None:
    candidates = [cast.ben.candidate(f"C {number}") for number in range(THREADS)]
    name = {"source": "lever", "type": "note", "id": "1"}

    def record(candidate: str) -> int:
        body = {"channel": "email", "external_ids": [name]}
        return cast.ben.call("POST", f"candidates/{candidate}/follow-ups", json=body).status_code

    with ThreadPoolExecutor(THREADS) as pool:
        answers = sorted(pool.map(record, candidates))
    assert answers == [201] + [409] * (THREADS - 1)


def test_batches_that_cross_each_other_lose_nothing(cast: Cast) -> None:
    students = [student(cast.ben, f"S {number}") for number in range(4)]

    def send(thread: int) -> list[str]:
        ordered = students if thread % 2 else students[::-1]
        items = [
            {
                "candidate": {"id": who.id},
                "channel": "email",
                "occurred_at": f"2019-01-{1 + thread:02}T15:00:00Z",
                "external_ids": [{"source": "x", "type": "n", "id": f"{thread}-{who.id}"}],
            }
            for who in ordered
        ]
        answer = cast.ben.post("follow-ups/batch", {"items": items}, expect=200)
        return [row["outcome"] for row in answer["items"]]

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(send, range(THREADS)))
    assert outcomes == [["created"] * 4] * THREADS
    for who in students:
        assert len(cast.ben.get(f"candidates/{who.id}/follow-ups")["items"]) == THREADS
