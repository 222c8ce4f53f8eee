"""Who and what is known of a message, and the messages that wait for somebody to assign them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, defer

from app.core.database import organization_of
from app.core.paging import RootFilters, SortKey
from app.core.problems import Conflict, NotFound
from app.follow_ups.queries.naming import candidates_by_address, follow_ups_by_id
from app.intake.email.message import read_message
from app.intake.email.rules import Contact, Known, OurUser, People
from app.intake.email.values import ReceivedMessage
from app.models.follow_up import WAITING, FollowUp, IntakeMessage
from app.models.organization import User, UserAddress
from app.organizations.queries import domains_of
from app.tombstones.queries import Listing, Rows, page_of_rows

_QUEUE = Listing(
    (SortKey(IntakeMessage.id, UUID, descending=True),),
    (SortKey(IntakeMessage.updated_at, datetime), SortKey(IntakeMessage.id, UUID)),
    WAITING,
)
_MINUTE = timedelta(minutes=1)
# The bytes of a message are read by whoever asks for that one.
_WITHOUT_RAW = defer(IntakeMessage.raw, raiseload=True)


def people_of(session: Session, addresses: Collection[str]) -> People:
    """Return who has these folded addresses, and the organization's own domains."""
    return People(
        candidates=candidates_by_address(session, addresses),
        users=_users_by_address(session, addresses),
        domains=frozenset(domains_of(session)),
    )


def _users_by_address(session: Session, addresses: Collection[str]) -> dict[str, OurUser]:
    rows = session.execute(
        select(UserAddress.address, User.id, User.active)
        .join(User, User.id == UserAddress.user_id)
        .where(
            UserAddress.organization_id == organization_of(session),
            UserAddress.address.in_(addresses),
        )
    )
    return {address: OurUser(user_id, active) for address, user_id, active in rows}


def message_of_digest(session: Session, digest: bytes) -> IntakeMessage | None:
    """Return what became of these very bytes."""
    return session.scalar(
        select(IntakeMessage)
        .where(
            IntakeMessage.organization_id == organization_of(session),
            IntakeMessage.digest == digest,
        )
        .options(_WITHOUT_RAW)
    )


def earlier_message(session: Session, row: IntakeMessage) -> IntakeMessage | None:
    """Return the first message with the row's Message-ID and author that became no follow-up.

    Another author's does not stand in the way: whoever has seen a Message-ID can write it.
    """
    return session.scalar(
        _of_the_same_id(session, row).where(
            IntakeMessage.from_address == row.from_address
            if row.from_address
            else IntakeMessage.from_address.is_(None),
            IntakeMessage.outcome.in_(("unassigned", "automated", "internal")),
        )
    )


def earlier_follow_up(session: Session, row: IntakeMessage, candidate_id: UUID) -> UUID | None:
    """Return what the row's Message-ID became before for this candidate.

    It may have been deleted since, or reassigned: the message is not taken in once more for that.
    """
    earlier = session.scalar(
        _of_the_same_id(session, row).where(
            IntakeMessage.candidate_id == candidate_id, IntakeMessage.outcome == "follow_up"
        )
    )
    return None if earlier is None else earlier.follow_up_id


def _of_the_same_id(session: Session, row: IntakeMessage) -> Select[IntakeMessage]:
    return (
        select(IntakeMessage)
        .where(
            IntakeMessage.organization_id == organization_of(session),
            IntakeMessage.message_id == row.message_id,
            IntakeMessage.id != row.id,
        )
        .order_by(IntakeMessage.id)
        .limit(1)
        .options(_WITHOUT_RAW)
    )


def present_follow_up(session: Session, follow_up_id: UUID) -> FollowUp | None:
    """Return a follow-up, whole; None where it was deleted."""
    return follow_ups_by_id(session, [follow_up_id]).get(follow_up_id)


def known_messages(
    session: Session, candidate_id: UUID, contact: Contact, around: datetime | None
) -> list[Known]:
    """Return the candidate's follow-ups that could be this message, the oldest first."""
    alike: list[ColumnElement[bool]] = [
        FollowUp.message_id.in_([contact.message_id, contact.hinted_id])
    ]
    if contact.fingerprint is not None:
        alike.append(FollowUp.fingerprint == contact.fingerprint)
    if around is not None:
        minute = around.replace(second=0, microsecond=0)
        alike.append((FollowUp.occurred_at >= minute) & (FollowUp.occurred_at < minute + _MINUTE))
    rows = session.execute(
        select(
            FollowUp.id,
            FollowUp.message_id,
            FollowUp.fingerprint,
            FollowUp.subject,
            FollowUp.occurred_at,
            FollowUp.received_at,
            FollowUp.captured_by_user_id.is_not(None).label("captured"),
        )
        .where(
            FollowUp.organization_id == organization_of(session),
            FollowUp.candidate_id == candidate_id,
            FollowUp.direction == contact.direction,
            FollowUp.deleted_at.is_(None),
            or_(*alike),
        )
        .order_by(FollowUp.id)
    ).all()
    moments = _moments(session, [row.id for row in rows])
    return [Known(*row, tuple(moments.get(row.id, (row.occurred_at,)))) for row in rows]


def _moments(session: Session, follow_up_ids: list[UUID]) -> dict[UUID, list[datetime | None]]:
    """When the messages behind follow-ups say that they were sent."""
    found: dict[UUID, list[datetime | None]] = defaultdict(list)
    rows = session.execute(
        select(IntakeMessage.follow_up_id, IntakeMessage.sent_at).where(
            IntakeMessage.organization_id == organization_of(session),
            IntakeMessage.follow_up_id.in_(follow_up_ids),
        )
    )
    for follow_up_id, sent_at in rows:
        if follow_up_id is not None:
            found[follow_up_id].append(sent_at)
    return found


# ------------------------------------------------------------------------------- what waits for us


def unassigned_page(
    session: Session, asked: RootFilters, *, from_address: str | None = None
) -> Rows:
    """Return messages that wait to be assigned, the newest first, or which came and went.

    `from_address` is folded.
    """
    statement = select(IntakeMessage).where(*_waiting(session)).options(_WITHOUT_RAW)
    if from_address is not None:
        statement = statement.where(IntakeMessage.from_address == from_address)
    return page_of_rows(session, statement, _QUEUE, asked, {"from_address": from_address})


def count_waiting(session: Session, from_address: str | None) -> int:
    """Return how many messages from this folded address wait to be assigned."""
    if from_address is None:
        return 0
    counted = select(func.count()).where(
        *_waiting(session), IntakeMessage.from_address == from_address
    )
    return session.scalar(counted) or 0


def read_unassigned(session: Session, message_id: UUID) -> tuple[IntakeMessage, ReceivedMessage]:
    """Return a message that waits, with what it says; raises NotFound where none does."""
    row = _message(session, message_id)
    if row is None or row.outcome != "unassigned":
        raise NotFound("No message of that id waits to be assigned.")
    return row, read_message(row.raw or b"")


def waiting_message(session: Session, message_id: UUID, *, lock: bool) -> IntakeMessage:
    """Return a message to be assigned or discarded.

    Raises NotFound, and Conflict with `current_status` where that was done already.
    """
    row = _message(session, message_id, lock=lock)
    if row is None:
        raise NotFound("No such message.")
    if row.outcome != "unassigned":
        raise Conflict("It no longer waits to be assigned.", current_status=row.outcome)
    return row


def _message(session: Session, message_id: UUID, *, lock: bool = False) -> IntakeMessage | None:
    statement = select(IntakeMessage).where(
        IntakeMessage.organization_id == organization_of(session), IntakeMessage.id == message_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def _waiting(session: Session) -> tuple[ColumnElement[bool], ...]:
    return (
        IntakeMessage.organization_id == organization_of(session),
        IntakeMessage.outcome == "unassigned",
    )
