"""A record to what it tells: a candidate, and perhaps a try, what turned it down, a follow-up."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from app.applications.rules import AdviceItem, Giver, KeepInTouch
from app.candidates.rules import Address
from app.custom_fields.rules import Field, value_fault
from app.external_ids.rules import Name
from app.follow_ups.actions import MilestoneDraft
from app.intake.csv import cells
from app.intake.csv.cells import CellError
from app.intake.csv.headers import OWN, OWN_OF_TRIES
from app.intake.csv.sheets import Record

_CHANNELS = {"email", "call", "voicemail", "letter", "meeting", "message", "form"}
_MILESTONES = {"job", "promotion", "grade", "award", "association", "course", "book", "other"}
_TURNED_DOWN = re.compile(r"reject|declined by us|disqualif|archiv|turned down|abgesagt|absage")
_ELSEWHERE = re.compile(r"hired|withdr|offer")
_COMPETENCY = re.compile(r"(.*\S)\s*\[([^\[\]]+?)(?:\s+([1-5]))?\]", re.DOTALL)
_LONGEST = 5000
_NO_FIELDS: Mapping[str, Field] = {}
_OF_A_TRY = (
    *("position", "position_id", "application_id"),
    *("applied_at", "furthest_stage", "is_finalist"),
)

# One of these says whom a row is about.
_WHOSE = ("id", "candidate_id", "external_ids", "full_name", "first_name", "last_name", "emails")


class Fault(NamedTuple):
    """What is wrong, or was left out, on which line and in which column, as the file calls it."""

    line: int
    column: str | None
    why: str


@dataclass(frozen=True, slots=True)
class TryTold:
    """A try at a position, by the position's title or its id in the other system.

    Without either it is the try that goes by one of the names, or the candidate's only one.
    """

    position: str | None
    position_name: Name | None
    names: tuple[Name, ...]
    told: Mapping[str, Any]

    @property
    def said(self) -> list[str]:
        """The fields that are told, those of the organization's own one by one."""
        own = [OWN_OF_TRIES + key for key in self.told.get("custom_fields", ())]
        return [*(name for name in self.told if name != "custom_fields"), *own]


@dataclass(frozen=True, slots=True)
class FollowUpTold:
    """A follow-up; `advice` are the numbers of what it addresses."""

    names: tuple[Name, ...]
    told: Mapping[str, Any]
    advice: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RowTold:
    """Everything that a record tells."""

    line: int
    candidate_id: UUID | None
    names: tuple[Name, ...]
    candidate: Mapping[str, Any]
    tried: TryTold | None
    rejection: Mapping[str, Any] | None
    follow_up: FollowUpTold | None

    @property
    def addresses(self) -> Sequence[Address]:
        """The candidate's e-mail addresses."""
        found: Sequence[Address] = self.candidate.get("emails", ())
        return found


class _Cells:
    """The cells of one record by field, each read once; what is wrong is gathered."""

    def __init__(
        self, record: Record, header: Sequence[str], columns: Sequence[str | None], zone: ZoneInfo
    ) -> None:
        self.line, self.zone = record.line, zone
        self.faults: list[Fault] = []
        self._columns = {field: name for field, name in zip(columns, header, strict=True) if field}
        self._texts = {
            field: cells.unguarded(text)
            for field, text in zip(columns, record.cells, strict=False)
            if field and text.strip()
        }
        if any(cell.strip() for cell in record.cells[len(header) :]):
            why = f"has {len(record.cells)} cells, and the header has {len(header)}"
            self.faults.append(Fault(record.line, None, why))

    def has(self, *fields: str) -> bool:
        return any(field in self._texts for field in fields)

    def say(self, field: str, why: str) -> None:
        """Note that something is wrong in a field's cell."""
        self.faults.append(Fault(self.line, self.called(field), why))

    def called(self, field: str) -> str:
        """Return what the file calls a field's column."""
        return self._columns.get(field, field)

    def read(self, field: str, how: Callable[[str], Any]) -> Any:
        """Return a cell's value; None where it is empty or wrong."""
        text = self._texts.get(field)
        if text is None:
            return None
        try:
            return how(text)
        except CellError as error:
            self.say(field, str(error))
            return None

    def line_of(self, field: str) -> str | None:
        """Return a cell that is one line; line breaks and outer blanks are dropped."""
        found: str | None = self.read(field, lambda text: cells.line(_unbroken(text)))
        return found

    def instant(self, field: str) -> datetime | None:
        found: datetime | None = self.read(field, lambda text: cells.instant(text, self.zone))
        return found

    def one_of(self, field: str, known: set[str]) -> str | None:
        return self.read(field, lambda text: _one_of(text, known))  # type: ignore[no-any-return]

    def given(self, **values: Any) -> dict[str, Any]:
        """Return the values that are there."""
        return {name: value for name, value in values.items() if value is not None}


def _unbroken(text: str) -> str:
    return " ".join(text.replace("\r", "\n").split("\n")).strip()


def _one_of(text: str, known: set[str]) -> str:
    word = text.strip().casefold().replace("e-mail", "email")
    if word not in known:
        raise CellError(f"is none of {', '.join(sorted(known))}")
    return word


def read_row(
    record: Record,
    header: Sequence[str],
    columns: Sequence[str | None],
    *,
    zone: ZoneInfo,
    source: str,
    own: Mapping[str, Field] = _NO_FIELDS,
    own_of_tries: Mapping[str, Field] = _NO_FIELDS,
) -> tuple[RowTold | None, list[Fault]]:
    """Return what a record tells, None where it cannot be taken, and what is wrong with it.

    Days begin in `zone`; ids of another system without its name are `source`'s; `own` are the
    organization's own fields of candidates, by their keys, `own_of_tries` those of applications.
    """
    if record.fault is not None:
        return None, [Fault(record.line, None, record.fault)]
    row = _Cells(record, header, columns, zone)
    names = _names(row, source)
    candidate = _candidate(row) | row.given(custom_fields=_own_values(row, own, OWN))
    tried, rejection = _tried(row, source, own_of_tries), _rejection(row)
    follow_up = _follow_up(row, source)
    told = RowTold(
        line=record.line,
        candidate_id=_own_id(row),
        names=names,
        candidate=candidate,
        tried=tried,
        rejection=rejection,
        follow_up=follow_up,
    )
    if not row.has(*_WHOSE):
        row.faults.append(Fault(record.line, None, "names nobody: no name, no address, no id"))
    wrong = list(dict.fromkeys(row.faults))
    return (None if wrong else told), [*wrong, *_notes(row)]


def _own_id(row: _Cells) -> UUID | None:
    return row.read("id", _uuid)  # type: ignore[no-any-return]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _names(row: _Cells, source: str) -> tuple[Name, ...]:
    told = row.read("external_ids", cells.external_ids) or []
    plain = row.line_of("candidate_id")
    if plain is None and row.has("id") and row.read("id", _uuid) is None:
        # A column `id` that holds no ids of ours holds another system's.
        plain = row.line_of("id")
    return (*told, *([] if plain is None else [Name(source, "candidate", plain)]))


def _candidate(row: _Cells) -> dict[str, Any]:
    parts = [row.line_of(field) for field in ("full_name", "first_name", "last_name")]
    name = parts[0] or " ".join(part for part in parts[1:] if part)
    return row.given(
        full_name=name or None,
        emails=row.read("emails", cells.emails),
        phones=row.read("phones", cells.phones),
        location=row.line_of("location"),
        tags=row.read("tags", cells.tags),
        competencies=row.read("competencies", cells.competencies),
        available_from=row.read("available_from", cells.day),
        do_not_contact=row.read("do_not_contact", cells.flag),
        relationship_owner_id=row.read("relationship_owner_id", _user),
    )


def _own_values(row: _Cells, own: Mapping[str, Field], before: str) -> dict[str, Any] | None:
    """Return the values of own fields, read by their types and checked; None without any."""
    read = {key: row.read(before + key, partial(_own_value, field)) for key, field in own.items()}
    return {key: value for key, value in read.items() if value is not None} or None


def _own_value(field: Field, text: str) -> Any:
    value = cells.own_value(field.type)(text)
    fault = value_fault(field, value)
    if fault is not None:
        raise CellError(fault[:1].lower() + fault[1:])
    return value


def _user(text: str) -> UUID:
    found = _uuid(text)
    if found is None:
        raise CellError("is a user's id")
    return found


def _tried(row: _Cells, source: str, own: Mapping[str, Field]) -> TryTold | None:
    if not row.has(*_OF_A_TRY, *(OWN_OF_TRIES + key for key in own)):
        return None
    position, position_id = row.line_of("position"), row.line_of("position_id")
    application_id = row.line_of("application_id")
    return TryTold(
        position=position,
        position_name=None if position_id is None else Name(source, "position", position_id),
        names=() if application_id is None else (Name(source, "application", application_id),),
        told=row.given(
            applied_at=row.instant("applied_at"),
            furthest_stage=row.line_of("furthest_stage"),
            is_finalist=row.read("is_finalist", cells.flag),
            custom_fields=_own_values(row, own, OWN_OF_TRIES),
        ),
    )


def _rejection(row: _Cells) -> dict[str, Any] | None:
    status = row.line_of("status") or ""
    turned_down = bool(_TURNED_DOWN.search(status.casefold()))
    advice = _advice(row)
    if not turned_down and not row.has("rejected_at", "reason") and not advice:
        return None
    granted = row.read("keep_in_touch", cells.flag)
    invited = row.read("follow_ups_invited", cells.flag)
    decided_by = row.line_of("decided_by")
    told = row.given(
        # Of a try whose end nobody dated all that is sure is that it came after its beginning.
        rejected_at=row.instant("rejected_at") or row.instant("applied_at"),
        reason=row.line_of("reason"),
        details=row.read("details", cells.prose),
        decided_by=None if decided_by is None else Giver(name=decided_by),
        never_reconsider=row.read("never_reconsider", cells.flag),
        reconsider_on=row.read("reconsider_on", cells.day),
        preferred_channel=row.one_of("preferred_channel", _CHANNELS),
        follow_ups_invited=None if invited is None else "yes" if invited else "no",
        keep_in_touch=None if granted is None else KeepInTouch(granted),
    )
    return {**told, **({"advice": advice} if advice else {})}


def _advice(row: _Cells) -> list[AdviceItem]:
    """Read one piece a line or a column: `advice`, or `advice_1`, `advice_2` and so on."""
    columns = ("advice", *(f"advice_{number}" for number in range(1, 10)))
    found = [
        row.read(column, lambda text: [_item(each) for each in _lines(text)]) for column in columns
    ]
    return [item for some in found if some for item in some]


def _lines(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[\n|]", text) if part.strip()]


def _item(text: str) -> AdviceItem:
    """Read `Two solid semesters of grades [academics 3]`."""
    if len(text) > _LONGEST:
        raise CellError(f"a piece of advice has at most {_LONGEST} characters")
    found = _COMPETENCY.fullmatch(text)
    if found is None:
        return AdviceItem(cells.prose(text))
    level = None if found[3] is None else int(found[3])
    return AdviceItem(cells.prose(found[1]), cells.slug(found[2]), level)


def _follow_up(row: _Cells, source: str) -> FollowUpTold | None:
    if not row.has("follow_up", "follow_up_at", "follow_up_subject", "milestone", "follow_up_id"):
        return None
    occurred_at = row.instant("follow_up_at")
    if not row.has("follow_up_at"):
        row.say("follow_up_at", "is wanted to say when the candidate wrote")
    plain = row.line_of("follow_up_id")
    milestones = row.read("milestone", _milestones)
    told = row.given(
        occurred_at=occurred_at,
        channel=row.one_of("follow_up_channel", _CHANNELS) or "email",
        direction=row.one_of("follow_up_direction", {"inbound", "outbound"}),
        subject=row.line_of("follow_up_subject"),
        body=row.read("follow_up", lambda text: cells.text_(text.replace("\r\n", "\n"))),
        milestones=milestones,
    )
    return FollowUpTold(
        names=() if plain is None else (Name(source, "follow_up", plain),),
        told=told,
        advice=tuple(row.read("follow_up_advice", _numbers) or ()),
    )


def _milestones(text: str) -> list[MilestoneDraft]:
    """Read `promotion: Waiter; award: Dean's List`; without a kind it is another."""
    found = []
    for item in cells.split(text):
        kind, colon, title = item.partition(":")
        known = colon and kind.strip().casefold() in _MILESTONES
        found.append(
            MilestoneDraft(kind.strip().casefold(), cells.line(title.strip()))
            if known
            else MilestoneDraft("other", cells.line(item))
        )
    return found


def _numbers(text: str) -> list[int]:
    parts = re.split(r"[,;\s]+", text.strip())
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise CellError("names advice by its numbers: 1, 3")
    return [int(part) for part in parts]


def _notes(row: _Cells) -> list[Fault]:
    """Return what of a record is left out, though the rest is taken."""
    status = (row.line_of("status") or "").casefold()
    if not _ELSEWHERE.search(status) or _TURNED_DOWN.search(status):
        return []
    why = "is left out: hires, offers and withdrawals have calls of their own"
    return [Fault(row.line, row.called("status"), why)]
