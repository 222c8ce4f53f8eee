"""Every kind of personal data we keep, and how each is forgotten.

A new table that knows a candidate gets its place in `KINDS`; a test compares the two. The order is
that in which rows point at each other: who points goes before what is pointed at.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Delete, Update, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from app.attachments.actions import forget_attachments
from app.core.clock import now
from app.core.database import write_appended
from app.core.ids import new_id
from app.external_ids.actions import note_removed_names
from app.external_ids.rules import Name
from app.facts.actions import recorded_at
from app.models.application import Advice, Application, Rejection
from app.models.attachment import Attachment, Blob
from app.models.base import Base, table_of
from app.models.candidate import (
    CandidateCompetency,
    CandidateEmail,
    CandidatePhone,
    CandidateTag,
    Consent,
    DismissedDuplicate,
    PauseRow,
)
from app.models.custom_field import CustomFieldMark
from app.models.event import Departure
from app.models.follow_up import (
    FollowUp,
    FollowUpAdvice,
    FollowUpAttachment,
    IntakeMessage,
    Milestone,
)
from app.models.organization import AuditRow, ExternalId, IdempotencyKey
from app.models.position import Opening
from app.models.ranking import (
    Fact,
    PersistencePeriod,
    QuietPosting,
    RankedPosting,
    RankingRow,
    Shortlist,
    ShortlistEntry,
)
from app.models.run import ShortlistRunPlace
from app.models.search import SearchText
from app.models.talent_pool import MEMBER, TalentPoolMember
from app.retention.queries import Person, follow_ups_of, ids_about
from app.search.actions import forget_person
from app.shortlists.actions.posting import forget_postings
from app.shortlists.actions.running import begin_anew_without
from app.shortlists.rules.states import CandidateState
from app.tombstones.actions import depart, forget_departures

_BLACK: Final = {"erased": True}
_NAMED_AT_ONCE: Final = 1000


class Kind(NamedTuple):
    """One kind of personal data: what it is, where it lies, how it is forgotten."""

    name: str
    tables: tuple[type[Base], ...]
    forget: Callable[[Session, Person], None]


def forget_answers(session: Session, person: Person) -> None:
    """Drop the stored answers to keyed requests that name the person; the keys stay used."""
    needle = str(person.candidate_id).encode()
    names_person = (
        func.instr(IdempotencyKey.body, needle) > 0
        if session.get_bind().dialect.name == "sqlite"
        else IdempotencyKey.body.bool_op("LIKE")(b"%" + needle + b"%")
    )
    _run(
        session,
        update(IdempotencyKey)
        .where(IdempotencyKey.organization_id == person.organization_id, names_person)
        .values(body=None, headers=None),
    )


def forget_audit_changes(session: Session, person: Person) -> None:
    """Keep who did what when, and black out what was told with it."""
    write_appended(session)
    ours = AuditRow.organization_id == person.organization_id
    _run(
        session,
        update(AuditRow)
        .where(ours, AuditRow.candidate_id == person.candidate_id)
        .values(changes=_BLACK),
    )
    for some in _in_pieces(ids_about(session, person)):
        _run(
            session,
            update(AuditRow).where(ours, AuditRow.subject_id.in_(some)).values(changes=_BLACK),
        )


def forget_external_ids(session: Session, person: Person) -> None:
    """Drop what other systems call the person, their applications and follow-ups.

    Digests stay, which say no more than the tombstone does: a sync by night must not bring back
    who asked to be forgotten.
    """
    for some in _in_pieces(ids_about(session, person)):
        theirs = (
            ExternalId.organization_id == person.organization_id,
            ExternalId.subject_id.in_(some),
        )
        names = session.execute(
            select(ExternalId.source, ExternalId.type, ExternalId.external_id).where(*theirs)
        ).all()
        note_removed_names(
            session,
            (Name(*name) for name in names),
            reason=person.reason,
            removed_at=recorded_at(session),
        )
        _run(session, delete(ExternalId).where(*theirs))


def forget_dismissals(session: Session, person: Person) -> None:
    """Drop from whom they were told apart, whoever of the two is named first."""
    _run(
        session,
        delete(DismissedDuplicate).where(
            DismissedDuplicate.organization_id == person.organization_id,
            or_(
                DismissedDuplicate.candidate_id == person.candidate_id,
                DismissedDuplicate.other_candidate_id == person.candidate_id,
            ),
        ),
    )


def forget_messages(session: Session, person: Person) -> None:
    """Empty the messages that were theirs; the digest stays, so that none is taken in again.

    Of messages that nobody was found for, those from an address that only this person had.
    """
    emptied: dict[str, Any] = {
        "raw": None,
        "from_address": None,
        "subject": None,
        "excerpt": None,
        "message_id": None,
        "reason": None,
        "follow_up_id": None,
        "outcome": "discarded",
    }
    for theirs in (
        IntakeMessage.candidate_id == person.candidate_id,
        IntakeMessage.follow_up_id.in_(follow_ups_of(person)),
        IntakeMessage.from_address.in_(person.own_addresses),
    ):
        _run(
            session,
            update(IntakeMessage)
            .where(IntakeMessage.organization_id == person.organization_id, theirs)
            .values(emptied),
        )


def leave_pools(session: Session, person: Person) -> None:
    """Take them out of talent pools, and say so to whoever follows a pool."""
    members = table_of(TalentPoolMember)
    pools = session.scalars(
        delete(members)
        .where(
            members.c.organization_id == person.organization_id,
            members.c.candidate_id == person.candidate_id,
        )
        .returning(members.c.talent_pool_id)
    ).all()
    for pool_id in pools:
        depart(session, MEMBER, [person.candidate_id], of=pool_id, reason=person.reason)


def forget_lists(session: Session, person: Person) -> None:
    """Drop what had left their own lists: nobody can read those any more."""
    for some in _in_pieces(ids_about(session, person)):
        forget_departures(session, some)


def forget_runs(session: Session, person: Person) -> None:
    """Have the runs in which they stand begin anew, without them."""
    begin_anew_without(session, person.candidate_id)


def forget_places(session: Session, person: Person) -> None:
    """Keep rank and numbers in shortlists, each under a pseudonym of its own."""
    entries = session.scalars(
        select(ShortlistEntry).where(
            ShortlistEntry.organization_id == person.organization_id,
            ShortlistEntry.candidate_id == person.candidate_id,
        )
    ).all()
    for entry in entries:
        pseudonym = new_id()
        state = CandidateState.unpack(entry.inputs)
        entry.inputs = dataclasses.replace(state, candidate_id=pseudonym).pack()
        entry.candidate_id = pseudonym
        entry.shown, entry.erased, entry.decision_reason = {}, True, None
    session.flush()
    _run(
        session,
        update(Shortlist)
        .where(
            Shortlist.organization_id == person.organization_id,
            Shortlist.id.in_({entry.shortlist_id for entry in entries}),
        )
        .values(version=Shortlist.version + 1, updated_at=now()),
    )


def forget_files(session: Session, person: Person) -> None:
    """Drop attachments; the worker removes their files once this is committed."""
    forget_attachments(session, person.candidate_id)


def forget_follow_ups(session: Session, person: Person) -> None:
    """Drop follow-ups with all that hangs on them."""
    ids = follow_ups_of(person)
    for table in (FollowUpAdvice, FollowUpAttachment):
        _run(
            session,
            delete(table).where(
                table.organization_id == person.organization_id, table.follow_up_id.in_(ids)
            ),
        )
    _drop(session, person, Milestone, FollowUp)


def forget_applications(session: Session, person: Person) -> None:
    """Drop applications; one that fills a seat is left bare, for the seat is filled."""
    filling = exists().where(
        Opening.organization_id == person.organization_id, Opening.application_id == Application.id
    )
    theirs = (
        Application.organization_id == person.organization_id,
        Application.candidate_id == person.candidate_id,
    )
    _run(session, delete(Application).where(*theirs, ~filling))
    bare: dict[str, Any] = {
        "furthest_stage": None,
        "withdrawal_reason": None,
        "is_finalist": False,
        "custom_fields": {},
    }
    _run(session, update(Application).where(*theirs).values(bare))


def forget_marks(session: Session, person: Person) -> None:
    """Drop what they and their applications are found by in fields of the organization's own."""
    applications = select(Application.id).where(
        Application.organization_id == person.organization_id,
        Application.candidate_id == person.candidate_id,
    )
    # One by one: for the two in one statement PostgreSQL reads the whole organization's.
    for theirs in ([person.candidate_id], applications):
        _run(
            session,
            delete(CustomFieldMark).where(
                CustomFieldMark.organization_id == person.organization_id,
                CustomFieldMark.subject_id.in_(theirs),
            ),
        )


def forget_what_finds(session: Session, person: Person) -> None:
    """Take the person's words out of the full-text index."""
    forget_person(session, person.candidate_id)


def forget_ranking(session: Session, person: Person) -> None:
    """Drop the score, the state, and the rows of the lists that the state's row leads to."""
    forget_postings(session, [person.candidate_id], None)
    _drop(session, person, PersistencePeriod, RankingRow)


def _dropping(*tables: Any) -> Callable[[Session, Person], None]:
    def forget(session: Session, person: Person) -> None:
        _drop(session, person, *tables)

    return forget


def _kind(name: str, *tables: type[Base]) -> Kind:
    """Return a kind of data whose rows are simply dropped."""
    return Kind(name, tables, _dropping(*tables))


def _drop(session: Session, person: Person, *tables: Any) -> None:
    for table in tables:
        _run(
            session,
            delete(table).where(
                table.organization_id == person.organization_id,
                table.candidate_id == person.candidate_id,
            ),
        )


def _in_pieces(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """Yield ids as statements name them: in one beside another condition PostgreSQL reads all."""
    for start in range(0, len(ids), _NAMED_AT_ONCE):
        yield ids[start : start + _NAMED_AT_ONCE]


def _run(session: Session, statement: Delete | Update) -> None:
    session.execute(statement.execution_options(synchronize_session=False))


KINDS: tuple[Kind, ...] = (
    Kind("answers kept for a day", (IdempotencyKey,), forget_answers),
    Kind("changes in the audit log", (AuditRow,), forget_audit_changes),
    Kind("names in other systems", (ExternalId,), forget_external_ids),
    Kind("places in talent pools", (TalentPoolMember,), leave_pools),
    Kind("what had left their lists", (Departure,), forget_lists),
    Kind("who they are not", (DismissedDuplicate,), forget_dismissals),
    Kind("what they are found by", (SearchText,), forget_what_finds),
    Kind("what their own fields are found by", (CustomFieldMark,), forget_marks),
    Kind("mail as it arrived", (IntakeMessage,), forget_messages),
    Kind("places in runs", (ShortlistRunPlace,), forget_runs),
    Kind("places in shortlists", (ShortlistEntry,), forget_places),
    Kind("attachments and their files", (Attachment, Blob), forget_files),
    Kind(
        "follow-ups",
        (FollowUp, FollowUpAdvice, FollowUpAttachment, Milestone),
        forget_follow_ups,
    ),
    _kind("advice and rejections", Advice, Rejection),
    Kind("applications", (Application,), forget_applications),
    Kind(
        "the score and the ranking",
        (PersistencePeriod, RankedPosting, QuietPosting, RankingRow),
        forget_ranking,
    ),
    _kind("the ledger", Fact),
    _kind("consents and pauses", Consent, PauseRow),
    _kind("the profile", CandidateEmail, CandidatePhone, CandidateTag, CandidateCompetency),
)
