"""Raw messages as mail programs send them, and short ways to post them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from uuid import uuid4

import httpx

from tests.cast import Json, Person
from tests.openings import copied

SAM = "sam.porter@mail.example"
INTAKE = "intake@acme.example"
TEXT = "Dear Ada,\n\nI was promoted from greeter to waiter at the steakhouse last week.\n\nSam"


def ago(**span: float) -> datetime:
    """An instant before now, to the second."""
    return (datetime.now(UTC) - timedelta(**span)).replace(microsecond=0)


def new_message_id() -> str:
    return f"{uuid4().hex}@mail.example"


def letter(
    sender: str | None = f"Sam Porter <{SAM}>",
    to: str = "Ada <ada@acme.example>",
    *,
    subject: str = "Promoted",
    text: str = TEXT,
    sent: datetime | None = None,
    message_id: str | None = "",
    headers: Sequence[tuple[str, str]] = (),
) -> bytes:
    """A plain message. `message_id`: "" is a new one, None is none."""
    lines = [] if sender is None else [f"From: {sender}"]
    lines += [f"To: {to}", f"Subject: {subject}"]
    if sent is not None:
        lines.append(f"Date: {format_datetime(sent)}")
    if message_id is not None:
        lines.append(f"Message-ID: <{message_id or new_message_id()}>")
    lines += [f"{name}: {value}" for name, value in headers]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", text, ""]
    return "\r\n".join(lines).replace("\r\n", "\n").replace("\n", "\r\n").encode()


def forwarded_inline(
    written: datetime,
    *,
    sender: str = "Ben <ben@acme.example>",
    author: str = f"Sam Porter <{SAM}>",
    subject: str = "Promoted",
    text: str = TEXT,
    note: str = "Worth a look.",
    **fields: Any,
) -> bytes:
    """A message as Gmail forwards it: the date to the minute, in words, without an offset."""
    inner = (
        f"{note}\n\n---------- Forwarded message ---------\nFrom: {author}\n"
        f"Date: {written:%a, %b %d, %Y at %I:%M %p}\nSubject: {subject}\n"
        f"To: Ben <ben@acme.example>\n"
        f"\n\n{text}\n"
    )
    return letter(sender, INTAKE, subject=f"Fwd: {subject}", text=inner, **fields)


def forwarded_attached(original: bytes, *, note: str = "Please file.", **fields: Any) -> bytes:
    """A message with another one attached."""
    sender = fields.pop("sender", "Ben <ben@acme.example>")
    outer = letter(sender, INTAKE, subject="Fwd: Promoted", text="", **fields)
    head = outer.split(b"\r\n\r\n")[0].replace(
        b"Content-Type: text/plain; charset=utf-8", b'Content-Type: multipart/mixed; boundary="=b"'
    )
    return (
        head
        + f"\r\n\r\n--=b\r\nContent-Type: text/plain\r\n\r\n{note}\r\n".encode()
        + b"--=b\r\nContent-Type: message/rfc822\r\n\r\n"
        + original
        + b"\r\n--=b--\r\n"
    )


def send(person: Person, raw: bytes, **headers: str) -> httpx.Response:
    """Post a raw message."""
    given = {"Content-Type": "message/rfc822", **headers}
    return person.call("POST", "intake/email", content=raw, headers=given)


def post(person: Person, raw: bytes, expect: str = "follow_up") -> Json:
    """Post a raw message and return what became of it, which is as expected."""
    response = send(person, raw)
    assert response.status_code in {200, 201}, response.text
    found: Json = response.json()
    assert found["outcome"] == expect, found
    assert response.status_code == (201 if expect == "follow_up" else 200)
    return found


@copied
def sam(person: Person, address: str = SAM, **fields: Any) -> str:
    """A candidate who was turned down in 2018 and may keep in touch."""
    candidate = person.candidate(emails=[{"address": address}], **fields)
    person.reject(person.application(candidate, person.position()))
    return candidate


def follow_ups(person: Person, candidate: str) -> list[Json]:
    """A candidate's follow-ups, newest first."""
    items: list[Json] = person.get(f"candidates/{candidate}/follow-ups")["items"]
    return items


def score(person: Person, candidate: str) -> Json:
    """A candidate's keep-in-touch record."""
    return person.get(f"candidates/{candidate}/persistence")
