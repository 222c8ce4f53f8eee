"""Positions with seats, and filling them."""

from typing import Any

from tests.cast import Json, Person
from tests.openings import copied

OPENED = "2018-09-01T08:00:00Z"


@copied
def opened(person: Person, **fields: Any) -> str:
    position = person.position(**fields)
    person.post(f"positions/{position}/open", {"effective_at": OPENED}, expect=200)
    return position


def seats(person: Person, position: str) -> list[tuple[str, str | None]]:
    rows = person.get(f"positions/{position}/openings")["items"]
    return [(row["status"], row["application_id"]) for row in rows]


def hire(person: Person, application: str, expect: int = 200, **fields: Any) -> Json:
    return person.post(f"applications/{application}/hire", fields, expect=expect)


def match(person: Person, position: str, candidate: str) -> Json:
    return person.get(f"positions/{position}/candidates/{candidate}/match")
