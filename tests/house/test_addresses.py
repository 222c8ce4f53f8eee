"""Every address asks who is there, or is known to be public; and those promised exist."""

import inspect
import re
import uuid
from collections import Counter

from app.entry import asking
from app.entry.routing import Route
from tests.cast import Cast
from tests.house.addresses import ADDRESSES, ASKING, Address
from tests.stores import on_one_store

PUBLIC = {"GET /healthz", "GET /readyz", "GET /metrics", "GET /v1/openapi.json"}
PAGES = {
    "GET /docs",
    "GET /docs/docs.css",
    "GET /docs/docs.js",
    "GET /docs/redoc.js",
    "GET /docs/redoc.standalone.js",
    "GET /docs/swagger-ui-bundle.js",
    "GET /docs/swagger-ui.css",
    "GET /redoc",
}
# What is sent by POST and changes nothing.
ONLY_READS = {"POST /v1/shortlists/{shortlist_id}/replay"}
PROMISED = """
POST GET           /v1/candidates
GET PATCH DELETE   /v1/candidates/{id}
GET                /v1/candidates/{id}/advice
GET                /v1/candidates/{id}/timeline
POST               /v1/candidates/{id}/merge
GET                /v1/candidates/{id}/duplicates
GET                /v1/duplicates
GET                /v1/candidates/{id}/persistence
PUT                /v1/candidates/{id}/consent
POST               /v1/candidates/{id}/pauses
POST GET           /v1/candidates/{id}/follow-ups
POST GET           /v1/positions
GET PATCH          /v1/positions/{id}
GET                /v1/positions/{id}/openings
POST               /v1/positions/{id}/open
POST               /v1/positions/{id}/hold
POST               /v1/positions/{id}/close
POST               /v1/positions/{id}/reopen
POST               /v1/positions/{id}/shortlists
GET                /v1/positions/{id}/candidates/{candidate_id}/match
POST GET           /v1/applications
POST               /v1/applications/{id}/reject
POST               /v1/applications/{id}/advice
POST               /v1/applications/{id}/unreject
POST               /v1/applications/{id}/hire
POST               /v1/applications/{id}/withdraw
POST               /v1/applications/{id}/offer-declined
GET POST           /v1/rejection-reasons
PATCH              /v1/advice/{id}
GET PATCH DELETE   /v1/follow-ups/{id}
POST               /v1/follow-ups/{id}/reassign
POST               /v1/follow-ups/{id}/milestones
POST               /v1/follow-ups/batch
PATCH              /v1/milestones/{id}
GET                /v1/shortlists/{id}
GET                /v1/shortlists/{id}/coverage
POST               /v1/shortlists/{id}/replay
POST DELETE        /v1/shortlists/{id}/entries/{candidate_id}/decision
POST               /v1/intake/email
GET                /v1/intake/unassigned
POST               /v1/intake/unassigned/{id}/assign
GET                /v1/me
GET POST           /v1/users
GET PATCH          /v1/users/{id}
GET POST           /v1/api-keys
DELETE             /v1/api-keys/{id}
GET POST           /v1/scoring-policies
GET                /v1/audit-log
GET                /healthz
GET                /readyz
GET                /metrics
"""


def shape(method: str, path: str) -> str:
    return f"{method} " + re.sub(r"\{\w+\}", "{}", path)


def filled(address: Address) -> str:
    return re.sub(r"\{(\w+)\}", lambda _: str(uuid.UUID(int=1)), address.path)


def test_logs_and_metrics_tell_the_whole_path() -> None:
    """Of a router that was put into another, a route tells only its own part."""
    assert [str(one) for one in ADDRESSES if one.logged != one.path] == []


def test_every_promised_address_exists() -> None:
    promised = {
        shape(method, path)
        for line in PROMISED.strip().splitlines()
        for *methods, path in [line.split()]
        for method in methods
    }
    assert promised - {shape(one.method, one.path) for one in ADDRESSES} == set()


def test_an_address_is_answered_in_one_place() -> None:
    counted = Counter(shape(one.method, one.path) for one in ADDRESSES)
    assert [place for place, times in counted.items() if times > 1] == []


def test_every_way_of_asking_is_known_here() -> None:
    """Whoever adds one says in addresses.py which scope it wants."""
    ways = {
        one
        for one in vars(asking).values()
        if inspect.isgeneratorfunction(one) or inspect.iscoroutinefunction(one)
    }
    assert {way for way in ways if not way.__name__.startswith("_")} == ASKING.keys()


def test_an_address_asks_who_is_there_or_is_public() -> None:
    assert {str(one) for one in ADDRESSES if one.scope is None} == PUBLIC | PAGES


def broken_rules(address: Address) -> list[str]:
    """The rules of the house for private addresses that this one breaks."""
    writes = address.method != "GET" and str(address) not in ONLY_READS
    rules = {
        # Unknown query parameters are refused and keyed writes done once: by the route's class.
        "its class is the house's": issubclass(address.route_class, Route),
        "it is below /v1": address.path.startswith("/v1/"),
        "who writes may write": not writes or address.scope in {"write", "admin"},
    }
    return [rule for rule, holds in rules.items() if not holds]


def test_a_private_address_keeps_the_houses_rules() -> None:
    private = {str(one): broken_rules(one) for one in ADDRESSES if str(one) not in PUBLIC | PAGES}
    assert private
    assert {place: broken for place, broken in private.items() if broken} == {}


@on_one_store
def test_nobody_is_let_in_without_a_key(cast: Cast) -> None:
    answers = {
        str(one): cast.ada.http.request(one.method, filled(one)).status_code
        for one in ADDRESSES
        if str(one) not in PUBLIC | PAGES
    }
    assert {place: status for place, status in answers.items() if status != 401} == {}


@on_one_store
def test_what_is_public_is_answered_without_a_key(cast: Cast) -> None:
    for place in PUBLIC:
        assert cast.ada.http.get(place.removeprefix("GET ")).status_code == 200


@on_one_store
def test_a_key_of_less_scope_is_refused_everywhere(cast: Cast) -> None:
    answers = {}
    for one in ADDRESSES:
        weak = {"write": cast.rita, "admin": cast.ben}.get(one.scope or "")
        # A number where an id is wanted is refused in other words, before anybody is asked.
        if weak is not None and "{version}" not in one.path:
            answers[str(one)] = weak.call(one.method, filled(one)).status_code
    assert {place: status for place, status in answers.items() if status != 403} == {}
