"""What happens between a candidate and the organization: where it is written, how it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, func, or_, select

from app.facts.rules import Kind as FactKind
from app.follow_ups.queries import steps
from app.follow_ups.rules.timeline import Happening, excerpt, joined
from app.models.application import Advice, Application, Rejection
from app.models.base import table_of
from app.models.candidate import Candidate
from app.models.follow_up import FollowUp, Milestone
from app.models.organization import RejectionReason, User
from app.models.position import Position
from app.models.ranking import Fact, Shortlist, ShortlistEntry
from app.models.types import Id

_Column: TypeAlias = ColumnElement[Any]
_Statement: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of one table that each tell of one thing; `read` puts one in words.

    `statement` selects the instant and the id first, of one candidate alone, and names the tenant
    itself; ids are called `..._id`.
    """

    at: _Column
    id: _Column
    statement: _Statement
    read: Callable[[Any], Happening]


_APPLICATIONS, _REJECTIONS = table_of(Application), table_of(Rejection)
_REASONS, _GIVEN = table_of(RejectionReason), table_of(Advice)
_USERS, _POSITIONS = table_of(User), table_of(Position)
_FOLLOW_UPS, _MILESTONES = table_of(FollowUp), table_of(Milestone)
_FACTS, _LISTS, _ENTRIES = table_of(Fact), table_of(Shortlist), table_of(ShortlistEntry)


def _mine(table: Any) -> ColumnElement[bool]:
    return and_(
        table.c.organization_id == bindparam("organization_id"),
        table.c.candidate_id == bindparam("candidate_id"),
    )


def _by_id(table: Table, id_: _Column) -> ColumnElement[bool]:
    return and_(table.c.organization_id == bindparam("organization_id"), table.c.id == id_)


def _refs(**ids: UUID | None) -> Mapping[str, UUID]:
    return {name: id_ for name, id_ in ids.items() if id_ is not None}


# ------------------------------------------------------------------------ applications, rejections

_APPLIED_AT = func.coalesce(_APPLICATIONS.c.applied_at, _APPLICATIONS.c.created_at)


def _applications(at: _Column) -> _Statement:
    return (
        select(
            at.label("at"),
            _APPLICATIONS.c.id,
            _APPLICATIONS.c.position_id,
            _POSITIONS.c.title,
            _APPLICATIONS.c.withdrawal_reason,
        )
        .join(_POSITIONS, _by_id(_POSITIONS, _APPLICATIONS.c.position_id))
        .where(_mine(_APPLICATIONS), at.is_not(None))
    )


def _withdrawn() -> _Statement:
    # An offer declined is told of as that.
    statement = _applications(_APPLICATIONS.c.withdrawn_at)
    return statement.where(_APPLICATIONS.c.offer_declined_at.is_(None))


def _about_application(kind: Any, words: str, *, why: bool = False) -> Callable[[Any], Happening]:
    def read(row: Any) -> Happening:
        refs = _refs(application_id=row.id, position_id=row.position_id)
        summary = excerpt(row.withdrawal_reason) if why else None
        return Happening(row.at, kind, row.id, f"{words}: {row.title}", summary, refs)

    return read


def _rejections(at: _Column) -> _Statement:
    return (
        select(
            at.label("at"),
            _REJECTIONS.c.id,
            _REJECTIONS.c.application_id,
            _APPLICATIONS.c.position_id,
            _POSITIONS.c.title,
            _REASONS.c.name.label("reason"),
            _REJECTIONS.c.details,
        )
        .join(_APPLICATIONS, _by_id(_APPLICATIONS, _REJECTIONS.c.application_id))
        .join(_POSITIONS, _by_id(_POSITIONS, _APPLICATIONS.c.position_id))
        .outerjoin(_REASONS, _by_id(_REASONS, _REJECTIONS.c.rejection_reason_id))
        .where(_mine(_REJECTIONS), at.is_not(None))
    )


def _about_rejection(kind: Any, words: str, *, why: bool) -> Callable[[Any], Happening]:
    def read(row: Any) -> Happening:
        refs = _refs(
            rejection_id=row.id, application_id=row.application_id, position_id=row.position_id
        )
        summary = joined(row.reason, excerpt(row.details)) if why else None
        return Happening(row.at, kind, row.id, f"{words}: {row.title}", summary, refs)

    return read


_ADVICE: _Statement = (
    select(
        _GIVEN.c.given_at.label("at"),
        _GIVEN.c.id,
        _GIVEN.c.number,
        _GIVEN.c.text,
        _GIVEN.c.rejection_id,
        _GIVEN.c.application_id,
        func.coalesce(_USERS.c.name, _GIVEN.c.given_by_name).label("given_by"),
    )
    .outerjoin(_USERS, _by_id(_USERS, _GIVEN.c.given_by_user_id))
    .where(_mine(_GIVEN))
)


def _about_advice(row: Any) -> Happening:
    giver = f" by {row.given_by}" if row.given_by else ""
    refs = _refs(advice_id=row.id, rejection_id=row.rejection_id, application_id=row.application_id)
    title = f"Advice {row.number} given{giver}"
    return Happening(row.at, "advice_given", row.id, title, excerpt(row.text), refs)


# ------------------------------------------------------------------------- follow-ups, milestones


_CONTACTS: _Statement = select(
    _FOLLOW_UPS.c.occurred_at.label("at"),
    _FOLLOW_UPS.c.id,
    _FOLLOW_UPS.c.direction,
    _FOLLOW_UPS.c.channel,
    _FOLLOW_UPS.c.automated,
    _FOLLOW_UPS.c.subject,
    func.substr(_FOLLOW_UPS.c.body, 1, 2000).label("body"),
).where(_mine(_FOLLOW_UPS), _FOLLOW_UPS.c.deleted_at.is_(None))


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


def _milestones(at: _Column) -> _Statement:
    return (
        select(
            at.label("at"),
            _MILESTONES.c.id,
            _MILESTONES.c.kind,
            _MILESTONES.c.title,
            _MILESTONES.c.quote,
            _MILESTONES.c.status,
            _MILESTONES.c.follow_up_id,
            _MILESTONES.c.advice_id,
        )
        .join(_FOLLOW_UPS, _by_id(_FOLLOW_UPS, _MILESTONES.c.follow_up_id))
        .where(_mine(_MILESTONES))
    )


_JUDGED = _milestones(_MILESTONES.c.status_at).where(_MILESTONES.c.status != "reported")


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


def _consents() -> _Statement:
    later = _FACTS.alias("later")
    told_anew = (
        select(later.c.id)
        .where(
            _mine(later),
            later.c.kind == FactKind.CONSENT,
            later.c.subject_id == _FACTS.c.subject_id,
            later.c.effective_at == _FACTS.c.effective_at,
            or_(
                later.c.recorded_at > _FACTS.c.recorded_at,
                and_(later.c.recorded_at == _FACTS.c.recorded_at, later.c.id > _FACTS.c.id),
            ),
        )
        .exists()
    )
    return select(
        _FACTS.c.effective_at.label("at"),
        _FACTS.c.id,
        _FACTS.c.subject_id.label("consent_id"),
        _FACTS.c.value["granted"].as_boolean().label("granted"),
        _FACTS.c.value["purpose"].as_string().label("purpose"),
        _FACTS.c.value["expires_on"].as_string().label("expires_on"),
    ).where(_mine(_FACTS), _FACTS.c.kind == FactKind.CONSENT, ~told_anew)


def _about_consent(row: Any) -> Happening:
    return Happening(
        row.at,
        "consent_given" if row.granted else "consent_refused",
        row.id,
        f"Consent to {row.purpose} {'given' if row.granted else 'refused'}",
        f"until {row.expires_on}" if row.granted and row.expires_on else None,
        _refs(consent_id=row.consent_id),
    )


_FORMER = table_of(Candidate).alias("former")
# Frozen places keep the id of who has been merged into the candidate since.
_PLACES = and_(
    _ENTRIES.c.organization_id == bindparam("organization_id"),
    _ENTRIES.c.candidate_id.in_(
        select(_FORMER.c.id)
        .where(
            _FORMER.c.organization_id == bindparam("organization_id"),
            _FORMER.c.merged_into_id == bindparam("candidate_id"),
        )
        .union_all(select(bindparam("candidate_id", type_=Id)))
    ),
)
_DECISIONS: _Statement = (
    select(
        _ENTRIES.c.decided_at.label("at"),
        _ENTRIES.c.id,
        _ENTRIES.c.decision,
        _ENTRIES.c.decision_reason,
        _ENTRIES.c.shortlist_id,
        _LISTS.c.position_id,
        _POSITIONS.c.title,
    )
    .join(_LISTS, _by_id(_LISTS, _ENTRIES.c.shortlist_id))
    .join(_POSITIONS, _by_id(_POSITIONS, _LISTS.c.position_id))
    .where(_PLACES, _ENTRIES.c.decision.is_not(None), _ENTRIES.c.decided_at.is_not(None))
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
SOURCES = (
    Source(
        _APPLIED_AT,
        _APPLICATIONS.c.id,
        _applications(_APPLIED_AT),
        _about_application("applied", "Applied"),
    ),
    Source(
        _REJECTIONS.c.rejected_at,
        _REJECTIONS.c.id,
        _rejections(_REJECTIONS.c.rejected_at),
        _about_rejection("rejected", "Rejected", why=True),
    ),
    Source(_GIVEN.c.given_at, _GIVEN.c.id, _ADVICE, _about_advice),
    Source(_FACTS.c.effective_at, _FACTS.c.id, _consents(), _about_consent),
    Source(_FOLLOW_UPS.c.occurred_at, _FOLLOW_UPS.c.id, _CONTACTS, _about_follow_up),
    Source(
        _FOLLOW_UPS.c.occurred_at,
        _MILESTONES.c.id,
        _milestones(_FOLLOW_UPS.c.occurred_at),
        _about_milestone,
    ),
    Source(_MILESTONES.c.status_at, _MILESTONES.c.id, _JUDGED, _about_judgement),
    Source(
        _REJECTIONS.c.undone_at,
        _REJECTIONS.c.id,
        _rejections(_REJECTIONS.c.undone_at),
        _about_rejection("rejection_undone", "Rejection undone", why=False),
    ),
    Source(_ENTRIES.c.decided_at, _ENTRIES.c.id, _DECISIONS, _about_decision),
    Source(
        _APPLICATIONS.c.offer_declined_at,
        _APPLICATIONS.c.id,
        _applications(_APPLICATIONS.c.offer_declined_at),
        _about_application("offer_declined", "Offer declined", why=True),
    ),
    Source(
        _APPLICATIONS.c.withdrawn_at,
        _APPLICATIONS.c.id,
        _withdrawn(),
        _about_application("withdrawn", "Withdrawn", why=True),
    ),
    Source(
        _APPLICATIONS.c.hired_at,
        _APPLICATIONS.c.id,
        _applications(_APPLICATIONS.c.hired_at),
        _about_application("hired", "Hired"),
    ),
    Source(steps.AT, steps.ID, steps.STEPS, _about_step),
)
