from datetime import UTC, datetime

import pytest

from app.intake.email import ForwardedMessage, read_message
from tests.intake.email.crafted import message

WORDS = "Dear Ben,\n\nI was promoted to waiter last week.\n\nSam"


def forwarded(raw: bytes) -> ForwardedMessage:
    found = read_message(raw).forwarded
    assert found is not None
    return found


GMAIL = f"""FYI, he keeps at it.

---------- Forwarded message ---------
From: Sam Student <Sam@Mail.example>
Date: Mon, May 13, 2019 at 9:15 AM
Subject: Promoted
To: <ben@acme.example>


{WORDS}
"""
GMAIL_GERMAN = f"""Zur Info

---------- Weitergeleitete Nachricht ---------
Von: Sam Student <sam@mail.example>
Datum: Mo., 13. Mai 2019 um 09:15 Uhr
Betreff: Promoted
An: <ben@acme.example>

{WORDS}
"""
THUNDERBIRD = f"""FYI, he keeps at it.

-------- Forwarded Message --------
Subject: \tPromoted
Date: \tMon, 13 May 2019 09:15:00 +0200
From: \tSam Student <sam@mail.example>
To: \tben@acme.example

{WORDS}
"""
OUTLOOK = f"""FYI, he keeps at it.

Ben
________________________________
From: Sam Student <sam@mail.example>
Sent: Monday, May 13, 2019 9:15 AM
To: Ben Recruits <ben@acme.example>
Cc: Someone Else <else@acme.example>; A Third With A Very Long Name
 <third@acme.example>
Subject: Promoted

{WORDS}
"""
OUTLOOK_ORIGINAL = f"""FYI, he keeps at it.

-----Original Message-----
From: Sam Student [mailto:sam@mail.example]
Sent: Monday, May 13, 2019 9:15 AM
To: Ben Recruits
Subject: Promoted

{WORDS}
"""
OUTLOOK_GERMAN = f"""Zur Info

Von: Sam Student <sam@mail.example>
Gesendet: Montag, 13. Mai 2019 09:15
An: Ben Recruits <ben@acme.example>
Betreff: Promoted

{WORDS}
"""
CHINESE = f"""供参考

发件人: Sam Student <sam@mail.example>
发送时间: 2019年5月13日 9:15
收件人: ben@acme.example
主题: Promoted

{WORDS}
"""
QQ = f"""供参考

------------------ 原始邮件 ------------------
发件人: "Sam Student" <sam@mail.example>;
发送时间: 2019年5月13日(星期一) 上午9:15
收件人: "Ben"<ben@acme.example>;
主题: Promoted

{WORDS}
"""
APPLE = """FYI, he keeps at it.

Begin forwarded message:

> From: Sam Student <sam@mail.example>
> Subject: Promoted
> Date: 13 May 2019 at 09:15:00 GMT+2
> To: ben@acme.example
>
> Dear Ben,
>
> I was promoted to waiter last week.
>
> Sam
"""
APPLE_FRENCH = f"""Pour info

Début du message réexpédié :

De: Sam Student <sam@mail.example>
Objet: Promoted
Date: 13 mai 2019 à 09:15:00 UTC+2
À: ben@acme.example

{WORDS}
"""
GMAIL_HTML = """<div dir="ltr">FYI, he keeps at it.<br><br><div class="gmail_quote">
<div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>
From: <strong class="gmail_sendername" dir="auto">Sam Student</strong>
<span dir="auto">&lt;<a href="mailto:sam@mail.example">sam@mail.example</a>&gt;</span><br>
Date: Mon, May 13, 2019 at 9:15\u202fAM<br>Subject: Promoted<br>
To:  &lt;<a href="mailto:ben@acme.example">ben@acme.example</a>&gt;<br></div><br><br>
<div dir="ltr">Dear Ben,<div><br></div><div>I was promoted to <b>waiter</b> last week.</div>
<div><br></div><div>Sam</div></div></div></div>"""
OUTLOOK_HTML = """<html><head><style>p.MsoNormal {margin:0cm}</style></head><body lang="EN-GB">
<div class="WordSection1"><p class="MsoNormal">FYI, he keeps at it.<o:p></o:p></p>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>From:</b>
Sam Student &lt;sam@mail.example&gt; <br><b>Sent:</b> Monday, May 13, 2019 9:15 AM<br>
<b>To:</b> Ben Recruits &lt;ben@acme.example&gt;<br><b>Subject:</b> Promoted<o:p></o:p></p></div>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Dear Ben,</p>
<p class="MsoNormal">I was promoted to waiter last week.</p><p class="MsoNormal">Sam</p>
</div></body></html>"""
OUTLOOK_HTML_GERMAN = (
    OUTLOOK_HTML.replace("From:", "Von:")
    .replace("Sent:", "Gesendet:")
    .replace("To:", "An:")
    .replace("Subject:", "Betreff:")
    .replace("Monday, May 13, 2019 9:15 AM", "Montag, 13. Mai 2019 09:15")
)
APPLE_HTML = """<html><body>FYI, he keeps at it.<br id="lineBreakAtBeginningOfMessage"><div><br>
<blockquote type="cite"><div>Begin forwarded message:</div><br>
<div><span><b>From: </b></span><span>Sam Student &lt;sam@mail.example&gt;<br></span></div>
<div><span><b>Subject: </b></span><span><b>Promoted</b><br></span></div>
<div><span><b>Date: </b></span><span>13 May 2019 at 09:15:00 CEST<br></span></div>
<div><span><b>To: </b></span><span>ben@acme.example<br></span></div><br>
<div><div>Dear Ben,<div><br></div><div>I was promoted to waiter last week.</div><div><br></div>
<div>Sam</div></div></div></blockquote></div></body></html>"""

LOCAL = datetime(2019, 5, 13, 9, 15)  # noqa: DTZ001 - as written, in a zone that is not
INSTANT = datetime(2019, 5, 13, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("subject", "body", "how"),
    [
        ("Fwd: Promoted", GMAIL, "gmail"),
        ("he keeps at it", GMAIL, "gmail"),
        ("Fwd: Promoted", GMAIL_GERMAN, "gmail"),
        ("Fwd: Promoted", THUNDERBIRD, "gmail"),
        ("FW: Promoted", OUTLOOK, "outlook"),
        ("[EXT] Fw: Promoted", OUTLOOK, "outlook"),
        ("FW: Promoted", OUTLOOK_ORIGINAL, "outlook"),
        ("WG: Promoted", OUTLOOK_GERMAN, "outlook"),
        ("转发: Promoted", CHINESE, "outlook"),
        ("转发：Promoted", QQ, "outlook"),
        ("Fwd: Promoted", APPLE, "apple"),
        ("Fwd: Promoted", APPLE_FRENCH, "apple"),
        ("Fwd: Promoted", GMAIL_HTML, "gmail"),
        ("FW: Promoted", OUTLOOK_HTML, "outlook"),
        ("WG: Promoted", OUTLOOK_HTML_GERMAN, "outlook"),
        ("Fwd: Promoted", APPLE_HTML, "apple"),
    ],
)
def test_an_inline_forward(subject: str, body: str, how: str) -> None:
    inner = forwarded(message(body, html=body.startswith("<"), Subject=subject))

    assert inner.how == how
    assert (inner.from_address, inner.from_name) == ("sam@mail.example", "Sam Student")
    assert inner.subject == "Promoted"
    assert (inner.sent_at, inner.sent_local) in {(INSTANT, None), (None, LOCAL)}
    assert [line for line in inner.new_text.split("\n") if line] == [
        "Dear Ben,",
        "I was promoted to waiter last week.",
        "Sam",
    ]
    assert inner.note.split("\n")[0] in {
        "FYI, he keeps at it.",
        "Zur Info",
        "供参考",
        "Pour info",
    }
    assert "Sam" not in inner.note
    assert inner.message_id is None


@pytest.mark.parametrize("body", [THUNDERBIRD, APPLE, APPLE_FRENCH])
def test_an_inner_date_with_an_offset_is_an_instant(body: str) -> None:
    assert forwarded(message(body)).sent_at == INSTANT


def test_the_message_of_a_forwarder_says_only_what_he_wrote() -> None:
    read = read_message(message(GMAIL, Subject="Fwd: Promoted"))

    assert read.new_text == "FYI, he keeps at it."
    assert read.forwarded is not None
    assert read.forwarded.note == read.new_text


@pytest.mark.parametrize("subject", ["Re: Promoted", "AW: WG: Promoted", "Promoted", "RE: FW: x"])
@pytest.mark.parametrize("body", [OUTLOOK, OUTLOOK_ORIGINAL, OUTLOOK_GERMAN, CHINESE, OUTLOOK_HTML])
def test_a_reply_over_a_header_block_is_no_forward(subject: str, body: str) -> None:
    assert read_message(message(body, html=body.startswith("<"), Subject=subject)).forwarded is None


def test_a_reply_to_a_forward_is_no_forward() -> None:
    quoted = "\n".join(f"> {line}" for line in GMAIL.split("\n"))
    body = f"Thanks.\n\nOn Tue, May 14, 2019 at 9:15 AM Ben <ben@acme.example> wrote:\n\n{quoted}\n"

    assert read_message(message(body, Subject="Re: Fwd: Promoted")).forwarded is None


def test_an_outlook_reply_over_a_gmail_forward_is_no_forward() -> None:
    body = OUTLOOK.replace(WORDS, GMAIL)

    assert read_message(message(body, Subject="RE: Fwd: Promoted")).forwarded is None


def test_of_a_forward_of_a_forward_the_outer_one_is_read() -> None:
    inner = forwarded(message(GMAIL.replace(WORDS, THUNDERBIRD), Subject="Fwd: Fwd: Promoted"))

    assert inner.how == "gmail"
    assert inner.new_text == "FYI, he keeps at it."
    assert "waiter" in inner.text


def test_a_forward_of_somebody_named_without_an_address() -> None:
    inner = forwarded(message(OUTLOOK.replace(" <sam@mail.example>", ""), Subject="FW: Promoted"))

    assert (inner.from_address, inner.from_name) == (None, "Sam Student")


def test_an_ambiguous_inner_date_is_left_out() -> None:
    body = GMAIL.replace("Mon, May 13, 2019 at 9:15 AM", "05/04/2019 9:15")

    inner = forwarded(message(body))
    assert (inner.sent_at, inner.sent_local) == (None, None)


def test_a_plain_message_forwards_nothing() -> None:
    assert read_message(message(WORDS, Subject="Fwd: Promoted")).forwarded is None


ATTACHED = b"""From: Ben <ben@acme.example>
Subject: Fwd: Promoted
Message-ID: <outer@acme.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

--b1
Content-Type: text/plain

FYI, he keeps at it.
--b1
Content-Type: message/rfc822
%s
From: Sam Student <sam@mail.example>
Subject: =?utf-8?q?Promoted_=E2=9C=93?=
Message-ID: <inner@mail.example>
Date: Mon, 13 May 2019 09:15:00 +0200
Content-Type: multipart/mixed; boundary="b2"

--b2
Content-Type: text/plain; charset=utf-8

I was promoted.
--b2
Content-Type: application/pdf; name="report card.pdf"
Content-Transfer-Encoding: base64

aGVsbG8=
--b2--

--b1--
"""


def test_an_attached_message_is_a_forward() -> None:
    inner = forwarded(ATTACHED % b"")

    assert inner.how == "attached"
    assert inner.from_address == "sam@mail.example"
    assert inner.subject == "Promoted ✓"
    assert inner.message_id == "inner@mail.example"
    assert inner.sent_at == INSTANT
    assert inner.new_text == "I was promoted."
    assert inner.note == "FYI, he keeps at it."
    listed = [(a.filename, a.content_type, a.size) for a in inner.attachments]
    assert listed == [("report card.pdf", "application/pdf", 5)]


def test_the_message_inside_a_bounce_is_no_forward() -> None:
    raw = (ATTACHED % b"").replace(
        b'multipart/mixed; boundary="b1"', b'multipart/report; boundary="b1"'
    )
    read = read_message(raw)

    assert read.automated == "bounce"
    assert read.forwarded is None
