"""From rows of the ledger to what was so at two clocks. Pure: values in, values out.

`as_of` is when things happened, `known_at` when we had been told. The state of a subject at both
is, of
its rows not later on either clock, the one with the greatest (effective_at, recorded_at, id).
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

Document = Mapping[str, Any]
# In the value of a fact that was told before, of a candidate who has been merged since.
TOLD_AT: Final = "told_at"


class Kind(enum.StrEnum):
    """What a fact is about; the values' fields stand in the functions that build them."""

    EXISTENCE = "existence"
    AVAILABLE_FROM = "available_from"
    DO_NOT_CONTACT = "do_not_contact"
    COMPETENCY = "competency"
    CONSENT = "consent"
    PAUSE = "pause"
    APPLICATION = "application"
    REJECTION = "rejection"
    ADVICE = "advice"
    FOLLOW_UP = "follow_up"
    MILESTONE = "milestone"
    POSITION = "position"


class FactRow(NamedTuple):
    """A row of the ledger, without its tenant."""

    id: UUID
    subject_id: UUID
    kind: str
    effective_at: datetime
    recorded_at: datetime
    value: Document

    @property
    def told_at(self) -> datetime:
        """When we learned of it: of another candidate's fact told again by a merge, at first."""
        first = self.value.get(TOLD_AT)
        return self.recorded_at if first is None else datetime.fromisoformat(first)


class CompetencyRecord(NamedTuple):
    """A level told or assessed; `at` is when it took effect."""

    competency: str
    source: str
    level: int
    at: datetime


class ConsentRecord(NamedTuple):
    """What holds for one purpose."""

    granted: bool
    basis: str
    expires_on: date | None
    at: datetime


class ApplicationRecord(NamedTuple):
    """One try at one position."""

    id: UUID
    position_id: UUID
    status: str
    applied_at: datetime | None
    furthest_stage: str | None
    is_finalist: bool


class RejectionRecord(NamedTuple):
    """A standing rejection."""

    id: UUID
    application_id: UUID
    rejected_at: datetime
    never_reconsider: bool
    reconsider_on: date | None


class FollowUpRecord(NamedTuple):
    """A contact, and the advice it names; `told_at` is when we last learned of it."""

    id: UUID
    occurred_at: datetime
    direction: str
    automated: bool
    advice_ids: frozenset[UUID]
    told_at: datetime


class MilestoneRecord(NamedTuple):
    """An achievement reported; `at` is when its status took effect, `told_at` when we learned."""

    id: UUID
    follow_up_id: UUID
    advice_id: UUID | None
    status: str
    at: datetime
    told_at: datetime


class AdviceRecord(NamedTuple):
    """A piece of advice with the state it has moved to, and since when."""

    id: UUID
    rejection_id: UUID
    number: int
    competency: str | None
    target_level: int | None
    given_at: datetime
    state: str
    state_at: datetime


@dataclass(frozen=True, slots=True)
class CandidateRecord:
    """All that the score and the ranking may know of one candidate at two clocks."""

    candidate_id: UUID
    existence: str
    do_not_contact: bool
    available_from: date | None
    competencies: tuple[CompetencyRecord, ...]
    consents: Mapping[str, ConsentRecord]
    pauses: tuple[tuple[date, date], ...]
    applications: tuple[ApplicationRecord, ...]
    rejections: tuple[RejectionRecord, ...]
    advice: tuple[AdviceRecord, ...]
    follow_ups: tuple[FollowUpRecord, ...]
    milestones: tuple[MilestoneRecord, ...]

    @property
    def first_rejected_at(self) -> datetime | None:
        """The first standing rejection: where the clock starts."""
        return min((row.rejected_at for row in self.rejections), default=None)


@dataclass(frozen=True, slots=True)
class RequirementRecord:
    """One requirement of a position."""

    competency: str
    min_level: int
    kind: str
    weight: float
    verified_only: bool


@dataclass(frozen=True, slots=True)
class PositionRecord:
    """What the ranking reads of a position."""

    position_id: UUID
    starts_on: date | None
    job_family: str | None
    department: str | None
    requirements: tuple[RequirementRecord, ...]


def states(
    rows: Iterable[FactRow], as_of: datetime | None = None, known_at: datetime | None = None
) -> dict[tuple[str, UUID], FactRow]:
    """Return each subject's winning row by (kind, subject); a clock left out is not looked at."""
    winners: dict[tuple[str, UUID], FactRow] = {}
    for row in rows:
        if as_of is not None and row.effective_at > as_of:
            continue
        if known_at is not None and row.recorded_at > known_at:
            continue
        key = (row.kind, row.subject_id)
        winner = winners.get(key)
        if winner is None or _order(row) > _order(winner):
            winners[key] = row
    return winners


def _order(row: FactRow) -> tuple[datetime, datetime, UUID]:
    return row.effective_at, row.recorded_at, row.id


def candidate_record(
    candidate_id: UUID,
    rows: Iterable[FactRow],
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> CandidateRecord:
    """Fold one candidate's facts into what was so at the two clocks."""
    by_kind: dict[str, list[FactRow]] = {kind: [] for kind in Kind}
    for row in states(rows, as_of, known_at).values():
        by_kind[row.kind].append(row)
    for found in by_kind.values():
        found.sort(key=lambda row: row.subject_id)
    follow_ups = _follow_ups(by_kind[Kind.FOLLOW_UP], as_of)
    milestones = _milestones(by_kind[Kind.MILESTONE], {row.id for row in follow_ups})
    rejections = tuple(_rejection(row) for row in by_kind[Kind.REJECTION] if row.value["stands"])
    first = min((row.rejected_at for row in rejections), default=None)
    occurred = {
        row.id: row.occurred_at
        for row in follow_ups
        if counts_as_word(row) and first is not None and row.occurred_at >= first
    }
    single = {
        kind: by_kind[kind][0].value if by_kind[kind] else {}
        for kind in (Kind.EXISTENCE, Kind.AVAILABLE_FROM, Kind.DO_NOT_CONTACT)
    }
    return CandidateRecord(
        candidate_id=candidate_id,
        existence=single[Kind.EXISTENCE].get("state", "absent"),
        do_not_contact=single[Kind.DO_NOT_CONTACT].get("flag", False),
        available_from=_day(single[Kind.AVAILABLE_FROM].get("on")),
        competencies=tuple(
            CompetencyRecord(
                row.value["competency"], row.value["source"], row.value["level"], row.effective_at
            )
            for row in by_kind[Kind.COMPETENCY]
            if row.value["level"] is not None
        ),
        consents={
            row.value["purpose"]: ConsentRecord(
                row.value["granted"],
                row.value["basis"],
                _day(row.value["expires_on"]),
                row.effective_at,
            )
            for row in by_kind[Kind.CONSENT]
        },
        pauses=tuple(
            sorted(
                (
                    date.fromisoformat(row.value["first_day"]),
                    date.fromisoformat(row.value["last_day"]),
                )
                for row in by_kind[Kind.PAUSE]
                if not row.value["cancelled"]
            )
        ),
        applications=tuple(_application(row) for row in by_kind[Kind.APPLICATION]),
        rejections=rejections,
        advice=tuple(
            _advice(row, follow_ups, milestones, occurred) for row in by_kind[Kind.ADVICE]
        ),
        follow_ups=follow_ups,
        milestones=milestones,
    )


def counts_as_word(follow_up: FollowUpRecord) -> bool:
    """Tell whether the candidate themself spoke: inbound, and no machine."""
    return follow_up.direction == "inbound" and not follow_up.automated


def _follow_ups(rows: list[FactRow], as_of: datetime | None) -> tuple[FollowUpRecord, ...]:
    found = (
        FollowUpRecord(
            row.subject_id,
            datetime.fromisoformat(row.value["occurred_at"]),
            row.value["direction"],
            row.value["automated"],
            frozenset(UUID(text) for text in row.value["advice_ids"]),
            row.told_at,
        )
        for row in rows
        if row.value["here"]
    )
    return tuple(row for row in found if as_of is None or row.occurred_at <= as_of)


def _milestones(rows: list[FactRow], follow_up_ids: set[UUID]) -> tuple[MilestoneRecord, ...]:
    return tuple(
        MilestoneRecord(
            row.subject_id,
            UUID(row.value["follow_up_id"]),
            _id(row.value["advice_id"]),
            row.value["status"],
            row.effective_at,
            row.told_at,
        )
        for row in rows
        if row.value["here"] and UUID(row.value["follow_up_id"]) in follow_up_ids
    )


def _application(row: FactRow) -> ApplicationRecord:
    value = row.value
    return ApplicationRecord(
        row.subject_id,
        UUID(value["position_id"]),
        value["status"],
        _instant(value["applied_at"]),
        value["furthest_stage"],
        value["is_finalist"],
    )


def _rejection(row: FactRow) -> RejectionRecord:
    value = row.value
    return RejectionRecord(
        row.subject_id,
        UUID(value["application_id"]),
        datetime.fromisoformat(value["rejected_at"]),
        value["never_reconsider"],
        _day(value["reconsider_on"]),
    )


def _advice(
    row: FactRow,
    follow_ups: tuple[FollowUpRecord, ...],
    milestones: tuple[MilestoneRecord, ...],
    occurred: Mapping[UUID, datetime],
) -> AdviceRecord:
    value = row.value
    given_at = datetime.fromisoformat(value["given_at"])
    word = Word(value["state"], row.effective_at, row.told_at) if value["state"] else None
    # Nobody acts on advice before it is given.
    after = {each: at for each, at in occurred.items() if at >= given_at}
    named = [
        Named(each.occurred_at, each.told_at)
        for each in follow_ups
        if each.id in after and row.subject_id in each.advice_ids
    ]
    linked = [
        Linked(each.status, after[each.follow_up_id], each.at, each.told_at)
        for each in milestones
        if each.advice_id == row.subject_id and each.follow_up_id in after
    ]
    state, state_at = advice_state(given_at, named, linked, word)
    return AdviceRecord(
        row.subject_id,
        UUID(value["rejection_id"]),
        value["number"],
        value["competency"],
        value["target_level"],
        given_at,
        state,
        state_at,
    )


class Named(NamedTuple):
    """A counted follow-up that names a piece of advice: when it happened, when we learned of it."""

    occurred_at: datetime
    told_at: datetime


class Linked(NamedTuple):
    """A milestone linked to advice: its status, when its follow-up happened, since when it is."""

    status: str
    occurred_at: datetime
    at: datetime
    told_at: datetime


class Word(NamedTuple):
    """A state that a person set, since when, and when they said so."""

    state: str
    at: datetime
    told_at: datetime


def advice_state(
    given_at: datetime, named: Iterable[Named], linked: Iterable[Linked], word: Word | None
) -> tuple[str, datetime]:
    """Return the state a piece of advice has moved to, and since when.

    A person's own word wins until the next fact: one that happened later, or that we were told of
    later, as when a milestone is refuted. `withdrawn` ends the matter.
    """
    named, linked = list(named), list(linked)
    if word is not None and (word.state == "withdrawn" or _is_last(word, named, linked)):
        return word.state, word.at
    confirmed = [each.at for each in linked if each.status == "confirmed"]
    if confirmed:
        return "confirmed", max(confirmed)
    reported = [each.occurred_at for each in linked if each.status == "reported"]
    if reported:
        return "reported", max(reported)
    if named:
        return "in_progress", max(each.occurred_at for each in named)
    return "open", given_at


def _is_last(word: Word, named: list[Named], linked: list[Linked]) -> bool:
    moved = [(each.occurred_at, each.told_at) for each in named]
    moved += [(max(each.occurred_at, each.at), each.told_at) for each in linked]
    return all(at <= word.at and told_at <= word.told_at for at, told_at in moved)


def position_record(
    position_id: UUID,
    rows: Iterable[FactRow],
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> PositionRecord | None:
    """Fold a position's facts; None where nothing was known of it at these clocks."""
    found = states(rows, as_of, known_at).get((Kind.POSITION, position_id))
    if found is None:
        return None
    value = found.value
    return PositionRecord(
        position_id,
        _day(value["starts_on"]),
        value["job_family"],
        value["department"],
        tuple(RequirementRecord(**requirement) for requirement in value["requirements"]),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
