"""The story that the product must make true, told over HTTP with its dates of 2018 and 2019."""

from typing import Any

import pytest

from tests.cast import Cast, Json, Person
from tests.openings import copied

AS_OF = "2019-05-13T09:00:00Z"
ADVICE = [
    ("Two solid semesters of grades", "academics", 3),
    ("A job with customers: call center, restaurant or retail", "customer-facing", 3),
    ("Join a student club", "leadership", 2),
]
# day, numbers of the advice that it names, (kind, title, number of the advice, quote)
LETTERS: list[tuple[str, list[int], tuple[str, str, int | None, str]]] = [
    ("2018-10-25", [2], ("job", "Greeter at a steakhouse", 2, "I started as a greeter")),
    ("2018-11-26", [2], ("promotion", "Waiter", 2, "They made me a waiter")),
    ("2019-01-07", [1], ("grade", "Dean's List", 1, "I can send you the report card")),
    ("2019-02-11", [3], ("association", "Marketing club", 3, "I am running for an office")),
    ("2019-03-11", [2], ("award", "Employee of the month", 2, "Employee of the month!")),
    ("2019-04-08", [], ("book", "A book about selling", None, "I read it in a week")),
]


@copied
def internship(ben: Person, **fields: Any) -> str:
    """The position that turns him down and later hires him."""
    body = {
        "starts_on": "2019-05-27",
        "department": "Sales",
        "requirements": [
            {"competency": "customer-facing", "min_level": 3, "kind": "must_have", "weight": 2},
            {"competency": "academics", "min_level": 3, "kind": "nice_to_have", "weight": 1},
            {"competency": "leadership", "min_level": 2, "kind": "nice_to_have", "weight": 1},
        ],
        **fields,
    }
    return ben.position("Summer sales internship", **body)


@copied
def turned_down(ben: Person, position: str, **candidate: Any) -> tuple[str, str, list[Json]]:
    """A candidate who applied, was rejected and given three pieces of advice."""
    student = ben.candidate(**candidate)
    application = ben.application(student, position)
    ben.reject(
        application,
        advice=[
            {"text": text, "competency": competency, "target_level": level}
            for text, competency, level in ADVICE
        ],
    )
    given = ben.get(f"candidates/{student}/advice")["items"]
    return student, application, sorted(given, key=lambda row: row["number"])


@copied
def write_letters(ben: Person, student: str, given: list[Json]) -> list[Json]:
    """The six follow-ups of the worked example."""
    sent = []
    for day, numbers, (kind, title, about, quote) in LETTERS:
        milestone = {"kind": kind, "title": title, "quote": quote}
        if about is not None:
            milestone["advice_id"] = given[about - 1]["id"]
        sent.append(
            ben.follow_up(
                student,
                f"{day}T15:00:00Z",
                advice_ids=[given[number - 1]["id"] for number in numbers],
                milestones=[milestone],
            )
        )
    return sent


def test_who_kept_in_touch_is_first_and_is_hired_for_the_same_position(cast: Cast) -> None:
    ben = cast.ben
    position = internship(ben)
    ben.post(f"positions/{position}/open", {"effective_at": "2018-09-01T08:00:00Z"}, expect=200)
    intern = ben.candidate("Max Mustermann")
    hired = ben.application(intern, position)
    ben.post(f"applications/{hired}/hire", {"hired_at": "2018-10-05T10:00:00Z"}, expect=200)
    student, application, given = turned_down(ben, position, name="Sam Porter")
    write_letters(ben, student, given)
    somebody, _, advice = turned_down(ben, position, name="One Mail")
    ben.follow_up(somebody, "2018-10-25T15:00:00Z", advice_ids=[advice[0]["id"]])

    lost = ben.post(
        f"applications/{hired}/withdraw",
        {"withdrawn_at": AS_OF, "reason": "Another offer"},
        expect=200,
    )
    assert lost["shortlist_id"] is None, "an event of years ago makes no list"
    assert ben.get(f"positions/{position}")["status"] == "open"

    shortlist = ben.post(f"positions/{position}/shortlists", {"as_of": AS_OF})
    first = shortlist["entries"][0]
    assert (first["candidate"]["id"], first["candidate"]["full_name"]) == (student, "Sam Porter")
    assert first["rank"] == 1
    assert first["persistence"] == pytest.approx(0.397194, abs=5e-7)
    assert first["match"] == pytest.approx(sum(f["contribution"] for f in first["factors"]))
    for text, _, _ in ADVICE:
        assert text in first["explanation"]
    assert "kept 3 pieces of advice" in first["explanation"]
    assert {claim["competency"] for claim in first["claimed"]} == {
        "customer-facing",
        "academics",
        "leadership",
    }
    score = ben.get(f"candidates/{student}/persistence", params={"as_of": AS_OF})
    assert score["momentum"] == pytest.approx(37.394130, abs=5e-7)
    assert score["best_so_far"] == pytest.approx(0.639994, abs=5e-7)
    assert score["consistency"] == pytest.approx(0.620621, abs=5e-7)

    decided = ben.post(
        f"shortlists/{shortlist['id']}/entries/{student}/decision",
        {"decision": "invited", "reason": "Did everything we asked"},
        expect=200,
    )
    assert decided["decision"]["decision"] == "invited"
    again = ben.post(
        f"applications/{application}/hire", {"hired_at": "2019-05-13T15:00:00Z"}, expect=200
    )
    assert again["status"] == "hired"
    openings = ben.get(f"positions/{position}/openings")["items"]
    assert [(seat["status"], seat["application_id"]) for seat in openings] == [
        ("filled", application)
    ]
    ben.post(f"applications/{application}/hire", {}, expect=409)


def test_a_seat_that_is_lost_today_makes_its_list_by_itself(cast: Cast) -> None:
    ben = cast.ben
    position = internship(ben, starts_on=None)
    opened = ben.post(f"positions/{position}/open", expect=200)
    assert ben.get(f"shortlists/{opened['shortlist_id']}")["trigger"] == "position_opened"
    hired = ben.application(ben.candidate("Max Mustermann"), position)
    ben.post(f"applications/{hired}/hire", expect=200)
    assert ben.get(f"positions/{position}")["status"] == "filled"
    student, _, given = turned_down(ben, position, name="Sam Porter")
    write_letters(ben, student, given)

    lost = ben.post(f"applications/{hired}/withdraw", {"reason": "Another offer"}, expect=200)

    shortlist = ben.get(f"shortlists/{lost['shortlist_id']}")
    assert shortlist["trigger"] == "hire_withdrew"
    assert [entry["candidate"]["full_name"] for entry in shortlist["entries"]] == ["Sam Porter"]
    assert ben.get(f"positions/{position}")["status"] == "open"


def test_everybody_stands_where_the_rules_put_them_and_coverage_adds_up(cast: Cast) -> None:
    ben = cast.ben
    position = internship(ben)

    def rejected(name: str, *, level: int | None = 4, **fields: Any) -> str:
        known = (
            []
            if level is None
            else [{"competency": "customer-facing", "level": level, "source": "assessed"}]
        )
        student = ben.candidate(name, competencies=known)
        applied = ben.application(student, position, applied_at="2017-01-15T09:00:00Z")
        ben.reject(applied, **fields)
        return student

    faithful, _, given = turned_down(ben, position, name="Faithful")
    write_letters(ben, faithful, given)
    flood = rejected("Forty mails in eleven days")
    mails = (divmod(9 + 6 * mail, 24) for mail in range(40))
    ben.follow_ups(
        flood,
        *({"occurred_at": f"2019-05-{1 + day:02d}T{hour:02d}:00:00Z"} for day, hour in mails),
    )
    once = rejected("One mail long ago")
    ben.follow_up(once, "2018-10-25T15:00:00Z")
    robot = rejected("A robot's monthly mail", rejected_at="2017-05-02T12:00:00Z")
    months = (divmod(month + 5, 12) for month in range(24))
    ben.follow_ups(
        robot,
        *({"occurred_at": f"{2017 + year}-{index + 1:02d}-03T08:00:00Z"} for year, index in months),
    )
    silent = rejected("Silent with perfect fit", level=5)
    refused = rejected("Refused", keep_in_touch={"granted": False})
    ben.follow_up(refused, "2019-04-01T12:00:00Z")
    unknown = rejected("Nobody assessed", level=None)
    ben.follow_up(unknown, "2019-04-01T12:00:00Z")
    below = rejected("Below the must-have", level=1)
    ben.follow_up(below, "2019-04-01T12:00:00Z")
    stranger = ben.candidate("Never applied")

    made = ben.post(f"positions/{position}/shortlists", {"as_of": AS_OF})

    standing = {
        section: [entry["candidate"]["id"] for entry in made[section]]
        for section in ("entries", "to_check", "quiet")
    }
    assert standing["entries"][:2] == [faithful, robot]
    assert set(standing["entries"]) == {faithful, robot, flood, once}
    assert standing["to_check"] == [unknown]
    assert made["to_check"][0]["unknown"][0]["gate"] == "must_have:customer-facing"
    assert standing["quiet"] == [silent]
    persistence = {entry["candidate"]["id"]: entry["persistence"] for entry in made["entries"]}
    assert persistence[flood] == pytest.approx(0.032452, abs=5e-7)
    assert persistence[robot] == pytest.approx(0.28, abs=0.01)

    coverage = ben.get(f"shortlists/{made['id']}/coverage")
    assert coverage["excluded"] == {
        "consent": 1,
        "must_have:customer-facing": 1,
        "no_standing_rejection": 1,
    }
    assert coverage["considered"] == 9
    sections = coverage["entries"] + coverage["to_check"] + coverage["quiet"]
    assert sections + sum(coverage["excluded"].values()) == coverage["considered"]
    assert ben.get(f"positions/{position}/candidates/{stranger}/match")["failed_gate"] == (
        "no_standing_rejection"
    )
    assert ben.get(f"positions/{position}/candidates/{refused}/match")["failed_gate"] == "consent"


def test_what_is_learned_later_changes_a_new_run_and_never_the_old_list(cast: Cast) -> None:
    ben = cast.ben
    position = internship(ben, requirements=[])
    steady, _, given = turned_down(ben, position, name="Steady")
    write_letters(ben, steady, given)
    other, _, _ = turned_down(ben, position, name="Other")
    ben.follow_up(other, "2019-05-02T10:00:00Z")
    third, _, _ = turned_down(ben, position, name="Third")
    ben.follow_up(third, "2019-04-30T10:00:00Z")
    made = ben.post(f"positions/{position}/shortlists", {"as_of": AS_OF})
    assert [entry["candidate"]["full_name"] for entry in made["entries"]] == [
        "Steady",
        "Other",
        "Third",
    ]

    late = ben.follow_up(
        third,
        "2019-04-29T10:00:00Z",
        milestones=[{"kind": "job", "title": "Call center", "quote": "I start on Monday"}],
    )

    replayed = ben.post(f"shortlists/{made['id']}/replay", expect=200)
    assert replayed["identical"] is True
    assert replayed["differences"] == []
    rerun = ben.post(f"shortlists/{made['id']}/replay", {"known_at": "now"}, expect=200)
    assert rerun["identical"] is False
    moved = {each["candidate_id"]: each for each in rerun["differences"]}
    assert (moved[third]["before"]["rank"], moved[third]["after"]["rank"]) == (3, 2)
    assert (moved[other]["before"]["rank"], moved[other]["after"]["rank"]) == (2, 3)
    assert late["id"] in {each["subject_id"] for each in moved[third]["learned"]}
    score = ben.get(f"candidates/{third}/persistence", params={"as_of": AS_OF})
    assert [period["credit"] for period in score["periods"]] == [pytest.approx(0.6)]


def test_a_refuted_milestone_leaves_the_old_list_as_it_was(cast: Cast) -> None:
    ben = cast.ben
    position = internship(ben)
    student, _, given = turned_down(ben, position, name="Sam Porter")
    sent = write_letters(ben, student, given)
    made = ben.post(f"positions/{position}/shortlists", {"as_of": AS_OF})

    award = sent[4]["milestones"][0]["id"]
    ben.patch(f"milestones/{award}", {"status": "refuted"})

    assert ben.post(f"shortlists/{made['id']}/replay", expect=200)["identical"] is True
    rerun = ben.post(f"shortlists/{made['id']}/replay", {"known_at": "now"}, expect=200)
    assert rerun["identical"] is False
    assert "persistence" in rerun["differences"][0]["changed"]
    assert award in {each["subject_id"] for each in rerun["differences"][0]["learned"]}
    assert ben.get(f"shortlists/{made['id']}")["entries"][0]["persistence"] == pytest.approx(
        0.397194, abs=5e-7
    )
