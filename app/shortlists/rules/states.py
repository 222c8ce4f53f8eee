"""A candidate as the ranking reads it: plain values, and their JSON.

The JSON of a `CandidateState` is stored in the ranking's index and frozen into a shortlist's
entries, so it must come back equal to the last bit, years later. It is compact: the candidate is an
object whose absent keys mean the field's empty value; everything the candidate has several of is a
list of arrays whose items stand in the order of the fields. `v` is the version of this layout.

All instants are aware and UTC.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final, Self
from uuid import UUID

from app.persistence_scores.rules import Pause

JSON_VERSION: Final = 1


class UnknownLayoutError(ValueError):
    """The JSON was written in a layout that this code does not read."""


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What the candidate answered when asked whether we may contact them.

    `expires_on` is the last day on which a grant holds, in the organization's time zone; null is
    for ever.
    """

    granted: bool
    expires_on: date | None
    at: datetime

    def to_json(self) -> list[Any]:
        return [int(self.granted), day_text(self.expires_on), instant_text(self.at)]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> Self:
        granted, expires_on, at = values
        return cls(bool(granted), to_day(expires_on), datetime.fromisoformat(at))


@dataclass(frozen=True, slots=True)
class Try:
    """One application. `status` is active, rejected, withdrawn or hired.

    `furthest_stage` is the ATS's own text; null where it was not told.
    """

    application_id: UUID
    position_id: UUID
    status: str
    applied_at: datetime
    furthest_stage: str | None
    is_finalist: bool

    def to_json(self) -> list[Any]:
        return [
            self.application_id.hex,
            self.position_id.hex,
            self.status,
            instant_text(self.applied_at),
            self.furthest_stage,
            int(self.is_finalist),
        ]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> Self:
        application_id, position_id, status, applied_at, furthest_stage, is_finalist = values
        return cls(
            _to_id(application_id),
            shared_id(position_id),
            status,
            datetime.fromisoformat(applied_at),
            furthest_stage,
            bool(is_finalist),
        )


@dataclass(frozen=True, slots=True)
class RejectionState:
    """One standing rejection: an undone one is not listed."""

    rejection_id: UUID
    application_id: UUID
    rejected_at: datetime
    never_reconsider: bool
    reconsider_on: date | None

    def to_json(self) -> list[Any]:
        return [
            self.rejection_id.hex,
            self.application_id.hex,
            instant_text(self.rejected_at),
            int(self.never_reconsider),
            day_text(self.reconsider_on),
        ]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> Self:
        rejection_id, application_id, rejected_at, never_reconsider, reconsider_on = values
        return cls(
            shared_id(rejection_id),
            _to_id(application_id),
            datetime.fromisoformat(rejected_at),
            bool(never_reconsider),
            to_day(reconsider_on),
        )


@dataclass(frozen=True, slots=True)
class AdviceState:
    """One piece of advice. `state` is open, in_progress, reported, confirmed or withdrawn.

    `state_at` is when it came into that state; `number` counts within its rejection.
    """

    advice_id: UUID
    rejection_id: UUID
    number: int
    competency: str | None
    target_level: int | None
    state: str
    state_at: datetime

    def to_json(self) -> list[Any]:
        return [
            self.advice_id.hex,
            self.rejection_id.hex,
            self.number,
            self.competency,
            self.target_level,
            self.state,
            instant_text(self.state_at),
        ]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> Self:
        advice_id, rejection_id, number, competency, target_level, state, state_at = values
        return cls(
            _to_id(advice_id),
            shared_id(rejection_id),
            number,
            competency,
            target_level,
            state,
            datetime.fromisoformat(state_at),
        )


@dataclass(frozen=True, slots=True)
class LevelState:
    """A level (1 to 5) in a competency and where it comes from.

    `source` is assessed (an interviewer), declared (the candidate's profile) or confirmed (a
    milestone that we confirmed).
    """

    competency: str
    level: int
    source: str
    at: datetime

    def to_json(self) -> list[Any]:
        return [self.competency, self.level, self.source, instant_text(self.at)]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> Self:
        competency, level, source, at = values
        return cls(competency, level, source, datetime.fromisoformat(at))


@dataclass(frozen=True, slots=True)
class CandidateState:
    """Everything that the ranking reads about one candidate.

    `momentum` is the stored form of the persistence score, null where no follow-up counts;
    `last_counted_at` is the latest counted follow-up. `contact_consent` is null where the candidate
    was never asked. `rank_objection` is the wish to be considered without the score. `counted` is
    how many follow-ups count and when the first of them was: only told, and null where none counts
    and in what was stored before it was kept.
    """

    candidate_id: UUID
    erased: bool = False
    do_not_contact: bool = False
    available_from: date | None = None
    contact_consent: ConsentState | None = None
    rank_objection: bool = False
    momentum: float | None = None
    last_counted_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    tries: tuple[Try, ...] = ()
    rejections: tuple[RejectionState, ...] = ()
    advice: tuple[AdviceState, ...] = ()
    levels: tuple[LevelState, ...] = ()
    # The ranking does not read it, so a state without it is no other.
    counted: tuple[int, datetime] | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Give the JSON object; empty fields are left out."""
        consent = self.contact_consent
        last = self.last_counted_at
        fields: dict[str, Any] = {
            "v": JSON_VERSION,
            "id": self.candidate_id.hex,
            "erased": int(self.erased),
            "do_not_contact": int(self.do_not_contact),
            "available_from": day_text(self.available_from),
            "contact_consent": None if consent is None else consent.to_json(),
            "rank_objection": int(self.rank_objection),
            "momentum": self.momentum,
            "last_counted_at": None if last is None else instant_text(last),
            "pauses": [
                [each.first_day.isoformat(), each.last_day.isoformat()] for each in self.pauses
            ],
            "tries": [each.to_json() for each in self.tries],
            "rejections": [each.to_json() for each in self.rejections],
            "advice": [each.to_json() for each in self.advice],
            "levels": [each.to_json() for each in self.levels],
            # The last, for a migration put it behind what stood there.
            "counted": self.counted and [self.counted[0], instant_text(self.counted[1])],
        }
        # A momentum of 0.0 is a momentum: only what is empty by its kind may be left out.
        return {
            name: value
            for name, value in fields.items()
            if value or (name == "momentum" and value is not None)
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave. Raises UnknownLayoutError for another version's JSON."""
        if fields.get("v") != JSON_VERSION:
            message = f"a candidate's state in layout {fields.get('v')!r}"
            raise UnknownLayoutError(message)
        get = fields.get
        consent = get("contact_consent")
        momentum = get("momentum")
        last = get("last_counted_at")
        counted = get("counted")
        return cls(
            candidate_id=_to_id(fields["id"]),
            erased=bool(get("erased")),
            do_not_contact=bool(get("do_not_contact")),
            available_from=to_day(get("available_from")),
            contact_consent=None if consent is None else ConsentState.from_json(consent),
            rank_objection=bool(get("rank_objection")),
            momentum=None if momentum is None else float(momentum),
            last_counted_at=None if last is None else datetime.fromisoformat(last),
            pauses=tuple(
                [
                    Pause(date.fromisoformat(first_day), date.fromisoformat(last_day))
                    for first_day, last_day in get("pauses", ())
                ]
            ),
            tries=tuple([Try.from_json(each) for each in get("tries", ())]),
            rejections=tuple([RejectionState.from_json(each) for each in get("rejections", ())]),
            advice=tuple([AdviceState.from_json(each) for each in get("advice", ())]),
            levels=tuple([LevelState.from_json(each) for each in get("levels", ())]),
            counted=counted and (counted[0], datetime.fromisoformat(counted[1])),
        )

    def pack(self) -> str:
        """Give the JSON as the text to keep. Raises ValueError for a momentum not finite."""
        return json.dumps(self.to_json(), allow_nan=False, separators=(",", ":"))

    @classmethod
    def unpack(cls, text: str) -> Self:
        """Read what `pack` gave."""
        return cls.from_json(json.loads(text))


def instant_text(instant: datetime) -> str:
    """Write an instant, in UTC."""
    return instant.astimezone(UTC).isoformat()


def day_text(day: date | None) -> str | None:
    """Write a day; null stays null."""
    return None if day is None else day.isoformat()


def to_day(text: str | None) -> date | None:
    """Read what `day_text` wrote."""
    return None if text is None else date.fromisoformat(text)


@lru_cache(maxsize=4096)
def shared_id(text: str) -> UUID:
    """Read an id that is met again: a position's, or a rejection's in the advice given at it."""
    return _to_id(text)


def _to_id(text: str) -> UUID:
    # A third faster than UUID(text), which allows for dashes and braces; most of a load is ids.
    return UUID(int=int(text, 16))
