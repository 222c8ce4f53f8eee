"""Cleo works elsewhere and must see nothing: whatever id of Acme's she tries, there is no such."""

import re
from dataclasses import dataclass
from itertools import product

import pytest

from app.core.database import Database
from tests.cast import Cast, Casting, Json, Person
from tests.house.acme import furnish, request_for
from tests.house.addresses import ADDRESSES, Address

WITH_ID = [one for one in ADDRESSES if one.parameters]
# What another system calls a row is each organization's own: put by Cleo, the name becomes hers.
PUT_BY_NAME = [one for one in WITH_ID if one.method == "PUT" and "/by-external-id/" in one.path]
TOMBSTONE = "DELETE /v1/candidates/{candidate_id}"


NOBODYS = "00000000-0000-7000-8000-000000000000"


def path_of(address: Address, ids: dict[str, str]) -> str:
    # The type of a name is told by the address, as in acme.py.
    ids = {**ids, "source": "ats", "type": address.path.split("/")[2]}
    return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], address.path)


def ids_in(address: Address) -> list[str]:
    return [name for name in address.parameters if name not in {"source", "type"}]


@dataclass(frozen=True)
class Neighbours:
    """Acme and Globex, each with one of everything, and the ids of it.

    Whatever Cleo tries on Acme's is refused, so that one pair on each store does for several tests.
    """

    ada: Person
    cleo: Person
    theirs: dict[str, str]
    own: dict[str, str]


@pytest.fixture(scope="module")
def both(casting: Casting) -> Neighbours:
    cast = casting.assemble()
    theirs, own = furnish(cast.ada), furnish(cast.cleo)
    # Versions are numbers, and version 2 is Cleo's as well as Acme's; Acme has one more.
    theirs["version"] = str(cast.ada.post("scoring-policies", {"half_life_days": 99})["version"])
    return Neighbours(cast.ada, cast.cleo, theirs, own)


def test_nothing_of_acmes_is_found_by_anybody_elses_key(
    both: Neighbours, database: Database
) -> None:
    """Also where one id of several in a path is Cleo's own; she does not learn that it exists.

    That the words are those for what is nowhere is asked on one store: no store has a say in them.
    """
    theirs, own = both.theirs, both.own
    # Whoever adds an address with another kind of id gives Acme one of them in acme.py.
    assert {name for one in WITH_ID for name in ids_in(one)} - theirs.keys() == set()
    nobodys = dict.fromkeys(own, NOBODYS) | {"version": "99"}
    wrong = {}
    assert len(PUT_BY_NAME) == 3
    for one in WITH_ID:
        if one in PUT_BY_NAME:
            continue
        least = request_for(str(one), own)
        for mixed in product((theirs, own), repeat=len(ids_in(one))):
            if theirs not in mixed:
                continue
            ids = {name: of[name] for name, of in zip(ids_in(one), mixed, strict=True)}
            answer = both.cleo.call(one.method, path_of(one, ids), **least)
            if answer.status_code != 404:
                wrong[f"{one} {[of is theirs for of in mixed]}"] = answer.text
            if not database.is_sqlite:
                continue
            absent = {
                name: nobodys[name] if ids[name] == theirs[name] else ids[name] for name in ids
            }
            as_absent = both.cleo.call(one.method, path_of(one, absent), **least).text
            if answer.text != as_absent:
                wrong[f"the words of {one}"] = f"{answer.text} {as_absent}"
    assert wrong == {}


def test_the_same_requests_find_what_is_ones_own(cast: Cast) -> None:
    """Otherwise the test above could pass by misspelling."""
    ids = furnish(cast.ada)
    # Last what takes away what others look for, and the person last of all.
    order = sorted(
        WITH_ID,
        key=lambda one: (one.method == "DELETE", str(one) == TOMBSTONE, -len(one.parameters)),
    )
    wrong = {}
    for one in order:
        answer = cast.ada.call(one.method, path_of(one, ids), **request_for(str(one), ids))
        if answer.status_code not in {200, 201, 204, 409}:
            wrong[str(one)] = (answer.status_code, answer.text)
    assert wrong == {}


LISTS = [
    one
    for one in ADDRESSES
    if one.method == "GET" and not one.parameters and one.path.startswith("/v1/") and one.scope
]


def test_no_list_of_cleos_shows_anything_of_acmes(both: Neighbours) -> None:
    theirs = {*both.theirs.values(), str(both.ada.organization_id)}
    for one in LISTS:
        answer = both.cleo.call("GET", one.path)
        assert answer.status_code == 200, one
        assert [found for found in theirs if len(found) > 30 and found in answer.text] == [], one


FILTERS = (
    "candidates?position_id={position_id}",
    "candidates?ids={candidate_id}",
    "candidates?talent_pool_id={talent_pool_id}",
    "talent-pools?candidate_id={candidate_id}",
    "positions?ids={position_id}",
    "applications?candidate_id={candidate_id}",
    "applications?position_id={position_id}",
    "applications?ids={application_id}",
    "follow-ups?candidate_id={candidate_id}",
    "advice?application_id={application_id}",
    "shortlists?position_id={position_id}",
    "users?ids={user_id}",
    "audit-log?subject_id={user_id}",
    "audit-log?candidate_id={candidate_id}",
)


def test_filtering_by_an_id_of_acmes_finds_nothing(both: Neighbours) -> None:
    for path in FILTERS:
        assert both.cleo.get(path.format_map(both.theirs))["items"] == [], path
        assert both.ada.get(path.format_map(both.theirs))["items"] != [], path


REFERENCES: dict[str, tuple[str, Json]] = {
    "POST candidates": ("/relationship_owner_id", {"full_name": "X"}),
    "PATCH candidates/{candidate_id}": ("/relationship_owner_id", {}),
    "POST api-keys": ("/user_id", {"name": "x", "scope": "read"}),
    "POST applications": ("/candidate_id", {"position_id": "position_id"}),
    "POST applications ": ("/position_id", {"candidate_id": "candidate_id"}),
    "POST applications/{active_id}/reject": ("/rejection_reason_id", {}),
    "POST applications/{active_id}/reject ": ("/decided_by/user_id", {"reason": "x"}),
    "POST applications/{application_id}/advice": (
        "/given_by/user_id",
        {"items": [{"text": "Lead a club."}]},
    ),
    "POST applications/{active_id}/hire": ("/opening_id", {}),
    "POST candidates/{candidate_id}/follow-ups": ("/advice_ids/0", {"channel": "call"}),
    "POST follow-ups/{follow_up_id}/milestones": ("/advice_id", {"kind": "job", "title": "x"}),
    "PATCH milestones/{milestone_id}": ("/advice_id", {}),
    "POST follow-ups/{follow_up_id}/reassign": ("/candidate_id", {}),
    "POST candidates/{candidate_id}/merge": ("/duplicate_candidate_id", {}),
    "POST intake/unassigned/{message_id}/assign": ("/candidate_id", {}),
}
# Where the name of a field does not say which id it is.
MEANS = {"relationship_owner_id": "user_id", "0": "advice_id"}


def _with(body: Json, pointer: str, value: str) -> Json:
    """Return the body with a value where the pointer leads."""
    first, _, rest = pointer.removeprefix("/").partition("/")
    if rest == "0":
        return {**body, first: [value]}
    return {**body, first: _with({}, rest, value) if rest else value}


def test_a_reference_to_something_of_acmes_is_refused_where_it_stands(both: Neighbours) -> None:
    active = both.cleo.application(both.cleo.candidate(), both.own["position_id"])
    theirs, own = both.theirs, {**both.own, "active_id": active}
    wrong = {}
    for place, (pointer, least) in REFERENCES.items():
        method, path = place.split()
        name = pointer.rpartition("/")[2]
        body = {field: own.get(str(value), value) for field, value in least.items()}
        body = _with(body, pointer, theirs[MEANS.get(name, name)])
        answer = both.cleo.call(method, path.format_map(own), json=body)
        pointers = [error["pointer"] for error in answer.json().get("errors", [])]
        if answer.status_code != 422 or pointers != [pointer]:
            wrong[place] = answer.text
    assert wrong == {}
