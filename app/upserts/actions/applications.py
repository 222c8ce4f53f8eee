"""Applications by what other systems call them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.applications.actions import create_application, update_application
from app.applications.queries import find_application
from app.core.problems import Conflict, Invalid, Problem
from app.entry.actor import Actor
from app.external_ids.rules import Name
from app.facts.queries import refuse_absent
from app.follow_ups.queries.naming import CandidateRef, candidates_meant
from app.models.application import Application
from app.upserts.actions.putting import Put, put_row, require, with_more_names
from app.upserts.queries import meant
from app.upserts.rules import Ref


def put_application(
    session: Session,
    actor: Actor,
    names: Sequence[Name],
    told: Mapping[str, Any],
    *,
    candidate: CandidateRef | None = None,
    position: Ref | None = None,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Put[Application]:
    """Create an application, active, or update the one that goes by any of the names.

    `told` has keys of `update_application`: attributes alone, its state has calls of its own. A
    candidate or position told of one that exists must be its own.

    Raises:
        Conflict, Gone, StaleVersion, Invalid: as in `put_row` and `create_application`; a new
            application wants a `candidate` and a `position`.
    """

    def create() -> Application:
        if candidate is None or position is None:
            require({}, "position" if candidate else "candidate")
        assert candidate is not None
        assert position is not None
        candidate_id = _candidate_meant(session, candidate)
        position_id = meant(session, "position", position, "/position")
        try:
            return create_application(
                session,
                actor,
                candidate_id=candidate_id,
                position_id=position_id,
                **told,
                external_ids=names,
                effective_at=effective_at,
            )
        except Invalid as problem:
            raise _where_it_was_told(problem, candidate, position) from problem

    def update(application_id: UUID) -> Application:
        row = find_application(session, application_id).row
        if candidate is not None:
            _refuse_another(session, candidate, row)
        if position is not None:
            position_id = meant(session, "position", position, "/position")
            if position_id != row.position_id:
                raise Conflict("It is for another position.", existing_id=application_id)
        return update_application(
            session,
            actor,
            application_id,
            told,
            external_ids=with_more_names(session, application_id, names),
            effective_at=effective_at,
            expected_version=expected_version,
        )

    return put_row(
        session,
        Application,
        "application",
        names,
        create=create,
        update=update,
        expected_version=expected_version,
    )


def _refuse_another(session: Session, ref: CandidateRef, row: Application) -> None:
    candidate_id = _candidate_meant(session, ref)
    if candidate_id != row.candidate_id:
        refuse_absent(session, ref.pointer, candidate_id)
        raise Conflict("It is another candidate's application.", existing_id=row.id)


def _candidate_meant(session: Session, ref: CandidateRef) -> UUID:
    found = candidates_meant(session, [ref])[ref]
    if isinstance(found, Problem):
        raise found
    return found


def _where_it_was_told(problem: Invalid, candidate: CandidateRef, position: Ref) -> Invalid:
    """Return the problem with pointers to what the body has for an id."""
    places = {"/candidate_id": candidate.pointer, "/position_id": f"/position/{position.field}"}
    return problem.elsewhere(lambda pointer: places.get(pointer, pointer))
