"""Requirements told twice, and what counts as news."""

from datetime import UTC, datetime, timedelta

from app.positions.rules import Wanted, is_news, requirement_faults

NOW = datetime(2019, 5, 13, 9, tzinfo=UTC)


def test_a_competency_is_asked_for_once() -> None:
    asked = [Wanted("sales", 2, "must_have"), Wanted("academics", 1, "nice_to_have")]
    assert requirement_faults(asked) == []
    faults = requirement_faults([*asked, Wanted("sales", 3, "nice_to_have")])
    assert [pointer for pointer, _ in faults] == ["/requirements/2/competency"]


def test_a_day_old_is_news() -> None:
    assert is_news(NOW - timedelta(hours=24), NOW)
    assert not is_news(NOW - timedelta(hours=24, microseconds=1), NOW)
