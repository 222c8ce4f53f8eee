"""Rejections that may be told more than once."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.applications.actions import reject_application
from app.applications.queries import (
    Standing,
    advice_of_rejection,
    find_application,
    standing_rejection,
)
from app.applications.rules import Contract, Giver
from app.core.problems import Conflict, Invalid, NotFound
from app.entry.actor import Actor
from app.follow_ups.actions import Outcome
from app.upserts.rules import told_otherwise


def reject_once(
    session: Session, actor: Actor, application_id: UUID, told: Mapping[str, Any]
) -> Outcome:
    """Turn an application down, or find that it was, in just these words.

    `told` has those keys of `reject_application` that were given, the contract's among them.

    Raises:
        Invalid: there is no such application.
        Gone: its candidate was removed.
        Conflict: it is hired or withdrawn, or was turned down otherwise than is told now.
    """
    try:
        found = find_application(session, application_id)
    except NotFound as problem:
        raise Invalid("/application/id", "is no application here") from problem
    standing = found.rejection if found.row.status == "rejected" else None
    if standing is not None:
        different = told_otherwise(_as_told(session, standing), told)
        if different:
            raise Conflict(
                f"It was turned down already, with another {different[0]}.",
                current_status="rejected",
                existing_id=standing.id,
            )
        return Outcome("unchanged", standing.id)
    given = dict(told)
    contract = Contract(**{name: given.pop(name) for name in CONTRACT & given.keys()})
    reject_application(session, actor, application_id, **given, contract=contract)
    rejection = standing_rejection(session, application_id)
    assert rejection is not None
    return Outcome("created", rejection.id)


CONTRACT = set(Contract.__dataclass_fields__)


def _as_told(session: Session, standing: Standing) -> dict[str, Any]:
    """Return a rejection in the words in which it is told."""
    decided_by = Giver(standing.decided_by_user_id, standing.decided_by_name)
    return {
        **standing._asdict(),
        "reason_id": standing.rejection_reason_id,
        "decided_by": None if decided_by == Giver() else decided_by,
        "advice": [advice.text for advice in advice_of_rejection(session, standing.id)],
    }
