"""A thousand rows at once: each is created, updated, left alone or refused by itself."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from tests.cast import Cast, Json, Person


def name(kind: str, id_: object) -> list[Json]:
    return [{"source": "lever", "type": kind, "id": str(id_)}]


def send(person: Person, place: str, *items: object, **options: Any) -> list[Json]:
    answer = person.post(f"{place}/batch", {"items": list(items)}, expect=200, **options)
    found: list[Json] = answer["items"]
    assert [row["index"] for row in found] == list(range(len(items)))
    assert all((row["problem"] is None) == (row["id"] is not None) for row in found)
    return found


def outcomes(found: list[Json]) -> list[str]:
    return [row["outcome"] for row in found]


def pointers(found: list[Json]) -> list[str]:
    return [row["problem"]["errors"][0]["pointer"] for row in found]


def test_candidates_are_created_updated_left_alone_and_refused(cast: Cast) -> None:
    gone = cast.ben.candidate("Gone", external_ids=name("person", "gone"))
    cast.ben.delete(f"candidates/{gone}?reason=erased")
    sam = {"full_name": "Sam", "tags": ["b", "a"], "external_ids": name("person", 2)}
    first = send(cast.ben, "candidates", sam, {"full_name": "Ann"})
    assert outcomes(first) == ["created", "created"]
    found = send(
        cast.ben,
        "candidates",
        sam,
        {"location": "Reston", "external_ids": name("person", 2)},
        7,
        {"full_name": "Bo", "shoe_size": 9},
        {"full_name": "Bo", "relationship_owner_id": str(uuid4())},
        {"location": "Reston"},
        {"full_name": "Gone", "external_ids": name("person", "gone")},
        {"full_name": "Cy", "external_ids": name("person", 1)},
        {"full_name": "Ann"},
    )
    assert outcomes(found) == ["unchanged", "updated", *["failed"] * 5, "created", "created"]
    assert found[0]["id"] == found[1]["id"] == first[0]["id"]
    assert pointers(found[2:6]) == [
        "/items/2",
        "/items/3/shoe_size",
        "/items/4/relationship_owner_id",
        "/items/5/full_name",
    ]
    assert (found[6]["problem"]["status"], found[6]["problem"]["title"]) == (
        410,
        "No longer there",
    )
    read = cast.ben.get(f"candidates/{first[0]['id']}")
    assert (read["location"], read["tags"], read["version"]) == ("Reston", ["a", "b"], 2)
    # What failed has left nothing behind: neither a row, nor an audit row.
    assert len(cast.ben.get("candidates")["items"]) == 4
    made = cast.ada.get("audit-log?action=candidate.created&limit=50")["items"]
    assert len(made) == 5


def test_whole_pipelines_are_put_by_names_alone(cast: Cast) -> None:
    people = [{"full_name": f"P{at}", "external_ids": name("person", at)} for at in range(3)]
    jobs = [{"title": "Sales", "external_ids": name("job", 1), "openings": 3}]
    tries = [
        {
            "candidate": {"external_id": name("person", at)[0]},
            "position": {"external_id": name("job", 1)[0]},
            "applied_at": "2018-09-15T09:00:00Z",
            "external_ids": name("try", at),
        }
        for at in range(3)
    ]
    rejections: list[Json] = [
        {
            "application": {"external_id": name("try", at)[0]},
            "rejected_at": "2018-10-04T16:00:00Z",
            "reason": "Not yet",
            "follow_ups_invited": "yes",
            "keep_in_touch": {"granted": True},
            "advice": [{"text": "Sell."}],
        }
        for at in range(3)
    ]
    steps: dict[str, list[Json]] = {"candidates": people, "positions": jobs, "applications": tries}
    for wanted in ("created", "unchanged"):
        for place, told in {**steps, "rejections": rejections}.items():
            assert set(outcomes(send(cast.ben, place, *told))) == {wanted}, place
    listed = cast.ben.get("applications")["items"]
    assert [row["status"] for row in listed] == ["rejected"] * 3
    assert {row["rejection"]["reason"] for row in listed} == {"Not yet"}
    moved = send(cast.ben, "applications", {**tries[0], "furthest_stage": "Final"})
    assert outcomes(moved) == ["updated"]
    assert cast.ben.get(f"applications/{moved[0]['id']}")["status"] == "rejected"


def test_a_rejection_is_refused_by_itself(cast: Cast) -> None:
    position = cast.ben.position()
    one, two = (cast.ben.application(cast.ben.candidate(), position) for _ in range(2))
    cast.ben.post(f"applications/{two}/withdraw", expect=200)
    told: Json = {"application": {"id": one}, "reason": "Not yet", "advice": [{"text": "Sell."}]}
    found = send(
        cast.ben,
        "rejections",
        {**told, "rejected_at": "2001-01-01T00:00:00Z"},
        told,
        told,
        {**told, "reason": "Other"},
        {**told, "advice": [{"text": "Lead."}]},
        {"application": {"id": two}},
        {"application": {"id": str(uuid4())}},
        {"application": {"external_id": name("try", 1)[0]}},
        {"application": {}},
    )
    assert outcomes(found) == ["failed", "created", "unchanged", *["failed"] * 6]
    assert pointers([found[0], *found[6:]]) == [
        "/items/0/rejected_at",
        "/items/6/application/id",
        "/items/7/application/external_id",
        "/items/8/application",
    ]
    conflicts = [row["problem"] for row in found[3:6]]
    assert [one["current_status"] for one in conflicts] == ["rejected", "rejected", "withdrawn"]
    assert [one["detail"].rpartition(" ")[2] for one in conflicts[:2]] == ["reason.", "advice."]
    assert cast.ben.get(f"applications/{one}")["rejection"]["id"] == found[1]["id"]


def test_a_batch_is_done_once_and_bounded(cast: Cast) -> None:
    headers = {"Idempotency-Key": "nightly"}
    sent = [{"full_name": "Ann"}, {"full_name": "Bo"}]
    first = send(cast.ben, "candidates", *sent, headers=headers)
    assert send(cast.ben, "candidates", *sent, headers=headers) == first
    assert len(cast.ben.get("candidates")["items"]) == 2
    for many in (0, 1001):
        items: list[Json] = [{}] * many
        answer = cast.ben.post("candidates/batch", {"items": items}, expect=422)
        assert answer["errors"][0]["pointer"] == "/items"
    jobs = send(cast.ben, "positions", {"title": "X"}, {"title": "Y", "openings": 0}, {})
    assert outcomes(jobs) == ["created", "failed", "failed"]
    cast.cleo.post("candidates/batch", {"items": sent}, expect=200)
    assert len(cast.ben.get("candidates")["items"]) == 2


def test_two_batches_of_the_same_rows_in_other_orders_both_end(cast: Cast) -> None:
    people = [{"full_name": f"P{at}", "external_ids": name("person", at)} for at in range(6)]
    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(send, cast.ben, "candidates", *way) for way in (people, people[::-1])]
        found = [one.result() for one in sent]
    assert {*outcomes(found[0]), *outcomes(found[1])} == {"created", "unchanged"}
    assert [row["id"] for row in found[0]] == [row["id"] for row in reversed(found[1])]
