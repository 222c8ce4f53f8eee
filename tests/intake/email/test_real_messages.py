from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from app.intake.email import ReceivedMessage, read_message
from tests.intake.email.real import FOLDER, files, needs_real_mail

MESSAGES = files("cpython", "enmime", "sisimai")
AUTOMATED = {
    "cpython": {"msg_02", "msg_05", "msg_16", "msg_25", "msg_32", "msg_33", "msg_43"},
    "enmime": {
        "dsn_testdata_delayed_dsn",
        "dsn_testdata_dsn_with_multipart_alternative",
        "dsn_testdata_multi_recipient_dsn",
        "dsn_testdata_simple_dsn",
        "dsn_testdata_simple_dsn_with_html",
        "testdata_mail_multipart-wo-boundary",
    },
    "sisimai": {path.stem for path in files("sisimai")},
}


@needs_real_mail
def test_there_are_real_messages() -> None:
    assert len(MESSAGES) > 140


@cache
def read_file(path: Path) -> ReceivedMessage:
    try:
        return read_message(path.read_bytes())
    except Exception as error:
        error.add_note(path.name)
        raise


def insane(read: ReceivedMessage) -> list[str]:
    """What of a message's values is none that the rest of the house may be given."""
    texts = (read.subject, read.text, read.new_text, read.from_name)
    address, name = read.from_address, read.message_id
    sane = {
        "no NUL": all("\x00" not in text for text in texts),
        "no lone surrogate": all(
            text == text.encode("utf-8", "replace").decode() for text in texts
        ),
        "a sender's address": address is None or "@" in address,
        "its one form": address is None or address == address.strip().lower(),
        "an instant in UTC": read.sent_at is None or read.sent_at.tzinfo is UTC,
        "a bare message id": name is None or not set("<> \n") & set(name),
        "sizes": all(attachment.size >= 0 for attachment in read.attachments),
        "a subject of one line": "\n" not in read.subject,
    }
    return [what for what, holds in sane.items() if not holds]


@needs_real_mail
def test_real_messages_are_read_into_sane_values() -> None:
    found = {path.name: insane(read_file(path)) for path in MESSAGES}
    assert {name: faults for name, faults in found.items() if faults} == {}


@needs_real_mail
def test_a_machine_is_told_from_a_person() -> None:
    for folder, automated in AUTOMATED.items():
        read = {path.stem: read_file(path) for path in MESSAGES if path.parent.name == folder}
        assert {stem for stem, one in read.items() if one.automated is not None} == automated
        assert {stem for stem in automated if read[stem].forwarded is not None} == set()


@needs_real_mail
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cpython/msg_15.txt", "Some removed test. \n\nSome removed text."),
        ("cpython/msg_31.txt", "message 1\n\nmessage 2"),
        ("cpython/msg_35.txt", "counter to RFC 2822, there's no separating newline here"),
        ("cpython/msg_47.txt", "bar\n\nbaz"),
        ("enmime/testdata_low-quality_bad-header-start.raw", "A text section"),
        ("enmime/testdata_mail_erroneous.raw", "// Not an RFC-822 Document"),
        ("enmime/testdata_mail_non-mime-missing-charset.raw", "Unencoded Euro Sign: €"),
        ("enmime/testdata_mail_non-mime-html-charset-header-only.raw", "Test Müller"),
        ("enmime/testdata_encode_parser-raw-content-text-option.raw", "添付ファイル名テスト"),
        ("enmime/testdata_parts_chardet-fail-not-long-enough.raw", "和弟弟"),
        ("enmime/testdata_parts_similar-boundary.raw", "Section one\n\nA text section"),
        ("sisimai/rfc3834-05.eml", "zukünftig\nkarl@hanz.de"),
    ],
)
def test_a_broken_message_is_still_readable(name: str, text: str) -> None:
    assert read_message((FOLDER / name).read_bytes()).text == text


@needs_real_mail
@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("testdata_mail_mime-bad-content-transfer-encoding.raw", "ploozdect  nispplul swunkglap"),
        ("testdata_parts_chardet-success-big-5.raw", "顏是家訓"),
        ("testdata_parts_chardet-success-iso-8859-1.raw", "DIE Drachenköpfe unserer Boote"),
        ("testdata_mail_qp-utf8-header-no-break.raw", "Lorem ipsum dolor sit amet"),
    ],
)
def test_a_charset_or_encoding_that_lies_is_seen_through(name: str, beginning: str) -> None:
    text = read_message((FOLDER / "enmime" / name).read_bytes()).text

    assert text.lstrip().startswith(beginning)


@needs_real_mail
def test_attachments_are_listed_with_their_decoded_size() -> None:
    read = read_message(
        (FOLDER / "enmime" / "testdata_mail_mime-bad-8bit-filename.raw").read_bytes()
    )

    listed = [(a.filename, a.content_type, a.size) for a in read.attachments]
    assert listed == [("管理.doc", "application/msword", 7)]
    assert read.text == "Text part"


@needs_real_mail
def test_the_headers_of_an_ordinary_message() -> None:
    read = read_message((FOLDER / "enmime" / "testdata_mail_qp-utf8-header.raw").read_bytes())

    assert read.subject == "MIME UTF8 Test ¢ More Text"
    assert (read.from_address, read.from_name) == ("jamehi03@jamehi03lx.noa.com", "James Hillyerd")
    assert [(to.address, to.name) for to in read.to] == [
        ("marczak@inbucket.com", "Mirosław Marczak")
    ]
    assert read.sent_at == datetime(2012, 10, 19, 19, 22, 49, tzinfo=UTC)
    assert read.message_id == "5081A889.3020108@jamehi03lx.noa.com"


@needs_real_mail
def test_a_message_forwarded_as_an_attachment() -> None:
    read = read_message((FOLDER / "cpython" / "msg_46.txt").read_bytes())

    assert read.forwarded is not None
    assert read.forwarded.how == "attached"
    assert read.forwarded.from_name == "Dr. Sender"
    assert read.forwarded.message_id == "4B66B890.4070408@teconcept.de"
    assert read.forwarded.sent_at == datetime(2010, 2, 1, 11, 18, 40, tzinfo=UTC)
    assert read.forwarded.text.startswith("Testing email forwarding")
