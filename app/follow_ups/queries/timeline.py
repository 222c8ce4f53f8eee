"""A candidate's timeline: one bounded query for each kind of thing that happens, merged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.core.database import organization_of
from app.core.paging import SortKey
from app.facts.rules import Kind as FactKind
from app.follow_ups.queries.steps import steps
from app.follow_ups.rules.timeline import Happening, Place, excerpt, joined
from app.models.application import Advice, Application, Rejection
from app.models.follow_up import FollowUp, Milestone
from app.models.organization import RejectionReason, User
from app.models.position import Position
from app.models.ranking import Fact, Shortlist, ShortlistEntry

ORDER = (
    SortKey(literal_column("at"), datetime, descending=True),
    SortKey(literal_column("rank"), int, descending=True),
    SortKey(literal_column("id"), UUID, descending=True),
)


_Column: TypeAlias = InstrumentedAttribute[Any] | ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class _Source:
    """Rows of one table that each tell of one thing; `read` puts one in words.

    `statement` selects the instant and the id first, of one candidate alone.
    """

    at: _Column
    id: _Column
    statement: Callable[[UUID, UUID], Select[*tuple[Any, ...]]]
    read: Callable[[Any], Happening]


def timeline_page(
    session: Session, candidate_id: UUID, after: tuple[Any, ...] | None, limit: int
) -> list[tuple[Place, Happening]]:
    """Return what happened, newest first, with one thing more than `limit` where there is more."""
    found = []
    for rank, source in enumerate(_SOURCES):
        statement = (
            source.statement(organization_of(session), candidate_id)
            .order_by(source.at.desc(), source.id.desc())
            .limit(limit + 1)
        )
        if after is not None:
            statement = statement.where(_earlier(source, rank, Place(*after)))
        for row in session.execute(statement):
            happening = source.read(row)
            found.append((Place(happening.at, rank, happening.id), happening))
    found.sort(key=lambda one: one[0], reverse=True)
    return found[: limit + 1]


def _earlier(source: _Source, rank: int, after: Place) -> ColumnElement[bool]:
    """What stands after a place in the order: of the same instant, what ranks lower."""
    if rank < after.rank:
        return source.at <= after.at
    if rank > after.rank:
        return source.at < after.at
    return or_(source.at < after.at, and_(source.at == after.at, source.id < after.id))


def _refs(**ids: UUID | None) -> Mapping[str, UUID]:
    return {name: id_ for name, id_ in ids.items() if id_ is not None}


# ------------------------------------------------------------------------ applications, rejections

_APPLIED_AT = func.coalesce(Application.applied_at, Application.created_at)


def _applications(at: _Column) -> Callable[[UUID, UUID], Select[*tuple[Any, ...]]]:
    def statement(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
        return (
            select(
                at.label("at"),
                Application.id,
                Application.position_id,
                Position.title,
                Application.withdrawal_reason,
            )
            .join(Position, Position.id == Application.position_id)
            .where(
                Application.organization_id == organization_id,
                Application.candidate_id == candidate_id,
                at.is_not(None),
            )
        )

    return statement


def _withdrawn(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    # An offer declined is told of as that.
    statement = _applications(Application.withdrawn_at)
    return statement(organization_id, candidate_id).where(Application.offer_declined_at.is_(None))


def _about_application(kind: Any, words: str, *, why: bool = False) -> Callable[[Any], Happening]:
    def read(row: Any) -> Happening:
        refs = _refs(application_id=row.id, position_id=row.position_id)
        summary = excerpt(row.withdrawal_reason) if why else None
        return Happening(row.at, kind, row.id, f"{words}: {row.title}", summary, refs)

    return read


def _rejections(at: _Column) -> Callable[[UUID, UUID], Select[*tuple[Any, ...]]]:
    def statement(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
        return (
            select(
                at.label("at"),
                Rejection.id,
                Rejection.application_id,
                Application.position_id,
                Position.title,
                RejectionReason.name.label("reason"),
                Rejection.details,
            )
            .join(Application, Application.id == Rejection.application_id)
            .join(Position, Position.id == Application.position_id)
            .outerjoin(RejectionReason, RejectionReason.id == Rejection.rejection_reason_id)
            .where(
                Rejection.organization_id == organization_id,
                Rejection.candidate_id == candidate_id,
                at.is_not(None),
            )
        )

    return statement


def _about_rejection(kind: Any, words: str, *, why: bool) -> Callable[[Any], Happening]:
    def read(row: Any) -> Happening:
        refs = _refs(
            rejection_id=row.id, application_id=row.application_id, position_id=row.position_id
        )
        summary = joined(row.reason, excerpt(row.details)) if why else None
        return Happening(row.at, kind, row.id, f"{words}: {row.title}", summary, refs)

    return read


def _advice(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Advice.given_at.label("at"),
            Advice.id,
            Advice.number,
            Advice.text,
            Advice.rejection_id,
            Advice.application_id,
            func.coalesce(User.name, Advice.given_by_name).label("given_by"),
        )
        .outerjoin(User, User.id == Advice.given_by_user_id)
        .where(Advice.organization_id == organization_id, Advice.candidate_id == candidate_id)
    )


def _about_advice(row: Any) -> Happening:
    giver = f" by {row.given_by}" if row.given_by else ""
    refs = _refs(advice_id=row.id, rejection_id=row.rejection_id, application_id=row.application_id)
    title = f"Advice {row.number} given{giver}"
    return Happening(row.at, "advice_given", row.id, title, excerpt(row.text), refs)


# ------------------------------------------------------------------------- follow-ups, milestones


def _follow_ups(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    return select(
        FollowUp.occurred_at.label("at"),
        FollowUp.id,
        FollowUp.direction,
        FollowUp.channel,
        FollowUp.automated,
        FollowUp.subject,
        func.substr(FollowUp.body, 1, 2000).label("body"),
    ).where(
        FollowUp.organization_id == organization_id,
        FollowUp.candidate_id == candidate_id,
        FollowUp.deleted_at.is_(None),
    )


def _about_follow_up(row: Any) -> Happening:
    inbound = row.direction == "inbound"
    words = f"{row.channel.capitalize()} {'from the candidate' if inbound else 'from us'}"
    return Happening(
        row.at,
        "follow_up_received" if inbound else "follow_up_sent",
        row.id,
        f"{words}, automatic" if row.automated else words,
        joined(excerpt(row.subject), excerpt(row.body)),
        _refs(follow_up_id=row.id),
    )


def _milestones(at: _Column) -> Callable[[UUID, UUID], Select[*tuple[Any, ...]]]:
    def statement(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
        return (
            select(
                at.label("at"),
                Milestone.id,
                Milestone.kind,
                Milestone.title,
                Milestone.quote,
                Milestone.status,
                Milestone.follow_up_id,
                Milestone.advice_id,
            )
            .join(FollowUp, FollowUp.id == Milestone.follow_up_id)
            .where(
                Milestone.organization_id == organization_id,
                Milestone.candidate_id == candidate_id,
            )
        )

    return statement


def _judged(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    statement = _milestones(Milestone.status_at)
    return statement(organization_id, candidate_id).where(Milestone.status != "reported")


def _about_milestone(row: Any) -> Happening:
    return _milestone(row, "milestone_reported", "reported")


def _about_judgement(row: Any) -> Happening:
    confirmed = row.status == "confirmed"
    kind = "milestone_confirmed" if confirmed else "milestone_refuted"
    return _milestone(row, kind, row.status)


def _milestone(row: Any, kind: Any, words: str) -> Happening:
    refs = _refs(milestone_id=row.id, follow_up_id=row.follow_up_id, advice_id=row.advice_id)
    title = f"Milestone {words}: {row.title}"
    return Happening(row.at, kind, row.id, title, excerpt(row.quote), refs)


# -------------------------------------------------------------------------- consents, decisions


def _consents(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    later = aliased(Fact)
    told_anew = (
        select(later.id)
        .where(
            later.organization_id == organization_id,
            later.candidate_id == candidate_id,
            later.kind == FactKind.CONSENT,
            later.subject_id == Fact.subject_id,
            later.effective_at == Fact.effective_at,
            or_(
                later.recorded_at > Fact.recorded_at,
                and_(later.recorded_at == Fact.recorded_at, later.id > Fact.id),
            ),
        )
        .exists()
    )
    return select(Fact.effective_at.label("at"), Fact.id, Fact.subject_id, Fact.value).where(
        Fact.organization_id == organization_id,
        Fact.candidate_id == candidate_id,
        Fact.kind == FactKind.CONSENT,
        ~told_anew,
    )


def _about_consent(row: Any) -> Happening:
    granted, purpose = row.value["granted"], row.value["purpose"]
    expires_on = row.value.get("expires_on")
    return Happening(
        row.at,
        "consent_given" if granted else "consent_refused",
        row.id,
        f"Consent to {purpose} {'given' if granted else 'refused'}",
        f"until {expires_on}" if granted and expires_on else None,
        _refs(consent_id=row.subject_id),
    )


def _decisions(organization_id: UUID, candidate_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            ShortlistEntry.decided_at.label("at"),
            ShortlistEntry.id,
            ShortlistEntry.decision,
            ShortlistEntry.decision_reason,
            ShortlistEntry.shortlist_id,
            Shortlist.position_id,
            Position.title,
        )
        .join(Shortlist, Shortlist.id == ShortlistEntry.shortlist_id)
        .join(Position, Position.id == Shortlist.position_id)
        .where(
            ShortlistEntry.organization_id == organization_id,
            ShortlistEntry.candidate_id == candidate_id,
            ShortlistEntry.decision.is_not(None),
            ShortlistEntry.decided_at.is_not(None),
        )
    )


def _about_decision(row: Any) -> Happening:
    invited = row.decision == "invited"
    words = "Invited to step up" if invited else "Passed over"
    return Happening(
        row.at,
        "invited" if invited else "passed_over",
        row.id,
        f"{words}: {row.title}",
        excerpt(row.decision_reason),
        _refs(shortlist_id=row.shortlist_id, position_id=row.position_id),
    )


# ---------------------------------------------------------------------------- what the ledger tells


def _about_hire(row: Any) -> Happening:
    hired = row.so == "hired"
    words = "Hired" if hired else "Hire taken back"
    refs = _refs(application_id=row.application_id, position_id=row.position_id)
    kind: Literal["hired", "unhired"] = "hired" if hired else "unhired"
    return Happening(row.at, kind, row.id, f"{words}: {row.title}", None, refs)


def _about_advice_set(row: Any) -> Happening:
    words = "withdrawn" if row.so == "withdrawn" else f"set to {row.so.replace('_', ' ')}"
    refs = _refs(
        advice_id=row.advice_id, rejection_id=row.rejection_id, application_id=row.application_id
    )
    title = f"Advice {row.number} {words}"
    return Happening(row.at, "advice_set", row.id, title, excerpt(row.text), refs)


def _about_contact(row: Any) -> Happening:
    if row.so == "set":
        return Happening(row.at, "do_not_contact_set", row.id, "Not to be contacted", None, {})
    return Happening(row.at, "do_not_contact_lifted", row.id, "May be contacted again", None, {})


_ABOUT_STEPS = {
    FactKind.APPLICATION: _about_hire,
    FactKind.ADVICE: _about_advice_set,
    FactKind.DO_NOT_CONTACT: _about_contact,
}


def _about_step(row: Any) -> Happening:
    return _ABOUT_STEPS[row.kind](row)


# Cause before effect: of one instant, the later in this order is the newer. A cursor names the
# place in it, so new kinds go to the end.
_SOURCES = (
    _Source(
        _APPLIED_AT,
        Application.id,
        _applications(_APPLIED_AT),
        _about_application("applied", "Applied"),
    ),
    _Source(
        Rejection.rejected_at,
        Rejection.id,
        _rejections(Rejection.rejected_at),
        _about_rejection("rejected", "Rejected", why=True),
    ),
    _Source(Advice.given_at, Advice.id, _advice, _about_advice),
    _Source(Fact.effective_at, Fact.id, _consents, _about_consent),
    _Source(FollowUp.occurred_at, FollowUp.id, _follow_ups, _about_follow_up),
    _Source(
        FollowUp.occurred_at, Milestone.id, _milestones(FollowUp.occurred_at), _about_milestone
    ),
    _Source(Milestone.status_at, Milestone.id, _judged, _about_judgement),
    _Source(
        Rejection.undone_at,
        Rejection.id,
        _rejections(Rejection.undone_at),
        _about_rejection("rejection_undone", "Rejection undone", why=False),
    ),
    _Source(ShortlistEntry.decided_at, ShortlistEntry.id, _decisions, _about_decision),
    _Source(
        Application.offer_declined_at,
        Application.id,
        _applications(Application.offer_declined_at),
        _about_application("offer_declined", "Offer declined", why=True),
    ),
    _Source(
        Application.withdrawn_at,
        Application.id,
        _withdrawn,
        _about_application("withdrawn", "Withdrawn", why=True),
    ),
    _Source(
        Application.hired_at,
        Application.id,
        _applications(Application.hired_at),
        _about_application("hired", "Hired"),
    ),
    _Source(Fact.effective_at, Fact.id, steps, _about_step),
)
