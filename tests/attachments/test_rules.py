import io
import zipfile

import pytest

from app.attachments.rules import (
    HEAD,
    TYPES,
    content_fault,
    disposition,
    media_type,
    name_fault,
)

OPEN_XML = "application/vnd.openxmlformats-officedocument."
ODT = "application/vnd.oasis.opendocument.text"


def archive(*entries: str, stored: tuple[str, str] | None = None) -> bytes:
    """The beginning of a ZIP archive with these files, made as office programs make theirs."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        if stored:
            made.writestr(zipfile.ZipInfo(stored[0]), stored[1])
        for entry in entries:
            made.writestr(entry, "<x/>")
    return held.getvalue()[:HEAD]


BEGINNINGS = {
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "application/msword": bytes.fromhex("d0cf11e0a1b11ae100000000"),
    f"{OPEN_XML}wordprocessingml.document": archive("[Content_Types].xml", "word/document.xml"),
    f"{OPEN_XML}spreadsheetml.sheet": archive("xl/workbook.xml"),
    f"{OPEN_XML}presentationml.presentation": archive("_rels/.rels", "ppt/presentation.xml"),
    ODT: archive("content.xml", stored=("mimetype", ODT)),
    "application/rtf": b"{\\rtf1\\ansi Sam Porter}",
    "text/plain": "Dean's List\r\n\tünï".encode(),
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "image/gif": b"GIF89a\x01\x00\x01\x00",
    "image/webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "image/heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "image/tiff": b"II*\x00\x08\x00\x00\x00",
}


def test_a_file_of_each_type_is_taken_for_that_type_alone() -> None:
    assert BEGINNINGS.keys() == TYPES.keys()
    taken = {
        (kind, other)
        for kind in TYPES
        for other, head in BEGINNINGS.items()
        if content_fault(head, kind) is None
    }
    alike = taken - {(kind, kind) for kind in TYPES}
    assert {(kind, kind) for kind in TYPES} <= taken
    # What may be read as text, and packages whose first file says no more than that they are ones.
    readable = {"application/pdf", "application/rtf"}
    assert {pair for pair in alike if not pair[0].startswith(OPEN_XML)} <= {
        ("text/plain", one) for one in (*readable, "image/heic", "image/gif")
    }
    assert all(pair[1].startswith(OPEN_XML) for pair in alike if pair[0].startswith(OPEN_XML))


def test_text_in_other_encodings_is_text_and_a_program_is_none() -> None:
    for text in (
        "\ufeffnaïve".encode("utf-16"),
        "naïve".encode("latin-1"),
        "表".encode("shift_jis"),
    ):
        assert content_fault(text, "text/plain") is None
    for program in (b"\x7fELF\x02\x01\x01\x00", b"MZ\x90\x00\x03", b"PK\x03\x04\x14\x00\x06"):
        assert content_fault(program, "text/plain")
    plain_archive = archive("evil.exe")
    assert not [kind for kind in TYPES if content_fault(plain_archive, kind) is None]
    assert {content_fault(b"", kind) for kind in TYPES} == {"The file is empty"}


@pytest.mark.parametrize(
    ("declared", "filename", "found"),
    [
        ("application/pdf", "card", "application/pdf"),
        ("Text/Plain; charset=utf-8", "a.txt", "text/plain"),
        (None, "Dean's List.PDF", "application/pdf"),
        ("application/octet-stream", "photo.JPG", "image/jpeg"),
        ("application/octet-stream", "pdf", None),
        ("application/octet-stream", "page.html", None),
        ("text/html", "card.pdf", None),
        ("image/svg+xml", "card.svg", None),
        ("application/json", "card.pdf", None),
    ],
)
def test_the_type_is_what_is_declared_else_what_the_name_says(
    declared: str | None, filename: str, found: str | None
) -> None:
    assert media_type(declared, filename) == found


@pytest.mark.parametrize(
    ("filename", "fault"),
    [
        ("card.pdf", None),
        ("..pdf", None),
        ("card", "ends in .pdf"),
        ("card.pdf.html", "ends in .pdf"),
        ("../card.pdf", "without folders"),
        ("C:\\card.pdf", "without folders"),
    ],
)
def test_a_name_ends_as_its_type_does(filename: str, fault: str | None) -> None:
    found = name_fault(filename, "application/pdf")
    assert found is None if fault is None else fault in (found or "")


def test_a_download_keeps_its_name_whatever_is_in_it() -> None:
    assert disposition("card.pdf") == 'attachment; filename="card.pdf"'
    told = disposition('résumé "1" 100%.pdf')
    assert told == (
        'attachment; filename="r_sum_ _1_ 100_.pdf"; '
        "filename*=UTF-8''r%C3%A9sum%C3%A9%20%221%22%20100%25.pdf"
    )
