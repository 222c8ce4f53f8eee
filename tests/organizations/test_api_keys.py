import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.core.database import Database, Mode
from app.core.problems import Forbidden
from app.entry.actor import Actor
from app.organizations.actions import create_api_key, update_api_key
from tests.cast import Cast, Person
from tests.stores import on_one_store, usually_on_one_store


def keys_of(person: Person) -> list[dict[str, object]]:
    items: list[dict[str, object]] = person.get("api-keys")["items"]
    return items


def with_key(person: Person, **fields: object) -> Person:
    """Return the person with another key, made with the first."""
    body = {"name": "another", "scope": "admin", "user_id": str(person.user_id), **fields}
    return replace(person, key=person.post("api-keys", body)["key"])


def id_of_key(person: Person) -> str:
    return str(person.get("me")["key"]["id"])


def test_a_key_is_shown_once(cast: Cast) -> None:
    answer = cast.ada.call("POST", "api-keys", json={"name": "ATS", "scope": "write"})
    assert answer.status_code == 201
    made = answer.json()
    assert made["key"].startswith(f"fil_{made['prefix']}_")
    read = cast.ada.get(answer.headers["Location"])
    assert read == {name: value for name, value in made.items() if name != "key"}
    assert keys_of(cast.ada)[0] == read
    assert made["key"] not in cast.ada.call("GET", "audit-log").text
    assert replace(cast.ada, key=made["key"]).get("me")["key"]["name"] == "ATS"


@usually_on_one_store
def test_a_key_reaches_as_far_as_its_scope(cast: Cast) -> None:
    reader = with_key(cast.ada, scope="read")
    reader.get("rejection-reasons")
    reader.post("rejection-reasons", {"name": "Not yet"}, expect=403)
    writer = with_key(cast.ada, scope="write")
    writer.post("rejection-reasons", {"name": "Not yet"})
    writer.get("api-keys", expect=403)
    with_key(cast.ada, scope="admin").get("api-keys")


def test_a_key_makes_none_that_reaches_further(cast: Cast, database: Database) -> None:
    cast.ben.post("api-keys", {"name": "mine", "scope": "read"}, expect=403)
    ben = Actor(cast.ben.organization_id, "write")
    greater, lesser = (uuid.UUID(id_of_key(each)) for each in (cast.ada, cast.rita))
    with database.transaction(Mode.WRITE, cast.ben.organization_id) as session:
        with pytest.raises(Forbidden):
            create_api_key(session, ben, name="mine", scope="admin")
        for key_id, scope in ((greater, "read"), (lesser, "admin")):
            with pytest.raises(Forbidden):
                update_api_key(session, ben, key_id, {"scope": scope})
    assert len(keys_of(cast.ada)) == 3


def test_a_revoked_key_opens_nothing_at_once_and_for_good(cast: Cast) -> None:
    other = with_key(cast.ada)
    other_id = id_of_key(other)
    cast.ada.delete(f"api-keys/{other_id}")
    other.get("me", expect=401)
    revoked_at = cast.ada.get(f"api-keys/{other_id}")["revoked_at"]
    assert revoked_at is not None
    cast.ada.delete(f"api-keys/{other_id}")
    assert cast.ada.get(f"api-keys/{other_id}")["revoked_at"] == revoked_at
    log = cast.ada.get("audit-log", params={"subject_id": other_id})["items"]
    assert [row["action"] for row in log] == ["api_key.revoked", "api_key.created"]


@usually_on_one_store
def test_nobody_locks_the_organization_out(cast: Cast) -> None:
    own = id_of_key(cast.ada)
    with_key(cast.ada, scope="write")
    assert cast.ada.delete(f"api-keys/{own}", expect=409)["current_status"] == "active"
    cast.ada.get("me")
    deputy = with_key(cast.ada)
    cast.ada.delete(f"api-keys/{own}")
    cast.ada.get("me", expect=401)
    deputy.delete(f"api-keys/{id_of_key(deputy)}", expect=409)


@usually_on_one_store
def test_keys_of_the_inactive_do_not_count_as_administering(cast: Cast) -> None:
    body = {"name": "Ben too", "scope": "admin", "user_id": str(cast.ben.user_id)}
    cast.ada.post("api-keys", body)
    cast.ada.patch(f"users/{cast.ben.user_id}", {"active": False})
    cast.ada.delete(f"api-keys/{id_of_key(cast.ada)}", expect=409)
    cast.ada.patch(f"users/{cast.ben.user_id}", {"active": True})
    cast.ada.delete(f"api-keys/{id_of_key(cast.ada)}")


def test_a_change_of_a_key_holds_from_its_next_request_on(cast: Cast) -> None:
    program = with_key(cast.ada, scope="read", expires_at="2199-01-01T00:00:00Z")
    path = f"api-keys/{id_of_key(program)}"
    program.patch(path, {"scope": "admin"}, expect=403)
    told = {"name": "ATS", "scope": "write", "requests_per_minute": 7, "may_act_for_others": True}
    changed = cast.ada.patch(path, {**told, "expires_at": None})
    assert {**changed, **told, "expires_at": None, "version": 2} == changed
    reason = program.call(
        "POST",
        "rejection-reasons",
        json={"name": "Not yet"},
        headers={"On-Behalf-Of": "ben@acme.example"},
    )
    assert (reason.status_code, reason.headers["RateLimit-Policy"]) == (201, '"per-key";q=7;w=60')
    assert program.get("me")["key"]["name"] == "ATS"
    assert cast.ada.patch(path, told)["version"] == 2, "nothing is changed"
    cast.ada.patch(path, {"scope": "read", "expires_at": None})
    program.post("rejection-reasons", {"name": "Never"}, expect=403)
    log = cast.ada.get("audit-log", params={"subject_id": changed["id"]})["items"]
    assert [row["action"] for row in log] == ["api_key.updated"] * 2 + ["api_key.created"]


@usually_on_one_store
def test_what_a_key_cannot_be_changed_to(cast: Cast) -> None:
    own, other = id_of_key(cast.ada), id_of_key(cast.rita)
    for body, status in (
        ({"user_id": str(cast.ben.user_id)}, 422),
        ({"expires_at": "2019-01-01T00:00:00Z"}, 422),
        ({"scope": None}, 422),
    ):
        cast.ada.patch(f"api-keys/{other}", body, expect=status)
    cast.ada.patch(f"api-keys/{own}", {"scope": "write"}, expect=409)
    stale = {"If-Match": '"2"'}
    assert cast.ada.call("PATCH", f"api-keys/{other}", json={}, headers=stale).status_code == 412
    assert cast.ada.call("DELETE", f"api-keys/{other}", headers=stale).status_code == 412
    cast.ada.delete(f"api-keys/{other}")
    problem = cast.ada.patch(f"api-keys/{other}", {"name": "x"}, expect=409)
    assert problem["current_status"] == "revoked"


def test_two_admins_do_not_revoke_each_other_at_once(cast: Cast) -> None:
    pair = [cast.ada, with_key(cast.ada)]
    ids = [id_of_key(person) for person in pair]
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda one: pair[one].call("DELETE", f"api-keys/{ids[1 - one]}"), range(2))
        )
    statuses = sorted(answer.status_code for answer in answers)
    # Whoever comes second has lost its key, or finds itself the last.
    assert statuses in ([204, 401], [204, 409])


@usually_on_one_store
def test_a_key_that_expires_is_made_for_the_future(cast: Cast) -> None:
    problem = cast.ada.post(
        "api-keys",
        {"name": "old", "scope": "read", "expires_at": "2019-01-01T00:00:00Z"},
        expect=422,
    )
    assert problem["errors"][0]["pointer"] == "/expires_at"
    made = cast.ada.post(
        "api-keys", {"name": "new", "scope": "read", "expires_at": "2199-01-01T00:00:00+01:00"}
    )
    assert made["expires_at"] == "2198-12-31T23:00:00Z"


@usually_on_one_store
def test_a_key_belongs_to_an_active_user_of_this_organization(cast: Cast) -> None:
    cast.ada.patch(f"users/{cast.rita.user_id}", {"active": False})
    for user_id in (cast.cleo.user_id, cast.rita.user_id, uuid.uuid4()):
        body = {"name": "theirs", "scope": "read", "user_id": str(user_id)}
        problem = cast.ada.post("api-keys", body, expect=422)
        assert [error["pointer"] for error in problem["errors"]] == ["/user_id"]


@on_one_store
def test_what_is_no_key_is_refused(cast: Cast) -> None:
    for body, pointer in (
        ({"scope": "read"}, "/name"),
        ({"name": "x"}, "/scope"),
        ({"name": "x", "scope": "root"}, "/scope"),
        ({"name": "x", "scope": "read", "key": "fil_mine"}, "/key"),
        ({"name": "x", "scope": "read", "expires_at": "2199-01-01"}, "/expires_at"),
    ):
        problem = cast.ada.post("api-keys", body, expect=422)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]


@usually_on_one_store
def test_another_organizations_keys_are_not_found(cast: Cast) -> None:
    theirs = id_of_key(cast.cleo)
    cast.ada.get(f"api-keys/{theirs}", expect=404)
    cast.ada.delete(f"api-keys/{theirs}", expect=404)
    cast.cleo.get("me")
    assert theirs not in {key["id"] for key in keys_of(cast.ada)}


def test_the_list_is_for_admins_newest_first(cast: Cast) -> None:
    cast.rita.get("api-keys", expect=403)
    assert [key["name"] for key in keys_of(cast.ada)] == ["Rita", "Ben", "Ada"]
    page = cast.ada.get("api-keys", params={"limit": 2})
    rest = cast.ada.get("api-keys", params={"limit": 2, "cursor": page["next_cursor"]})
    assert [key["name"] for key in rest["items"]] == ["Ada"]
