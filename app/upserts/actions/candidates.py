"""Candidates by what other systems call them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.candidates.actions import create_candidate, update_candidate
from app.entry.actor import Actor
from app.external_ids.rules import Name
from app.models.candidate import Candidate
from app.upserts.actions.putting import Put, put_row, require, with_more_names


def put_candidate(
    session: Session,
    actor: Actor,
    names: Sequence[Name],
    told: Mapping[str, Any],
    *,
    effective_at: datetime | None = None,
    expected_version: int | None = None,
) -> Put[Candidate]:
    """Create a candidate or update the one who goes by any of the names.

    `told` has keys of `create_candidate`; what it leaves out stays. The names are added to those
    there are, and none is taken away. Without any the candidate is created.

    Raises:
        Conflict, Gone, StaleVersion, Invalid: as in `put_row` and `create_candidate`; a new
            candidate wants a `full_name`.
    """
    alike: list[UUID] = []

    def create() -> Candidate:
        require(told, "full_name")
        made = create_candidate(
            session, actor, **told, external_ids=names, effective_at=effective_at
        )
        alike.extend(made.possible_duplicates)
        return made.candidate

    def update(candidate_id: UUID) -> Candidate:
        changes = dict(told)
        more = with_more_names(session, candidate_id, names)
        if more is not None:
            changes["external_ids"] = more
        return update_candidate(
            session,
            actor,
            candidate_id,
            changes,
            effective_at=effective_at,
            expected_version=expected_version,
        )

    put = put_row(
        session,
        Candidate,
        "candidate",
        names,
        create=create,
        update=update,
        expected_version=expected_version,
    )
    return put._replace(possible_duplicates=alike if put.outcome == "created" else ())
