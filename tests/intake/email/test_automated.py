import pytest

from app.intake.email import read_message


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Content-Type: multipart/report; boundary=x", "bounce"),
        ("X-Failed-Recipients: a@b.example", "bounce"),
        ("Auto-Submitted: auto-replied", "auto_reply"),
        ("Auto-Submitted: auto-generated (rejected)", "auto_generated"),
        ("Auto-Submitted: no", None),
        ("Auto-Submitted: No (a person)", None),
        ("X-Autoreply: yes", "auto_reply"),
        ("X-Autoreply: no", None),
        ("X-Autorespond: vacation", "auto_reply"),
        ("Subject: Automatic reply: your note", "auto_reply"),
        ("Subject: Automatische Antwort: Hallo", "auto_reply"),
        ("Subject: =?utf-8?b?6Ieq5Yqo5Zue5aSNOiB4?=", "auto_reply"),
        ("Subject: Out of office internship", None),
        ("Return-Path: <>", "null_sender"),
        ("Return-Path: < >", "null_sender"),
        ("Return-Path: <sam@mail.example>", None),
        ("List-Id: <students.mail.example>", "list"),
        ("Precedence: list", "list"),
        ("Precedence: Bulk", "bulk"),
        ("Precedence: junk", "bulk"),
        ("Precedence: first-class", None),
        ("X-Auto-Response-Suppress: All", "response_suppressed"),
        ("X-Auto-Response-Suppress: None", None),
        ("X-Mailer: something", None),
    ],
)
def test_automated_mail_names_its_reason(header: str, reason: str | None) -> None:
    raw = f"From: Sam <sam@mail.example>\n{header}\n\nI was promoted.".encode()

    assert read_message(raw).automated == reason


@pytest.mark.parametrize(
    "sender",
    ["MAILER-DAEMON@mail.example", "Postmaster <postmaster@mail.example>", "MAILER DAEMON <>"],
)
def test_a_mail_system_is_no_person(sender: str) -> None:
    assert read_message(f"From: {sender}\n\nNo such user".encode()).automated == "bounce"


def test_an_mbox_line_of_a_mail_system_is_a_bounce() -> None:
    raw = b"From MAILER-DAEMON Mon May 13 09:00:00 2019\nFrom: sam@mail.example\n\nHi"

    assert read_message(raw).automated == "bounce"
