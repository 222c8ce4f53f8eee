"""Nothing a stranger sends may raise, or keep a worker busy."""

import time
from collections.abc import Callable
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.intake.email import ReceivedMessage, read_message
from app.intake.email.mime import MAX_TEXT
from tests.intake.email.crafted import message
from tests.intake.email.real import files
from tests.intake.email.test_forward import APPLE_HTML, ATTACHED, GMAIL, OUTLOOK_HTML, QQ

SECONDS = 0.7
"""Far above what each case takes (under 0.2), far below what backtracking would."""
REAL = [path.read_bytes() for path in files("cpython", "enmime", "sisimai")]
CRAFTED = [
    ATTACHED % b"",
    *(message(body, Subject="Fwd: x", html=body[0] == "<") for body in (GMAIL, QQ, APPLE_HTML)),
    message(OUTLOOK_HTML, html=True, Subject="FW: x"),
]
FRAGMENTS = [
    *(b"\x00", b"\xff", b"\r", b"\n", b"\r\n\r\n", b"=?utf-8?q?=ED=A0=80?=", b"=?x?b?////?="),
    *(
        b"Content-Type: multipart/mixed; boundary=",
        b"--",
        b"<blockquote>",
        b"&#55296;",
        b"\xed\xa0",
    ),
    *(b"Date: Mon, 99 May 20190 99:99:99 +9999\n", b'From: a:b@c;,<>"\\(\n', b"charset=punycode"),
    *(b"On 2019 wrote:\n", b"From: x\nDate: 1\nTo: x\n", b"Content-Transfer-Encoding: base64\n"),
]


def assert_clean(read: ReceivedMessage) -> None:
    texts = [read.subject, read.text, read.new_text, read.from_name, read.from_address or ""]
    texts += [read.message_id or "", read.in_reply_to or "", *read.references]
    texts += [part for a in read.attachments for part in (a.filename, a.content_type)]
    texts += [part for a in (*read.to, *read.cc, *read.reply_to) for part in (a.name, a.address)]
    inner = read.forwarded
    if inner is not None:
        texts += [inner.text, inner.new_text, inner.note, inner.subject, inner.from_name]
        texts += [inner.from_address or "", inner.message_id or ""]
        assert inner.sent_at is None or inner.sent_local is None
    for text in texts:
        assert "\x00" not in text
        text.encode("utf-8")
    assert len(read.text) <= MAX_TEXT
    assert read.sent_at is None or read.sent_at.tzinfo is UTC


@given(st.binary(max_size=2_000))
def test_random_bytes_are_read(raw: bytes) -> None:
    assert_clean(read_message(raw))


@given(st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=20), max_size=30))
def test_fragments_of_mail_are_read(pieces: list[bytes]) -> None:
    assert_clean(read_message(b"".join(pieces)))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(REAL + CRAFTED), st.data())
def test_mangled_messages_are_read(raw: bytes, data: st.DataObject) -> None:
    raw = raw[:20_000]
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(start, min(len(raw), start + 200)))
        raw = (
            raw[:start] + data.draw(st.sampled_from(FRAGMENTS) | st.binary(max_size=40)) + raw[end:]
        )

    assert_clean(read_message(raw))


def nested(depth: int) -> bytes:
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    )
    return opening + b"\ninnermost\n" + b"".join(b"--b%d--\n" % n for n in reversed(range(depth)))


def nested_messages(depth: int) -> bytes:
    return b"Content-Type: message/rfc822\n\n" * depth + b"Subject: x\n\ninnermost"


# Large enough that what takes the square of it does not end in time.
MANY = 100_000
HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one line": lambda: b"a" * 40 * MANY,
    "one header": lambda: b"Subject: " + b"a" * 40 * MANY,
    "line ends": lambda: b"\n" * 20 * MANY,
    "header lines": lambda: b"X: y\n" * (MANY // 5),
    "folded header": lambda: b"Subject: a\n" + b" b\n" * (MANY // 5),
    "nested parts": lambda: nested(1_000),
    "nested messages": lambda: nested_messages(1_000),
    "many parts": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * MANY,
    "almost boundaries": lambda: (
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bx\n" * (MANY // 5)
    ),
    "encoded words": lambda: b"Subject: " + b"=?utf-8?q?a?= " * (MANY // 10),
    "open encoded words": lambda: b"Subject: " + b"=?a?b?" * (MANY // 10),
    "parentheses": lambda: b"From: " + b"(" * (MANY // 10),
    "angle brackets": lambda: (
        b"From: " + b"<" * (MANY // 10) + b"\nReferences: " + b"<" * (MANY // 10)
    ),
    "semicolons": lambda: b"Content-Type: text/plain" + b'; a="' * (MANY // 5),
    "charset guesses": lambda: (
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + (b"--b\n\n" + bytes(range(128, 256)) * 100 + b"\n") * 500
    ),
    "deep html": lambda: b"Content-Type: text/html\n\n" + b"<div>" * (MANY // 2),
    "mismatched html": lambda: b"Content-Type: text/html\n\n" + b"<div></b>" * (MANY // 10),
    "list html": lambda: b"Content-Type: text/html\n\n" + b"<p><dd><li>" * (MANY // 10),
    "open tags": lambda: b"Content-Type: text/html\n\n" + b"<a " * (MANY // 2),
    "angle html": lambda: b"Content-Type: text/html\n\n" + b"<" * MANY,
    "quoted lines": lambda: b"\n\n" + b">\n" * MANY,
    "quotation marks": lambda: b"\n\n" + b">" * MANY,
    "blanks": lambda: b"\n\n" + b" " * MANY,
    "colons": lambda: b"\n\n" + b"On 2019 10:00 a:\n" * (MANY // 20),
    "attributions": lambda: b"\n\n" + b"On 2019 he wrote:\n" * (MANY // 20),
    "labels": lambda: b"\n\n" + b"From: x\n" * (MANY // 20),
    "labels with gaps": lambda: b"\n\n" + b"Date: x\n\n" * (MANY // 20),
    "copies with gaps": lambda: b"\n\n" + b"Date: x\n\n" + b"Cc: x\n\n" * (MANY // 20),
    "dashes": lambda: b"\n\n" + (b"-" * 500 + b"\n") * (MANY // 500),
    "dashed words": lambda: b"\n\n" + b"-- " * MANY,
    "forward marks": lambda: b"\n\n" + b"---------- Forwarded message ---------\n" * (MANY // 12),
    "quoted forward marks": lambda: (
        b"Subject: Fwd: x\n\n" + b"> Begin forwarded message:\n" * (MANY // 12)
    ),
    "underscores": lambda: b"\n\n" + b"_" * MANY,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_read_in_time(name: str) -> None:
    raw = HOSTILE[name]()
    began = time.process_time()
    read = read_message(raw)
    took = time.process_time() - began

    assert_clean(read)
    assert took < SECONDS
