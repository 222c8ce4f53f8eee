"""Bytes to records, whatever spreadsheet wrote them; nothing here raises on what it is sent."""

import _csv
import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, NamedTuple

from charset_normalizer import from_bytes

_CHUNK = 65_536
_SAMPLE = 8_000
"""Bytes the charset is guessed from, of lines with any beyond ASCII."""
_FEW = 4
"""Bytes beyond ASCII with which a guess begins; fewer are an accent in a Western text."""
_IN_USE = [
    *("cp1252", "gb18030", "cp1251", "big5", "cp932", "euc_jp", "cp949", "iso8859_2", "cp1250"),
    *("iso8859_7", "cp1254", "cp1255", "cp1256", "cp874"),
]
_ASCII = bytes(range(128))
DELIMITERS = (",", ";", "\t", "|")


class Record(NamedTuple):
    """One record: the line on which it begins, from 1, its cells, or why it cannot be read."""

    line: int
    cells: list[str]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that was opened: how it is written, its header, its records one by one."""

    encoding: str
    delimiter: str
    header: list[str]
    records: Iterator[Record]


class _Text(io.TextIOWrapper):
    """Text over a file that is somebody else's to close."""

    def close(self) -> None:
        """Leave the file open: it may be read once more."""


def open_sheet(file: BinaryIO, known: Callable[[str], bool], encoding: str | None = None) -> Sheet:
    """Find out how a file is written and return it, read up to its header.

    `known` tells whether a column's name means something: the delimiter is the one that makes the
    most such names of the first line. The file must be one in which can be sought. `encoding` is
    what the sender says of it, which is believed where the bytes do not show better.
    """
    encoding = _encoding(file, encoding)
    file.seek(0)
    text = _Text(file, encoding, errors="replace", newline="")
    told = _told_delimiter(text)
    start = text.tell()
    delimiter = told or _best_delimiter(text.read(_CHUNK), known)
    text.seek(start)
    reader = csv.reader(text, delimiter=delimiter)
    records = _records(reader, 0 if told is None else 1)
    header = next(records, Record(1, []))
    return Sheet(encoding, delimiter, [cell.strip("\ufeff \t") for cell in header.cells], records)


def _records(reader: "_csv.Reader", skipped: int) -> Iterator[Record]:
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Record(line, [], "cannot be read; is a quotation mark not closed?")
            continue
        if any(cell.strip() for cell in cells):
            yield Record(line, cells)


def _told_delimiter(text: io.TextIOWrapper) -> str | None:
    """Read Excel's own first line, `sep=;`, if there is one."""
    first = text.readline(_CHUNK).strip()
    name, _, delimiter = first.partition("=")
    if name.lower() == "sep" and len(delimiter) == 1:
        return delimiter
    text.seek(0)
    return None


def _best_delimiter(sample: str, known: Callable[[str], bool]) -> str:
    def worth(delimiter: str) -> tuple[int, int]:
        rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        try:
            header = next(islice((row for row in rows if row), 1), [])
        except csv.Error:
            return (0, 0)
        return (sum(known(cell) for cell in header), len(header))

    return max(DELIMITERS, key=worth)


# ---------------------------------------------------------------------------------------- charset


def _encoding(file: BinaryIO, told: str | None) -> str:
    file.seek(0)
    head = file.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(head) > 1 and 0 in head[:2]:
        return "utf-16-le" if head[1] == 0 else "utf-16-be"
    if _is_utf8(file):
        return "utf-8"
    return (told and _charset(told)) or _guessed(file)


def _charset(name: str) -> str | None:
    """Return Python's name for a charset of text, None where it is no such."""
    try:
        b"x".decode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def _is_utf8(file: BinaryIO) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _guessed(file: BinaryIO) -> str:
    file.seek(0)
    sample = b""
    while len(sample) < _SAMPLE and (line := file.readline(_CHUNK)):
        sample += b"" if line.isascii() else line
    if len(sample.translate(None, _ASCII)) < _FEW:
        return "cp1252"
    best = from_bytes(sample, cp_isolation=_IN_USE).best()
    return "cp1252" if best is None else best.encoding
