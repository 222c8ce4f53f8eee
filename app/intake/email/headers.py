"""Header lines of a message or a part: found, unfolded, decoded, whatever state they are in.

The standard library's `email.policy.default` raises on some real headers (unknown charset, a Group
among addresses, CR or LF in an address), and its compat32 policy keeps what it cannot read as
objects. Here only its narrow functions are used, on bounded input, and a failure means "absent".
"""

import binascii
import email.utils
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message

from app.intake.email.addresses import fold_address, is_address
from app.intake.email.charset import clean_text, decode_text, one_line
from app.intake.email.dates import PLAUSIBLE_YEARS
from app.intake.email.values import Address

MAX_HEADER_BYTES = 262_144
"""Of one header section; what lies beyond is not read as headers."""
_MAX_LINES = 2_000
_MAX_VALUE = 50_000
_MAX_PARAMETERS = 4_000
_MAX_ADDRESSES = 500
_WRITTEN_BY_PEOPLE = frozenset({"subject", "from", "to", "cc", "reply-to", "content-disposition"})
MAX_SHORT = 1_000
"""Characters kept of a subject, a name, a file name."""

_FIELD = re.compile(rb"[ \t]{0,8}([!-9;-~]{1,200})[ \t]{0,8}:")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?\r\n]{0,4000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s{1,200}(?==\?[^?\s]{1,80}\?[bBqQ]\?)")
_BARE_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]{1,100}@[^\s<>()\[\]\"',;:]{1,255}")
_MESSAGE_ID = re.compile(r"<\s*([^<>]{1,900}?)\s*>")
_FOLD = re.compile(r"[\r\n]+[ \t]*")


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header section in their order, names in lower case, values as bytes."""

    fields: tuple[tuple[str, bytes], ...]
    envelope_from: str | None = None

    def raw(self, name: str) -> str:
        """The first value of a field as sent, unfolded, "" if there is none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """The values of a field as sent, unfolded, the first twenty."""
        values = [value for field, value in self.fields if field == name]
        return [_characters(value, guess=name in _WRITTEN_BY_PEOPLE) for value in values[:20]]

    def has(self, name: str) -> bool:
        """Whether the field is there, be it empty."""
        return any(field == name for field, _ in self.fields)

    def text(self, name: str) -> str:
        """The first value of a field, decoded, on one line."""
        return decode_words(self.raw(name))[:MAX_SHORT].rstrip()


def split_headers(data: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The header section of data[start:end], and where the body begins.

    An mbox's "From " line in front is taken as the envelope. A line that is no header ends the
    section, as no blank line would; but one between two headers is passed over, or belongs to the
    value above if that was left open by a semicolon.
    """
    fields: list[tuple[str, bytes]] = []
    envelope = None
    position, limit = start, min(end, start + MAX_HEADER_BYTES)
    for number in range(_MAX_LINES):
        if position >= limit:
            break
        line, following = _line(data, position, limit)
        field = _FIELD.match(line)
        if not line.strip():
            # A part may begin with its body: then the blank line is all of the headers.
            position = following
            break
        if number == 0 and line.lstrip(b">").startswith(b"From "):
            envelope = line.lstrip(b">")[5:].split(b" ")[0].decode("ascii", "replace")
        elif line[:1] in b" \t" and fields:
            fields[-1] = (fields[-1][0], fields[-1][1] + b"\n" + line)
        elif field and not line.startswith(b"--"):
            name = field[1].decode("ascii", "replace").lower()
            fields.append((name, line[field.end() :]))
        elif not fields or line.startswith(b"--") or not _is_field(data, following, limit):
            break
        elif fields[-1][1].rstrip().endswith(b";"):
            fields[-1] = (fields[-1][0], fields[-1][1] + b" " + line)
        position = following
    return Headers(tuple(fields), envelope), position


def _line(data: bytes, position: int, limit: int) -> tuple[bytes, int]:
    match = _LINE.match(data, position, limit)
    following = match.end() if match else limit
    return data[position:following].rstrip(b"\r\n"), following


def _is_field(data: bytes, position: int, limit: int) -> bool:
    return _FIELD.match(data, position, limit) is not None


def _characters(value: bytes, *, guess: bool) -> str:
    """A value's characters, unfolded; raw ones beyond ASCII are guessed where people write them."""
    value = value[:_MAX_VALUE]
    text = decode_text(value) if guess else clean_text(value.decode("utf-8", "replace"))
    return _FOLD.sub(" ", text.strip())


def decode_words(value: str) -> str:
    """RFC 2047 encoded words decoded, on one line; what cannot be decoded stays as it is.

    Neighbouring words of one charset are joined before decoding: real mail splits characters of
    several bytes between them.
    """
    value = _BETWEEN_WORDS.sub(r"\1", value[:_MAX_VALUE])
    out: list[str] = []
    pending, charset, at = b"", "", 0
    for word in _ENCODED_WORD.finditer(value):
        label = word[1].split("*")[0].lower()
        if pending and (word.start() > at or label != charset):
            out.append(decode_text(pending, charset))
            pending = b""
        out.append(value[at : word.start()])
        charset, at = label, word.end()
        pending += _word_bytes(word[2].lower(), word[3])
    out.extend((decode_text(pending, charset), value[at:]))
    return one_line("".join(out))


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    try:
        if encoding == "q":
            return binascii.a2b_qp(raw, header=True)
        return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return raw


def addresses(headers: Headers, name: str) -> tuple[Address, ...]:
    """The mailboxes of all fields of that name, those without a usable address left out."""
    found: dict[str, Address] = {}
    for name_and_address in _pairs(headers.all(name)):
        address = fold_address(name_and_address[1])
        if is_address(address) and len(found) < _MAX_ADDRESSES:
            found.setdefault(address, Address(_name(name_and_address[0], address), address))
    return tuple(found.values())


def author(headers: Headers) -> tuple[str | None, str]:
    """The first usable address of From and the name beside it; the name alone if there is none."""
    found = addresses(headers, "from")
    if found:
        return found[0].address, found[0].name
    return None, one_line(headers.text("from").replace("<>", "").strip(' "<>'))


def _pairs(values: list[str]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for value in values:
        try:
            parsed = email.utils.getaddresses([value])
        except Exception:  # noqa: BLE001 - the parser fails in several ways on broken headers
            parsed = []
        if not any(is_address(fold_address(address)) for _, address in parsed):
            plain = decode_words(value)
            parsed = [
                (plain[: found.start()].strip(' "<'), found[0])
                for found in _BARE_ADDRESS.finditer(plain)
            ][:_MAX_ADDRESSES]
        pairs.extend(parsed)
    return pairs


def _name(name: str, address: str) -> str:
    name = decode_words(name)[:MAX_SHORT].strip(" \"'")
    return "" if name.lower() == address else name


def message_ids(value: str) -> tuple[str, ...]:
    """The ids of a Message-ID, In-Reply-To or References value, without brackets, in order.

    A value without brackets is one id if it holds no blank.
    """
    ids = [one_line(found).replace(" ", "") for found in _MESSAGE_ID.findall(value)]
    if not ids and value.strip() and len(value) <= MAX_SHORT and len(value.split()) == 1:
        ids = [value.strip(" <>")]
    return tuple(dict.fromkeys(found for found in ids if found))[-100:]


def date(headers: Headers) -> datetime | None:
    """The Date header in UTC; None if absent, unreadable or absurd (PLAUSIBLE_YEARS).

    A date without an offset is taken as UTC, as RFC 5322's -0000 is.
    """
    try:
        parts = email.utils.parsedate_tz(headers.raw("date")[:200])
        if parts is None or parts[0] not in PLAUSIBLE_YEARS:
            return None
        year, month, day, hour, minute, second = parts[:6]
        zone = timezone(timedelta(seconds=parts[9] or 0))
        local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
        return local.astimezone(UTC)
    except Exception:  # noqa: BLE001 - the parser fails in several ways on broken dates
        return None


def parameters(headers: Headers, name: str) -> dict[str, str]:
    """The parameters of a structured field in lower case, RFC 2231 decoded, first one wins."""
    holder = Message()
    found: dict[str, str] = {}
    try:
        holder[name] = headers.raw(name)[:_MAX_PARAMETERS]
        for key, value in (holder.get_params(failobj=[], header=name) or [])[1:]:
            plain = email.utils.collapse_rfc2231_value(value)
            found.setdefault(key.lower(), decode_words(plain)[:MAX_SHORT])
    except Exception:  # noqa: BLE001 - the parser fails in several ways on broken parameters
        return found
    return found
