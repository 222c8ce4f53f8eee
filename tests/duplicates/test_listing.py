"""GET /v1/duplicates: everybody who is there twice, two by two."""

import json
from base64 import b64decode, b64encode
from itertools import combinations
from typing import Any

from app.core.database import Database, Mode
from app.duplicates.queries.listing import LOOKED_AT, duplicate_pairs
from tests.cast import Cast, Json, Person
from tests.duplicates.test_finding import found
from tests.house.test_hot_plans import overheard, whole_table_reads
from tests.stores import on_one_store

MAIL, PHONE = [{"address": "sam.porter@mail.example"}], [{"number": "+1 415 555 2671"}]
STRONG = {"address", "phone", "external_id"}


def called(source: str) -> Json:
    """Name somebody by as few characters as are taken for nobody else's."""
    return {"source": source, "type": "candidate", "id": "4f1c2d3e"}


def many_sams(ben: Person) -> list[str]:
    """Make people who share this and that, two of whom are told apart; return their ids."""
    told: list[dict[str, Any]] = [
        {"emails": MAIL, "phones": PHONE, "external_ids": [called("lever"), called("crm")]},
        {
            "emails": [*MAIL, {"address": "a@b.example"}],
            "phones": PHONE,
            "external_ids": [{**called("lever"), "type": "applicant"}],
        },
        {"emails": [{"address": "Sam.Porter@MAIL.example"}, {"address": "a@b.example"}]},
        {"phones": PHONE},
        {"external_ids": [called("greenhouse"), called("ashby")]},
        # As many values as have a page that looks at one after the other end behind a pair.
        {"location": "Boston", "emails": [{"address": f"{name}@c.example"} for name in "bc"]},
        {"location": "Boston", "external_ids": [{**called("lever"), "id": "17"}]},
        {"external_ids": [{**called("crm"), "id": "17"}]},
    ]
    sams = [ben.candidate("Sam Porter", **each) for each in told]
    ben.put(f"candidates/{sams[2]}/duplicates/{sams[0]}/dismissal", {}, expect=201)
    return sams


def pairs_of(items: list[Json]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    pairs = {
        (row["candidate_id"], row["other_candidate_id"]): [
            (reason["kind"], reason["value"]) for reason in row["reasons"]
        ]
        for row in items
    }
    assert len(pairs) == len(items), "nobody is told twice"
    return pairs


def test_every_pair_is_told_once_and_as_each_of_the_two_is_told(
    cast: Cast, database: Database
) -> None:
    ben = cast.ben
    sams = many_sams(ben)
    theirs = {each: found(ben, each) for each in sams}
    expected = {
        (one, other): theirs[one][other]
        for one, other in combinations(sams, 2)
        if STRONG & {kind for kind, _ in theirs[one].get(other, [])}
    }
    assert len(expected) == 5
    with overheard(database) as heard:
        page = ben.get("duplicates")
    assert (pairs_of(page["items"]), page["next_cursor"]) == (expected, None)
    assert whole_table_reads(database, ben, heard) == []

    # However little is looked at, at once and in all.
    for limit, looked_at in ((1, LOOKED_AT), (2, 1), (50, 1), (50, 2)):
        items, cursor, pages = list[tuple[str, str]](), None, 0
        while cursor is not None or not pages:
            with database.transaction(Mode.READ, ben.organization_id) as session:
                more, cursor = duplicate_pairs(session, limit, cursor, looked_at=looked_at)
            items += [(str(one.candidate_id), str(one.other_candidate_id)) for one in more]
            pages += 1
            assert len(more) <= limit
            assert pages < 99
        assert sorted(items) == sorted(expected)


@on_one_store
def test_a_cursor_that_is_none(cast: Cast) -> None:
    many_sams(cast.ben)
    first = cast.ben.get("duplicates", params={"limit": 1})
    assert len(first["items"]) == 1
    cast.ben.get("duplicates", params={"cursor": first["next_cursor"], "limit": 2})
    digest, _, *place = json.loads(b64decode(first["next_cursor"] + "==", b"-_"))
    # Of the third kind an address is no value, and there is no fourth.
    for kind, status in ((0, 200), (2, 422), (3, 422), (-1, 422)):
        text = json.dumps([digest, kind, *place], separators=(",", ":"))
        cursor = b64encode(text.encode(), b"-_").decode().rstrip("=")
        cast.ben.get("duplicates", params={"cursor": cursor}, expect=status)
    cast.ben.get("duplicates", params={"cursor": first["next_cursor"][:-2]}, expect=422)
    cast.ben.get("duplicates", params={"limit": 201}, expect=422)
