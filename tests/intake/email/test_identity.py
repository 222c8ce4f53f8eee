from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.email import (
    content_fingerprint,
    fold_address,
    message_fingerprint,
    read_message,
    same_moment,
)
from tests.intake.email.crafted import message
from tests.intake.email.test_forward import APPLE, GMAIL, GMAIL_HTML, OUTLOOK, OUTLOOK_HTML, WORDS
from tests.letters import LETTERS

SENT = datetime(2019, 5, 13, 9, 15, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (" Sam@Mail.Example ", "sam@mail.example"),
        ("sam student@mail.example", "samstudent@mail.example"),
        ("mailto:sam@mail.example", "sam@mail.example"),
        ("<sam@mail.example>", "sam@mail.example"),
        ("sam@müller.example", "sam@xn--mller-kva.example"),
        ("sam@MÜLLER.example.", "sam@xn--mller-kva.example"),
        ("sam@例え.jp", "sam@xn--r8jz45g.jp"),
        ("sam@-broken-.example", "sam@-broken-.example"),
        ("no address", "noaddress"),
        ("", ""),
    ],
)
def test_an_address_has_one_form(text: str, folded: str) -> None:
    assert fold_address(text) == folded


@given(st.text(LETTERS, max_size=80))
def test_folding_an_address_twice_changes_nothing(text: str) -> None:
    assert fold_address(fold_address(text)) == fold_address(text)


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        (GMAIL, "Fwd: Promoted"),
        (GMAIL_HTML, "Fwd: Promoted"),
        (OUTLOOK, "FW: Promoted"),
        (OUTLOOK_HTML, "FW: Promoted"),
        (APPLE, "Fwd: Promoted"),
    ],
)
def test_a_forward_and_its_original_are_recognised_as_one(body: str, subject: str) -> None:
    original = read_message(
        message(
            WORDS + "\n\n-- \nSam Student\n",
            From="Sam Student <sam@mail.example>",
            Subject="Promoted",
            Date="Mon, 13 May 2019 09:15:42 +0200",
        )
    )
    inner = read_message(message(body, html=body.startswith("<"), Subject=subject)).forwarded
    assert inner is not None

    keys = {
        content_fingerprint(from_address=m.from_address, subject=m.subject, text=m.new_text)
        for m in (original, inner)
    }
    assert len(keys) == 1
    local = inner.sent_local.replace(tzinfo=UTC) if inner.sent_local else inner.sent_at
    assert same_moment(original.sent_at, local)


def test_the_minute_is_part_of_a_messages_fingerprint() -> None:
    def key(sent_at: datetime | None, text: str = "I was promoted.") -> str:
        return message_fingerprint(
            from_address="Sam@mail.example", sent_at=sent_at, subject="Hi", text=text
        )

    assert key(SENT) == key(SENT.replace(second=0)) == key(SENT, "I was\n promoted")
    assert len({key(SENT), key(SENT.replace(minute=16)), key(None), key(SENT, "I was fired")}) == 4


def test_prefixes_of_the_subject_and_line_breaks_do_not_matter() -> None:
    def key(subject: str, text: str) -> str:
        return content_fingerprint(from_address="sam@mail.example", subject=subject, text=text)

    assert key("Re: [EXT] Promoted", "I was promoted <https://a.example/x>.") == key(
        "Promoted", "*I* was\npromoted."
    )
    assert key("Promoted", "a") != key("Demoted", "a")
