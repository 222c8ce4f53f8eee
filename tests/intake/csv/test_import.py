"""Spreadsheets over HTTP."""

import csv
import io
from pathlib import Path

import pytest

from tests.cast import Cast, Json, Person
from tests.stores import usually_on_one_store

REAL = Path(__file__).resolve().parents[3] / ".." / "shared" / "real" / "csv"
NEWCOMER = """\
Name;E-Mail;Position;Applied on;Rejected on;Reason;Feedback;Follow-up date;Follow-up text;Milestone\
;Follow-up advice
Sam Porter;sam@mail.example;Sales internship;2018-09-15;2018-10-04;Not yet;"Two solid semesters \
[academics 3]
A job with customers [customer-facing 3]";2018-11-01;Hired at a steakhouse!;job: Greeter;2
;SAM@mail.example;Sales internship;;;;;2018-12-01;Promoted;promotion: Waiter;"1, 2"
Ann Lee;ann@mail.example;Sales internship;2018-09-16;2018-10-05;Not yet;;;;
Bo;not an address;Sales internship;;;;;;;
Cy;;Sales internship;2018-09-16;;;;;A word without a day;
"""


def send(person: Person, sheet: str | bytes, expect: int = 200, **params: object) -> Json:
    body = sheet.encode() if isinstance(sheet, str) else sheet
    answer = person.call(
        "POST",
        "candidates/import",
        content=body,
        params=params,
        headers={"Content-Type": "text/csv"},
    )
    assert answer.status_code == expect, answer.text
    found: Json = answer.json()
    return found


def counts(done: Json) -> tuple[int, ...]:
    return tuple(done[name] for name in ("rows", "created", "updated", "unchanged", "failed"))


def test_a_newcomers_own_sheet_leads_to_a_ranking(cast: Cast) -> None:
    done = send(cast.ben, NEWCOMER)
    assert counts(done) == (5, 2, 0, 1, 2)
    assert done["delimiter"] == ";"
    assert (done["positions_created"], done["applications_created"]) == (1, 2)
    assert (done["rejections_created"], done["follow_ups_created"]) == (2, 2)
    assert [column["field"] for column in done["columns"]] == [
        *("full_name", "emails", "position", "applied_at", "rejected_at", "reason", "advice"),
        *("follow_up_at", "follow_up", "milestone", "follow_up_advice"),
    ]
    assert [(each["line"], each["column"]) for each in done["errors"]] == [
        (6, "E-Mail"),
        (7, "Follow-up date"),
    ]
    position = cast.ben.get("positions")["items"][0]
    ranked = cast.ben.post(f"positions/{position['id']}/shortlists", {})
    assert [each["candidate"]["full_name"] for each in ranked["entries"]] == ["Sam Porter"]
    sam = ranked["entries"][0]["candidate"]["id"]
    advice = cast.ben.get(f"candidates/{sam}/advice")["items"]
    # What names one piece of advice reports on it; what names two, on neither for sure.
    assert [
        tuple(each[name] for name in ("competency", "target_level", "state")) for each in advice
    ] == [
        ("academics", 3, "in_progress"),
        ("customer-facing", 3, "reported"),
    ]
    again = send(cast.ben, NEWCOMER)
    assert counts(again) == (5, 0, 0, 3, 2)
    assert (again["follow_ups_created"], again["applications_created"]) == (0, 0)


def test_what_goes_out_comes_in_as_it_was(cast: Cast) -> None:
    cast.ben.candidate(
        "=cmd|'/C calc'!A0",
        emails=[{"address": "sam@x.example", "type": "work; (old), x"}],
        phones=[{"number": "+17035550100;ext=7", "type": "mobile"}, {"number": "5550"}],
        tags=["@home", 'say "hi", you', " a\\ ", "雪;b"],
        location="'+1",
        competencies=[
            {"competency": "C++", "level": 3, "source": "assessed"},
            {
                "competency": "sales",
                "level": 2,
                "source": "declared",
                "effective_at": "2018-10-01T08:00:00.5Z",
            },
        ],
        external_ids=[{"source": "a b", "type": "c", "id": "1:2;3"}],
    )
    before = cast.ben.get("candidates")["items"]
    answer = cast.rita.call("GET", "candidates/export")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.content.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))] == []
    done = send(cast.ben, answer.content)
    assert (counts(done), done["errors"]) == ((1, 0, 0, 1, 0), [])
    assert cast.ben.get("candidates")["items"] == before
    # To an organization that has nobody of them it brings all but their ids.
    assert counts(send(cast.cleo, answer.content)) == (1, 1, 0, 0, 0)
    (there,) = cast.cleo.get("candidates")["items"]
    own = {"id", "created_at", "updated_at"}
    assert {name: there[name] for name in there.keys() - own} == {
        name: before[0][name] for name in before[0].keys() - own
    }


def test_fields_of_their_own_come_in_and_go_out(cast: Cast) -> None:
    for key, kind, told in (
        ("shoe", "number", {}),
        ("size", "select", {"options": ["S", "M"], "name": "Shirt size"}),
        ("langs", "multi_select", {"options": ["de", "en"]}),
        ("driver", "boolean", {}),
        ("since", "date", {}),
        ("note", "text", {}),
    ):
        body = {"applies_to": "candidate", "key": key, "name": key, "type": kind, **told}
        cast.ada.post("custom-fields", body)
    gone = {"applies_to": "candidate", "key": "gone", "name": "gone", "type": "text"}
    field = cast.ada.post("custom-fields", gone)["id"]
    old = cast.ben.candidate("Old Hand", custom_fields={"gone": "kept"})
    cast.ada.patch(f"custom-fields/{field}", {"archived": True})
    sheet = (
        "Name;custom_fields.shoe;Shirt Size;Sprachen;driver;since;note;gone\n"
        "Sam;43,5;M;en;ja;13.05.2019;=1+1;x\n"
        "Bo;many;XL;;maybe;then;;\n"
    )
    done = send(cast.ben, sheet, map="Sprachen=langs")
    assert counts(done) == (2, 1, 0, 0, 1)
    assert done["columns"][-1] == {"name": "gone", "field": None}
    assert [(each["line"], each["column"]) for each in done["errors"]] == [
        (3, name) for name in ("custom_fields.shoe", "Shirt Size", "driver", "since")
    ]
    assert counts(send(cast.ben, sheet, map="Sprachen=langs")) == (2, 0, 0, 1, 1)
    (sam,) = cast.ben.get("candidates?q=Sam")["items"]
    values = {"shoe": 43.5, "size": "M", "langs": ["en"], "driver": True, "since": "2019-05-13"}
    assert sam["custom_fields"] == {**values, "note": "=1+1"}
    # Told of one field, the others stay; whoever has an archived one is left with it.
    assert counts(send(cast.ben, f"id,shoe\n{sam['id']},44\n{old},40\n")) == (2, 0, 2, 0, 0)
    assert cast.ben.get(f"candidates/{sam['id']}")["custom_fields"]["size"] == "M"
    assert cast.ben.get(f"candidates/{old}")["custom_fields"] == {"gone": "kept", "shoe": 40}
    before = cast.ben.get("candidates")["items"]
    done = send(cast.ben, cast.rita.call("GET", "candidates/export").content)
    assert (counts(done), done["errors"]) == ((2, 0, 0, 2, 0), [])
    assert cast.ben.get("candidates")["items"] == before


@usually_on_one_store
def test_fields_of_their_own_come_in_with_tries(cast: Cast) -> None:
    for applies_to, key, kind in (
        ("application", "campus", "text"),
        ("application", "points", "number"),
        ("candidate", "points", "number"),
    ):
        body = {"applies_to": applies_to, "key": key, "name": key, "type": kind}
        cast.ada.post("custom-fields", {**body, "required": key == "campus"})
    sheet = (
        "Name,E-Mail,Position,Campus,application.custom_fields.points,points\n"
        "Sam,sam@x.example,Internship,fair,7,3\n"
        "Bo,bo@x.example,Internship,mail,many,\n"
        "Al,al@x.example,,fair,,\n"
        "Cy,cy@x.example,Internship,,,\n"
    )
    done = send(cast.ben, sheet)
    assert counts(done) == (4, 2, 0, 0, 2)
    own = "application.custom_fields.points"
    faults = [(each["line"], each["column"]) for each in done["errors"]]
    assert faults == [(3, own), (4, "Campus"), (5, "Campus")]
    (tried,) = cast.ben.get("applications")["items"]
    assert tried["custom_fields"] == {"campus": "fair", "points": 7}
    (sam,) = cast.ben.get("candidates?q=Sam")["items"]
    assert sam["custom_fields"] == {"points": 3}
    assert send(cast.ben, sheet)["applications_updated"] == 0
    told = "E-Mail,Position,points,Campus\nsam@x.example,Internship,4,mail\n"
    assert [send(cast.ben, told)["applications_updated"] for _ in range(2)] == [1, 0]
    (tried,) = cast.ben.get("applications")["items"]
    assert tried["custom_fields"] == {"campus": "mail", "points": 7}


def test_an_export_takes_the_filters_of_the_list(cast: Cast) -> None:
    def exported(**asked: str) -> list[str]:
        answer = cast.rita.call("GET", "candidates/export", params=asked)
        rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
        return [row["full_name"] for row in rows]

    cast.ben.candidate("Sam Porter", tags=["sales"])
    ann = cast.ben.candidate("Ann Porter", tags=["sales", "intern"])
    since = cast.ben.get(f"candidates/{ann}")["updated_at"]
    assert exported(tag="sales") == ["Sam Porter", "Ann Porter"]
    assert exported(tag="sales", ids=ann) == ["Ann Porter"]
    assert exported(updated_since=since) == ["Ann Porter"]
    assert exported(q="porter", tag="intern") == ["Ann Porter"]
    assert sorted(exported(q="porter")) == ["Ann Porter", "Sam Porter"]
    for wrong in ({"custom_field": "x:1"}, {"q": "x", "updated_since": since}, {"sort": "id"}):
        assert cast.rita.call("GET", "candidates/export", params=wrong).status_code == 422


def test_a_sheet_adds_and_takes_nothing_away(cast: Cast) -> None:
    name = {"source": "ats", "type": "candidate", "id": "7"}
    sam = cast.ben.candidate(
        emails=[{"address": "sam@x.example"}], tags=["sales"], external_ids=[name]
    )
    send(cast.ben, "candidate_id,Email,Tags,location\n7,sam@y.example,intern,\n", source="ats")
    read = cast.ben.get(f"candidates/{sam}")
    assert [each["address"] for each in read["emails"]] == ["sam@x.example", "sam@y.example"]
    assert (read["tags"], read["full_name"]) == (["intern", "sales"], "Sam Porter")
    cast.ben.delete(f"candidates/{sam}?reason=erased")
    done = send(cast.ben, "candidate_id,name\n7,Sam\n", source="ats")
    assert "erased" in done["errors"][0]["why"]


def test_a_row_without_a_position_means_the_only_try(cast: Cast) -> None:
    head = "name,email,position,stage,status\n"
    send(cast.ben, f"{head}Sam,s@x.example,Sales,,\nAnn,a@x.example,,,\n")
    done = send(
        cast.ben,
        f"{head},s@x.example,,Panel,Rejected\n,a@x.example,,Panel,\n,a@x.example,,,Rejected\n",
    )
    assert (done["applications_updated"], done["rejections_created"]) == (1, 1)
    assert [(each["line"], each["column"]) for each in done["errors"]] == [
        (3, "stage"),
        (4, "position"),
    ]
    assert done["failed"] == 1


def test_who_shares_an_address_but_has_another_id_is_somebody_else(cast: Cast) -> None:
    done = send(
        cast.ben,
        "candidate_id,name,email\n1,Ann,family@x.example\n2,Bo,family@x.example\n,Cy,c@x.example\n",
    )
    assert done["created"] == 3
    assert counts(send(cast.ben, "candidate_id,email\n3,c@x.example\n")) == (1, 0, 1, 0, 0)
    done = send(cast.ben, "name,email\nDi,family@x.example\n")
    assert done["errors"] == [
        {"line": 2, "column": "email", "why": "fit 2 candidates: name one by id"}
    ]


def test_a_sheet_can_be_read_before_it_is_taken(cast: Cast) -> None:
    done = send(cast.ben, NEWCOMER, only_read=True)
    assert counts(done) == (5, 0, 0, 0, 2)
    assert [each["line"] for each in done["errors"]] == [6, 7]
    assert {column["field"] for column in done["columns"]} > {"full_name", "advice", "milestone"}
    assert cast.ben.get("candidates")["items"] == cast.ben.get("positions")["items"] == []


def test_whom_a_row_is_about_is_asked_for(cast: Cast) -> None:
    sheet = "name,email,city\n,,Provo\n,nobody@x.example,Provo\n"
    assert [each["why"] for each in send(cast.ben, sheet)["errors"]] == [
        "names nobody: no name, no address, no id",
        "is wanted: nobody goes by this address or id yet",
    ]


def test_columns_may_be_told(cast: Cast) -> None:
    sheet = "Wer,Kontakt,name\nSam,s@x.example,x\n"
    done = send(cast.ben, sheet, map=["Wer=full_name", "Kontakt=emails", "name="])
    assert counts(done) == (1, 1, 0, 0, 0)
    assert cast.ben.get("candidates")["items"][0]["full_name"] == "Sam"
    assert counts(send(cast.ben, sheet, map=["Wer=Candidate Name", "Kontakt=E-mail"]))[3] == 1
    near = send(cast.ben, sheet, expect=422, map="Wer=follow_up_day")["errors"][0]["detail"]
    assert near == "follow_up_day: is no field; did you mean follow_up_at?"
    for params in ({"map": "Wo=location"}, {"map": "Wer=shoe"}):
        answer = send(cast.ben, sheet, expect=422, **params)
        assert answer["errors"][0]["pointer"] == "?map"
    send(cast.ben, "a,b\n1,2\n", expect=422)
    send(cast.ben, "", expect=422)
    send(cast.ben, "name\n" + "x\n" * 10_001, expect=413)
    assert cast.ben.call("POST", "candidates/import", json={}).status_code == 415


def test_real_sheets_are_taken(cast: Cast) -> None:
    """Recruiting-Analytics-ETL's; candidates first, then what else it tells of them by id."""
    if not REAL.exists():
        pytest.skip("the real sheets of ../shared/real/csv are absent")
    candidates = (REAL / "candidates.csv").read_text().splitlines(keepends=True)[:21]
    done = send(cast.ben, "".join(candidates))
    assert counts(done) == (20, 20, 0, 0, 0)
    rejected = sum(line.rstrip().endswith("Rejected") for line in candidates)
    assert done["rejections_created"] == rejected > 0
    assert {each["column"] for each in done["errors"]} == {"status"}
    for name in ("offers.csv", "interviews.csv"):
        sheet = (REAL / name).read_text().splitlines(keepends=True)
        done = send(cast.ben, "".join(sheet[:9]))
        assert (done["rows"], done["created"]) == (8, 0)
