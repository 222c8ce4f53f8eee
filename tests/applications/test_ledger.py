"""Whatever happens in whatever order of dates, the ledger and the rows tell the same story."""

import random
from datetime import datetime
from uuid import UUID

from app.core.database import Database, Mode
from app.facts.queries import candidate_facts
from app.facts.rules import CandidateRecord, candidate_record
from tests.applications.seats import opened
from tests.cast import Cast, Json, Person

VERBS = {
    "reject": "rejected_at",
    "unreject": "effective_at",
    "hire": "hired_at",
    "unhire": "effective_at",
    "withdraw": "withdrawn_at",
    "offer-declined": "declined_at",
}


def told(database: Database, person: Person, candidate: str) -> CandidateRecord:
    with database.transaction(Mode.READ, person.organization_id) as session:
        return candidate_record(UUID(candidate), candidate_facts(session, UUID(candidate)))


def change(person: Person, chance: random.Random, application: str) -> bool:
    at = f"2019-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}T12:00:00Z"
    kind = chance.choice([*VERBS, *VERBS, "stage", "advice", "applied"])
    path = f"applications/{application}"
    if kind == "stage":
        stage = chance.choice(["Screen", "Final", None])
        body: Json = {"furthest_stage": stage, "effective_at": at}
        return person.call("PATCH", path, json=body).status_code == 200
    if kind == "applied":
        body = {"applied_at": chance.choice([at, None])}
        return person.call("PATCH", path, json=body).status_code == 200
    if kind == "advice":
        body = {"given_at": at, "items": [{"text": "A job", "competency": "sales"}]}
        return person.call("POST", f"{path}/advice", json=body).status_code == 201
    body = {VERBS[kind]: at} if chance.random() < 0.8 else {}
    if kind == "reject":
        body["advice"] = [{"text": "A student club"}]
    return person.call("POST", f"{path}/{kind}", json=body).status_code == 200


def test_the_ledger_agrees_with_the_rows(cast: Cast, database: Database) -> None:
    ben, chance = cast.ben, random.Random(int(database.is_sqlite))
    candidate = ben.candidate()
    application = ben.application(candidate, opened(ben), applied_at="2018-12-01T09:00:00Z")
    done = 0
    for _ in range(30):
        done += change(ben, chance, application)
        record = told(database, ben, candidate)
        row = ben.get(f"applications/{application}")
        (attempt,) = record.applications
        assert attempt.status == row["status"]
        assert attempt.furthest_stage == row["furthest_stage"]
        applied_at = row["applied_at"] and datetime.fromisoformat(row["applied_at"])
        assert attempt.applied_at == applied_at
        standing = [str(rejection.id) for rejection in record.rejections]
        assert standing == ([row["rejection"]["id"]] if row["rejection"] else [])
        assert not (row["status"] == "active" and row["rejection"])
        pieces = ben.get(f"candidates/{candidate}/advice", params={"limit": "200"})["items"]
        assert {str(piece.id): piece.state for piece in record.advice} == {
            piece["id"]: piece["state"] for piece in pieces
        }
        if row["status"] == "withdrawn":
            position = row["position_id"]
            application = ben.application(
                candidate := ben.candidate(), position, applied_at="2018-12-01T09:00:00Z"
            )
    assert done >= 6, "most of what is tried is refused, but not all of it"
