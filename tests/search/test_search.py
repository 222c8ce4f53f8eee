"""GET /v1/candidates?q=: people are found by what is written of them."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import text

from app.candidates import queries
from app.core.database import Database, Mode
from app.search.actions import forget_person
from app.search.jobs import index_everyone
from app.search.queries import asking, finding
from tests.cast import Cast, Json, Person
from tests.openings import copied
from tests.stores import on_one_store


def found(person: Person, q: str, **params: object) -> list[str]:
    """Return the names that are found, the best first."""
    items = person.get("candidates", params={"q": q, **params})["items"]
    return [item["full_name"] for item in items]


def shown(item: Json) -> list[tuple[str, str]]:
    """Return (field, snippet) of each hit, what was looked for in brackets."""
    return [
        (
            hit["field"],
            "".join(f"[{one['text']}]" if one["hit"] else one["text"] for one in hit["snippet"]),
        )
        for hit in item["hits"]
    ]


@copied
def rejected(ben: Person, name: str, advice: Sequence[str], **fields: object) -> tuple[str, str]:
    """Create somebody who was turned down with advice; return candidate and application."""
    candidate = ben.candidate(name, **fields)
    application = ben.application(candidate, ben.position())
    ben.reject(application, advice=[{"text": each} for each in advice])
    return candidate, application


def test_the_better_the_place_the_higher_then_the_newest_first(cast: Cast) -> None:
    ben = cast.ben
    wrote = ben.candidate("Wrote of it")
    ben.follow_up(wrote, "2019-01-07T15:00:00Z", body="I read Sterling's book on sales.")
    ben.follow_up(wrote, "2019-02-07T15:00:00Z", subject="Sterling again")
    lately = ben.candidate("Wrote of it lately")
    ben.follow_up(
        lately, "2019-03-07T15:00:00Z", milestones=[{"kind": "book", "title": "Sterling"}]
    )
    rejected(ben, "Was told", ["Read Sterling."])
    ben.candidate("Has the tag", tags=["sterling silver"])
    ben.candidate("Has the address", emails=[{"address": "x@sterling.example"}])
    ben.candidate("Lives there", location="Sterling, Virginia")
    ben.candidate("Ann Sterling")
    ben.candidate("Bob Sterling")
    ben.candidate("Misspelt Sterlink")
    everybody = [
        *("Bob Sterling", "Ann Sterling", "Lives there", "Has the address", "Has the tag"),
        *("Was told", "Wrote of it lately", "Wrote of it", "Misspelt Sterlink"),
    ]
    answer = ben.get("candidates", params={"q": "STERLING"})
    assert [item["full_name"] for item in answer["items"]] == everybody
    assert answer["next_cursor"] is None
    assert [shown(item) for item in answer["items"]] == [
        [("full_name", "Bob [Sterling]")],
        [("full_name", "Ann [Sterling]")],
        [("location", "[Sterling], Virginia")],
        [("email", "x@[sterling].example")],
        [("tag", "[sterling] silver")],
        [("advice", "Read [Sterling].")],
        [("follow_up", "[Sterling]")],
        [("follow_up", "[Sterling] again"), ("follow_up", "I read [Sterling]'s book on sales.")],
        [("full_name", "Misspelt [Sterlink]")],
    ]
    assert ben.get("candidates")["items"][0]["hits"] is None
    assert cast.cleo.get("candidates", params={"q": "sterling"})["items"] == []


@pytest.mark.parametrize(("newest", "alike"), [(1, 0), (8, 2000)])
def test_pages_lose_nobody_and_show_nobody_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, newest: int, alike: int
) -> None:
    monkeypatch.setattr(finding, "NEWEST", newest)
    monkeypatch.setattr(asking, "MOST_ALIKE", alike)
    ben = cast.ben
    writers = [ben.candidate(f"Writer {number}") for number in range(3)]
    for number, writer in enumerate(writers):
        for month in (1, 2):
            ben.follow_up(writer, f"2019-0{month}-0{number + 1}T15:00:00Z", body="A steakhouse.")
    ben.follow_up(writers[2], "2019-03-01T15:00:00Z", body="Of something else.")
    ben.candidate("Steakhouse Owner")
    names, texts, cursor = [], [], None
    for _ in range(5):
        params = {"q": "steakhouse", "limit": 1} | ({"cursor": cursor} if cursor else {})
        answer = ben.call("GET", "candidates", params=params)
        page = answer.json()
        names += [item["full_name"] for item in page["items"]]
        texts += [len(item["hits"]) for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert 'rel="next"' in answer.headers["Link"]
    assert names == ["Steakhouse Owner", "Writer 2", "Writer 1", "Writer 0"]
    assert texts == [1, 2, 2, 2]


@pytest.mark.parametrize("few", [0, 200])
def test_filters_combine_with_words_however_many_pass_them(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(queries, "FEW", few)
    ben = cast.ben
    ben.candidate("Other Steakhouse")
    owner, misspelt = (
        ben.candidate(name, tags=["keen"]) for name in ("Steakhouse Owner", "Steakhous Guest")
    )
    for month in (1, 2):
        body = f"A steakhouse in month {month}."
        ben.follow_up(misspelt, f"2019-0{month}-01T15:00:00Z", body=body)
    first = ben.get("candidates", params={"q": "steakhouse", "tag": "keen", "limit": 1})
    assert [one["id"] for one in first["items"]] == [owner]
    params = {"q": "steakhouse", "tag": "keen", "limit": 1, "cursor": first["next_cursor"]}
    second = ben.get("candidates", params=params)
    assert [one["id"] for one in second["items"]] == [misspelt]
    assert [text for _, text in shown(second["items"][0])] == [
        "A [steakhouse] in month 2.",
        "A [steakhouse] in month 1.",
    ]
    assert second["next_cursor"] is None
    assert found(ben, "steakhouxe", tag="keen") == ["Steakhouse Owner"]
    assert found(ben, "steakhouse", tag="none") == []


def test_names_of_any_script_are_found_however_they_are_typed(cast: Cast) -> None:
    names = ("Zoë Müller", "Łukasz Żółć", "李小龙", "김민준", "Οδυσσέας Ελύτης")
    for name in (*names, "Seán O'Brien", "محمّد علي"):
        cast.ben.candidate(name)
    asked = {
        "muller": "Zoë Müller",
        "Zoe Mül": "Zoë Müller",
        "zolc lukasz": "Łukasz Żółć",
        "小龙": "李小龙",
        "李": "李小龙",
        "龙": "李小龙",
        "민준": "김민준",
        "ελυτης": "Οδυσσέας Ελύτης",
        "obrien": "Seán O'Brien",
        "O’Brian": "Seán O'Brien",
        "Muelelr": None,
        "Mulelr": "Zoë Müller",
        "محمد": "محمّد علي",
        "龍": None,
    }
    told = {q: found(cast.ben, q) for q in asked}
    assert told == {q: [] if name is None else [name] for q, name in asked.items()}


def test_what_changes_is_found_as_it_is_now(cast: Cast) -> None:
    ben = cast.ben
    sam, application = rejected(ben, "Sam Porter", ["Join a choir."], tags=["tenor"])
    letter = ben.follow_up(sam, "2019-01-07T15:00:00Z", body="I sing in the opera.")
    assert found(ben, "porter opera") == ["Sam Porter"]
    assert found(ben, "porter choir") == ["Sam Porter"]

    ben.patch(f"candidates/{sam}", {"full_name": "Sam Carrier", "tags": ["baritone"]})
    assert [found(ben, q) for q in ("porter", "tenor", "porter opera")] == [[], [], []]
    assert found(ben, "carrier choir") == found(ben, "carrier opera") == ["Sam Carrier"]
    assert found(ben, "baritone") == ["Sam Carrier"]

    ben.patch(f"follow-ups/{letter['id']}", {"body": "I sing in the chorus."})
    assert found(ben, "opera") == []
    other = ben.candidate("Kim Other")
    ben.post(f"follow-ups/{letter['id']}/reassign", {"candidate_id": other}, expect=200)
    assert found(ben, "chorus") == ["Kim Other"]
    ben.post(f"follow-ups/{letter['id']}/milestones", {"kind": "award", "title": "Golden larynx"})
    assert found(ben, "larynx") == ["Kim Other"]
    ben.delete(f"follow-ups/{letter['id']}")
    assert found(ben, "chorus") == found(ben, "larynx") == []

    advice = ben.get(f"candidates/{sam}/advice")["items"][0]["id"]
    ben.patch(f"advice/{advice}", {"text": "Join a band."})
    assert found(ben, "choir") == []
    assert found(ben, "band") == ["Sam Carrier"]
    ben.post(f"applications/{application}/unreject", {}, expect=200)
    assert found(ben, "band") == []


def test_who_is_forgotten_is_found_by_nothing(cast: Cast, database: Database) -> None:
    sam, _ = rejected(cast.ben, "Sam Porter", ["Join a choir."])
    cast.ben.follow_up(sam, "2019-01-07T15:00:00Z", body="I sing.")
    cast.ben.delete(f"candidates/{sam}", params={"reason": "erased"})
    assert [found(cast.ben, q) for q in ("porter", "choir", "sing")] == [[], [], []]
    if database.is_sqlite:
        mark = cast.ben.organization_id.hex[-5:]
        with database.transaction(Mode.READ, cast.ben.organization_id) as session:
            left = session.execute(
                text("SELECT rowid FROM search_index WHERE search_index MATCH :words"),
                {"words": f'"{mark}nporter" OR "{mark}xnpor" OR "{mark}vchoir" OR "{mark}fsing"'},
            ).all()
        assert left == []


def test_everybody_can_be_indexed_anew(cast: Cast, database: Database) -> None:
    ben = cast.ben
    sam, _ = rejected(ben, "Sam Porter", ["Join a choir."], tags=["tenor"], location="Bern")
    milestone = {"kind": "book", "title": "Opera"}
    ben.follow_up(sam, "2019-01-07T15:00:00Z", body="I sing.", milestones=[milestone])
    with database.transaction(Mode.WRITE, ben.organization_id) as session:
        forget_person(session, UUID(sam))
    asked = ("sam", "choir", "tenor", "bern", "sing", "opera")
    assert [found(ben, q) for q in asked] == [[]] * 6
    for _ in range(2):
        assert list(index_everyone(database, ben.organization_id)) == [1]
        assert [found(ben, q) for q in asked] == [["Sam Porter"]] * 6


@on_one_store
@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"q": "!!!"}, "?q"),
        ({"q": "a b c d e f g h i j k l m"}, "?q"),
        ({"q": "sam", "sort": "-id"}, "?sort"),
        ({"q": "sam", "cursor": "WyJ4Il0"}, "?cursor"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(
    cast: Cast, params: dict[str, str], pointer: str
) -> None:
    answer = cast.ben.get("candidates", expect=422, params=params)
    assert [error["pointer"] for error in answer["errors"]] == [pointer]


def test_what_looks_like_a_query_language_is_words(cast: Cast) -> None:
    cast.ben.candidate("Robert Tables")
    for q in ("Robert'); DROP TABLE tables", 'tables" OR "', "tables:* & !robert", "NOT tables"):
        assert found(cast.ben, q) in ([], ["Robert Tables"])
    assert found(cast.ben, "tables' robert") == ["Robert Tables"]
