import uuid
from threading import Barrier, Thread

from tests.cast import Cast, Json, Person, changes_of
from tests.openings import copied
from tests.stores import on_one_store, usually_on_one_store

APPLIED = "2018-09-15T09:00:00Z"


@copied
def pair(person: Person) -> tuple[str, str]:
    return person.candidate(), person.position()


def name(id_: str) -> Json:
    return {"source": "greenhouse", "type": "application", "id": id_}


def test_a_candidate_applies(cast: Cast) -> None:
    candidate, position = pair(cast.ben)
    body = {
        "candidate_id": candidate,
        "position_id": position,
        "applied_at": "2018-09-15T11:00:00+02:00",
        "furthest_stage": "Onsite",
        "is_finalist": True,
        "external_ids": [name("77")],
    }
    answer = cast.ben.call("POST", "applications", json=body)
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["Location"] == f"/v1/applications/{made['id']}"
    assert answer.headers["ETag"] == '"1"'
    shown = {field: made[field] for field in body if field != "applied_at"}
    assert shown == {field: body[field] for field in body if field != "applied_at"}
    assert made["applied_at"] == APPLIED
    assert made["status"] == "active"
    assert made["rejection"] is None
    assert made["opening_id"] is None
    assert cast.rita.get(f"applications/{made['id']}") == made


@usually_on_one_store
def test_the_day_of_a_try_need_not_be_told(cast: Cast) -> None:
    candidate, position = pair(cast.ben)
    made = cast.ben.application(candidate, position, applied_at=None)
    assert cast.ben.get(f"applications/{made}")["applied_at"] is None
    rejected = cast.ben.reject(made, rejected_at="1999-01-04T16:00:00Z")
    assert rejected["rejection"]["rejected_at"] == "1999-01-04T16:00:00Z"


def test_one_try_at_a_position_is_active_at_a_time(cast: Cast) -> None:
    candidate, position = pair(cast.ben)
    first = cast.ben.application(candidate, position)
    body = {"candidate_id": candidate, "position_id": position}
    problem = cast.ben.post("applications", body, expect=409)
    assert problem["existing_id"] == first
    cast.ben.reject(first)
    second = cast.ben.application(candidate, position, applied_at="2018-11-01T09:00:00Z")
    assert second != first
    other = cast.ben.position("Another position")
    assert cast.ben.application(candidate, other) not in {first, second}


def test_an_external_id_is_known_once(cast: Cast) -> None:
    candidate, position = pair(cast.ben)
    first = cast.ben.application(candidate, position, external_ids=[name("77")])
    body = {
        "candidate_id": cast.ben.candidate("Ann Archer"),
        "position_id": position,
        "external_ids": [name("77")],
    }
    assert cast.ben.post("applications", body, expect=409)["existing_id"] == first
    assert len(cast.ben.get("applications", params={"position_id": position})["items"]) == 1


@usually_on_one_store
def test_references_must_be_ours(cast: Cast) -> None:
    candidate, position = pair(cast.ben)
    theirs = cast.cleo.candidate(), cast.cleo.position()
    for pointer, body in (
        ("/candidate_id", {"candidate_id": str(uuid.uuid4()), "position_id": position}),
        ("/candidate_id", {"candidate_id": theirs[0], "position_id": position}),
        ("/position_id", {"candidate_id": candidate, "position_id": str(uuid.uuid4())}),
        ("/position_id", {"candidate_id": candidate, "position_id": theirs[1]}),
    ):
        problem = cast.ben.post("applications", body, expect=422)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]


WRONG: list[tuple[str, object]] = [
    ("applied_at", "2199-01-01T00:00:00Z"),
    ("applied_at", "2018-09-15T09:00:00"),
    ("effective_at", "2199-01-01T00:00:00Z"),
    ("furthest_stage", "two\nlines"),
    ("furthest_stage", "   "),
    ("is_finalist", None),
    ("is_finalist", "perhaps"),
    ("external_ids", [{"source": "x"}]),
    ("status", "hired"),
]


@on_one_store
def test_wrong_input_is_refused_at_its_place(cast: Cast) -> None:
    candidate, position = pair(cast.ben)
    for field, value in WRONG:
        body = {"candidate_id": candidate, "position_id": position, field: value}
        problem = cast.ben.post("applications", body, expect=422)
        assert problem["errors"][0]["pointer"].startswith(f"/{field}")
    assert cast.ben.get("applications")["items"] == []


def test_lists_are_filtered_and_paged(cast: Cast) -> None:
    ben = cast.ben
    assert ben.get("applications")["items"] == []
    sam, ann, position, other = (
        ben.candidate(),
        ben.candidate("Ann Archer"),
        ben.position(),
        ben.position("Other"),
    )
    first = ben.application(sam, position, external_ids=[name("1")])
    second = ben.application(sam, other)
    third = ben.application(ann, position)
    ben.reject(second)

    def ids(**params: str) -> list[str]:
        return [row["id"] for row in ben.get("applications", params=params)["items"]]

    assert ids() == [first, second, third]
    assert ids(sort="-id") == [third, second, first]
    assert ids(sort="-updated_at")[0] == second
    assert ids(candidate_id=sam) == [first, second]
    assert ids(position_id=position) == [first, third]
    assert ids(status="rejected") == [second]
    assert ids(candidate_id=sam, status="active") == [first]
    assert ids(external_id="greenhouse:application:1") == [first]
    assert ids(external_id="greenhouse:application:2") == []
    assert ids(ids=f"{third},{first}") == [first, third]
    assert ids(candidate_id=ben.candidate("Nobody's try")) == []
    page = ben.get("applications", params={"limit": "2"})
    rest = ben.get("applications", params={"limit": "2", "cursor": page["next_cursor"]})
    assert [row["id"] for row in page["items"] + rest["items"]] == [first, second, third]
    assert rest["next_cursor"] is None
    for params in ({"status": "lost"}, {"ids": "x"}, {"external_id": "x"}, {"colour": "red"}):
        ben.get("applications", params=params, expect=422)


def test_a_try_is_corrected(cast: Cast) -> None:
    ben = cast.ben
    candidate, position = pair(ben)
    made = ben.application(candidate, position, furthest_stage="Screen", external_ids=[name("1")])
    path = f"applications/{made}"
    changed = ben.patch(path, {"is_finalist": True, "external_ids": [name("2")]})
    assert changed["is_finalist"] is True
    assert changed["furthest_stage"] == "Screen"
    assert changed["external_ids"] == [name("2")]
    assert changed["version"] == 2
    assert ben.patch(path, {"furthest_stage": None})["furthest_stage"] is None
    assert ben.patch(path, {"applied_at": None})["applied_at"] is None
    assert ben.patch(path, {"applied_at": APPLIED})["applied_at"] == APPLIED
    for body in (
        {"is_finalist": None},
        {"external_ids": None},
        {"candidate_id": candidate},
        {"applied_at": "2199-01-01T00:00:00Z"},
        {"furthest_stage": "Final", "effective_at": "2199-01-01T00:00:00Z"},
        {"furthest_stage": "Final", "effective_at": "1890-01-01T00:00:00Z"},
    ):
        ben.patch(path, body, expect=422)
    version = ben.get(path)["version"]
    ben.patch(path, {"is_finalist": False}, expect=412, headers={"If-Match": f'"{version - 1}"'})
    ben.patch(path, {"is_finalist": False}, headers={"If-Match": f'"{version}"'})


@usually_on_one_store
def test_nothing_new_of_a_try_changes_nothing(cast: Cast) -> None:
    ben = cast.ben
    said = {"applied_at": APPLIED, "furthest_stage": "final", "external_ids": [name("1")]}
    path = f"applications/{ben.application(ben.candidate(), ben.position(), **said)}"
    dated = {"is_finalist": True, "effective_at": "2018-12-01T10:00:00Z"}
    before = ben.patch(path, dated)
    log = cast.ada.get("audit-log")
    for body in ({}, said, {"is_finalist": True}, dated, {"effective_at": APPLIED}):
        answer = ben.call("PATCH", path, json=body)
        assert (answer.status_code, answer.json()) == (200, before)
        assert answer.headers["ETag"] == f'"{before["version"]}"'
    assert ben.get(path) == before
    assert cast.ada.get("audit-log") == log
    earlier = ben.patch(path, {**said, **dated, "effective_at": "2018-11-01T10:00:00Z"})
    assert earlier["version"] == before["version"] + 1, "it was so a month before that too"
    renamed = ben.patch(path, {**said, "external_ids": [name("2")]})
    assert renamed["version"] == before["version"] + 2
    (newest,) = cast.ada.get("audit-log", params={"limit": 1})["items"]
    assert changes_of(newest).keys() == {"external_ids"}


@usually_on_one_store
def test_a_try_cannot_have_begun_after_what_became_of_it(cast: Cast) -> None:
    candidate, position = pair(cast.ben)
    made = cast.ben.application(candidate, position)
    cast.ben.reject(made)
    problem = cast.ben.patch(
        f"applications/{made}", {"applied_at": "2018-10-05T00:00:00Z"}, expect=422
    )
    assert problem["errors"][0]["pointer"] == "/applied_at"
    cast.ben.patch(f"applications/{made}", {"applied_at": "2018-10-01T00:00:00Z"})


def test_another_organization_sees_nothing(cast: Cast) -> None:
    candidate, position = pair(cast.ben)
    made = cast.ben.application(candidate, position)
    cast.cleo.get(f"applications/{made}", expect=404)
    cast.cleo.patch(f"applications/{made}", {}, expect=404)
    assert cast.cleo.get("applications")["items"] == []
    assert cast.cleo.get("applications", params={"ids": made})["items"] == []
    cast.rita.patch(f"applications/{made}", {}, expect=403)
    cast.ben.get(f"applications/{uuid.uuid4()}", expect=404)


def test_two_who_apply_at_once_make_one_try(cast: Cast) -> None:
    candidate, position = pair(cast.ben)
    body = {"candidate_id": candidate, "position_id": position}
    together, answers = Barrier(2), []

    def apply() -> None:
        together.wait()
        answers.append(cast.ben.call("POST", "applications", json=body))

    threads = [Thread(target=apply) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    made, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert refused.json()["existing_id"] == made.json()["id"]
    assert len(cast.ben.get("applications")["items"]) == 1
