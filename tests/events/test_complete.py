"""Whatever a request changes, events name: roots whose version was raised, and milestones."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app.core.database import Database, Mode, organization_of
from app.models import Base
from app.models.base import TenantRoot
from app.models.event import Event
from app.models.follow_up import Milestone
from app.models.organization import ApiKey
from tests.cast import Cast
from tests.house.acme import furnish
from tests.stores import usually_on_one_store

ROOTS = [
    one.local_table for one in Base.registry.mappers if issubclass(one.class_, (TenantRoot, ApiKey))
]
_WANTED = {"competency": "sales", "min_level": 2, "kind": "nice_to_have", "weight": 1}

# What is done, in this order, to an organization with one of everything.
STEPS: list[tuple[str, Any]] = [
    ("PATCH candidates/{candidate_id}", {"location": "Boston", "tags": ["sales", "new"]}),
    ("PUT candidates/{candidate_id}/consent", {"purpose": "contact", "granted": True}),
    ("POST candidates/{candidate_id}/follow-ups", {"channel": "call", "direction": "outbound"}),
    (
        "POST candidates/{candidate_id}/follow-ups",
        {"channel": "letter", "advice_ids": ["{advice_id}"]},
    ),
    ("PATCH follow-ups/{follow_up_id}", {"subject": "Hello"}),
    ("PATCH milestones/{milestone_id}", {"status": "confirmed"}),
    ("PATCH milestones/{milestone_id}", {"title": "Dean's Roll"}),
    ("PATCH milestones/{milestone_id}", {"status": "refuted"}),
    ("POST follow-ups/{follow_up_id}/milestones", {"kind": "job", "title": "Waiter"}),
    (
        "PATCH follow-ups/{follow_up_id}",
        {"milestones": [{"kind": "grade", "title": "Dean's Roll"}]},
    ),
    ("PATCH advice/{advice_id}", {"text": "Three solid semesters."}),
    ("PATCH advice/{advice_id}", {"state": "confirmed"}),
    ("POST applications/{application_id}/advice", {"items": [{"text": "Lead a club."}]}),
    (
        "POST shortlists/{shortlist_id}/entries/{candidate_id}/decision",
        {"decision": "invited"},
    ),
    (
        "POST shortlists/{shortlist_id}/entries/{candidate_id}/decision",
        {"decision": "passed_over"},
    ),
    ("DELETE shortlists/{shortlist_id}/entries/{candidate_id}/decision", None),
    ("PATCH applications/{application_id}", {"furthest_stage": "final"}),
    ("POST applications/{application_id}/hire", {}),
    ("POST applications/{application_id}/unhire", {}),
    ("POST applications/{application_id}/unreject", {}),
    ("POST applications/{application_id}/hire", {}),
    ("POST applications/{application_id}/withdraw", {}),
    ("POST applications", {"candidate_id": "{candidate_id}", "position_id": "{position_id}"}),
    ("POST applications/{new_id}/offer-declined", {}),
    ("PATCH positions/{position_id}", {"title": "Winter internship"}),
    (
        "PATCH positions/{position_id}",
        {"requirements": [{**_WANTED, "verified_only": False}]},
    ),
    ("POST positions/{position_id}/hold", {}),
    ("POST positions/{position_id}/open", {}),
    ("POST positions/{position_id}/openings", {"openings": 1}),
    ("POST positions/{position_id}/close", {"reason": "filled"}),
    ("POST positions/{position_id}/reopen", {}),
    ("PATCH users/{user_id}", {"name": "Nobody", "active": False}),
    ("PATCH api-keys/{api_key_id}", {"name": "Nightly"}),
    ("DELETE api-keys/{api_key_id}", None),
    ("POST rejection-reasons", {"name": "Too late"}),
    ("PATCH talent-pools/{talent_pool_id}", {"name": "Winter"}),
    ("DELETE talent-pools/{talent_pool_id}", None),
    ("PATCH saved-searches/{saved_search_id}", {"name": "Small"}),
    ("DELETE saved-searches/{saved_search_id}", None),
    ("PATCH custom-fields/{custom_field_id}", {"archived": True}),
    ("PATCH organization", {"name": "Acme & Sons"}),
    ("POST intake/unassigned/{message_id}/assign", {"candidate_id": "{candidate_id}"}),
    ("POST candidates/{duplicate_candidate_id}/follow-ups", {"channel": "call"}),
    (
        "POST candidates/{duplicate_candidate_id}/merge",
        {"duplicate_candidate_id": "{candidate_id}"},
    ),
    ("POST candidates", {"full_name": "Olga"}),
    ("POST follow-ups/{follow_up_id}/reassign", {"candidate_id": "{new_id}"}),
    ("DELETE follow-ups/{follow_up_id}", None),
    ("DELETE candidates/{duplicate_candidate_id}", None),
]


def versions(session: Session) -> dict[str, int]:
    """Return every root's version, by its id."""
    acme = organization_of(session)
    tables = union_all(
        *(select(one.c.id, one.c.version).where(one.c.organization_id == acme) for one in ROOTS)
    )
    return {str(id_): version for id_, version in session.execute(tables)}


def milestones(session: Session) -> dict[str, Any]:
    """Return what is shown of every milestone: they have no version of their own."""
    rows = session.scalars(select(Milestone))
    return {str(one.id): (one.candidate_id, one.advice_id, one.status, one.title) for one in rows}


def told(session: Session, after: UUID) -> tuple[set[str], UUID]:
    """Return all ids that events have named since one, and the last of them."""
    rows = session.scalars(select(Event).where(Event.id > after).order_by(Event.id)).all()
    values = [value for row in rows for value in row.data.values()]
    named = {str(one) for each in values for one in (each if isinstance(each, list) else [each])}
    return named, rows[-1].id if rows else after


def filled(body: Any, ids: dict[str, str]) -> Any:
    """Put ids where a body names them."""
    if isinstance(body, dict):
        return {name: filled(value, ids) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(one, ids) for one in body]
    return body.format_map(ids) if isinstance(body, str) else body


@usually_on_one_store
def test_every_root_that_a_request_changes_is_named(cast: Cast, database: Database) -> None:
    ada, ids = cast.ada, furnish(cast.ada)

    def look(after: UUID) -> tuple[dict[str, Any], set[str], UUID]:
        with database.transaction(Mode.READ, ada.organization_id) as session:
            return ({**versions(session), **milestones(session)}, *told(session, after))

    before, _, last = look(UUID(int=0))
    wrong = dict[str, set[str]]()
    for number, (step, body) in enumerate(STEPS):
        method, path = step.split()
        answer = ada.call(method, path.format_map(ids), json=filled(body, ids))
        assert answer.status_code < 300, (step, answer.text)
        if path in {"applications", "candidates"}:
            ids["new_id"] = answer.json()["id"]
        now, named, last = look(last)
        changed = {one for one in now.keys() | before.keys() if now.get(one) != before.get(one)}
        if not named or changed - named:
            wrong[f"{number} {step}"] = changed - named
        before = now
    assert wrong == {}
