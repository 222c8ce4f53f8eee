"""The parts of a message: bounded in number and depth, linear in size, never raising.

The standard library's feed parser recurses by part and keeps the whole tree of a message; here a
part is a pair of offsets into the bytes received, so that a thousand nested parts or fifty
megabytes on one line cost no more than reading them.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.intake.email.charset import decode_text, one_line
from app.intake.email.headers import MAX_HEADER_BYTES, Headers, parameters, split_headers
from app.intake.email.text import MAX_HTML, html_to_text
from app.intake.email.values import AttachmentInfo

MAX_MESSAGE_BYTES = 67_108_864
MAX_DEPTH = 20
MAX_PARTS = 500
MAX_TEXT = 200_000
"""Characters of text kept of a message."""
MAX_TEXT_BYTES = 4 * MAX_TEXT
MAX_BODIES = 100
_WORD_LENGTH = 20
MAX_ATTACHMENTS = 200

_NOT_FOR_READING = frozenset(
    {"calendar", "css", "csv", "directory", "javascript", "rfc822-headers", "tab-separated-values"}
    | {"vcard", "x-vcard", "x-vcalendar", "xml"}
)
_MEDIA_TYPE = re.compile(r"\s{0,20}([\w.+-]{1,80})(?:/([\w.+-]{1,80}))?")
_GUESSED_BOUNDARY = re.compile(rb"(?:\A|\n)--([^\s\r\n][^\r\n]{0,99}?)[ \t]*\r?\n")
_NOT_BASE64 = bytes(
    set(range(256))
    - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    - set(b"abcdefghijklmnopqrstuvwxyz0123456789+/-_")
)
_LOOKS_LIKE_HTML = re.compile(rb"\s{0,200}<(?:!doctype html|html)\b", re.IGNORECASE)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True, slots=True)
class Part:
    """A node of the message's tree: where its body lies in the bytes, and what it holds."""

    data: bytes
    start: int
    end: int
    headers: Headers
    media_type: str
    parameters: dict[str, str]
    children: tuple["Part", ...]

    @property
    def is_multipart(self) -> bool:
        return bool(self.children) and self.media_type.startswith("multipart/")

    @property
    def filename(self) -> str:
        return _filename(self)


@dataclass(slots=True)
class _Budget:
    parts: int = MAX_PARTS


def parse(raw: bytes) -> Part:
    """The tree of a whole message."""
    data = raw[:MAX_MESSAGE_BYTES]
    start = len(data) - len(data.lstrip(b"\r\n\xef\xbb\xbf"))
    return _parse(data, start, len(data), default="text/plain", depth=0, budget=_Budget())


def attached_message(part: Part) -> Part | None:
    """The first attached message in a tree (its root stands for the message), if there is one."""
    for found in walk(part):
        if found.media_type == "message/rfc822" and found.children:
            return found.children[0]
    return None


def walk(part: Part) -> Iterator[Part]:
    """The part and those below it in the order of the message, not into attached messages."""
    yield part
    if part.is_multipart:
        for child in part.children:
            yield from walk(child)


def _parse(data: bytes, start: int, end: int, *, default: str, depth: int, budget: _Budget) -> Part:
    budget.parts -= 1
    headers, body = split_headers(data, start, end)
    media_type = _media_type(headers, default)
    found = parameters(headers, "content-type")
    children: tuple[Part, ...] = ()
    if depth < MAX_DEPTH and budget.parts > 0:
        if media_type.startswith("multipart/"):
            inner = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
            children = tuple(
                _parse(data, first, last, default=inner, depth=depth + 1, budget=budget)
                for first, last in _spans(data, body, end, found.get("boundary", ""))
                if budget.parts > 0
            )
        elif media_type in ("message/rfc822", "message/global"):
            media_type = "message/rfc822"
            encoding = _encoding(headers)
            if encoding in ("base64", "quoted-printable"):
                inner_data = _decoded(data[body:end], encoding)
                first, last = 0, len(inner_data)
            else:
                inner_data, first, last = data, body, end
            children = (
                _parse(
                    inner_data, first, last, default="text/plain", depth=depth + 1, budget=budget
                ),
            )
    return Part(data, body, end, headers, media_type, found, children)


def _media_type(headers: Headers, default: str) -> str:
    match = _MEDIA_TYPE.match(headers.raw("content-type"))
    if match is None:
        return default
    kind, subtype = match[1].lower(), (match[2] or "").lower()
    if subtype:
        return f"{kind}/{subtype}"
    return {"multipart": "multipart/mixed", "html": "text/html"}.get(kind, "text/plain")


def _spans(data: bytes, start: int, end: int, declared: str) -> list[tuple[int, int]]:
    """Where the parts of a multipart body lie; a wrong boundary is replaced by the one in use."""
    boundary = declared.encode("utf-8", "surrogateescape").rstrip()
    spans = _split(data, start, end, boundary) if boundary else []
    if not spans:
        guessed = _GUESSED_BOUNDARY.search(data, start, min(end, start + MAX_HEADER_BYTES))
        if guessed and guessed[1] != boundary:
            spans = _split(data, start, end, guessed[1])
    return spans


def _split(data: bytes, start: int, end: int, boundary: bytes) -> list[tuple[int, int]]:
    delimiter = b"--" + boundary
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    at = data.find(delimiter, start, end)
    while at != -1 and len(spans) < MAX_PARTS:
        after, closing = _delimiter_end(data, at, len(delimiter), start, end)
        if after is not None:
            if opened is not None:
                spans.append((opened, _without_line_end(data, opened, at)))
            opened = None if closing else after
            if closing:
                break
        at = data.find(delimiter, at + len(delimiter), end)
    if opened is not None and opened < end and len(spans) < MAX_PARTS:
        spans.append((opened, end))
    return spans


def _delimiter_end(
    data: bytes, at: int, length: int, start: int, end: int
) -> tuple[int | None, bool]:
    """Where the line of a delimiter at `at` ends, None if it is none; whether it closes."""
    if at > start and data[at - 1 : at] not in (b"\n", b"\r"):
        return None, False
    rest = data[at + length : min(end, at + length + 200)]
    closing = rest.startswith(b"--")
    tail = rest[2:] if closing else rest
    padding = len(tail) - len(tail.lstrip(b" \t"))
    line_end = tail[padding : padding + 2]
    if closing:
        return at + length + 2, True
    if not line_end:
        return end, False
    if line_end[:1] not in b"\r\n":
        return None, False
    return at + length + padding + (2 if line_end == b"\r\n" else 1), False


def _without_line_end(data: bytes, start: int, end: int) -> int:
    if end > start and data[end - 1 : end] == b"\n":
        end -= 1
    if end > start and data[end - 1 : end] == b"\r":
        end -= 1
    return end


def _encoding(headers: Headers) -> str:
    return headers.raw("content-transfer-encoding").split(";")[0].strip(" \t\"'").lower()


def _decoded(data: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        letters = data.translate(_URL_SAFE, _NOT_BASE64)
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    return data


def _looks_like_base64(data: bytes) -> bool:
    """Whether a body is what its header says: some programs announce it and send plain words."""
    sample = data[:4_000]
    return sample.count(b" ") * _WORD_LENGTH < max(1, len(sample))


def _size(part: Part) -> int:
    encoding = _encoding(part.headers)
    body = part.data[part.start : part.end]
    if encoding == "base64":
        return len(body.translate(None, _NOT_BASE64)) * 3 // 4
    return len(_decoded(body, encoding))


def _filename(part: Part) -> str:
    named = parameters(part.headers, "content-disposition").get("filename", "")
    return one_line(named or part.parameters.get("name", ""))


def _disposition(part: Part) -> str:
    return part.headers.raw("content-disposition").split(";")[0].strip().lower()


def _is_readable(part: Part) -> bool:
    """Text to be read: of an unknown subtype too, which RFC 2046 has shown as plain text."""
    kind, _, subtype = part.media_type.partition("/")
    return kind == "text" and subtype not in _NOT_FOR_READING


def _is_body(part: Part) -> bool:
    """Whether a leaf is to be read rather than listed: inline text without a file name."""
    if part.media_type.startswith("multipart/"):
        return True
    return _is_readable(part) and _disposition(part) != "attachment" and not part.filename


def attachments(part: Part) -> tuple[AttachmentInfo, ...]:
    """What hangs on the message, attached messages included, in order, at most MAX_ATTACHMENTS."""
    listed = [
        AttachmentInfo(found.filename, found.media_type, _size(found))
        for found in walk(part)
        if not found.is_multipart and not _is_body(found) and found is not part
    ]
    if not part.is_multipart and not _is_body(part):
        listed.append(AttachmentInfo(part.filename, part.media_type, _size(part)))
    return tuple(listed[:MAX_ATTACHMENTS])


def readable_text(part: Part) -> str:
    """All that a person would read of the message, at most MAX_TEXT characters.

    Of alternatives the plain text, unless it is blank. A text that is attached as a file is read
    only where the message has no other.
    """
    text = _text(part)
    if not text.strip():
        files = (found for found in walk(part) if _is_readable(found))
        text = next((leaf for leaf in map(_leaf_text, files) if leaf.strip()), text)
    return text[:MAX_TEXT].strip("\n")


def _text(part: Part) -> str:
    if not part.is_multipart:
        return _leaf_text(part) if _is_body(part) else ""
    if part.media_type == "multipart/alternative":
        return _best_alternative(part.children)
    texts: list[str] = []
    for child in part.children[:MAX_BODIES]:
        text = _text(child).strip("\n")
        if text.strip() and sum(map(len, texts)) < MAX_TEXT:
            texts.append(text)
    return "\n\n".join(texts)


def _best_alternative(children: tuple[Part, ...]) -> str:
    plain_first = sorted(children, key=lambda child: child.media_type != "text/plain")
    return next((text for text in map(_text, plain_first) if text.strip()), "")


def _leaf_text(part: Part) -> str:
    raw = part.data[part.start : min(part.end, part.start + 2 * MAX_TEXT_BYTES)]
    encoding = _encoding(part.headers)
    if encoding == "base64" and not _looks_like_base64(raw):
        encoding = ""
    body = _decoded(raw, encoding)[:MAX_TEXT_BYTES]
    text = decode_text(body, part.parameters.get("charset", ""))
    if part.media_type in ("text/html", "text/enriched") or _LOOKS_LIKE_HTML.match(body):
        return html_to_text(text[:MAX_HTML])
    return text[:MAX_TEXT]
