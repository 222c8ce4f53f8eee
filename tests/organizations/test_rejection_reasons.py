import uuid

from tests.cast import Cast
from tests.stores import on_one_store, usually_on_one_store


def test_a_reason_is_added_to_the_organizations_list(cast: Cast) -> None:
    assert cast.rita.get("rejection-reasons")["items"] == []
    answer = cast.ben.call("POST", "rejection-reasons", json={"name": "Not yet"})
    assert answer.status_code == 201
    assert answer.json() == {
        "id": answer.json()["id"],
        "name": "Not yet",
        "type": "we_rejected",
        "never_reconsider": False,
    }
    harsh = {"name": "Lied", "type": "we_rejected", "never_reconsider": True}
    cast.ben.post("rejection-reasons", harsh)
    left = {"name": "Took another job", "type": "they_withdrew"}
    cast.ben.post("rejection-reasons", left)
    listed = cast.rita.get("rejection-reasons")["items"]
    assert [reason["name"] for reason in listed] == ["Not yet", "Lied", "Took another job"]
    assert [reason["never_reconsider"] for reason in listed] == [False, True, False]
    assert cast.rita.get(answer.headers["Location"]) == listed[0]
    named = cast.rita.get("rejection-reasons", params={"name": "Lied"})["items"]
    assert named == listed[1:2]
    page = cast.rita.get("rejection-reasons", params={"limit": 1})
    rest = cast.rita.get("rejection-reasons", params={"cursor": page["next_cursor"]})
    assert page["items"] + rest["items"] == listed


@usually_on_one_store
def test_a_name_is_on_the_list_once(cast: Cast) -> None:
    first = cast.ben.post("rejection-reasons", {"name": "Not yet"})
    conflict = cast.ben.post("rejection-reasons", {"name": "Not yet", "type": "other"}, expect=409)
    assert conflict["existing_id"] == first["id"]
    cast.cleo.post("rejection-reasons", {"name": "Not yet"})


@on_one_store
def test_what_is_no_reason_is_refused(cast: Cast) -> None:
    for body, pointer in (
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "x", "type": "because"}, "/type"),
        ({"name": "x", "never_reconsider": None}, "/never_reconsider"),
    ):
        problem = cast.ben.post("rejection-reasons", body, expect=422)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    cast.rita.post("rejection-reasons", {"name": "x"}, expect=403)


@usually_on_one_store
def test_another_organizations_reason_is_not_found(cast: Cast) -> None:
    reason = cast.ben.post("rejection-reasons", {"name": "Not yet"})
    cast.cleo.get(f"rejection-reasons/{reason['id']}", expect=404)
    cast.ben.get(f"rejection-reasons/{uuid.uuid4()}", expect=404)
    assert cast.cleo.get("rejection-reasons")["items"] == []
