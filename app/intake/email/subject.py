"""The prefixes that mail programs put in front of a subject."""

import re

from app.intake.email.labels import FORWARD_PREFIXES, REPLY_PREFIXES

_TAG = re.compile(r"\s*\[[^\[\]]{0,40}\]\s*")
_PREFIX = re.compile(r"\s*([^\W\d_][\w.\- ]{0,13}?)\s?(?:[\[(^]\d{1,3}[\])]?)?\s?[:\uff1a]\s*")
_MAX_PREFIXES = 20


def outer_prefix(subject: str) -> str | None:
    """`forward` or `reply` by the first prefix of a subject, None without one.

    A tag in brackets before it, as gateways and lists add, is passed over.
    """
    tag = _TAG.match(subject)
    while tag:
        subject = subject[tag.end() :]
        tag = _TAG.match(subject)
    match = _PREFIX.match(subject)
    return _kind(match[1]) if match else None


def base_subject(subject: str) -> str:
    """The subject without tags and prefixes: equal for a message, its replies and its forwards."""
    for _ in range(_MAX_PREFIXES):
        tag, match = _TAG.match(subject), _PREFIX.match(subject)
        if tag and tag.end() < len(subject):
            subject = subject[tag.end() :]
        elif match and _kind(match[1]):
            subject = subject[match.end() :]
        else:
            break
    return subject.strip()


def _kind(word: str) -> str | None:
    folded = word.casefold().strip(" .")
    if folded in FORWARD_PREFIXES:
        return "forward"
    return "reply" if folded in REPLY_PREFIXES else None
