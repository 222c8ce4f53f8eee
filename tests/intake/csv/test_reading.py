"""Sheets, headers and cells without any store."""

import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.csv import cells, headers
from app.intake.csv.cells import CellError
from app.intake.csv.rows import read_row
from app.intake.csv.sheets import Record, Sheet, open_sheet
from tests.letters import LETTERS

BERLIN = ZoneInfo("Europe/Berlin")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"))
FILLED = TEXT.filter(lambda text: text.strip(" \n") != "")


def opened(data: bytes, encoding: str | None = None) -> tuple[Sheet, list[Record]]:
    sheet = open_sheet(io.BytesIO(data), headers.PLAIN.is_known, encoding)
    return sheet, list(sheet.records)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "Zoë 雪"),
        ("utf-8-sig", "Zoë"),
        ("utf-16", "Zoë 雪"),
        ("utf-16-le", "Zoe"),
        ("cp1252", "Zoë Müßig"),
        ("gb18030", "王小明 李雪梅 张伟 北京的候选人 软件工程师"),
        ("cp1251", "Иван Петрович Сидоров, менеджер по продажам"),
    ],
)
def test_a_charset_is_found_out(encoding: str, name: str) -> None:
    _, (record,) = opened(f'name,email\r\n"{name}",z@x.example\r\n'.encode(encoding))
    assert record == Record(2, [name, "z@x.example"])


def test_a_charset_that_is_told_is_believed_where_bytes_do_not_show_better() -> None:
    assert opened("name\nŁukasz\n".encode("cp1250"), "windows-1250")[1][0].cells == ["Łukasz"]
    assert opened("name\nŁukasz\n".encode(), "windows-1250")[1][0].cells == ["Łukasz"]
    assert opened("name\nZoë\n".encode("cp1252"), "base64")[1][0].cells == ["Zoë"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_whatever_separates_cells_and_lines(delimiter: str, end: str) -> None:
    text = end.join(
        ("Name|Email|Tags", '"a "" b"|x@x.example|"1', '2"', "", "Bo||x;y,z", "")
    ).replace("|", delimiter)
    sheet, records = opened(text.replace("x;y,z", '"x;y,z"').encode())
    assert (sheet.delimiter, sheet.header) == (delimiter, ["Name", "Email", "Tags"])
    assert records == [
        Record(2, ['a " b', "x@x.example", f"1{end}2"]),
        Record(5, ["Bo", "", "x;y,z"]),
    ]


def test_what_nobody_can_read_is_a_fault_of_its_line() -> None:
    sheet, records = opened(b'sep=;\nname;email\nAnn;a@x.example\nBo;"b\n' + b"x" * 200_000)
    assert (sheet.delimiter, records[0]) == (";", Record(3, ["Ann", "a@x.example"]))
    assert records[1].fault is not None
    assert records[1].line == 4
    for data in (b"", b"\n\n", b"\xff\xfe", b"\x00", b'"'):
        opened(data)


@given(st.lists(FILLED))
def test_a_list_comes_back_as_it_went(items: list[str]) -> None:
    assert cells.split(cells.joined(items)) == items


@given(TEXT)
def test_no_cell_begins_a_formula_and_each_comes_back(text: str) -> None:
    out = cells.guarded(text)
    assert not out.startswith(("=", "+", "-", "@", "\t"))
    assert cells.unguarded(out) == text


@given(st.text(LETTERS, max_size=40))
def test_nothing_that_is_sent_raises(text: str) -> None:
    columns = list(headers.FIELDS)
    sheet = io.StringIO()
    csv.writer(sheet).writerow([text] * len(columns))
    record = Record(2, [text] * len(columns))
    read_row(record, columns, columns, zone=BERLIN, source="csv")
    open_sheet(io.BytesIO(sheet.getvalue().encode(errors="ignore")), headers.PLAIN.is_known)


def test_days_and_instants_are_read_where_there_is_no_doubt() -> None:
    wanted = date(2019, 5, 13)
    for text in ("2019-05-13", "13.05.2019", "13 May 2019", "May 13, 2019", "5/13/2019"):
        assert cells.day(text) == wanted, text
    for doubtful in ("05/06/2019", "soon", "2019-13-01"):
        with pytest.raises(CellError):
            cells.day(doubtful)
    assert cells.day("05/05/2019") == date(2019, 5, 5)
    begins = datetime(2019, 5, 12, 22, tzinfo=UTC)
    for text in ("2019-05-13", "2019-05-13 00:00", "2019-05-13T00:00:00+02:00"):
        assert cells.instant(text, BERLIN) == begins, text
    wrote = datetime(2019, 5, 13, 14, 30, tzinfo=UTC)
    for text in (
        *("13.05.2019 16:30", "13.05.2019, 16:30 Uhr", "5/13/2019 4:30 PM", "May 13, 2019 4:30 pm"),
        *("2019-05-13 14:30:00 UTC", "2019-05-13 10:30:00 -0400", "13 May 2019 16:30:00"),
    ):
        assert cells.instant(text, BERLIN) == wrote, text
    assert cells.day("13.05.2019 16:30") == wanted
    for wrong in ("13.05.2019 25:00", "31.02.2019 16:30"):
        with pytest.raises(CellError):
            cells.instant(wrong, BERLIN)


def test_vendors_names_of_columns_are_known() -> None:
    """Of exports of Greenhouse, Lever and Workable, and of what people write."""
    for names, field in {
        ("Candidate Name", "FULL NAME", "Bewerber"): "full_name",
        ("E-mail address", "Candidate Email", "Email"): "emails",
        ("Job", "Posting Title", "role_applied", "Requisition"): "position",
        ("Rejection Reason", "Archive Reason", "Disqualification reason"): "reason",
        ("Rejected On", "Archived At", "Disqualified at"): "rejected_at",
        ("Application Date", "Applied On", "applied_date"): "applied_at",
        ("Candidate ID", "Applicant ID", "Bewerber-ID"): "candidate_id",
        ("Absagedatum", "Abgesagt am"): "rejected_at",
        ("Verfügbar ab", "available_from"): "available_from",
        ("Kontakt am", "Follow-up date"): "follow_up_at",
        ("Shoe size", "", "Salary"): None,
    }.items():
        assert {headers.PLAIN.field_of(name) for name in names} == {field}


def test_a_row_is_read_whole_or_told_what_is_wrong() -> None:
    header = ["id", "First name", "Last name", "position", "status", "feedback", "Phone"]
    columns = headers.PLAIN.read(header, {})

    def read(*texts: str) -> tuple[object, list[tuple[int, str | None]]]:
        row, faults = read_row(Record(7, list(texts)), header, columns, zone=BERLIN, source="ats")
        return row, [(fault.line, fault.column) for fault in faults]

    row, faults = read("4711", "Sam", "Porter", "Sales", "Hired")
    assert row is not None
    assert faults == [(7, "status")]
    assert read("", "Sam", "Porter", "", "Rejected", "", "n/a") == (
        None,
        [(7, "Phone")],
    )
    assert read("", "Sam", "", "", "", "", "", "too many") == (None, [(7, None)])
