"""The marks that mail programs leave around quoted and forwarded messages, line by line.

Every pattern looks at a bounded piece of one line, or at a bounded number of lines: mail from
strangers must not be able to make reading it slow.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.intake.email.labels import (
    APPLE_PHRASES,
    ATTRIBUTION_LEADS,
    ATTRIBUTION_VERBS,
    FORWARDED_PHRASES,
    HEADER_LABELS,
    ORIGINAL_PHRASES,
)

_MAX_LINE = 600
_MAX_BLOCK = 24
_MAX_WRAPS = 3
_LOOK_AHEAD = 8
_OPENS_BLOCK = frozenset({"from", "sent", "subject"})
_MAY_REPEAT = frozenset({"cc", "other"})
"""Copies and blind copies are one field here."""
_MAX_QUOTES = 50

_QUOTED = re.compile(r"[ \t]{0,3}>")
_LABEL = re.compile(r"([^\s:\uff1a*][^:\uff1a*]{0,23}?)[*\s]{0,4}[:\uff1a][*\s]{0,8}(.*)")
_DASHED = re.compile(r"[-_=]{2,80}\s?([^-_=].{0,80}?)\s?[-_=]{2,80}\Z")
_RULE = re.compile(r"[-_=*\u2013\u2014\u2500]{5,200}\Z")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
_VERBS = "|".join(sorted(map(re.escape, ATTRIBUTION_VERBS), key=len, reverse=True))
_VERB = re.compile(rf"(?:{_VERBS})(?![^\W\d_])")
_VERB_AT_END = re.compile(rf"(?:{_VERBS})\s{{0,3}}[:\uff1a]\Z")
_LEADS = "|".join(sorted(map(re.escape, ATTRIBUTION_LEADS), key=len, reverse=True))
_LEAD = re.compile(rf"(?:{_LEADS})\b")
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """From, sent, to, subject as quoted above a message; `end` is the first line after."""

    fields: dict[str, str]
    end: int


def is_quoted(line: str) -> bool:
    """Whether a mail program marked the line as somebody else's."""
    return _QUOTED.match(line) is not None


def unquoted(line: str, depth: int = _MAX_QUOTES) -> str:
    """The line without up to `depth` leading quotation marks and the blank after them."""
    for _ in range(depth):
        match = _QUOTED.match(line)
        if match is None:
            break
        line = line[match.end() :]
    return line.removeprefix(" ")


def quote_depth(line: str) -> int:
    """How many quotation marks stand before the line, at most _MAX_QUOTES."""
    depth = 0
    while depth < _MAX_QUOTES and (match := _QUOTED.match(line)):
        line, depth = line[match.end() :], depth + 1
    return depth


def is_rule(line: str) -> bool:
    """A line drawn across the page."""
    return _RULE.match(line[:_MAX_LINE].strip()) is not None


def bare(line: str) -> str:
    """A line as compared with the marks: no invisible signs, no emphasis, case folded."""
    return _INVISIBLE.sub("", line[:_MAX_LINE]).strip().strip("*").strip().casefold()


def forward_marker(line: str) -> str | None:
    """`gmail` or `apple` if the line says that a forwarded message follows."""
    folded = bare(line)
    dashed = _DASHED.match(folded)
    if dashed and dashed[1].strip(" :\uff1a*") in FORWARDED_PHRASES:
        return "gmail"
    if folded.endswith((":", "\uff1a")) and folded[:-1].strip() in APPLE_PHRASES:
        return "apple"
    return None


def is_original_marker(line: str) -> bool:
    """Whether the line says "Original Message" between dashes."""
    dashed = _DASHED.match(bare(line))
    return bool(dashed and dashed[1].strip(" :\uff1a*") in ORIGINAL_PHRASES)


def _labelled(line: str) -> tuple[str, str] | None:
    text = _INVISIBLE.sub("", line[: 4 * _MAX_LINE]).strip().lstrip("*")
    match = _LABEL.match(text)
    if match is None:
        return None
    field = HEADER_LABELS.get(" ".join(match[1].split()).casefold())
    return None if field is None else (field, match[2].strip().strip("*").strip())


def header_block(lines: Sequence[str], start: int, *, needed: int = 3) -> HeaderBlock | None:
    """The header block whose first line is lines[start]: at least a sender and `needed` fields.

    Values may be wrapped, and a program that makes a paragraph of every header leaves empty lines
    between them; so a line that is no header belongs to the block only while one follows it.
    """
    first = _labelled(lines[start])
    if first is None or first[0] not in _OPENS_BLOCK:
        return None
    fields: dict[str, str] = {}
    last, end = "", start
    for index in range(start, min(start + _MAX_BLOCK, len(lines))):
        found = _labelled(lines[index])
        if found is not None:
            if found[0] in fields and found[0] not in _MAY_REPEAT:
                break
            last, end = found[0], index + 1
            fields.setdefault(*found)
        elif not _label_follows(lines, index):
            break
        elif last and lines[index].strip():
            fields[last] = f"{fields[last]} {lines[index].strip()}"[: 2 * _MAX_LINE]
    known = sum(1 for field in fields if field != "other")
    return HeaderBlock(fields, end) if "from" in fields and known >= needed else None


def _label_follows(lines: Sequence[str], index: int) -> bool:
    """Whether a header comes next: past one empty line, or past the rest of a wrapped value."""
    following = lines[index + 1 : index + 4]
    if not lines[index].strip():
        following = following[:1]
    for line in following:
        if _labelled(line) is not None:
            return True
        if not line.strip():
            return False
    return False


def attribution_start(lines: Sequence[str], index: int) -> int | None:
    """If lines[index] ends a line like "On <date> <somebody> wrote:", the index where it begins.

    Mail programs wrap it over up to four lines. It must name a date, and either begin and go on as
    its language has it, or end with the verb, or with an address in front of a quotation.
    """
    last = bare(lines[index])
    if not last.endswith((":", "\uff1a")):
        return None
    window = ""
    for start in range(index, max(-1, index - _MAX_WRAPS - 1), -1):
        line = bare(lines[start])
        if not line or (is_quoted(lines[start]) and start < index):
            return None
        window = f"{line} {window}".strip()
        if len(window) > _MAX_LINE:
            return None
        if _is_attribution(window) and not _lead_above(lines, start):
            return start
    return None


def _is_attribution(window: str) -> bool:
    if not (_YEAR.search(window) or _CLOCK.search(window)):
        return False
    if _LEAD.match(window) and _VERB.search(window):
        return True
    dated = _YEAR.search(window) is not None
    return dated and (_VERB_AT_END.search(window) is not None or _ends_with_address(window))


def _ends_with_address(window: str) -> bool:
    tail = window.rstrip(":\uff1a ")
    return tail.endswith((">", ")")) and "@" in tail[-120:] and _CLOCK.search(window) is not None


def _lead_above(lines: Sequence[str], start: int) -> bool:
    """Whether the attribution begins one line higher: its lead stands there."""
    if start == 0 or _LEAD.match(bare(lines[start])):
        return False
    above = bare(lines[start - 1])
    return bool(_LEAD.match(above)) and not above.endswith((".", "!", "?", ":"))


def quote_follows(lines: Sequence[str], index: int) -> bool:
    """Whether the next line with anything on it is a quoted one."""
    for line in lines[index + 1 : index + 1 + _LOOK_AHEAD]:
        if line.strip():
            return is_quoted(line)
    return False


def is_unmistakable(lines: Sequence[str], start: int, end: int) -> bool:
    """Whether an attribution without a quotation below is one still: it names address or hour."""
    window = " ".join(lines[start : end + 1])[: 4 * _MAX_LINE]
    return "@" in window or _CLOCK.search(window) is not None
