"""The student of the design's first section, turned down with three pieces of advice."""

from typing import NamedTuple

from tests.cast import Json, Person
from tests.openings import copied

ADVICE = (
    {"text": "Two solid semesters of grades", "competency": "academics", "target_level": 4},
    {"text": "A job with customers", "competency": "customer-facing", "target_level": 3},
    {"text": "A student club", "competency": "leadership", "target_level": 2},
)
# Section 4's worked example: day, addresses advice, reports a milestone; all at 15:00 UTC.
WORKED = (
    ("2018-10-25", True),
    ("2018-11-26", True),
    ("2019-01-07", True),
    ("2019-02-11", True),
    ("2019-03-11", True),
    ("2019-04-08", False),
)
AS_OF = "2019-05-13T09:00:00Z"


class Student(NamedTuple):
    """A rejected candidate and what they were told."""

    id: str
    position: str
    application: str
    advice: list[str]


@copied
def student(person: Person, name: str = "Sam Porter", **fields: object) -> Student:
    """Turn somebody down on 4 October 2018, with the three pieces of advice unless told others."""
    candidate = person.candidate(name, **fields)
    position = person.position()
    application = person.application(candidate, position)
    person.reject(application, advice=list(ADVICE))
    given = person.get(f"candidates/{candidate}/advice")["items"]
    advice = [row["id"] for row in sorted(given, key=lambda row: row["number"])]
    return Student(candidate, position, application, advice)


@copied
def keep_in_touch(person: Person, who: Student) -> list[Json]:
    """Record the six follow-ups of the worked example."""
    return [
        person.follow_up(
            who.id,
            f"{day}T15:00:00Z",
            advice_ids=[who.advice[1]] if addresses else [],
            milestones=[{"kind": "job", "title": f"News of {day}"}],
        )
        for day, addresses in WORKED
    ]


def persistence(person: Person, candidate: str, as_of: str = AS_OF) -> Json:
    """Read the score at an instant."""
    return person.get(f"candidates/{candidate}/persistence", params={"as_of": as_of})
