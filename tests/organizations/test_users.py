import uuid
from concurrent.futures import ThreadPoolExecutor

from tests.cast import Cast, changes_of
from tests.stores import on_one_store, usually_on_one_store


def test_a_user_has_several_addresses_in_their_order(cast: Cast) -> None:
    answer = cast.ada.call(
        "POST",
        "users",
        json={
            "name": "Dora",
            "emails": ["Dora@Acme.example", "d.ora@büro.example", "dora@acme.example"],
            "role": "hiring_manager",
        },
    )
    assert answer.status_code == 201
    user = answer.json()
    assert user["emails"] == ["dora@acme.example", "d.ora@xn--bro-hoa.example"]
    assert (user["role"], user["active"], user["version"]) == ("hiring_manager", True, 1)
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"/v1/users/{user['id']}"
    assert cast.rita.get(f"users/{user['id']}") == user


@usually_on_one_store
def test_everybody_may_see_who_works_here(cast: Cast) -> None:
    users = cast.rita.get("users")
    assert [user["name"] for user in users["items"]] == ["Ada", "Ben", "Rita"]
    assert users["next_cursor"] is None
    assert [user["name"] for user in cast.cleo.get("users")["items"]] == ["Cleo"]


def test_the_list_is_read_page_by_page(cast: Cast) -> None:
    first = cast.ben.call("GET", "users", params={"limit": 2})
    assert [user["name"] for user in first.json()["items"]] == ["Ada", "Ben"]
    link = first.headers["Link"].partition(";")[0].strip("<>")
    rest = cast.ben.get(link)
    assert [user["name"] for user in rest["items"]] == ["Rita"]
    assert rest["next_cursor"] is None


def test_the_list_is_filtered_by_address_and_activity(cast: Cast) -> None:
    found = cast.ben.get("users", params={"email": "BEN@acme.example"})["items"]
    assert [user["name"] for user in found] == ["Ben"]
    assert cast.ben.get("users", params={"email": "cleo@globex.example"})["items"] == []
    cast.ada.patch(f"users/{cast.rita.user_id}", {"active": False})
    active = cast.ben.get("users", params={"active": "true"})["items"]
    assert [user["name"] for user in active] == ["Ada", "Ben"]
    gone = cast.ben.get("users", params={"active": "false"})["items"]
    assert [user["name"] for user in gone] == ["Rita"]


def test_addresses_are_replaced_and_what_is_not_given_stays(cast: Cast) -> None:
    path = f"users/{cast.ben.user_id}"
    emails = ["b@acme.example", "ben@acme.example"]
    changed = cast.ada.patch(path, {"emails": emails})
    assert (changed["emails"], changed["name"], changed["version"]) == (emails, "Ben", 2)
    swapped = cast.ada.patch(path, {"emails": emails[::-1]})
    assert (swapped["emails"], swapped["version"]) == (emails[::-1], 3)
    assert cast.ada.patch(path, {"emails": emails[::-1], "name": "Ben"}) == swapped
    assert cast.ada.patch(path, {"emails": []})["emails"] == []


def test_an_address_is_one_users(cast: Cast) -> None:
    body = {"name": "Eve", "emails": ["eve@acme.example", "Ben@acme.example"]}
    conflict = cast.ada.post("users", body, expect=409)
    assert conflict["existing_id"] == str(cast.ben.user_id)
    assert [user["name"] for user in cast.ada.get("users")["items"]] == ["Ada", "Ben", "Rita"]
    path = f"users/{cast.rita.user_id}"
    conflict = cast.ada.patch(path, {"emails": ["ben@acme.example"], "name": "R"}, expect=409)
    assert conflict["existing_id"] == str(cast.ben.user_id)
    assert cast.ada.get(path)["name"] == "Rita"
    # Another organization's users are nobody here.
    cast.cleo.post("users", {"name": "Ben", "emails": ["ben@acme.example"]})


def test_two_users_made_at_once_do_not_share_an_address(cast: Cast) -> None:
    body = {"name": "Twin", "emails": ["twin@acme.example"]}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: cast.ada.call("POST", "users", json=body), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(cast.ada.get("users", params={"email": "twin@acme.example"})["items"]) == 1


def test_a_stale_etag_changes_nothing(cast: Cast) -> None:
    path = f"users/{cast.ben.user_id}"
    etag = cast.ada.call("GET", path).headers["ETag"]
    answer = cast.ada.call("PATCH", path, json={"name": "Benno"}, headers={"If-Match": etag})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    cast.ada.patch(path, {"name": "Benjamin"}, expect=412, headers={"If-Match": etag})
    assert cast.ada.get(path)["name"] == "Benno"
    cast.ada.patch(path, {"name": "Benjamin"}, headers={"If-Match": "*"})
    cast.ada.patch(path, {"name": "Ben"}, expect=422, headers={"If-Match": '"x"'})


@usually_on_one_store
def test_whose_user_is_not_active_has_no_key(cast: Cast) -> None:
    path = f"users/{cast.ben.user_id}"
    cast.ada.patch(path, {"active": False})
    cast.ben.get("me", expect=401)
    cast.ada.patch(path, {"active": True})
    cast.ben.get("me")


@usually_on_one_store
def test_the_last_user_who_may_administer_stays_active(cast: Cast) -> None:
    path = f"users/{cast.ada.user_id}"
    cast.ada.patch(path, {"active": False}, expect=409)
    assert cast.ada.get(path)["active"] is True
    cast.ada.post("api-keys", {"name": "deputy", "scope": "admin", "user_id": None})
    cast.ada.patch(path, {"active": False})
    cast.ada.get("me", expect=401)


@on_one_store
def test_what_is_no_user_is_refused(cast: Cast) -> None:
    for body, pointer in (
        ({}, "/name"),
        ({"name": "X", "emails": ["nobody"]}, "/emails/0"),
        ({"name": "X", "role": "emperor"}, "/role"),
        ({"name": "X", "active": True}, "/active"),
        ({"name": "X", "emails": None}, "/emails"),
    ):
        problem = cast.ada.post("users", body, expect=422)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    for field in ("name", "active", "role", "emails"):
        problem = cast.ada.patch(f"users/{cast.ben.user_id}", {field: None}, expect=422)
        assert [error["pointer"] for error in problem["errors"]] == [f"/{field}"]


def test_only_an_admin_writes_users(cast: Cast) -> None:
    cast.ben.post("users", {"name": "X"}, expect=403)
    cast.ben.patch(f"users/{cast.ben.user_id}", {"name": "X"}, expect=403)


@usually_on_one_store
def test_an_unknown_user_and_another_organizations_are_not_found(cast: Cast) -> None:
    for user_id in (uuid.uuid4(), cast.cleo.user_id):
        cast.ada.get(f"users/{user_id}", expect=404)
        cast.ada.patch(f"users/{user_id}", {"name": "X"}, expect=404)
    assert cast.cleo.get("me")["user"]["name"] == "Cleo"


def test_a_user_goes_by_the_names_of_other_systems(cast: Cast) -> None:
    name = {"source": "ats", "type": "user", "id": "7"}
    made = cast.ada.post("users", {"name": "Dora", "external_ids": [name]})
    assert made["external_ids"] == [name]
    found = cast.ben.get("users?external_id=ats:user:7")["items"]
    assert found == [made]
    taken = cast.ada.post("users", {"name": "Other", "external_ids": [name]}, expect=409)
    assert taken["existing_id"] == made["id"]
    path = f"users/{made['id']}"
    assert cast.ada.patch(path, {"external_ids": [name]})["version"] == 1
    changed = cast.ada.patch(path, {"external_ids": []})
    assert (changed["external_ids"], changed["version"]) == ([], 2)
    assert changes_of(cast.ada.get("audit-log?action=user.updated")["items"][0]) == {
        "external_ids": []
    }
