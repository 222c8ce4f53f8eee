"""Which files are taken, how they are told apart, and how they are handed out.

What is on the list runs nothing where it is opened: no HTML, no SVG, no script, no program. A file
is what its sender says only where its first bytes agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

# As much of a file's beginning as tells what it is.
HEAD: Final = 1024
OCTETS: Final = "application/octet-stream"
LARGEST_NAME: Final = 200

_ZIP = b"PK\x03\x04"
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_PACKAGE = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"customXml/")
_HEIF = {b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# Control characters that text has: tab, line feed, form feed, carriage return, escape.
_NOT_TEXT = frozenset(range(32)) - {9, 10, 12, 13, 27}


@dataclass(frozen=True, slots=True)
class FileType:
    """A type that is taken: what its files are called, and how they begin."""

    extensions: tuple[str, ...]
    begins: Callable[[bytes], bool]


def _with(*magic: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magic)


def _first_entry(head: bytes) -> bytes:
    """Return the name of the first file in a ZIP archive (its local file header, 4.3.7)."""
    length = int.from_bytes(head[26:28], "little")
    return head[30 : 30 + length] if head.startswith(_ZIP) else b""


def _office(folder: bytes) -> Callable[[bytes], bool]:
    """Office Open XML: a ZIP archive that begins with what such packages begin with."""
    return lambda head: _first_entry(head).startswith((*_PACKAGE, folder))


def _open_document(head: bytes) -> bool:
    """OpenDocument: a ZIP archive whose first file, not compressed, is the type's name."""
    start = 30 + len(b"mimetype") + int.from_bytes(head[28:30], "little")
    told = head[start:].startswith(b"application/vnd.oasis.opendocument.text")
    return _first_entry(head) == b"mimetype" and told


def _heif(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF


def _webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _text(head: bytes) -> bool:
    return head.startswith(_UTF16) or not _NOT_TEXT.intersection(head)


_OPEN_XML = "application/vnd.openxmlformats-officedocument"
TYPES: Final[Mapping[str, FileType]] = {
    "application/pdf": FileType(("pdf",), _with(b"%PDF-")),
    "application/msword": FileType(("doc",), _with(_COMPOUND)),
    f"{_OPEN_XML}.wordprocessingml.document": FileType(("docx",), _office(b"word/")),
    f"{_OPEN_XML}.spreadsheetml.sheet": FileType(("xlsx",), _office(b"xl/")),
    f"{_OPEN_XML}.presentationml.presentation": FileType(("pptx",), _office(b"ppt/")),
    "application/vnd.oasis.opendocument.text": FileType(("odt",), _open_document),
    "application/rtf": FileType(("rtf",), _with(b"{\\rtf")),
    "text/plain": FileType(("txt",), _text),
    "image/jpeg": FileType(("jpg", "jpeg"), _with(b"\xff\xd8\xff")),
    "image/png": FileType(("png",), _with(b"\x89PNG\r\n\x1a\n")),
    "image/gif": FileType(("gif",), _with(b"GIF87a", b"GIF89a")),
    "image/webp": FileType(("webp",), _webp),
    "image/heic": FileType(("heic", "heif"), _heif),
    "image/tiff": FileType(("tif", "tiff"), _with(b"II*\x00", b"MM\x00*")),
}
_BY_EXTENSION = {name: kind for kind, one in TYPES.items() for name in one.extensions}


def extension(filename: str) -> str:
    """Return what follows the last dot, in lower case; nothing where there is none."""
    return filename.rpartition(".")[2].lower() if "." in filename else ""


def media_type(declared: str | None, filename: str) -> str | None:
    """Return the type of a file, None where it is none that is taken.

    `declared` is a Content-Type; one that says nothing leaves it to the file's name.
    """
    told = (declared or "").partition(";")[0].strip().lower()
    if told in {"", OCTETS}:
        return _BY_EXTENSION.get(extension(filename))
    return told if told in TYPES else None


def name_fault(filename: str, kind: str) -> str | None:
    """Say what is wrong with the name of a file of this type, None where nothing is.

    A name that ends otherwise would open as something else where it is saved.
    """
    if "/" in filename or "\\" in filename:
        return "is a name without folders"
    if extension(filename) not in TYPES[kind].extensions:
        endings = " or ".join(f".{one}" for one in TYPES[kind].extensions)
        return f"ends in {endings} for a file of type {kind}"
    return None


def content_fault(head: bytes, kind: str) -> str | None:
    """Say what is wrong with a file that begins so, None where it may be of this type."""
    if not head:
        return "The file is empty"
    return None if TYPES[kind].begins(head) else f"The file does not begin as one of type {kind}"


def disposition(filename: str) -> str:
    """Return Content-Disposition for a download under this name (RFC 6266, RFC 8187)."""
    plain = "".join(sign if _plain(sign) else "_" for sign in filename)
    told = f'attachment; filename="{plain}"'
    return told if plain == filename else f"{told}; filename*=UTF-8''{quote(filename, safe='')}"


def _plain(sign: str) -> bool:
    return " " <= sign <= "~" and sign not in '"\\%'
