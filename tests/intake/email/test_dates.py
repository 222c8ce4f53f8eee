from datetime import UTC, datetime, timedelta

import pytest

from app.intake.email import occurred_at, read_message, same_moment, written_date
from tests.intake.email.crafted import message

RECEIVED = datetime(2019, 5, 13, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent_before", "dated_before"),
    [
        (timedelta(0), timedelta(0)),
        (timedelta(hours=1), timedelta(hours=1)),
        (timedelta(hours=48), timedelta(hours=48)),
        (timedelta(hours=48, seconds=1), timedelta(0)),
        (timedelta(days=400), timedelta(0)),
        (timedelta(minutes=-5), timedelta(0)),
        (timedelta(days=-3), timedelta(0)),
    ],
)
def test_live_mail_is_dated_by_its_receipt(sent_before: timedelta, dated_before: timedelta) -> None:
    assert occurred_at(RECEIVED - sent_before, RECEIVED) == RECEIVED - dated_before


def test_mail_without_a_date_is_dated_by_its_receipt() -> None:
    assert occurred_at(None, RECEIVED) == RECEIVED


@pytest.mark.parametrize(
    ("header", "sent_at"),
    [
        ("Mon, 13 May 2019 09:00:00 +0200", datetime(2019, 5, 13, 7, 0, tzinfo=UTC)),
        ("13 May 2019 09:00 EDT", datetime(2019, 5, 13, 13, 0, tzinfo=UTC)),
        ("Mon, 13 May 2019 09:00:00 -0000", datetime(2019, 5, 13, 9, 0, tzinfo=UTC)),
        ("Mon, 13 May 1919 09:00:00 +0000", None),
        ("Mon, 13 May 9999 09:00:00 +0000", None),
        ("Mon, 32 May 2019 09:00:00 +0000", None),
        ("Mon, 13 May 2019 09:00:00 +999999999", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_date_header(header: str, sent_at: datetime | None) -> None:
    raw = f"From: a@b.example\nDate: {header}\n\nHi".encode()

    assert read_message(raw).sent_at == sent_at


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("Mon, May 13, 2019 at 9:15 AM", (9, 15)),
        ("Monday, May 13, 2019 12:15 AM", (0, 15)),
        ("Monday, 13 May 2019 5:08 p.m.", (17, 8)),
        ("Mon, 13 May 2019 at 21:15", (21, 15)),
        ("Montag, 13. Mai 2019 09:15", (9, 15)),
        ("Mo., 13. Mai 2019 um 09:15 Uhr", (9, 15)),
        ("lundi 13 mai 2019 09:15", (9, 15)),
        ("lunes, 13 de mayo de 2019 9:15", (9, 15)),
        ("lunedì 13 maggio 2019 09:15", (9, 15)),
        ("segunda-feira, 13 de maio de 2019 09:15", (9, 15)),
        ("maandag 13 mei 2019 09:15", (9, 15)),
        ("poniedziałek, 13 maja 2019 09:15", (9, 15)),
        ("понедельник, 13 мая 2019 г. 9:15", (9, 15)),
        ("2019年5月13日 下午9:15", (21, 15)),
        ("2019年5月13日(星期一) 上午9:15", (9, 15)),
        ("2019年5月13日 9:15", (9, 15)),
        ("2019-05-13 09:15:30", (9, 15)),
        ("13.05.2019 09:15", (9, 15)),
        ("13/05/2019 09:15", (9, 15)),
        ("5/13/2019 9:15 PM", (21, 15)),
    ],
)
def test_a_written_date_without_an_offset_is_local(text: str, local: tuple[int, int]) -> None:
    sent_at, sent_local = written_date(text)

    assert sent_at is None
    assert sent_local is not None
    assert (sent_local.year, sent_local.month, sent_local.day) == (2019, 5, 13)
    assert (sent_local.hour, sent_local.minute) == local
    assert sent_local.tzinfo is None


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("13 May 2019 at 09:15:00 GMT+2", 7),
        ("13. Mai 2019 um 09:15:00 MESZ", 7),
        ("May 13, 2019 at 9:15:00 AM PDT", 16),
        ("Mon, 13 May 2019 09:15:00 +0200", 7),
        ("13 May 2019 09:15 UTC+02:00", 7),
        ("Mon, 13 May 2019 09:15:00 -0700 (PDT)", 16),
        ("2019-05-13T09:15:00Z", 9),
    ],
)
def test_a_written_date_with_an_offset_is_an_instant(text: str, hour: int) -> None:
    assert written_date(text) == (datetime(2019, 5, 13, hour, 15, tzinfo=UTC), None)


def test_a_numeric_date_is_settled_by_its_weekday() -> None:
    _, sunday = written_date("Sunday, 03/05/2020 10:00")
    _, tuesday = written_date("Tuesday, 03/05/2019 10:00")

    assert sunday == datetime(2020, 5, 3, 10, 0)  # noqa: DTZ001 - local time is the point
    assert tuesday == datetime(2019, 3, 5, 10, 0)  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "03/05/2019 10:00",
        "13 May 2019",
        "May 2019 10:00",
        "31 June 2019 10:00",
        "13 May 2019 25:00",
        "2019年13月13日 9:15",
        "last week",
        "",
    ],
)
def test_a_date_is_never_guessed(text: str) -> None:
    assert written_date(text) == (None, None)


def test_two_dates_are_one_moment_if_a_zone_may_lie_between_them() -> None:
    assert same_moment(RECEIVED, RECEIVED + timedelta(hours=14))
    assert same_moment(RECEIVED, None)
    assert not same_moment(RECEIVED, RECEIVED - timedelta(hours=16))


def test_the_message_keeps_its_own_date() -> None:
    read = read_message(message("Hi"))

    assert read.sent_at == datetime(2019, 5, 14, 6, 30, tzinfo=UTC)
