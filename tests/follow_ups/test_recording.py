from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.cast import Cast, changes_of
from tests.follow_ups.story import student
from tests.stores import on_one_store, usually_on_one_store

AT = "2019-01-07T15:00:00Z"


def test_a_follow_up_is_recorded_and_read_back(cast: Cast) -> None:
    who = student(cast.ben)
    body = {
        "occurred_at": "2019-01-07T16:00:00+01:00",
        "direction": "inbound",
        "channel": "email",
        "subject": "Dean's List",
        "body": "I can send you the report card.\nSam",
        "advice_ids": [who.advice[0], who.advice[0]],
        "milestones": [
            {
                "kind": "award",
                "title": "Dean's List",
                "achieved_on": "2018-12-20",
                "advice_id": who.advice[2],
                "quote": "I made the Dean's List",
                "evidence_url": "https://example.com/report.pdf",
            }
        ],
        "external_ids": [{"source": "greenhouse", "type": "note", "id": "7"}],
        "private_note": "He sounds happy.",
    }
    answer = cast.ben.call("POST", f"candidates/{who.id}/follow-ups", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["location"] == f"/v1/follow-ups/{made['id']}"
    assert answer.headers["etag"] == '"1"'
    assert made["candidate_id"] == who.id
    assert made["occurred_at"] == AT
    # A milestone linked to advice addresses it, named or not.
    assert made["advice_ids"] == sorted([who.advice[0], who.advice[2]])
    assert made["milestones"][0]["status"] == "reported"
    assert made["milestones"][0]["advice_id"] == who.advice[2]
    assert made["milestones"][0]["achieved_on"] == "2018-12-20"
    assert made["external_ids"] == body["external_ids"]
    assert made["dating"] == "trusted"
    assert made["automated"] is None
    assert made["captured_by_user_id"] == str(cast.ben.user_id)
    assert made["private_note"] == "He sounds happy."
    read = cast.rita.call("GET", f"follow-ups/{made['id']}")
    assert read.headers["etag"] == '"1"'
    assert read.json() == made
    milestone = cast.rita.get(f"milestones/{made['milestones'][0]['id']}")
    assert milestone == made["milestones"][0]


@usually_on_one_store
def test_all_that_must_be_said_is_the_channel(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    made = cast.ben.post(f"candidates/{candidate}/follow-ups", {"channel": "call"})
    assert made["direction"] == "inbound"
    assert made["dating"] == "live"
    assert made["occurred_at"] == made["received_at"]
    age = datetime.now(UTC) - datetime.fromisoformat(made["occurred_at"])
    assert timedelta(seconds=-5) < age < timedelta(minutes=1)
    assert made["advice_ids"] == made["milestones"] == made["attachments"] == []


@on_one_store
@pytest.mark.parametrize(
    "channel", ["email", "call", "voicemail", "letter", "meeting", "message", "form"]
)
def test_all_channels_are_equal(cast: Cast, channel: str) -> None:
    who = student(cast.ben)
    cast.ben.follow_up(who.id, AT, channel=channel)
    path = f"candidates/{who.id}/persistence?as_of=2019-05-13T09:00:00Z"
    assert cast.ben.get(path)["persistence"] == pytest.approx(0.3 * 0.620469 / 9.165795, abs=1e-6)


@usually_on_one_store
def test_within_48_hours_a_date_needs_nobodys_word(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    now = datetime.now(UTC)
    recent = cast.ben.follow_up(candidate, (now - timedelta(hours=47)).isoformat())
    old = cast.ben.follow_up(candidate, (now - timedelta(hours=49)).isoformat())
    assert (recent["dating"], old["dating"]) == ("live", "trusted")


@usually_on_one_store
def test_nothing_happens_after_its_receipt(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    soon = datetime.now(UTC) + timedelta(minutes=4)
    made = cast.ben.follow_up(candidate, soon.isoformat())
    assert made["occurred_at"] == made["received_at"]
    late = {
        "channel": "email",
        "occurred_at": (datetime.now(UTC) + timedelta(minutes=6)).isoformat(),
    }
    refused = cast.ben.post(f"candidates/{candidate}/follow-ups", late, expect=422)
    assert refused["errors"] == [{"pointer": "/occurred_at", "detail": "lies after its receipt"}]


@usually_on_one_store
def test_advice_and_milestones_are_checked_against_the_candidate(cast: Cast) -> None:
    who, other = student(cast.ben), student(cast.ben, "Olga")
    body = {
        "channel": "email",
        "advice_ids": [who.advice[0], other.advice[0]],
        "milestones": [
            {"kind": "job", "title": "Waiter", "advice_id": str(uuid4())},
            {"kind": "job", "title": "Waiter", "achieved_on": "2199-01-01"},
        ],
    }
    refused = cast.ben.post(f"candidates/{who.id}/follow-ups", body, expect=422)
    assert [error["pointer"] for error in refused["errors"]] == [
        "/advice_ids/1",
        "/milestones/0/advice_id",
        "/milestones/1/achieved_on",
    ]
    assert cast.ben.get(f"candidates/{who.id}/follow-ups")["items"] == []


UNREADABLE: list[tuple[str, object]] = [
    ("channel", "pigeon"),
    ("channel", None),
    ("direction", "sideways"),
    ("occurred_at", "2019-01-07"),
    ("body", "nul \x00"),
    ("advice_ids", ["x"]),
    ("advice_ids", None),
    ("milestones", [{"kind": "job"}]),
    ("milestones", [{"kind": "luck", "title": "x"}]),
    ("milestones", [{"kind": "job", "title": "x", "evidence_url": "javascript:1"}]),
    ("external_ids", [{"source": "a:b", "type": "c", "id": "d"}]),
    ("cadence", 1),
]


@on_one_store
def test_what_cannot_be_read_is_refused_where_it_stands(cast: Cast) -> None:
    path = f"candidates/{cast.ben.candidate()}/follow-ups"
    for field, value in UNREADABLE:
        body = {"channel": "email", "occurred_at": AT, field: value}
        refused = cast.ben.post(path, body, expect=422)
        assert refused["errors"][0]["pointer"].startswith(f"/{field}"), value
    assert cast.ben.get(path)["items"] == []


def test_an_external_id_is_given_once(cast: Cast) -> None:
    candidate, other = cast.ben.candidate(), cast.ben.candidate("Olga")
    name = {"source": "lever", "type": "feedback", "id": "1"}
    first = cast.ben.follow_up(candidate, AT, external_ids=[name])
    body = {"channel": "email", "external_ids": [name]}
    refused = cast.ben.post(f"candidates/{other}/follow-ups", body, expect=409)
    assert refused["existing_id"] == first["id"]
    assert cast.ben.get(f"candidates/{other}/follow-ups")["items"] == []


def test_who_may_record(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    path, body = f"candidates/{candidate}/follow-ups", {"channel": "email"}
    cast.rita.post(path, body, expect=403)
    cast.cleo.post(path, body, expect=404)
    cast.ben.post(f"candidates/{uuid4()}/follow-ups", body, expect=404)
    cast.cleo.get(path, expect=404)
    made = cast.ben.post(path, body)
    cast.cleo.get(f"follow-ups/{made['id']}", expect=404)
    cast.ben.get(f"follow-ups/{uuid4()}", expect=404)
    cast.ben.get(f"milestones/{uuid4()}", expect=404)


def test_the_list_goes_newest_first_page_by_page(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    assert cast.ben.get(f"candidates/{candidate}/follow-ups")["items"] == []
    made = [cast.ben.follow_up(candidate, f"2019-01-0{day}T15:00:00Z") for day in (3, 1, 2, 2, 2)]
    expected = sorted(made, key=lambda row: (row["occurred_at"], row["id"]), reverse=True)
    found, page, path = [], {}, f"/v1/candidates/{candidate}/follow-ups?limit=2"
    for size in (2, 2, 1):
        answer = cast.rita.call("GET", path)
        page = answer.json()
        assert len(page["items"]) == size
        found += page["items"]
        if page["next_cursor"]:
            path = answer.headers["link"].partition(">")[0].removeprefix("<")
    assert page["next_cursor"] is None
    assert found == expected
    other = cast.ben.candidate("Olga")
    cursor = cast.ben.get(f"candidates/{candidate}/follow-ups?limit=1")["next_cursor"]
    cast.ben.get(f"candidates/{other}/follow-ups?cursor={cursor}", expect=422)
    cast.ben.get(f"candidates/{candidate}/follow-ups?directon=inbound", expect=422)


@usually_on_one_store
def test_an_answer_is_awaited_from_the_first_unanswered_message(cast: Cast) -> None:
    candidate = cast.ben.candidate()

    def since() -> str | None:
        read = cast.ben.get(f"candidates/{candidate}")
        value: str | None = read["awaiting_reply_since"]
        return value

    assert since() is None
    version = cast.ben.get(f"candidates/{candidate}")["version"]
    first = cast.ben.follow_up(candidate, "2019-01-05T15:00:00Z")
    assert since() == "2019-01-05T15:00:00Z"
    assert cast.ben.get(f"candidates/{candidate}")["version"] == version + 1
    cast.ben.follow_up(candidate, "2019-01-08T15:00:00Z")
    assert since() == "2019-01-05T15:00:00Z"
    cast.ben.follow_up(candidate, "2019-01-01T15:00:00Z", automated="auto_reply")
    assert since() == "2019-01-05T15:00:00Z"
    # A machine's acknowledgement is no answer.
    cast.ben.follow_up(
        candidate, "2019-01-09T15:00:00Z", direction="outbound", automated="auto_reply"
    )
    assert since() == "2019-01-05T15:00:00Z"
    cast.ben.follow_up(candidate, "2019-01-06T15:00:00Z", direction="outbound")
    assert since() == "2019-01-08T15:00:00Z"
    reply = cast.ben.follow_up(candidate, "2019-01-10T15:00:00Z", direction="outbound")
    assert since() is None
    cast.ben.delete(f"follow-ups/{reply['id']}")
    assert since() == "2019-01-08T15:00:00Z"
    cast.ben.patch(f"follow-ups/{first['id']}", {"occurred_at": "2019-01-07T15:00:00Z"})
    assert since() == "2019-01-07T15:00:00Z"


def test_what_was_recorded_stands_in_the_audit_log_without_its_words(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    made = cast.ben.follow_up(candidate, AT, subject="Hush", body="A secret of mine")
    cast.ben.patch(f"follow-ups/{made['id']}", {"body": "Another secret", "channel": "letter"})
    rows = cast.ada.get(f"audit-log?subject_id={made['id']}")["items"]
    assert [row["action"] for row in rows] == ["follow_up.updated", "follow_up.recorded"]
    assert changes_of(rows[0]) == {"body": "changed", "channel": "letter"}
    assert "secret" not in str(rows)


@usually_on_one_store
def test_an_idempotency_key_records_once(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    sent = {"json": {"channel": "call"}, "headers": {"Idempotency-Key": "call-1"}}
    path = f"candidates/{candidate}/follow-ups"
    first, again = (cast.ben.call("POST", path, **sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(cast.ben.get(path)["items"]) == 1


def test_nothing_is_recorded_of_whom_we_forgot(cast: Cast) -> None:
    candidate = cast.ben.candidate()
    made = cast.ben.follow_up(candidate, AT, milestones=[{"kind": "job", "title": "Waiter"}])
    cast.ada.delete(f"candidates/{candidate}")
    for path in (f"candidates/{candidate}/follow-ups", f"candidates/{candidate}/timeline"):
        cast.ben.get(path, expect=410)
    cast.ben.post(f"candidates/{candidate}/follow-ups", {"channel": "call"}, expect=410)
    batch = {"items": [{"candidate": {"id": candidate}, "channel": "call"}]}
    found = cast.ben.post("follow-ups/batch", batch, expect=200)["items"][0]
    assert found["problem"]["errors"][0]["pointer"] == "/items/0/candidate/id"
    cast.ben.get(f"follow-ups/{made['id']}", expect=404)
    cast.ben.get(f"milestones/{made['milestones'][0]['id']}", expect=404)
    other = cast.ben.follow_up(cast.ben.candidate("Olga"), AT)
    cast.ben.post(f"follow-ups/{other['id']}/reassign", {"candidate_id": candidate}, expect=422)
