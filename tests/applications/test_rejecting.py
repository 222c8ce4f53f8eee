import uuid
from threading import Barrier, Thread
from typing import Any

from tests.cast import Cast, Json, Person
from tests.openings import copied
from tests.stores import on_one_store, usually_on_one_store

REJECTED = "2018-10-04T16:00:00Z"
ADVICE: list[Json] = [
    {
        "text": "Two solid semesters of grades",
        "competency": "Academics",
        "target_level": 3,
        "evidence_expected": "A report card",
    },
    {"text": "A job with customers", "competency": "customer-facing", "target_level": 3},
    {"text": "A student club"},
]


@copied
def tried(person: Person, **fields: Any) -> tuple[str, str]:
    candidate = person.candidate()
    return candidate, person.application(candidate, person.position(), **fields)


def failed_gate(person: Person, application: str) -> str | None:
    row = person.get(f"applications/{application}")
    path = f"positions/{row['position_id']}/candidates/{row['candidate_id']}/match"
    found: str | None = person.get(path)["failed_gate"]
    return found


def test_a_rejection_keeps_all_that_was_said(cast: Cast) -> None:
    ben = cast.ben
    candidate, application = tried(ben)
    body = {
        "rejected_at": REJECTED,
        "reason": "Too little experience",
        "details": "Likeable; has never sold anything.",
        "decided_by": {"user_id": str(cast.ada.user_id)},
        "never_reconsider": False,
        "reconsider_on": "2019-01-01",
        "preferred_channel": "email",
        "follow_ups_invited": "yes",
        "keep_in_touch": {"granted": True, "expires_on": "2020-10-04"},
        "advice": ADVICE,
    }
    answer = ben.call("POST", f"applications/{application}/reject", json=body)
    assert answer.status_code == 200
    rejected = answer.json()
    assert rejected["status"] == "rejected"
    assert answer.headers["ETag"] == f'"{rejected["version"]}"'
    rejection = rejected["rejection"]
    for field in ("rejected_at", "reason", "details", "reconsider_on", "preferred_channel"):
        assert rejection[field] == body[field]
    assert rejection["follow_ups_invited"] == "yes"
    assert rejection["never_reconsider"] is False
    assert rejection["decided_by"] == {"user_id": str(cast.ada.user_id), "name": None}
    given = rejection.pop("advice")
    assert [piece["number"] for piece in given] == [1, 2, 3]
    assert [piece["text"] for piece in given] == [piece["text"] for piece in ADVICE]
    assert given[0]["competency"] == "academics"
    assert given[0]["evidence_expected"] == "A report card"
    assert {piece["state"] for piece in given} == {"open"}
    assert {piece["given_at"] for piece in given} == {REJECTED}
    assert given[2]["given_by"] == {"user_id": str(cast.ada.user_id), "name": None}
    assert rejection["advice_ids"] == [piece["id"] for piece in given]
    assert ben.get(f"applications/{application}") == rejected
    assert ben.get(f"candidates/{candidate}/advice")["items"] == given
    owner = ben.get(f"candidates/{candidate}")["relationship_owner_id"]
    assert owner == str(cast.ada.user_id)
    (consent,) = ben.get(f"candidates/{candidate}/consent")["items"]
    assert consent["purpose"] == "contact"
    assert consent["basis"] == "consent"
    assert consent["expires_on"] == "2020-10-04"
    assert consent["effective_at"] == REJECTED


@usually_on_one_store
def test_a_rejection_may_say_nothing(cast: Cast) -> None:
    candidate, application = tried(cast.ben)
    rejected = cast.ben.post(f"applications/{application}/reject", {}, expect=200)
    rejection = rejected["rejection"]
    assert rejection["reason"] is None
    assert rejection["decided_by"] is None
    assert rejection["follow_ups_invited"] == "unknown"
    assert rejection["advice"] == []
    assert cast.ben.get(f"candidates/{candidate}/consent")["items"] == []
    assert cast.ben.get(f"candidates/{candidate}/advice")["items"] == []
    assert cast.ben.get(f"candidates/{candidate}")["relationship_owner_id"] is None


@usually_on_one_store
def test_a_reason_is_found_on_the_list_or_added_to_it(cast: Cast) -> None:
    ben = cast.ben
    fraud = cast.ada.post(
        "rejection-reasons", {"name": "Fraud", "type": "we_rejected", "never_reconsider": True}
    )
    by_id = ben.reject(tried(ben)[1], reason=None, rejection_reason_id=fraud["id"])["rejection"]
    assert (by_id["reason"], by_id["never_reconsider"]) == ("Fraud", True)
    by_name = ben.reject(tried(ben)[1], reason="Fraud")["rejection"]
    assert by_name["rejection_reason_id"] == fraud["id"]
    said = ben.reject(tried(ben)[1], reason="Fraud", never_reconsider=False)["rejection"]
    assert said["never_reconsider"] is False
    first = ben.reject(tried(ben)[1], reason="Not yet")["rejection"]
    again = ben.reject(tried(ben)[1], reason="Not yet")["rejection"]
    assert first["rejection_reason_id"] == again["rejection_reason_id"]
    listed = {row["name"]: row for row in ben.get("rejection-reasons")["items"]}
    assert listed["Not yet"]["type"] == "we_rejected"
    assert set(listed) == {"Fraud", "Not yet"}


@usually_on_one_store
def test_who_has_an_owner_keeps_them(cast: Cast) -> None:
    ben = cast.ben
    candidate = ben.candidate(relationship_owner_id=str(cast.ada.user_id))
    ben.reject(ben.application(candidate, ben.position()), advice=ADVICE)
    owner = ben.get(f"candidates/{candidate}")["relationship_owner_id"]
    assert owner == str(cast.ada.user_id)


@usually_on_one_store
def test_an_adviser_whom_we_only_know_by_name_looks_after_nobody(cast: Cast) -> None:
    candidate, application = tried(cast.ben)
    rejected = cast.ben.reject(application, decided_by={"name": "Mr. Olson"}, advice=ADVICE[:1])
    assert rejected["rejection"]["advice"][0]["given_by"] == {"user_id": None, "name": "Mr. Olson"}
    assert cast.ben.get(f"candidates/{candidate}")["relationship_owner_id"] is None


@usually_on_one_store
def test_only_an_active_application_is_turned_down(cast: Cast) -> None:
    _, application = tried(cast.ben)
    first = cast.ben.reject(application)
    problem = cast.ben.post(f"applications/{application}/reject", {}, expect=409)
    assert problem["current_status"] == "rejected"
    assert cast.ben.get(f"applications/{application}")["version"] == first["version"]
    _, other = tried(cast.ben)
    cast.ben.post(f"applications/{other}/withdraw", {}, expect=200)
    problem = cast.ben.post(f"applications/{other}/reject", {}, expect=409)
    assert problem["current_status"] == "withdrawn"


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("/rejected_at", {"rejected_at": "2018-09-15T08:59:59Z"}),
    ("/rejected_at", {"rejected_at": "2199-01-01T00:00:00Z"}),
    ("/effective_at", {"effective_at": "2018-09-01T00:00:00Z"}),
    ("/effective_at", {"effective_at": "2199-01-01T00:00:00Z"}),
    ("/rejection_reason_id", {"rejection_reason_id": str(uuid.uuid4()), "reason": None}),
    ("", {"rejection_reason_id": str(uuid.uuid4()), "reason": "Both"}),
    ("/reason", {"reason": " "}),
    ("/decided_by/user_id", {"decided_by": {"user_id": str(uuid.uuid4())}}),
    ("/decided_by", {"decided_by": {}}),
    ("/decided_by", {"decided_by": {"user_id": str(uuid.uuid4()), "name": "Both"}}),
    ("/reconsider_on", {"reconsider_on": "soon"}),
    ("/preferred_channel", {"preferred_channel": "pigeon"}),
    ("/follow_ups_invited", {"follow_ups_invited": "maybe"}),
    ("/keep_in_touch/granted", {"keep_in_touch": {}}),
    (
        "/keep_in_touch/expires_on",
        {"keep_in_touch": {"granted": True, "expires_on": "2018-10-03"}},
    ),
    ("/advice/0/text", {"advice": [{"text": " "}]}),
    ("/advice/0/target_level", {"advice": [{"text": "x", "target_level": 6}]}),
    ("/advice/1/text", {"advice": [{"text": "x"}, {}]}),
    ("/score", {"score": 1}),
]


@on_one_store
def test_wrong_input_is_refused_at_its_place(cast: Cast) -> None:
    _, application = tried(cast.ben)
    for pointer, fields in WRONG:
        body = {"rejected_at": REJECTED, **fields}
        problem = cast.ben.post(f"applications/{application}/reject", body, expect=422)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert cast.ben.get(f"applications/{application}")["status"] == "active"


@usually_on_one_store
def test_nothing_is_left_behind_by_a_refusal(cast: Cast) -> None:
    candidate, application = tried(cast.ben)
    body = {"reason": "New reason", "rejected_at": "2001-01-01T00:00:00Z", "advice": ADVICE}
    cast.ben.post(f"applications/{application}/reject", body, expect=422)
    assert cast.ben.get("rejection-reasons")["items"] == []
    assert cast.ben.get(f"candidates/{candidate}/advice")["items"] == []


def test_a_rejection_told_late_counts_from_when_it_was(cast: Cast) -> None:
    ben = cast.ben
    _, application = tried(ben)
    ben.patch(f"applications/{application}", {"furthest_stage": "Final", "is_finalist": True})
    assert failed_gate(ben, application) == "no_standing_rejection"
    ben.reject(application)
    assert failed_gate(ben, application) is None, "the stage told today does not undo it"


@usually_on_one_store
def test_taking_a_rejection_back_withdraws_its_advice(cast: Cast) -> None:
    ben = cast.ben
    candidate, application = tried(ben)
    ben.reject(application, advice=ADVICE)
    ben.follow_up(candidate, "2018-11-01T09:00:00Z")
    before = ben.get(f"candidates/{candidate}/persistence")
    assert before["score"] > 0
    active = ben.post(f"applications/{application}/unreject", {}, expect=200)
    assert active["status"] == "active"
    assert active["rejection"] is None
    pieces = ben.get(f"candidates/{candidate}/advice")["items"]
    assert [piece["state"] for piece in pieces] == ["withdrawn"] * 3
    assert ben.get(f"candidates/{candidate}/persistence")["score"] is None
    then = ben.get(f"candidates/{candidate}/persistence", params={"as_of": "2018-12-01T00:00:00Z"})
    assert then["score"] is not None, "what was so then stays in the ledger"
    assert failed_gate(ben, application) == "no_standing_rejection"
    assert (
        ben.post(f"applications/{application}/unreject", {}, expect=409)["current_status"]
        == "active"
    )
    again = ben.post(f"applications/{application}/reject", {"advice": ADVICE[:1]}, expect=200)
    assert [piece["number"] for piece in again["rejection"]["advice"]] == [1]
    assert ben.get(f"candidates/{candidate}")["id"] == candidate


@usually_on_one_store
def test_a_rejection_is_not_taken_back_before_it_was_made(cast: Cast) -> None:
    _, application = tried(cast.ben)
    cast.ben.reject(application)
    path = f"applications/{application}/unreject"
    for at in ("2018-10-04T15:59:59Z", "2199-01-01T00:00:00Z"):
        problem = cast.ben.post(path, {"effective_at": at}, expect=422)
        assert problem["errors"][0]["pointer"] == "/effective_at"
    cast.ben.post(path, {"effective_at": "2018-10-06T09:00:00Z"}, expect=200)
    problem = cast.ben.post(
        f"applications/{application}/reject", {"rejected_at": "2018-10-05T09:00:00Z"}, expect=422
    )
    assert problem["errors"][0]["pointer"] == "/rejected_at"


@usually_on_one_store
def test_a_rejection_stays_while_another_try_is_active(cast: Cast) -> None:
    candidate, first = tried(cast.ben)
    cast.ben.reject(first)
    position = cast.ben.get(f"applications/{first}")["position_id"]
    second = cast.ben.application(candidate, position, applied_at="2019-01-01T09:00:00Z")
    problem = cast.ben.post(f"applications/{first}/unreject", {}, expect=409)
    assert problem["existing_id"] == second
    assert cast.ben.get(f"applications/{first}")["status"] == "rejected"


@usually_on_one_store
def test_a_second_rejection_does_not_restart_the_clock(cast: Cast) -> None:
    ben = cast.ben
    candidate, first = tried(ben)
    ben.reject(first, advice=ADVICE[:1])
    ben.follow_up(candidate, "2018-11-01T09:00:00Z")
    at = {"as_of": "2019-03-01T00:00:00Z"}
    before = ben.get(f"candidates/{candidate}/persistence", params=at)
    second = ben.application(candidate, ben.position(), applied_at="2018-12-01T09:00:00Z")
    ben.reject(second, rejected_at="2019-01-04T16:00:00Z", advice=ADVICE[:2])
    after = ben.get(f"candidates/{candidate}/persistence", params=at)
    assert after["momentum"] == before["momentum"]
    assert after["best_so_far"] == before["best_so_far"]
    pieces = ben.get(f"candidates/{candidate}/advice")["items"]
    assert [(piece["application_id"], piece["number"]) for piece in pieces] == [
        (second, 1),
        (second, 2),
        (first, 1),
    ]


def test_a_stale_version_changes_nothing(cast: Cast) -> None:
    _, application = tried(cast.ben)
    cast.ben.patch(f"applications/{application}", {"is_finalist": True})
    path, stale = f"applications/{application}/reject", {"If-Match": '"1"'}
    cast.ben.post(path, {}, expect=412, headers=stale)
    assert cast.ben.get(f"applications/{application}")["status"] == "active"
    cast.ben.post(path, {}, expect=200, headers={"If-Match": '"2"'})


def test_another_organization_rejects_nothing(cast: Cast) -> None:
    _, application = tried(cast.ben)
    cast.cleo.post(f"applications/{application}/reject", {}, expect=404)
    cast.ben.reject(application)
    cast.cleo.post(f"applications/{application}/unreject", {}, expect=404)
    cast.rita.post(f"applications/{application}/unreject", {}, expect=403)


@usually_on_one_store
def test_the_audit_log_names_who_turned_down(cast: Cast) -> None:
    _, application = tried(cast.ben)
    cast.ben.reject(application, details="Never sold anything", advice=ADVICE[:1])
    rows = cast.ada.get("audit-log", params={"subject_id": application})["items"]
    assert [row["action"] for row in rows] == [
        "advice.given",
        "application.rejected",
        "application.created",
    ]
    assert {row["user_id"] for row in rows} == {str(cast.ben.user_id)}


def test_two_who_reject_at_once_make_one_rejection(cast: Cast) -> None:
    candidate, application = tried(cast.ben)
    together, statuses = Barrier(2), []
    body = {"reason": "New to the list", "advice": ADVICE}

    def reject() -> None:
        together.wait()
        answer = cast.ben.call("POST", f"applications/{application}/reject", json=body)
        statuses.append(answer.status_code)

    threads = [Thread(target=reject) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409]
    assert len(cast.ben.get(f"candidates/{candidate}/advice")["items"]) == 3


def test_a_new_reason_named_at_once_for_two_candidates_is_added_once(cast: Cast) -> None:
    tries = [tried(cast.ben)[1] for _ in range(4)]
    together, answers = Barrier(4), []

    def reject(application: str) -> None:
        together.wait()
        answer = cast.ben.call(
            "POST", f"applications/{application}/reject", json={"reason": "Brand new"}
        )
        answers.append(answer)

    threads = [Thread(target=reject, args=(each,)) for each in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["rejection"]["rejection_reason_id"] for answer in answers}) == 1
