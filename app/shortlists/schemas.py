"""HTTP shapes of shortlists."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import Field
from pydantic_core import to_json

from app.core import paging
from app.core.schema import Body, Instant, Int64, Prose, Read, id_list
from app.models.ranking import Shortlist, ShortlistEntry
from app.models.run import ShortlistRun
from app.shortlists.queries.asking import Match, Replay
from app.shortlists.queries.kept import FrozenEntry
from app.shortlists.queries.telling import LAYOUT
from app.shortlists.rules.gates import GateAnswer
from app.shortlists.rules.match import shown
from app.shortlists.rules.ranking import Coverage
from app.shortlists.rules.replays import Difference, Place
from app.shortlists.rules.runs import Counts

# Where what was frozen begins so, the rest stands in the answer as it is.
_AS_ANSWERED: Final = f'{{"v":{LAYOUT},'
SectionName = Literal["entries", "to_check", "quiet"]


class ShortlistCreate(Body):
    """Ask for a ranking."""

    limit: Int64 = Field(default=50, ge=1, le=500, description="Entries of each section at most.")
    as_of: Instant | None = Field(
        default=None, description="The instant to rank at, not ahead of now; default: now."
    )


class DecisionCreate(Body):
    """What a person decides on an entry."""

    decision: Literal["invited", "passed_over"]
    reason: Prose | None = Field(default=None, description="Why; kept with the entry.")
    effective_at: Instant | None = Field(
        default=None, description="When it was decided, not ahead of now; default: now."
    )


class ReplayCreate(Body):
    """Run a list again."""

    known_at: Literal["now"] | None = Field(
        default=None,
        description="`now`: rank at the list's `as_of` by what is known today. Default: at both of "
        "the list's own clocks.",
    )


class CandidateName(Read):
    """Who it is."""

    id: UUID
    full_name: str
    merged_into: UUID | None = Field(
        description="The candidate into whom this one was merged since; null: nobody."
    )


class FactorRead(Read):
    """One part of the match; the contributions add up to it."""

    name: str
    value: float = Field(description="0 to 1.")
    weight: float = Field(description="The scoring policy's weight.")
    contribution: float = Field(description="Points of the match, 0 to 100.")


class AdviceNamed(Read):
    """A piece of advice that a follow-up names."""

    advice_id: UUID
    number: int
    text: str
    state: str


class MilestoneNamed(Read):
    """A milestone that a follow-up reports, in the candidate's words."""

    milestone_id: UUID
    kind: str
    title: str
    achieved_on: date | None
    quote: str | None
    status: str


class EvidenceRead(Read):
    """A counted follow-up behind an entry."""

    follow_up_id: UUID
    occurred_at: datetime
    channel: str
    subject: str | None
    advice: list[AdviceNamed]
    milestones: list[MilestoneNamed]


class ClaimedRead(Read):
    """A level that counts on the candidate's word."""

    competency: str
    level: int
    basis: str = Field(description="`claimed`: reported for advice; `declared`: on the profile.")


class UnmetRead(Read):
    """A nice-to-have that is not reached."""

    competency: str
    level: int | None = Field(description="Null where nothing that counts is known.")
    min_level: int


class StepRead(Read):
    """The one step by the candidate that would move them up most."""

    kind: str
    advice_id: UUID | None
    advice_number: int | None
    competency: str | None
    level: int | None
    match_now: float | None
    match_then: float
    sentence: str


class SettleRead(Read):
    """The one call that settles an unknown."""

    method: str
    path: str
    why: str


class GateRead(Read):
    """One gate's answer."""

    gate: str
    answer: str = Field(description="met, unmet or unknown.")
    code: str
    detail: str | None
    settle: SettleRead | None


class DecisionRead(Read):
    """What was decided on an entry, by whom."""

    decision: str
    reason: str | None
    decided_at: datetime
    decided_by_user_id: UUID


class EntryRead(Read):
    """One candidate's place. All but rank and numbers is null or empty once they are erased."""

    rank: int = Field(description="1 is the first of the section.")
    candidate: CandidateName | None = Field(description="Null once the person was erased.")
    candidate_id: UUID = Field(description="A pseudonym once the person was erased.")
    match: float | None = Field(description="0 to 100; null where nobody counted.")
    persistence: float | None = Field(description="0 to 1; null where nobody counted.")
    fit: float = Field(description="0 to 1.")
    progress: float = Field(description="0 to 1.")
    explanation: str | None
    factors: list[FactorRead]
    evidence: list[EvidenceRead]
    claimed: list[ClaimedRead]
    unmet: list[UnmetRead]
    would_move_up: StepRead | None
    runner_up: bool = Field(description="A finalist of this position or its job family.")
    unknown: list[GateRead] = Field(description="What has to be checked, each with its call.")
    erased: bool
    decision: DecisionRead | None


class ShortlistHead(Read):
    """What is said of a ranking as a whole."""

    id: UUID
    position_id: UUID
    trigger: str
    as_of: datetime = Field(description="When things had happened by.")
    known_at: datetime = Field(description="When we had been told by.")
    policy_version: int
    limit: int
    looked_at: int = Field(description="Candidates whose state was read to make the list.")
    stopped_because: str = Field(description="`bound`: nobody further down could enter.")
    asked_by_user_id: UUID | None
    superseded_by_id: UUID | None
    created_at: datetime
    version: int


class ShortlistRead(ShortlistHead):
    """A frozen ranking of re-applicants for one position."""

    entries: list[EntryRead]
    to_check: list[EntryRead]
    quiet: list[EntryRead]


class ShortlistFilters(paging.RootFilters):
    """Which shortlists to list; filters narrow together."""

    position_id: UUID | None = None

    def wanted(self) -> dict[str, Any]:
        """Return the filters as the query takes them; raises Invalid for ids that are none."""
        return {"position_id": self.position_id, "ids": id_list(self.ids)}


class ShortlistSummary(Read):
    """A shortlist without its entries."""

    id: UUID
    position_id: UUID
    trigger: str
    as_of: datetime
    known_at: datetime
    policy_version: int
    superseded_by_id: UUID | None
    created_at: datetime
    version: int


class CountingRead(Read):
    """How far a count is."""

    shortlist_run_id: UUID
    done: int = Field(description="How many candidates have been looked at.", examples=[20500])
    total: int | None = Field(
        description="How many there are, those included who are gone; null until it has begun.",
        examples=[104000],
    )


class CoverageRead(Read):
    """Everyone considered; considered = entries + to_check + quiet + the sum of excluded."""

    shortlist_id: UUID
    considered: int
    entries: int
    to_check: int
    quiet: int
    excluded: dict[str, int] = Field(description="By the first gate that is unmet.")
    counting: CountingRead | None = Field(
        description="While everybody is still being counted (202): how far it is. The numbers are "
        "of those counted so far, and add up. Null: everybody was counted."
    )


class WhyRead(Read):
    """Why a candidate is not further up, in words."""

    sentence: str


class DifferenceRead(Read):
    """What puts another candidate above this one."""

    factor: str
    own: float | None
    above: float | None
    match_with_it: float | None
    sentence: str


class MatchRead(Read):
    """One candidate held against one position now."""

    candidate_id: UUID
    position_id: UUID
    as_of: datetime
    policy_version: int
    section: str = Field(description="entries, to_check, quiet or excluded.")
    failed_gate: str | None = Field(description="The first unmet gate.")
    gates: list[GateRead]
    rank: int | None = Field(description="Within the section; null where excluded.")
    match: float | None = Field(description="0 to 100; null where nobody counted.")
    persistence: float | None
    fit: float
    progress: float
    factors: list[FactorRead]
    explanation: str
    why_not_higher: DifferenceRead | None = Field(description="Against `than`, where asked.")


class PlaceRead(Read):
    """Where a candidate stood."""

    section: str
    rank: int
    match: float | None = Field(description="0 to 100.")
    persistence: float | None
    fit: float
    progress: float


class LearnedRead(Read):
    """Something that was told after the list was made."""

    kind: str
    subject_id: UUID
    effective_at: datetime
    recorded_at: datetime


class MovedRead(Read):
    """A candidate who stands elsewhere, or by other numbers."""

    candidate_id: UUID
    before: PlaceRead | None = Field(description="Null where they were not listed.")
    after: PlaceRead | None = Field(description="Null where they are no longer listed.")
    changed: list[str]
    learned: list[LearnedRead]


class ReplayRead(Read):
    """A list run again from the facts."""

    shortlist_id: UUID
    as_of: datetime
    known_at: datetime
    policy_version: int
    identical: bool = Field(description="Every place and every number is the same, to the bit.")
    frozen_inputs: int = Field(description="Entries of erased people, ranked by frozen inputs.")
    differences: list[MovedRead]


class ShortlistRunRead(Read):
    """A ranking or a count at past clocks that the worker makes, and how far it is."""

    id: UUID
    kind: str = Field(
        description="`shortlist`: a list is being made; `coverage`: a list's coverage is counted; "
        "`replay`: a list is run again.",
        examples=["shortlist"],
    )
    state: str = Field(
        description="`running`, `done`, or `failed` after several tries.", examples=["running"]
    )
    done: int = Field(description="How many candidates have been looked at.", examples=[20500])
    total: int | None = Field(
        description="How many there are, those included who are gone; null until it has begun.",
        examples=[104000],
    )
    failure: str | None = Field(
        description="Why it failed, in a word for who runs the service; null: it has not.",
        examples=[None],
    )
    position_id: UUID
    shortlist_id: UUID | None = Field(
        description="The list that is counted or run again; of one that is made, null until it is "
        "there."
    )
    as_of: datetime = Field(description="When things had happened by.")
    known_at: datetime = Field(
        description="When we had been told by: what is told while it runs changes nothing of it."
    )
    policy_version: int
    limit: int
    asked_by_user_id: UUID | None
    created_at: datetime
    finished_at: datetime | None = Field(
        description="Null while it runs.", examples=["2019-05-13T09:00:41Z"]
    )
    replay: ReplayRead | None = Field(
        description="What a `replay` that is done has found; null of others."
    )


def run_read(run: ShortlistRun, found: Replay | None = None) -> ShortlistRunRead:
    """Return a run as far as it is, with what a replay has found."""
    return ShortlistRunRead(
        id=run.id,
        kind=run.kind,
        state=run.state,
        done=run.done,
        total=run.total,
        failure=run.failure,
        position_id=run.position_id,
        shortlist_id=run.shortlist_id,
        as_of=run.as_of,
        known_at=run.known_at,
        policy_version=run.policy_version,
        limit=run.row_limit,
        asked_by_user_id=run.asked_by_user_id,
        created_at=run.created_at,
        finished_at=run.finished_at,
        replay=None if found is None else replay_read(found),
    )


def shortlist_json(row: Shortlist, entries: Sequence[FrozenEntry]) -> bytes:
    """Write a ShortlistRead: what was frozen of the entries as it is."""
    head = ShortlistHead(
        id=row.id,
        position_id=row.position_id,
        trigger=row.trigger,
        as_of=row.as_of,
        known_at=row.known_at,
        policy_version=row.policy_version,
        limit=row.row_limit,
        looked_at=row.looked_at,
        stopped_because=row.stopped_because,
        asked_by_user_id=row.asked_by_user_id,
        superseded_by_id=row.superseded_by_id,
        created_at=row.created_at,
        version=row.version,
    )
    by_section: dict[str, list[bytes]] = {"entries": [], "to_check": [], "quiet": []}
    for entry in entries:
        # In small pieces, put together once: nearly a megabyte copied again costs as much as all.
        by_section[entry.section] += (b",", *_entry_json(entry))
    pieces = [to_json(head)[:-1]]
    for name, rows in by_section.items():
        pieces += (b',"%s":[' % name.encode(), *rows[1:], b"]")
    return b"".join((*pieces, b"}"))


def _entry_json(entry: FrozenEntry) -> tuple[bytes, ...]:
    if not entry.told.startswith(_AS_ANSWERED):
        return (to_json(entry_read(entry)),)
    own = to_json(
        {
            "rank": entry.rank,
            "candidate_id": entry.candidate_id,
            "match": None if entry.match is None else shown(entry.match),
            "persistence": entry.persistence,
            "fit": entry.fit,
            "progress": entry.progress,
            "erased": entry.erased,
            "decision": decision_read(entry),
        }
    )
    return own[:-1], b",", entry.told[len(_AS_ANSWERED) :].encode()


def entry_read(entry: ShortlistEntry | FrozenEntry) -> EntryRead:
    """Return one entry as it was frozen, with what was decided since."""
    told = entry.shown
    return EntryRead(
        rank=entry.rank,
        candidate=_name(told),
        candidate_id=entry.candidate_id,
        match=None if entry.match is None else shown(entry.match),
        persistence=entry.persistence,
        fit=entry.fit,
        progress=entry.progress,
        explanation=told.get("explanation"),
        factors=told.get("factors", []),
        evidence=told.get("evidence", []),
        claimed=told.get("claimed", []),
        unmet=told.get("unmet", []),
        would_move_up=told.get("would_move_up"),
        runner_up=told.get("runner_up", False),
        unknown=told.get("unknown", []),
        erased=entry.erased,
        decision=decision_read(entry),
    )


def _name(told: dict[str, Any]) -> CandidateName | None:
    candidate = told.get("candidate")
    # What was frozen before there were merges does not speak of one.
    return candidate and CandidateName(**{"merged_into": None, **candidate})


def decision_read(entry: ShortlistEntry | FrozenEntry) -> DecisionRead | None:
    """Return what was decided; None where nothing was."""
    if entry.decision is None or entry.decided_at is None or entry.decided_by_user_id is None:
        return None
    return DecisionRead(
        decision=entry.decision,
        reason=entry.decision_reason,
        decided_at=entry.decided_at,
        decided_by_user_id=entry.decided_by_user_id,
    )


def coverage_read(shortlist_id: UUID, found: Coverage | ShortlistRun) -> CoverageRead:
    """Return the counts; of a run, those so far."""
    if isinstance(found, ShortlistRun):
        counted = Counts.from_json(found.counts).coverage()
        counting = CountingRead(shortlist_run_id=found.id, done=found.done, total=found.total)
    else:
        counted, counting = found, None
    return CoverageRead(
        shortlist_id=shortlist_id,
        considered=counted.considered,
        entries=counted.entries,
        to_check=counted.to_check,
        quiet=counted.quiet,
        excluded=counted.excluded,
        counting=counting,
    )


def match_read(found: Match) -> MatchRead:
    """Return one candidate's place with every gate."""
    examined, numbers = found.examination, found.examination.measure
    failed = examined.placement.failed
    return MatchRead(
        candidate_id=found.candidate_id,
        position_id=found.position_id,
        as_of=found.as_of,
        policy_version=found.policy_version,
        section=str(examined.placement.section),
        failed_gate=None if failed is None else failed.gate,
        gates=[_gate_read(gate) for gate in examined.gates],
        rank=found.rank,
        match=None if numbers.match is None else shown(numbers.match),
        persistence=numbers.persistence,
        fit=numbers.fit,
        progress=numbers.progress,
        factors=[FactorRead.model_validate(each) for each in found.factors],
        explanation=found.why.sentence,
        why_not_higher=None
        if found.difference is None
        else DifferenceRead.model_validate(found.difference),
    )


def _gate_read(gate: GateAnswer) -> GateRead:
    return GateRead(
        gate=gate.gate,
        answer=str(gate.answer),
        code=gate.code,
        detail=gate.detail,
        settle=None if gate.settle is None else SettleRead.model_validate(gate.settle),
    )


def replay_read(found: Replay) -> ReplayRead:
    """Return what a replay found."""
    return ReplayRead(
        shortlist_id=found.shortlist_id,
        as_of=found.as_of,
        known_at=found.known_at,
        policy_version=found.policy_version,
        identical=not found.differences,
        frozen_inputs=found.frozen_inputs,
        differences=[_moved_read(each, found) for each in found.differences],
    )


def _moved_read(moved: Difference, found: Replay) -> MovedRead:
    return MovedRead(
        candidate_id=moved.candidate_id,
        before=_place_read(moved.before),
        after=_place_read(moved.after),
        changed=list(moved.changed),
        learned=[
            LearnedRead.model_validate(row) for row in found.learned.get(moved.candidate_id, ())
        ],
    )


def _place_read(place: Place | None) -> PlaceRead | None:
    if place is None:
        return None
    return PlaceRead(
        section=place.section,
        rank=place.rank,
        match=None if place.match is None else shown(place.match),
        persistence=place.persistence,
        fit=place.fit,
        progress=place.progress,
    )
