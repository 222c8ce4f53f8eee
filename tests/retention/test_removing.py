"""DELETE /v1/candidates/{id}: nothing of the person is left, in any table of the store."""

import json
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.core.database import Database, Mode
from app.models import Base
from app.models.event import Event
from app.models.follow_up import IntakeMessage
from app.models.organization import AuditRow
from app.retention.actions.kinds import KINDS
from tests.cast import Cast, Json, Person
from tests.house.acme import PDF, attach

NAME, ADDRESS, PHONE, PLACE = "Quentin Zyxwv", "quentin@zyxwv.example", "+14155552671", "Xanthi"
TAG, SKILL, THEIR_ID, STAGE = "zyx-tag", "zyx-skill", "zyx-4711", "zyx-panel"
DETAILS, DECIDER, ADVICE, EVIDENCE = "zyx-details", "Zyx Boss", "zyx-advice", "zyx-evidence"
SUBJECT, BODY, TITLE, QUOTE = "zyx-subject", "zyx-body", "zyx-title", "zyx-quote"
LINK, SOURCE, DECISION, LEAVING = "zyx.example/card", "zyx-form", "zyx-decision", "zyx-leaving"
WAITING, FILE, VALUE = "zyx-waiting", "zyx-card.pdf", "zyx-value"
# The organization's own words for stages and competencies, of which frozen numbers are made.
VOCABULARY = {SKILL: {"shortlist_entries"}, STAGE: {"shortlist_entries"}}
TRACES = (
    *(NAME, ADDRESS, PHONE, PLACE, TAG, SKILL, THEIR_ID, STAGE, DETAILS, DECIDER, ADVICE),
    *(EVIDENCE, SUBJECT, BODY, TITLE, QUOTE, LINK, SOURCE, DECISION, LEAVING, WAITING, FILE, VALUE),
)


def everything(database: Database, organization_id: uuid.UUID) -> Iterator[tuple[str, str]]:
    """Yield each value that the store holds of an organization, as (table, text)."""
    with database.transaction(Mode.READ, organization_id) as session:
        for table in Base.metadata.sorted_tables:
            rows = select(table)
            if "organization_id" in table.columns:
                rows = rows.where(table.c.organization_id == organization_id)
            for row in session.connection().execute(rows):
                for value in row:
                    if isinstance(value, (dict, list)):
                        yield table.name, json.dumps(value, ensure_ascii=False)
                    elif isinstance(value, bytes):
                        yield table.name, value.decode("utf-8", "replace")
                    else:
                        yield table.name, str(value)


def traces(database: Database, organization_id: uuid.UUID) -> dict[str, set[str]]:
    """Return where each of the person's words is found."""
    found: dict[str, set[str]] = {}
    for table, text in everything(database, organization_id):
        for trace in TRACES:
            if trace.lower() in text.lower():
                found.setdefault(trace, set()).add(table)
    return found


def told_all_about(cast: Cast, database: Database, position: str) -> str:
    """Tell all that can be told of a person, and return their id."""
    ben = cast.ben
    for applies_to in ("candidate", "application"):
        field = {"applies_to": applies_to, "key": "note", "name": "Note", "type": "text"}
        cast.ada.post("custom-fields", field)
    body = {
        "custom_fields": {"note": VALUE},
        "full_name": NAME,
        "emails": [{"address": ADDRESS}],
        "phones": [{"number": PHONE}],
        "location": PLACE,
        "tags": [TAG],
        "competencies": [{"competency": SKILL, "level": 2, "source": "declared"}],
        "available_from": "2019-01-01",
        "external_ids": [{"source": "ats", "type": "candidate", "id": THEIR_ID}],
        "relationship_owner_id": str(cast.ada.user_id),
    }
    person = str(ben.post("candidates", body, headers={"Idempotency-Key": "told"})["id"])
    application = ben.application(
        person,
        position,
        furthest_stage=STAGE,
        custom_fields={"note": VALUE},
        external_ids=[{"source": "ats", "type": "application", "id": THEIR_ID}],
    )
    ben.reject(
        application,
        details=DETAILS,
        decided_by={"name": DECIDER},
        advice=[{"text": ADVICE, "competency": SKILL, "evidence_expected": EVIDENCE}],
    )
    advice = ben.get(f"candidates/{person}/advice")["items"][0]["id"]
    follow_up = ben.follow_up(
        person,
        "2019-01-07T15:00:00Z",
        subject=SUBJECT,
        body=BODY,
        advice_ids=[advice],
        milestones=[
            {
                "kind": "job",
                "title": TITLE,
                "quote": QUOTE,
                "evidence_url": f"https://{LINK}",
                "advice_id": advice,
            }
        ],
        external_ids=[{"source": "ats", "type": "note", "id": THEIR_ID}],
    )
    milestone = f"milestones/{follow_up['milestones'][0]['id']}"
    attach(ben, milestone, PDF, filename=FILE)
    # What has left their lists is noted as well, in that of the candidate and in those below.
    ben.delete(f"attachments/{attach(ben, milestone, PDF, filename=FILE)['id']}")
    ben.put(f"candidates/{person}/consent", {"purpose": "store", "source": SOURCE})
    day = datetime.now(UTC).date()
    ben.post(f"candidates/{person}/pauses", {"first_day": str(day), "last_day": str(day)})
    left = ben.application(person, ben.position())
    ben.post(f"applications/{left}/withdraw", {"reason": LEAVING}, expect=200)
    with database.transaction(Mode.WRITE, ben.organization_id) as session:
        known = {"candidate_id": uuid.UUID(person), "follow_up_id": uuid.UUID(follow_up["id"])}
        for outcome, subject, whose in (("follow_up", SUBJECT, known), ("unassigned", WAITING, {})):
            session.add(
                IntakeMessage(
                    digest=uuid.uuid4().bytes * 2,
                    received_at=datetime.now(UTC),
                    message_id=f"<{subject}@zyxwv.example>",
                    from_address=ADDRESS,
                    subject=subject,
                    outcome=outcome,
                    reason=f"from {ADDRESS}",
                    raw=f"From: {NAME} <{ADDRESS}>\n\n{BODY}".encode(),
                    **whose,
                )
            )
    return person


def decided_on(person: Person, position: str, candidate: str) -> Json:
    made = person.post(f"positions/{position}/shortlists", headers={"Idempotency-Key": "list"})
    path = f"shortlists/{made['id']}/entries/{candidate}/decision"
    decision = {"decision": "invited", "reason": DECISION}
    assert person.call("POST", path, json=decision).is_success
    return person.get(f"shortlists/{made['id']}")


@pytest.mark.parametrize("reason", ["deleted", "erased"])
def test_nothing_of_the_person_is_left(cast: Cast, database: Database, reason: str) -> None:
    position = cast.ben.position()
    person = told_all_about(cast, database, position)
    shortlist = decided_on(cast.ben, position, person)
    before = traces(database, cast.ben.organization_id)
    assert before.keys() == set(TRACES)
    assert before[NAME] >= {"candidates", "audit_log", "idempotency_keys", "shortlist_entries"}

    cast.ben.delete(f"candidates/{person}", params={"reason": reason})

    assert traces(database, cast.ben.organization_id) == VOCABULARY
    left = list(everything(database, cast.ben.organization_id))
    assert ("departures", "attachment") not in left
    ids = [table for table, text in left if person in text]
    told_of = {"audit_log", "events", "outbox", "tombstones"}
    assert set(ids) <= {"candidates", "intake_messages", *told_of}
    cast.ben.get(f"candidates/{person}", expect=410)
    cast.ben.patch(f"candidates/{person}", {"location": "Here"}, expect=410)
    cast.ben.delete(f"candidates/{person}", expect=410)
    assert cast.ben.get("candidates")["items"] == []
    then = cast.ben.get(f"shortlists/{shortlist['id']}")
    (was,), (entry,) = shortlist["entries"], then["entries"]
    numbers = ("rank", "match", "persistence", "fit", "progress")
    assert {name: entry[name] for name in numbers} == {name: was[name] for name in numbers}
    assert then["version"] > shortlist["version"]


def test_the_log_says_who_did_what_and_no_more(cast: Cast, database: Database) -> None:
    sam = cast.ben.candidate()
    cast.ben.patch(f"candidates/{sam}", {"location": "Boston"})
    cast.ben.delete(f"candidates/{sam}", params={"reason": "erased"})
    with database.transaction(Mode.READ, cast.ben.organization_id) as session:
        rows = session.execute(
            select(AuditRow.action, AuditRow.changes, AuditRow.user_id)
            .where(AuditRow.candidate_id == uuid.UUID(sam))
            .order_by(AuditRow.id)
        ).all()
        event = session.scalars(
            select(Event).where(
                Event.organization_id == cast.ben.organization_id,
                Event.type == "candidate.erased",
            )
        ).one()
    assert [tuple(row) for row in rows] == [
        ("candidate.created", {"erased": True}, cast.ben.user_id),
        ("candidate.updated", {"erased": True}, cast.ben.user_id),
        ("candidate.erased", {}, cast.ben.user_id),
    ]
    assert event.data == {"candidate_id": sam}


def test_somebody_else_is_left_alone(cast: Cast, database: Database) -> None:
    position = cast.ben.position()
    kim = cast.ben.candidate("Kim", emails=[{"address": "kim@mail.example"}], tags=["intern"])
    cast.ben.reject(cast.ben.application(kim, position), advice=[{"text": "Sell"}])
    follow_up = cast.ben.follow_up(kim, "2019-01-07T15:00:00Z", body="I sold")
    paths = (f"candidates/{kim}", f"candidates/{kim}/advice", f"follow-ups/{follow_up['id']}")
    before = [cast.ben.get(path) for path in paths]
    person = told_all_about(cast, database, position)
    cast.ben.delete(f"candidates/{person}")
    assert [cast.ben.get(path) for path in paths] == before
    (entry,) = cast.ben.post(f"positions/{position}/shortlists")["entries"]
    assert entry["candidate"]["id"] == kim


def test_mail_from_a_shared_address_waits_on(cast: Cast, database: Database) -> None:
    person = told_all_about(cast, database, cast.ben.position())
    cast.ben.candidate("Kim", emails=[{"address": ADDRESS}])
    cast.ben.delete(f"candidates/{person}")
    assert "intake_messages" in traces(database, cast.ben.organization_id)[WAITING]


def test_a_filled_seat_stays_filled(cast: Cast) -> None:
    position = cast.ben.position()
    sam = cast.ben.candidate()
    application = cast.ben.application(sam, position, furthest_stage="panel")
    cast.ben.post(f"applications/{application}/hire", expect=200)
    cast.ben.delete(f"candidates/{sam}")
    (seat,) = cast.ben.get(f"positions/{position}/openings")["items"]
    assert (seat["status"], seat["application_id"]) == ("filled", application)
    assert cast.ben.get(f"positions/{position}")["status"] == "filled"


def test_the_names_in_other_systems_are_free_again(cast: Cast) -> None:
    body = {
        "full_name": "Sam",
        "emails": [{"address": "sam@mail.example"}],
        "external_ids": [{"source": "ats", "type": "candidate", "id": "1"}],
    }
    cast.ben.delete(f"candidates/{cast.ben.post('candidates', body)['id']}")
    assert cast.ben.post("candidates", body)["possible_duplicates"] == []


def test_a_keyed_request_is_not_done_again_and_tells_why(cast: Cast) -> None:
    keyed = {"Idempotency-Key": "once"}
    sam = cast.ben.post("candidates", {"full_name": "Sam"}, headers=keyed)["id"]
    cast.ben.delete(f"candidates/{sam}")
    problem = cast.ben.post("candidates", {"full_name": "Sam"}, expect=410, headers=keyed)
    assert (problem["type"], problem["title"]) == ("/problems/gone", "No longer there")
    assert "removed" in problem["detail"]
    assert "secret" not in problem["detail"]
    other = cast.ben.post("candidates", {"full_name": "Ann"}, expect=422, headers=keyed)
    assert other["errors"][0]["pointer"] == "Idempotency-Key"
    assert cast.ben.get("candidates")["items"] == []


def test_what_is_refused(cast: Cast) -> None:
    sam = cast.ben.candidate()
    cast.rita.delete(f"candidates/{sam}", expect=403)
    cast.cleo.delete(f"candidates/{sam}", expect=404)
    cast.ben.delete(f"candidates/{uuid.uuid4()}", expect=404)
    cast.ben.delete(f"candidates/{sam}", expect=422, params={"reason": "merged"})
    cast.ben.delete(f"candidates/{sam}", expect=412, headers={"If-Match": '"7"'})
    assert cast.ben.get(f"candidates/{sam}")["version"] == 1


def test_a_list_made_meanwhile_does_not_bring_them_back(cast: Cast, database: Database) -> None:
    position = cast.ben.position()
    people = []
    for at in range(6):
        sam = cast.ben.candidate(f"{NAME} {at}")
        cast.ben.reject(cast.ben.application(sam, position))
        cast.ben.follow_up(sam, f"2019-01-{7 + at:02}T15:00:00Z")
        people.append(sam)
    answers: list[int] = []

    def listing() -> None:
        answers.extend(
            cast.ben.call("POST", f"positions/{position}/shortlists", json={}).status_code
            for _ in range(6)
        )

    def removing() -> None:
        answers.extend(cast.ben.call("DELETE", f"candidates/{each}").status_code for each in people)

    threads = [threading.Thread(target=work) for work in (listing, removing)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] * 6 + [204] * 6
    assert traces(database, cast.ben.organization_id) == {}


# --------------------------------------------------------------------------- the registry is whole

# Who fills a seat is an application left bare; nothing of the person is in the seat itself.
_WITHOUT_PERSONAL_DATA = {"openings"}
# What the removal itself leaves: the tombstone.
_TOMBSTONE = {"candidates"}


def registered() -> set[str]:
    return {str(table.__tablename__) for kind in KINDS for table in kind.tables}


def test_every_table_that_knows_a_candidate_is_registered() -> None:
    known = {table.name for table in Base.metadata.sorted_tables if "candidate_id" in table.columns}
    assert known
    assert known <= registered()


def test_every_table_that_points_at_a_registered_one_is_registered() -> None:
    personal = registered() | _TOMBSTONE
    pointing = {
        table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in personal
    }
    assert pointing - _WITHOUT_PERSONAL_DATA <= registered()


def test_every_kind_has_a_name_of_its_own() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)
