"""Messages written for the tests, as mail programs write them."""

from email.message import EmailMessage


def message(body: str, *, html: bool = False, **headers: str) -> bytes:
    """A message with that body; header names with _ for -."""
    made = EmailMessage()
    named = {
        "From": "Ben Recruits <ben@acme.example>",
        "To": "intake@acme.example",
        "Date": "Tue, 14 May 2019 08:30:00 +0200",
        "Message-ID": "<outer@acme.example>",
        "Subject": "Hello",
    }
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in named.items():
        made[name] = value
    if html:
        made.set_content(body, subtype="html")
    else:
        made.set_content(body)
    return made.as_bytes()
