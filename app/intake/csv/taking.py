"""Taking one row in, by the verbs that HTTP calls."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.applications.actions import update_application
from app.applications.queries import find_application
from app.candidates.actions import update_candidate
from app.candidates.queries import CandidateView, candidate_view
from app.candidates.rules import different_addresses
from app.core.addresses import fold_address
from app.core.problems import Invalid
from app.entry.actor import Actor
from app.external_ids.queries import external_ids_of
from app.external_ids.rules import Name
from app.follow_ups.actions import BatchItem, record_batch
from app.follow_ups.queries.naming import CandidateRef, candidates_by_address
from app.intake.csv import queries
from app.intake.csv.rows import FollowUpTold, RowTold, TryTold
from app.models.application import Application
from app.upserts.actions import put_application, put_candidate, put_position, reject_once
from app.upserts.queries import row_named
from app.upserts.rules import Ref, says_nothing_new

OURS = "csv"
"""The source of names that are made of what a row says where it names nothing."""


class Became(NamedTuple):
    """What became of a row: of its candidate, of what else it told, and what was left out why."""

    candidate: str
    beside: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def take_row(session: Session, actor: Actor, row: RowTold) -> Became:
    """Do what a row tells; what is so already stays as it is.

    Raises:
        Problem: some of it cannot be; the caller takes back the rest.
    """
    candidate_id, outcome = _candidate(session, actor, row)
    application_id, beside = _try(session, actor, row, candidate_id)
    left_out = []
    if application_id is None and row.rejection is not None:
        raise Invalid("/position", "is wanted to say which try was turned down")
    if application_id is None and row.tried is not None:
        left_out = [
            (name, "is left out: of which try, says no position") for name in row.tried.said
        ]
    if application_id is not None and row.rejection is not None:
        rejected = reject_once(session, actor, application_id, row.rejection).outcome
        beside.append(f"rejections_{rejected}")
    if row.follow_up is not None:
        recorded = _record(session, actor, row.follow_up, candidate_id)
        beside.append(f"follow_ups_{recorded}")
    return Became(outcome, tuple(beside), tuple(left_out))


# -------------------------------------------------------------------------------------- candidate


def _candidate(session: Session, actor: Actor, row: RowTold) -> tuple[UUID, str]:
    names = row.names or _made_names(row)
    known = _known(session, row, names)
    if known is None and "full_name" not in row.candidate:
        raise Invalid("/full_name", "is wanted: nobody goes by this address or id yet")
    if known is None:
        put = put_candidate(session, actor, names, row.candidate)
        return put.row.id, put.outcome
    shown = candidate_view(session, known)
    told = _added(shown, row.candidate)
    if says_nothing_new(shown._asdict(), told, names):
        return known, "unchanged"
    more = [*shown.external_ids, *(name for name in names if name not in shown.external_ids)]
    changed = update_candidate(session, actor, known, {**told, "external_ids": more})
    return known, "unchanged" if changed.version == shown.version else "updated"


def _made_names(row: RowTold) -> tuple[Name, ...]:
    """Name somebody without id or address by what they are called, so that they are found again."""
    if row.addresses or row.candidate_id is not None or "full_name" not in row.candidate:
        return ()
    numbers = [phone.number for phone in row.candidate.get("phones", ())]
    return (Name(OURS, "name", " ".join([row.candidate["full_name"], *numbers])[:200]),)


def _known(session: Session, row: RowTold, names: Sequence[Name]) -> UUID | None:
    """Return whom a row means: by our id, by another system's, else by an address of one alone."""
    if row.candidate_id is not None and queries.is_here(session, row.candidate_id):
        return row.candidate_id
    by_name = row_named(session, "candidate", names)
    if by_name is not None:
        return by_name
    folded = [fold_address(each.address) for each in row.addresses]
    found = {one for some in candidates_by_address(session, folded).values() for one in some}
    # Families share an address: who has another id in the same system is somebody else.
    called = {name[:2] for name in names}
    theirs = external_ids_of(session, found)
    found = {one for one in found if called.isdisjoint(name[:2] for name in theirs[one])}
    if len(found) > 1:
        raise Invalid("/emails", f"fit {len(found)} candidates: name one by id")
    return next(iter(found), None)


def _added(shown: CandidateView, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told with what is there: a sheet adds to lists and takes nothing away."""
    added = dict(told)
    if "emails" in told:
        there = {fold_address(each.address): each for each in shown.emails}
        for each in told["emails"]:
            folded = fold_address(each.address)
            if folded not in there or each.type is not None:
                there[folded] = each
        added["emails"] = different_addresses(there.values())
    if "phones" in told:
        phones = {each.number: each for each in shown.phones}
        for each in told["phones"]:
            if each.number not in phones or each.type is not None:
                phones[each.number] = each
        added["phones"] = list(phones.values())
    if "tags" in told:
        added["tags"] = sorted({*shown.tags, *told["tags"]})
    if "competencies" in told:
        levels = {each[::2]: each for each in (*shown.competencies, *told["competencies"])}
        added["competencies"] = list(levels.values())
    return added


# ---------------------------------------------------------------------------- position and the try


def _position(session: Session, actor: Actor, told: TryTold) -> tuple[UUID, bool]:
    """Return the position, and whether it was made for this row, as a draft."""
    names = [told.position_name] if told.position_name else []
    known = row_named(session, "position", names)
    if known is None and told.position is not None:
        titled = queries.positions_titled(session, told.position)
        if len(titled) > 1 and not names:
            raise Invalid("/position", "is the title of several: name one in position_id")
        known = next(iter(titled), None) if not names else None
        names = names or [Name(OURS, "position", told.position)]
    if known is not None:
        return known, False
    title = {} if told.position is None else {"title": told.position}
    put = put_position(session, actor, names, title)
    return put.row.id, put.outcome == "created"


def _try(
    session: Session, actor: Actor, row: RowTold, candidate_id: UUID
) -> tuple[UUID | None, list[str]]:
    """Return the try that a row is about, None where nobody can tell, and what became of it."""
    told = row.tried
    if told is None or (told.position is None and told.position_name is None):
        known = row_named(session, "application", told.names if told else ())
        tries = queries.tries_of(session, candidate_id) if known is None else ()
        known = tries[0].id if len(tries) == 1 else known
        if known is None or told is None:
            return known, []
        return known, [f"applications_{_corrected(session, actor, told, known)}"]
    position_id, made = _position(session, actor, told)
    application_id, outcome = _application(session, actor, told, candidate_id, position_id)
    return application_id, [*(["positions_created"] if made else []), f"applications_{outcome}"]


def _application(
    session: Session, actor: Actor, told: TryTold, candidate_id: UUID, position_id: UUID
) -> tuple[UUID, str]:
    same = None if told.names else _same_try(session, told, candidate_id, position_id)
    if same is not None:
        return same.id, _corrected(session, actor, told, same.id)
    with _own_fields_of_tries():
        put = put_application(
            session,
            actor,
            told.names,
            told.told,
            candidate=CandidateRef(id=candidate_id),
            position=Ref(id=position_id),
        )
    return put.row.id, put.outcome


def _corrected(session: Session, actor: Actor, told: TryTold, application_id: UUID) -> str:
    """Bring a try to what is told of it; where that is so already nothing is done."""
    row = find_application(session, application_id).row
    changes = {name: value for name, value in told.told.items() if value != getattr(row, name)}
    own = changes.get("custom_fields", {})
    if all(row.custom_fields.get(key) == value for key, value in own.items()):
        changes.pop("custom_fields", None)
    if not changes:
        return "unchanged"
    with _own_fields_of_tries():
        update_application(session, actor, application_id, changes)
    return "updated"


@contextmanager
def _own_fields_of_tries() -> Iterator[None]:
    """Let what is wrong with a field of the organization's own be told as one of applications."""
    try:
        yield
    except Invalid as problem:
        own = "/custom_fields"
        raise problem.elsewhere(
            lambda at: f"/application{at}" if at.startswith(own) else at
        ) from problem


def _same_try(
    session: Session, told: TryTold, candidate_id: UUID, position_id: UUID
) -> Application | None:
    """Return the try that a row without an id for it means: of that day, or the only sensible."""
    applied_at = told.told.get("applied_at")
    tries = queries.tries_at(session, candidate_id, position_id)
    fitting = [row for row in tries if applied_at in {None, row.applied_at}]
    open_ones = [row for row in tries if row.status == "active" or row.applied_at is None]
    return next(iter([*fitting, *open_ones]), None)


# -------------------------------------------------------------------------------------- follow-up


def _record(session: Session, actor: Actor, told: FollowUpTold, candidate_id: UUID) -> str:
    fields = dict(told.told)
    names = told.names or (_made_name(candidate_id, fields),)
    if told.advice:
        fields["advice_ids"] = _advice(session, candidate_id, told.advice)
        if len(fields["advice_ids"]) == 1 and "milestones" in fields:
            # Of a row that names one piece of advice, what it reports is what was done about it.
            (advice_id,) = fields["advice_ids"]
            fields["milestones"] = [
                one._replace(advice_id=advice_id) for one in fields["milestones"]
            ]
    (done,) = record_batch(
        session, actor, [BatchItem(CandidateRef(id=candidate_id), fields, names)]
    )
    if done.problem is not None:
        raise done.problem
    return done.outcome


def _advice(session: Session, candidate_id: UUID, numbers: Sequence[int]) -> list[UUID]:
    given = queries.numbered_advice(session, candidate_id)
    unknown = [number for number in numbers if number not in given]
    if unknown:
        raise Invalid("/advice_ids", f"there is no advice number {unknown[0]}")
    return [given[number] for number in numbers]


def _made_name(candidate_id: UUID, fields: Mapping[str, Any]) -> Name:
    """Name a follow-up by whose it is, when it came and what it says, so that it is found again."""
    said = (str(candidate_id), fields["occurred_at"].isoformat(), fields.get("body") or "")
    digest = hashlib.sha256("\n".join((*said, fields.get("subject") or "")).encode())
    return Name(OURS, "follow_up", digest.hexdigest()[:32])
