import uuid

from tests.cast import Cast, changes_of
from tests.stores import usually_on_one_store


@usually_on_one_store
def test_a_change_is_logged_with_who_and_what(cast: Cast) -> None:
    answer = cast.ben.call(
        "POST",
        "rejection-reasons",
        json={"name": "Not yet"},
        headers={"X-Request-Id": "from-the-ats-1"},
    )
    row = cast.ada.get("audit-log")["items"][0]
    assert row == {
        "id": row["id"],
        "at": row["at"],
        "action": "rejection_reason.created",
        "subject_type": "rejection_reason",
        "subject_id": answer.json()["id"],
        "candidate_id": None,
        "user_id": str(cast.ben.user_id),
        "on_behalf_of_user_id": None,
        "api_key_id": cast.ben.get("me")["key"]["id"],
        "request_id": "from-the-ats-1",
        "changes": [
            {"field": "name", "value": '"Not yet"'},
            {"field": "type", "value": '"we_rejected"'},
            {"field": "never_reconsider", "value": "false"},
        ],
    }


@usually_on_one_store
def test_what_was_refused_is_not_logged(cast: Cast) -> None:
    cast.ben.post("rejection-reasons", {"name": "Not yet"})
    before = cast.ada.get("audit-log")
    cast.ben.post("rejection-reasons", {"name": "Not yet"}, expect=409)
    cast.ada.patch("organization", {"name": "X"}, expect=412, headers={"If-Match": '"9"'})
    cast.ada.patch("organization", {})
    assert cast.ada.get("audit-log") == before


def test_the_log_is_read_newest_first_and_page_by_page(cast: Cast) -> None:
    for name in ("one", "two", "three"):
        cast.ben.post("rejection-reasons", {"name": name})
    filters = {"action": "rejection_reason.created", "limit": 2}
    first = cast.ada.get("audit-log", params=filters)
    rest = cast.ada.get("audit-log", params={**filters, "cursor": first["next_cursor"]})
    names = [changes_of(row)["name"] for row in first["items"] + rest["items"]]
    assert names == ["three", "two", "one"]
    assert rest["next_cursor"] is None
    # A cursor belongs to its filters.
    cast.ada.get("audit-log", params={"cursor": first["next_cursor"]}, expect=422)


@usually_on_one_store
def test_the_log_is_filtered(cast: Cast) -> None:
    reason = cast.ben.post("rejection-reasons", {"name": "Not yet"})
    cast.ada.patch(f"users/{cast.ben.user_id}", {"name": "Benno"})
    by_subject = cast.ada.get("audit-log", params={"subject_id": reason["id"]})["items"]
    assert [row["action"] for row in by_subject] == ["rejection_reason.created"]
    by_action = cast.ada.get("audit-log", params={"action": "user.updated"})["items"]
    assert [(row["subject_id"], changes_of(row)) for row in by_action] == [
        (str(cast.ben.user_id), {"name": "Benno"})
    ]
    nobody = {"subject_id": str(uuid.uuid4())}
    assert cast.ada.get("audit-log", params=nobody)["items"] == []
    assert cast.ada.get("audit-log", params={"candidate_id": str(uuid.uuid4())})["items"] == []
    cast.ada.get("audit-log", params={"subject_id": "x"}, expect=422)
    cast.ada.get("audit-log", params={"user": "x"}, expect=422)


def test_the_log_is_for_admins_of_the_organization(cast: Cast) -> None:
    cast.ben.post("rejection-reasons", {"name": "Not yet"})
    cast.ben.get("audit-log", expect=403)
    cast.rita.get("audit-log", expect=403)
    actions = {row["action"] for row in cast.cleo.get("audit-log")["items"]}
    assert actions == {"organization.created", "user.created", "api_key.created"}
