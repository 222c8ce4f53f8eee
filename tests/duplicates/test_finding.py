"""GET /v1/candidates/{id}/duplicates: who may be the same person, and why."""

import uuid
from typing import Any

from app.core.database import Database
from app.duplicates.rules.likeness import Profile, names_near, reasons, strength
from app.external_ids.rules import Name
from tests.cast import Cast, Person
from tests.duplicates.test_merging import merge
from tests.house.test_hot_plans import overheard, whole_table_reads
from tests.stores import usually_on_one_store


def found(person: Person, candidate: str, **params: Any) -> dict[str, list[tuple[str, str]]]:
    items = person.get(f"candidates/{candidate}/duplicates", params=params)["items"]
    return {
        row["candidate_id"]: [(reason["kind"], reason["value"]) for reason in row["reasons"]]
        for row in items
    }


def test_who_may_be_the_same_person(cast: Cast, database: Database) -> None:
    ben, position = cast.ben, cast.ben.position()
    mail, phone = [{"address": "sam.porter@mail.example"}], [{"number": "+1 415 555 2671"}]
    named = {"type": "candidate", "id": "4f1c2d3e-0001"}
    sam = ben.candidate(
        "Sam Porter",
        emails=mail,
        phones=phone,
        location="Boston",
        external_ids=[{**named, "source": "lever"}],
    )
    ben.application(sam, position)
    by_address = ben.candidate("S. P.", emails=[{"address": "Sam.Porter@MAIL.example"}])
    by_phone = ben.candidate("Sammy", phones=[{"number": "+14155552671"}])
    by_id = ben.candidate("Samuel", external_ids=[{**named, "source": "greenhouse"}])
    misspelt = ben.candidate("Portre, Sam", location="boston")
    ben.application(misspelt, position)
    moved = ben.candidate("sam porter", emails=[{"address": "sam.porter@work.example"}])
    both = ben.candidate("Sam Porter", emails=mail, phones=phone)
    for name in ("Sam Porter", "Ann Porter"):
        ben.candidate(name, location="Bonn", external_ids=[])

    with overheard(database) as heard:
        told = found(ben, sam)

    assert told == {
        both: [
            ("address", "sam.porter@mail.example"),
            ("phone", "+14155552671"),
            ("name", "Sam Porter"),
        ],
        by_address: [("address", "sam.porter@mail.example")],
        by_phone: [("phone", "+14155552671")],
        by_id: [("external_id", "greenhouse:candidate:4f1c2d3e-0001")],
        misspelt: [("name", "Portre, Sam"), ("position", position), ("location", "boston")],
        moved: [("name", "sam porter"), ("mailbox", "sam.porter")],
    }
    assert list(told)[:2] == [both, by_address], "the likeliest first"
    assert whole_table_reads(database, ben, heard) == []
    assert sam in found(ben, misspelt)
    assert set(found(ben, moved)) == {sam, both}


def test_who_is_told_apart_is_not_told_again(cast: Cast) -> None:
    ben = cast.ben
    sam, father, twin = (
        ben.candidate("Sam", emails=[{"address": "porter@mail.example"}]) for _ in range(3)
    )
    path = f"candidates/{sam}/duplicates/{father}/dismissal"
    said = ben.put(path, {}, expect=201)
    assert {said["candidate_id"], said["other_candidate_id"]} == {sam, father}
    assert said["dismissed_by_user_id"] == str(ben.user_id)
    assert ben.put(f"candidates/{father}/duplicates/{sam}/dismissal", {}) == said
    assert set(found(ben, sam)) == set(found(ben, father)) == {twin}
    assert set(found(ben, sam, dismissed=True)) == {father}

    # Who is told apart from one is so from whom that one is merged into.
    merge(ben, twin, sam)
    assert found(ben, twin) == {}
    ben.delete(f"candidates/{father}/duplicates/{twin}/dismissal")
    assert set(found(ben, twin)) == {father}
    ben.delete(f"candidates/{father}/duplicates/{twin}/dismissal", expect=404)
    types = [one["type"] for one in ben.get("events?limit=200")["items"]]
    assert types.count("duplicate.dismissed") == 1
    assert types.count("duplicate.dismissal_withdrawn") == 1

    ben.put(f"candidates/{twin}/duplicates/{father}/dismissal", {}, expect=201)
    merge(ben, twin, father)
    assert found(ben, twin, dismissed=True) == {}


@usually_on_one_store
def test_what_is_refused(cast: Cast) -> None:
    ben = cast.ben
    sam, other = ben.candidate(), ben.candidate()
    path = f"candidates/{sam}/duplicates/{other}/dismissal"
    cast.rita.put(path, {}, expect=403)
    cast.cleo.put(path, {}, expect=404)
    ben.put(f"candidates/{sam}/duplicates/{sam}/dismissal", {}, expect=422)
    ben.get(f"candidates/{uuid.uuid4()}/duplicates", expect=404)
    ben.get(f"candidates/{sam}/duplicates?x=1", expect=422)
    ben.delete(f"candidates/{other}")
    ben.put(path, {}, expect=410)


# ------------------------------------------------------------------------------------- the rules


def test_names_that_are_near() -> None:
    near = [
        ("Sam Porter", "sam porter"),
        ("José Núñez", "Jose Nunez"),
        ("Porter, Sam", "Sam Porter"),
        ("Maria Nowak", "Mario Nowak"),
        ("山田太郎", "山田太郎"),
    ]
    far = [("Sam Porter", "Ann Porter"), ("Li Wu", "Li Wei"), ("Sam", ""), ("", "")]
    assert [pair for pair in near if not names_near(*pair)] == []
    assert [pair for pair in far if names_near(*pair)] == []


def test_a_name_alone_is_nobodys_and_short_ids_and_mailboxes_say_nothing() -> None:
    one = Profile("Sam Porter", "Boston", frozenset({"me@a.example"}))
    assert reasons(one, one._replace(location="Bonn", addresses=frozenset({"me@b.example"}))) == ()
    assert reasons(one, one._replace(full_name="Ann Lee", addresses=frozenset())) == ()
    short = [frozenset({Name(source, "candidate", "17")}) for source in ("a", "b")]
    own, other = (Profile("", None, external_ids=names) for names in short)
    assert reasons(own, other) == ()


def test_what_is_shared_speaks_for_it_whoever_is_asked_of() -> None:
    one = Profile("Sam Porter", "Boston", frozenset({"sam.p@a.example"}), frozenset({"+1"}))
    other = Profile("Sam Portr", "boston", frozenset({"sam.p@b.example"}), frozenset({"+1"}))
    kinds = [reason.kind for reason in reasons(one, other)]
    assert kinds == ["phone", "name", "mailbox", "location"]
    assert kinds == [reason.kind for reason in reasons(other, one)]
    assert strength(reasons(one, other)) > strength(reasons(one, other)[:1])
