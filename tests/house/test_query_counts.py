"""A list asks the store as often for many rows as for few, and never more for one page's children.

Every address that answers a page is here, and those that answer all there is of something.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, islice
from typing import Any

from sqlalchemy import event

from app.core.database import Database
from tests.cast import Cast, Person
from tests.house.acme import attach, day, furnish, receive_mail
from tests.house.test_openapi import operations

Grow = Callable[[Person, dict[str, str], int], None]
FEW, MANY = 1, 2
# Whose key it is, whether what is listed is there, the rows: children come in their parent's own.
MOST = 10


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect what is sent to the store, begin and settings left out."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


# ---------------------------------------------------------- one more row, with children of its own


def _candidate(ada: Person, _ids: dict[str, str], number: int) -> None:
    ada.candidate(
        f"Somebody {number}",
        emails=[{"address": f"{kind}{number}@mail.example"} for kind in "ab"],
        phones=[{"number": f"+49301234{number:03}{last}"} for last in (1, 2)],
        tags=[f"tag {number}", "sales"],
        competencies=[
            {"competency": name, "level": 3, "source": "assessed"} for name in ("sales", "math")
        ],
        external_ids=[{"source": "ats", "type": "candidate", "id": f"c{number}"}],
    )


def _twin(ada: Person, ids: dict[str, str], number: int) -> None:
    """One more who may be the candidate: by name and address."""
    ada.candidate(
        emails=[{"address": "sam@mail.example"}],
        external_ids=[{"source": f"ats{number}", "type": "candidates", "id": ids["id"]}],
    )


def _position(ada: Person, _ids: dict[str, str], number: int) -> None:
    requirement = {"min_level": 2, "kind": "nice_to_have", "weight": 1, "verified_only": False}
    ada.position(
        f"Position {number}",
        openings=2,
        requirements=[{"competency": name, **requirement} for name in ("sales", "math")],
        external_ids=[{"source": "ats", "type": "position", "id": f"p{number}"}],
    )


def _rejected(ada: Person, ids: dict[str, str], number: int) -> None:
    """One more try of the same person, turned down with advice."""
    application = ada.application(
        ids["candidate_id"],
        ids["position_id"],
        external_ids=[{"source": "ats", "type": "application", "id": f"a{number}"}],
    )
    ada.reject(application, advice=[{"text": f"{word} {number}."} for word in ("Sell", "Lead")])


def _follow_up(ada: Person, ids: dict[str, str], number: int) -> None:
    ada.follow_up(
        ids["candidate_id"],
        f"2019-01-{1 + number // 24:02}T{number % 24:02}:00:00Z",
        advice_ids=[ids["advice_id"]],
        milestones=[{"kind": "job", "title": f"{word} {number}"} for word in ("Waiter", "Host")],
        external_ids=[{"source": "ats", "type": "follow_up", "id": f"f{number}"}],
    )


def _ranked(ada: Person, ids: dict[str, str], number: int) -> None:
    """One more person who was turned down and wrote, and a list in which they stand."""
    candidate = ada.candidate(f"Ranked {number}")
    ada.reject(ada.application(candidate, ids["position_id"]), advice=[{"text": "Sell."}])
    ada.follow_up(candidate, "2019-01-07T15:00:00Z")
    ids["shortlist_id"] = ada.post(f"positions/{ids['position_id']}/shortlists")["id"]


def _attachment(ada: Person, ids: dict[str, str], number: int) -> None:
    attach(ada, f"milestones/{ids['milestone_id']}", b"%PDF-" + str(number).encode())


def _custom_field(ada: Person, _ids: dict[str, str], number: int) -> None:
    body = {"applies_to": "candidate", "key": f"f{number}", "name": "x", "type": "text"}
    ada.post("custom-fields", body)


def _opening(ada: Person, ids: dict[str, str], number: int) -> None:
    seat = {"external_ids": [{"source": "ats", "type": "opening", "id": f"o{number}"}]}
    ada.post(f"positions/{ids['position_id']}/openings", {"openings": [seat]})


def _pause(ada: Person, ids: dict[str, str], number: int) -> None:
    body = {"first_day": day(200 + number), "last_day": day(200 + number)}
    ada.post(f"candidates/{ids['candidate_id']}/pauses", body)


def _consent(ada: Person, ids: dict[str, str], number: int) -> None:
    purpose = ("store", "contact", "rank")[number % 3]
    ada.put(f"candidates/{ids['candidate_id']}/consent", {"purpose": purpose})


def _user(ada: Person, _ids: dict[str, str], number: int) -> None:
    emails = [f"{kind}{number}@acme.example" for kind in "ab"]
    ada.post("users", {"name": f"User {number}", "emails": emails})


def _key(ada: Person, _ids: dict[str, str], number: int) -> None:
    ada.post("api-keys", {"name": f"key {number}", "scope": "read"})


def _reason(ada: Person, _ids: dict[str, str], number: int) -> None:
    ada.post("rejection-reasons", {"name": f"Reason {number}"})


def _policy(ada: Person, _ids: dict[str, str], number: int) -> None:
    ada.post("scoring-policies", {"half_life_days": 100 + number})


def _mail(ada: Person, _ids: dict[str, str], number: int) -> None:
    receive_mail(ada, f"somebody{number}@elsewhere.example")


def _kept_search(ada: Person, _ids: dict[str, str], number: int) -> None:
    ada.post("saved-searches", {"name": f"Search {number}", "parameters": {}})


def _pool(ada: Person, _ids: dict[str, str], number: int) -> None:
    ada.post("talent-pools", {"name": f"Pool {number}"})


def _member(ada: Person, ids: dict[str, str], number: int) -> None:
    candidate = ada.candidate(f"Member {number}")
    ada.put(f"talent-pools/{ids['talent_pool_id']}/candidates/{candidate}", {}, expect=201)


GROWING: dict[Grow, tuple[str, ...]] = {
    _user: ("/v1/users", "/v1/events?limit=1000"),
    _key: ("/v1/api-keys",),
    _reason: ("/v1/rejection-reasons", "/v1/audit-log?limit=200"),
    _candidate: (
        "/v1/candidates",
        "/v1/candidates?q=somebody",
        "/v1/saved-searches/{saved_search_id}/candidates",
    ),
    _twin: ("/v1/candidates/{candidate_id}/duplicates", "/v1/duplicates"),
    _rejected: (
        "/v1/applications",
        "/v1/advice",
        "/v1/candidates/{candidate_id}/advice",
        "/v1/candidates/{candidate_id}/timeline?limit=100",
    ),
    _consent: ("/v1/candidates/{candidate_id}/consent",),
    _pause: ("/v1/candidates/{candidate_id}/pauses",),
    _follow_up: (
        "/v1/follow-ups",
        "/v1/candidates/{candidate_id}/follow-ups",
        "/v1/candidates/{candidate_id}/timeline?limit=100",
    ),
    _custom_field: ("/v1/custom-fields",),
    _attachment: (
        "/v1/candidates/{candidate_id}/attachments",
        "/v1/follow-ups/{follow_up_id}/attachments",
        "/v1/milestones/{milestone_id}/attachments",
    ),
    _position: ("/v1/positions",),
    _opening: ("/v1/positions/{position_id}/openings",),
    _ranked: (
        "/v1/positions/{position_id}/shortlists",
        "/v1/shortlists",
        "/v1/shortlists/{shortlist_id}",
        "/v1/shortlists/{shortlist_id}/coverage",
    ),
    _kept_search: ("/v1/saved-searches",),
    _pool: ("/v1/talent-pools",),
    _member: ("/v1/talent-pools/{talent_pool_id}/candidates",),
    _mail: ("/v1/intake/unassigned",),
    # Last, for until it is scored every version more is one more that each write keeps up to date.
    _policy: ("/v1/scoring-policies",),
}


def _answers_a_list(operation: dict[str, Any]) -> bool:
    content = operation["responses"].get("200", {}).get("content", {})
    shape = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    return "Page_" in shape


def test_every_list_is_counted() -> None:
    lists = {
        place.removeprefix("GET ")
        for place, operation in operations().items()
        if place.startswith("GET ") and _answers_a_list(operation)
    }
    assert lists
    counted = {place.partition("?")[0] for places in GROWING.values() for place in places}
    assert lists - counted == set()


def test_the_number_of_statements_does_not_grow_with_the_rows(
    cast: Cast, database: Database
) -> None:
    ids = furnish(cast.ada)
    numbers = count(1)
    wrong = {}
    for grow, places in GROWING.items():
        sent: dict[str, list[int]] = {place: [] for place in places}
        size: dict[str, list[int]] = {place: [] for place in places}
        for rows in (FEW, MANY):
            for number in islice(numbers, rows):
                grow(cast.ada, ids, number)
            for place in places:
                with statements(database) as noted:
                    answer = cast.ada.get(place.removeprefix("/v1/").format_map(ids))
                sent[place].append(len(noted))
                size[place].append(len(str(answer)))
        for place, (few, many) in sent.items():
            assert size[place][1] > size[place][0] or "coverage" in place, f"{place} has not grown"
            if few != many or many > MOST:
                wrong[f"{place} by {grow.__name__}"] = (few, many)
    assert wrong == {}
