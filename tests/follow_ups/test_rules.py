from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.follow_ups.rules.dating import BELIEVED, Dating, date_fault, dated
from app.follow_ups.rules.drafts import (
    FollowUpDraft,
    MilestoneDraft,
    addressed,
    draft_faults,
)
from app.follow_ups.rules.histories import StatusTold, restated, with_status
from app.follow_ups.rules.timeline import EXCERPT, excerpt, joined

RECEIVED = datetime(2019, 5, 13, 9, tzinfo=UTC)
OLD = RECEIVED - BELIEVED - timedelta(seconds=1)
HOURS = st.integers(0, 50).map(lambda hours: RECEIVED + timedelta(hours=hours))
STATUSES = st.sampled_from(["reported", "confirmed", "refuted"])
HISTORIES = st.lists(
    st.builds(StatusTold, HOURS, STATUSES), min_size=1, unique_by=lambda one: one.at
).map(sorted)


@pytest.mark.parametrize(
    ("told", "dating", "expected"),
    [
        (None, "live", (RECEIVED, "live")),
        (RECEIVED, "trusted", (RECEIVED, "live")),
        (RECEIVED + timedelta(minutes=4), "live", (RECEIVED, "live")),
        (RECEIVED - BELIEVED, "live", (RECEIVED - BELIEVED, "live")),
        (RECEIVED - BELIEVED, "trusted", (RECEIVED - BELIEVED, "live")),
        (OLD, "live", (RECEIVED, "live")),
        (OLD, "trusted", (OLD, "trusted")),
    ],
)
def test_a_date_is_believed_for_48_hours_and_older_ones_on_somebodys_word(
    told: datetime | None, dating: Dating, expected: tuple[datetime, str]
) -> None:
    assert dated(told, RECEIVED, dating) == expected


def test_five_minutes_after_the_receipt_are_borne_and_no_more() -> None:
    grace = timedelta(minutes=5)
    assert date_fault(RECEIVED + grace, RECEIVED) is None
    assert date_fault(RECEIVED + grace + timedelta(microseconds=1), RECEIVED) is not None
    assert date_fault(None, RECEIVED) is None


def test_a_milestone_that_answers_advice_addresses_it() -> None:
    one, other = uuid4(), uuid4()
    drafts = [MilestoneDraft("job", "Waiter", advice_id=other), MilestoneDraft("book", "Sales")]
    assert addressed([one], drafts) == {one, other}
    assert addressed([], [None, other]) == {other}
    assert addressed([], []) == frozenset()


def test_everything_wrong_with_a_draft_is_said_at_once() -> None:
    own, foreign = uuid4(), uuid4()
    draft = FollowUpDraft(
        channel="email",
        occurred_at=RECEIVED + timedelta(days=1),
        advice_ids=[own, foreign],
        milestones=[
            MilestoneDraft("job", "Waiter", advice_id=own, achieved_on=date(2019, 5, 13)),
            MilestoneDraft("job", "Greeter", advice_id=foreign, achieved_on=date(2019, 6, 1)),
        ],
    )
    found = [pointer for pointer, _ in draft_faults(draft, RECEIVED, {own})]
    assert found == [
        "/occurred_at",
        "/advice_ids/1",
        "/milestones/1/advice_id",
        "/milestones/1/achieved_on",
    ]


def test_a_day_that_has_begun_somewhere_is_not_in_the_future() -> None:
    evening = datetime(2019, 5, 13, 11, tzinfo=UTC)
    tomorrow = FollowUpDraft("email", milestones=[MilestoneDraft("job", "W", date(2019, 5, 14))])
    assert draft_faults(tomorrow, evening, set()) == []
    assert draft_faults(tomorrow, evening - timedelta(hours=2), set()) != []


@given(HISTORIES, st.lists(HOURS))
def test_a_history_told_at_more_instants_says_the_same(
    history: list[StatusTold], instants: list[datetime]
) -> None:
    longer = restated(history, instants)
    assert {one.at for one in longer} == {*instants, *(one.at for one in history)}
    for one in longer:
        before = [old.status for old in history if old.at <= one.at]
        assert one.status == (before[-1] if before else history[0].status)


@given(HISTORIES, HOURS, STATUSES)
def test_a_status_told_late_holds_until_the_next_one_told(
    history: list[StatusTold], at: datetime, status: str
) -> None:
    changed = with_status(history, StatusTold(at, status))
    assert changed == sorted(changed)
    assert StatusTold(at, status) in changed
    assert [one for one in changed if one.at < at] == [
        one
        for before, one in zip([None, *history], history, strict=False)
        if one.at < at and (before is None or before.status != one.status)
    ]


def test_a_repeated_status_does_not_end_one_told_late() -> None:
    day = timedelta(days=1)
    history = [StatusTold(RECEIVED, "reported"), StatusTold(RECEIVED + 2 * day, "reported")]
    changed = with_status(history, StatusTold(RECEIVED + day, "confirmed"))
    assert restated(changed, [one.at for one in history])[-1].status == "confirmed"


def test_an_excerpt_is_one_line_and_ends_in_time() -> None:
    assert excerpt(None) is None
    assert excerpt(" \n ") is None
    assert excerpt("a\n\nb") == "a b"
    assert excerpt("x" * EXCERPT) == "x" * EXCERPT
    long = excerpt("word " * EXCERPT)
    assert long is not None
    assert len(long) <= EXCERPT
    assert long.endswith("…")
    assert joined(None, "a", "", "b") == "a · b"
    assert joined(None, "") is None
