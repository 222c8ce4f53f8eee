import re
from collections.abc import Sequence

from app.core.database import Database, Mode
from tests.cast import Casting, Person
from tests.copying import rows_of
from tests.follow_ups.story import student
from tests.openings import copied

_ID = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}")
_RECENT = re.compile(
    r"datetime\(202[6-9][^)]*\)|20(?:2[6-9]|[3-9]\d)-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)"
)
_OWN = ("number", "prefix", "request_id", "secret_sha256", "terms")


@copied
def begun(person: Person) -> str:
    """Let somebody be turned down, and write."""
    who = student(person)
    told = [{"kind": "job", "title": "Waiter", "advice_id": who.advice[1]}]
    person.follow_up(who.id, "2019-01-07T15:00:00Z", milestones=told)
    return who.id


def rows(database: Database, person: Person) -> list[str]:
    """Return what an organization has, without what nobody can foresee."""
    with database.transaction(Mode.READ, person.organization_id) as session:
        found = rows_of(session, person.organization_id)
    return sorted(
        f"{table.name} { {name: value for name, value in row.items() if name not in _OWN} }"
        for (table, _), row in found.items()
    )


def without_names(rows: Sequence[str]) -> str:
    """Return rows with numbers in the place of ids, and recent instants all the same."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"#{numbers.setdefault(found[0].replace('-', ''), len(numbers))}"

    return _RECENT.sub("recently", _ID.sub(number, "\n".join(rows)))


def test_a_copy_is_what_asking_again_would_have_written(
    casting: Casting, database: Database
) -> None:
    ada, learned_from, copy = (casting.assemble().ada for _ in range(3))
    candidates = [begun(person) for person in (ada, learned_from, copy)]
    asked, copied_ = rows(database, ada), rows(database, copy)
    assert without_names(copied_) == without_names(asked)
    ids = [{found[0] for found in _ID.finditer(str(one))} for one in (asked, copied_)]
    assert ids[0].isdisjoint(ids[1])
    for person, candidate in ((ada, candidates[0]), (copy, candidates[2])):
        found = person.get("candidates?q=sam waiter")["items"]
        assert [row["id"] for row in found] == [candidate]
