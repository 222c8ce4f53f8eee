import pytest

from tests.cast import Cast
from tests.follow_ups.story import AS_OF, WORKED, keep_in_touch, persistence, student
from tests.stores import usually_on_one_store


def test_the_worked_example_to_six_digits(cast: Cast) -> None:
    who = student(cast.ben)
    keep_in_touch(cast.ben, who)
    found = persistence(cast.ben, who.id)
    assert round(found["momentum"], 6) == 37.394130
    assert round(found["persistence"], 6) == 0.397194
    assert round(found["best_so_far"], 6) == 0.639994
    assert round(found["consistency"], 6) == 0.620621
    assert [round(row["credit"], 6) for row in found["periods"]] == [1, 1, 1, 1, 1, 0.6]
    assert [round(row["decay"], 6) for row in found["periods"]] == [
        *(0.468535, 0.529041, 0.620469, 0.708618, 0.788072, 0.876435)
    ]


@usually_on_one_store
def test_the_first_row_alone(cast: Cast) -> None:
    who = student(cast.ben)
    day, _ = WORKED[0]
    cast.ben.follow_up(
        who.id,
        f"{day}T15:00:00Z",
        advice_ids=[who.advice[0]],
        milestones=[{"kind": "job", "title": "Greeter"}],
    )
    assert round(persistence(cast.ben, who.id)["persistence"], 6) == 0.051118


@usually_on_one_store
def test_forty_mails_in_eleven_days_earn_one_credit(cast: Cast) -> None:
    who = student(cast.ben)
    items = [
        {
            "candidate": {"id": who.id},
            "channel": "email",
            "occurred_at": f"2019-05-{1 + (9 + 6 * n) // 24:02}T{(9 + 6 * n) % 24:02}:00:00Z",
        }
        for n in range(40)
    ]
    cast.ben.post("follow-ups/batch", {"items": items}, expect=200)
    found = persistence(cast.ben, who.id)
    assert [row["credit"] for row in found["periods"]] == [0.3]
    assert round(found["persistence"], 6) == 0.032452


@usually_on_one_store
@pytest.mark.parametrize(
    "fields",
    [
        {"automated": "auto_reply"},
        {"direction": "outbound"},
        {"direction": "outbound", "automated": "list"},
        {"occurred_at": "2018-10-04T15:59:59Z"},
    ],
    ids=["a machine's", "ours", "our machine's", "before the first rejection"],
)
def test_what_does_not_count_leaves_the_score_null(cast: Cast, fields: dict[str, str]) -> None:
    who = student(cast.ben)
    cast.ben.follow_up(
        who.id,
        "2019-04-08T15:00:00Z",
        advice_ids=who.advice,
        milestones=[{"kind": "job", "title": "Waiter", "advice_id": who.advice[1]}],
        **fields,
    )
    found = persistence(cast.ben, who.id)
    assert found["persistence"] is None
    assert found["periods"] == []


@usually_on_one_store
def test_a_follow_up_counts_from_the_rejection_on(cast: Cast) -> None:
    who = student(cast.ben)
    cast.ben.follow_up(who.id, "2018-10-04T16:00:00Z")
    assert [row["credit"] for row in persistence(cast.ben, who.id)["periods"]] == [0.3]


@usually_on_one_store
def test_without_a_rejection_nothing_counts_until_there_is_one(cast: Cast) -> None:
    candidate, position = cast.ben.candidate(), cast.ben.position()
    application = cast.ben.application(candidate, position)
    cast.ben.follow_up(candidate, "2018-11-26T15:00:00Z")
    assert persistence(cast.ben, candidate)["persistence"] is None
    cast.ben.reject(application)
    assert len(persistence(cast.ben, candidate)["periods"]) == 1


@usually_on_one_store
def test_advice_moves_by_what_the_candidate_does(cast: Cast) -> None:
    who = student(cast.ben)

    def states() -> list[str]:
        rows = cast.ben.get(f"candidates/{who.id}/advice")["items"]
        return [row["state"] for row in sorted(rows, key=lambda row: row["number"])]

    assert states() == ["open", "open", "open"]
    cast.ben.follow_up(who.id, "2018-11-26T15:00:00Z", advice_ids=[who.advice[0]])
    made = cast.ben.follow_up(
        who.id,
        "2019-01-07T15:00:00Z",
        milestones=[{"kind": "job", "title": "Greeter", "advice_id": who.advice[1]}],
    )
    assert states() == ["in_progress", "reported", "open"]
    milestone = made["milestones"][0]["id"]
    cast.ben.patch(f"milestones/{milestone}", {"status": "confirmed"})
    assert states() == ["in_progress", "confirmed", "open"]
    cast.ben.patch(f"milestones/{milestone}", {"status": "refuted"})
    assert states() == ["in_progress", "in_progress", "open"]
    cast.ben.delete(f"follow-ups/{made['id']}")
    assert states() == ["in_progress", "open", "open"]


def test_a_follow_up_counts_in_the_next_ranking(cast: Cast) -> None:
    who = student(cast.ben)
    path = f"positions/{who.position}/shortlists"
    before = cast.ben.post(path, {"as_of": AS_OF})
    assert [row["candidate"]["id"] for row in before["quiet"]] == [who.id]
    keep_in_touch(cast.ben, who)
    after = cast.ben.post(path, {"as_of": AS_OF})
    assert [round(row["persistence"], 6) for row in after["entries"]] == [0.397194]
