"""The message inside a forward, attached or written into the text.

What counts as a forward. An attached message does. In the text it is the first mark that decides:
a dashed line that says forwarded, or "Begin forwarded message:", with a header block below it, is a
forward whatever the subject. A bare header block, or one under "Original Message", is how Outlook
writes replies and forwards alike: it is a forward only if the subject's first prefix says so (FW:,
WG:, TR:, ...). And where a quotation comes first ("On ... wrote:", quoted lines), the message is a
reply, though a forward may lie deeper in it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.intake.email.addresses import fold_address, is_address
from app.intake.email.charset import one_line
from app.intake.email.dates import written_date
from app.intake.email.headers import MAX_SHORT
from app.intake.email.marks import (
    HeaderBlock,
    attribution_start,
    forward_marker,
    header_block,
    is_original_marker,
    is_quoted,
    is_rule,
    is_unmistakable,
    quote_depth,
    quote_follows,
    unquoted,
)
from app.intake.email.reply import new_words
from app.intake.email.subject import outer_prefix
from app.intake.email.values import AttachmentInfo, ForwardedMessage

_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]{1,100}@[^\s<>()\[\]\"',;:]{1,255}")
_LOOK_AHEAD = 6


@dataclass(frozen=True, slots=True)
class _Inline:
    how: str
    top: int
    block: HeaderBlock
    body: list[str]


def inline_forward(
    text: str, subject: str, attachments: tuple[AttachmentInfo, ...]
) -> ForwardedMessage | None:
    """The message that the text forwards, None if it forwards none.

    text, subject: of the forwarding message; attachments: its attachments.
    """
    lines = text.split("\n")
    found = _find(lines, forwards=outer_prefix(subject) == "forward")
    if found is None:
        return None
    fields = found.block.fields
    address, name = _mailbox(fields.get("from", ""))
    sent_at, sent_local = written_date(fields.get("sent", ""))
    body = "\n".join(found.body).strip("\n")
    return ForwardedMessage(
        how=found.how,
        from_address=address,
        from_name=name,
        sent_at=sent_at,
        sent_local=sent_local,
        subject=one_line(fields.get("subject", ""))[:MAX_SHORT],
        text=body,
        new_text=new_words(body),
        message_id=None,
        attachments=attachments,
        note=new_words("\n".join(_note(lines[: found.top]))),
    )


def _find(lines: Sequence[str], *, forwards: bool) -> _Inline | None:
    for index, line in enumerate(lines):
        how = forward_marker(unquoted(line))
        if how is not None:
            found = _below_marker(lines, index, how)
            if found is not None:
                return found
        if is_quoted(line):
            return None
        if is_original_marker(line) or header_block(lines, index) is not None:
            return _below_marker(lines, index, "outlook") if forwards else None
        start = attribution_start(lines, index)
        if start is not None and (
            quote_follows(lines, index) or is_unmistakable(lines, start, index)
        ):
            return None
    return None


def _below_marker(lines: Sequence[str], marker: int, how: str) -> _Inline | None:
    """The header block at or shortly below a mark, and the body under it, unquoted alike."""
    first = marker
    while first < len(lines) and first - marker <= _LOOK_AHEAD:
        depth = quote_depth(lines[first])
        ahead = [unquoted(line, depth) for line in lines[first : first + 40]]
        block = header_block(ahead, 0, needed=3 if how == "outlook" else 2)
        if block is not None:
            rest = lines[first + block.end :]
            return _Inline(how, marker, block, _body(rest, depth))
        if first > marker and unquoted(lines[first]).strip():
            return None
        first += 1
    return None


def _body(lines: Sequence[str], depth: int) -> list[str]:
    """The lines below the block: only the quoted ones where the block was quoted."""
    if depth == 0:
        return list(lines)
    body: list[str] = []
    for line in lines:
        if line.strip() and quote_depth(line) < depth:
            break
        body.append(unquoted(line, depth))
    return body


def _note(lines: Sequence[str]) -> list[str]:
    """The lines above a forward, without the rule that separates it."""
    kept = list(lines)
    while kept and (not kept[-1].strip() or is_rule(kept[-1])):
        kept.pop()
    return kept


def _mailbox(value: str) -> tuple[str | None, str]:
    """Address and name of a From line, in any of the ways mail programs write it.

    `Name <a@b>`, `Name [mailto:a@b]`, `"Name"<a@b>;`, `a@b<mailto:a@b>`, or a name alone.
    """
    for match in _ADDRESS.finditer(value.replace("mailto:", " ")):
        address = fold_address(match[0])
        if is_address(address):
            name = value[: value.find(match[0])]
            return address, _plain_name(name.replace("mailto:", ""))
    return None, _plain_name(value)


def _plain_name(text: str) -> str:
    return one_line(text).strip(" \"'<>[]();*")[:MAX_SHORT]
