"""People of whom only the ranking's rows are made, in crowds that make the ranker's work hard.

A crowd is made where another position over the usual people would not do. Its people have no
history, only a state, which the product's rules make into momentum, packed state and rows
of the lists: the ranker reads nothing else, and such people are made in a small part of the time
that those with a history take.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from app.core.clock import EVER
from app.organizations.rules import ScoringPolicy
from app.persistence_scores.rules import (
    CountedFollowUp,
    Pause,
    momentum,
    period_credits,
    persistence_at,
)
from app.positions.rules import Wanted
from app.shortlists.rules.states import (
    AdviceState,
    CandidateState,
    ConsentState,
    LevelState,
    RejectionState,
    Try,
)
from bench.numbering import Numbering
from bench.people import DAYS, how_many
from bench.words import COMPETENCIES, RARE, STAGES

# Half of the skewed crowd know the first; the second goes with persistence, the third against it.
HALF, WITH, AGAINST = "negotiating", "mentoring", "archiving"
# The tied follow these few, who do not fill a list.
UNTIED: Final = 30
_TIED_LEVEL: Final = 3
STARTS_IN_DAYS: Final = 21


@dataclass(frozen=True, slots=True)
class Case:
    """A position to rank for; it starts in so many days after the data was made, or is not told."""

    name: str
    wanted: tuple[Wanted, ...] = ()
    starts_in: int | None = STARTS_IN_DAYS


@dataclass(frozen=True, slots=True)
class Ground:
    """What the people of an organization share; all of them are drawn from `seed`."""

    seed: str
    policy: ScoringPolicy
    position_ids: Sequence[UUID]
    made_at: datetime
    candidates: int


Change = Callable[[CandidateState, int, Ground, Random], CandidateState]


@dataclass(frozen=True, slots=True)
class Crowd:
    """A kind of people, told in a sentence, and the positions to rank them for.

    `change` makes a usual person one of the crowd; `paused` is the share whose clock stands still,
    `erased` that which is removed afterwards by the product's own verb.
    """

    name: str
    told: str
    cases: tuple[Case, ...]
    change: Change | None = None
    paused: float = 0.0
    erased: float = 0.0


def person(crowd: Crowd, number: int, ground: Ground) -> CandidateState:
    """Return person `number`, 0 the first: for the same ground always the same one."""
    random = Random(f"{ground.seed} {number}")
    usual = _usual(number, ground, random, crowd.paused)
    return usual if crowd.change is None else crowd.change(usual, number, ground, random)


# ------------------------------------------------------------------------------ a usual person


def _usual(number: int, ground: Ground, random: Random, paused: float) -> CandidateState:
    imported_at = ground.made_at - timedelta(milliseconds=ground.candidates - number)
    numbering = Numbering(imported_at, random)
    rejected_at = ground.made_at - timedelta(days=1 + random.random() * (DAYS - 2))
    tried, rejection = _try(numbering, ground, rejected_at, random)
    state = CandidateState(
        candidate_id=numbering.id(),
        do_not_contact=_chance(random, 0.01),
        available_from=_available_from(ground, random) if _chance(random, 0.6) else None,
        contact_consent=_consent(rejected_at, random),
        rank_objection=_chance(random, 0.01),
        tries=(tried,),
        rejections=(rejection,),
        advice=_advice(numbering, rejection, random),
        levels=_levels(random),
        pauses=(_pause(ground, random),) if _chance(random, paused) else (),
    )
    return _scored(state, _writes(rejected_at, ground, random), ground)


def _chance(random: Random, share: float) -> bool:
    return random.random() < share


def _try(
    numbering: Numbering, ground: Ground, at: datetime, random: Random
) -> tuple[Try, RejectionState]:
    application_id = numbering.id()
    position_id = random.choice(ground.position_ids)
    applied_at = at - timedelta(days=random.randrange(5, 40))
    tried = Try(
        application_id,
        position_id,
        "rejected",
        applied_at,
        random.choice(STAGES),
        _chance(random, 0.1),
    )
    later = at.date() + timedelta(days=180) if _chance(random, 0.1) else None
    never = _chance(random, 0.01)
    return tried, RejectionState(numbering.id(), application_id, at, never, later)


def _available_from(ground: Ground, random: Random) -> date:
    return ground.made_at.date() + timedelta(days=random.randrange(-60, 60))


def _pause(ground: Ground, random: Random) -> Pause:
    """Draw one that runs, and ends within eleven months."""
    today = ground.made_at.date()
    ends_in = random.randrange(330)
    return Pause(today - timedelta(days=random.randrange(30)), today + timedelta(days=ends_in))


def _consent(at: datetime, random: Random) -> ConsentState | None:
    """5 % refuse to be contacted, one in ten was never asked."""
    drawn = random.random()
    if drawn < 0.1:
        return None
    granted = drawn >= 0.15
    until = at.date() + timedelta(days=DAYS) if granted and _chance(random, 0.3) else None
    return ConsentState(granted, until, at)


def _advice(
    numbering: Numbering, rejection: RejectionState, random: Random
) -> tuple[AdviceState, ...]:
    return tuple(
        AdviceState(
            numbering.id(),
            rejection.rejection_id,
            each,
            random.choice(COMPETENCIES),
            random.randrange(2, 6),
            random.choices(
                ("open", "in_progress", "reported", "confirmed"),
                (40, 30, 20, 10),
            )[0],
            rejection.rejected_at,
        )
        for each in range(1, random.randrange(4) + 1)
    )


def _levels(random: Random) -> tuple[LevelState, ...]:
    known = set(random.choices(COMPETENCIES, k=random.randrange(4)))
    if _chance(random, 0.01):
        known.add(RARE)
    return tuple(_level(each, random) for each in sorted(known))


def _level(competency: str, random: Random) -> LevelState:
    level = random.choices((1, 2, 3, 4, 5), (10, 25, 35, 20, 10))[0]
    return LevelState(competency, level, "assessed" if _chance(random, 0.4) else "declared", EVER)


def _writes(rejected_at: datetime, ground: Ground, random: Random) -> list[CountedFollowUp]:
    room = ground.made_at - timedelta(hours=1) - rejected_at
    return [
        CountedFollowUp(
            rejected_at + room * random.random(),
            _chance(random, 0.5),
            _chance(random, 0.25),
            advice_given_before=True,
        )
        for _ in range(how_many(random))
    ]


def _scored(
    state: CandidateState, wrote: Sequence[CountedFollowUp], ground: Ground
) -> CandidateState:
    last = max((each.occurred_at for each in wrote), default=None)
    periods = period_credits(wrote, ground.policy)
    return replace(
        state,
        momentum=momentum(periods, last, state.pauses, ground.policy),
        last_counted_at=last,
    )


# ------------------------------------------------------------------------------------- crowds


def _skewed(state: CandidateState, _number: int, ground: Ground, random: Random) -> CandidateState:
    score = persistence_at(state.momentum, ground.made_at, state.pauses, ground.policy) or 0.0
    shares = {HALF: 0.5, WITH: min(1.0, 3 * score), AGAINST: (1 - score) ** 30}
    known = [name for name, share in shares.items() if _chance(random, share)]
    levels = (*state.levels, *(_level(each, random) for each in known))
    days = STARTS_IN_DAYS + random.randrange(1, 120)
    late = ground.made_at.date() + timedelta(days=days if _chance(random, 0.9) else 0)
    return replace(state, levels=levels, available_from=late)


def _tied(state: CandidateState, number: int, ground: Ground, _random: Random) -> CandidateState:
    """Make all but the first alike but for the id, which alone decides between them."""
    if number < UNTIED:
        return state
    at = (ground.made_at - timedelta(days=200)).replace(microsecond=0)
    wrote = CountedFollowUp(
        at + timedelta(days=100),
        addresses_advice=True,
        reports_milestone=False,
        advice_given_before=True,
    )
    (tried,), (rejection,) = state.tries, state.rejections
    alike = CandidateState(
        candidate_id=state.candidate_id,
        available_from=ground.made_at.date(),
        contact_consent=ConsentState(granted=True, expires_on=None, at=at),
        tries=(
            replace(
                tried,
                position_id=ground.position_ids[0],
                applied_at=at,
                furthest_stage="Interview",
                is_finalist=False,
            ),
        ),
        rejections=(
            replace(rejection, rejected_at=at, never_reconsider=False, reconsider_on=None),
        ),
        levels=tuple(
            LevelState(name, _TIED_LEVEL, "assessed", EVER)
            for name in ("academics", "customer-facing", "leadership")
        ),
    )
    return _scored(alike, [wrote], ground)


def _must(*names: str) -> tuple[Wanted, ...]:
    return tuple(Wanted(each, 3, "must_have") for each in names)


def _nice(*names: str) -> tuple[Wanted, ...]:
    return tuple(Wanted(each, 3, "nice_to_have") for each in names)


_THREE: Final = _nice("customer-facing", "academics", "leadership")

# Over the usual people, in a run's own copy.
MORE_CASES: Final = (
    Case("ten nice-to-haves", _nice(*sorted(set(COMPETENCIES))[:10])),
    Case("two must-haves", _must("customer-facing", "academics")),
)
CROWDS: Final = (
    Crowd(
        "skewed",
        f"half know {HALF}; {WITH} goes with persistence, {AGAINST} against it; "
        "everybody told from when they are available, nine of ten too late",
        (
            Case("must-have that half have", _must(HALF), None),
            Case("nice-to-have that half have", _nice(HALF), None),
            Case("must-have that goes with persistence", _must(WITH), None),
            Case("nice-to-have that goes with persistence", _nice(WITH), None),
            Case("must-have that goes against persistence", _must(AGAINST), None),
            Case("90 % fail the start date"),
        ),
        _skewed,
    ),
    Crowd(
        "paused",
        "the clock of 40 % stands still, for up to eleven months to come",
        (
            Case("40 % paused, no requirements"),
            Case("40 % paused, one must-have", _must("customer-facing")),
        ),
        paused=0.4,
    ),
    Crowd(
        "tied",
        f"all but the first {UNTIED} are alike but for the id",
        (
            Case("a tail of ties, no requirements"),
            Case("a tail of ties, three nice-to-haves", _THREE),
        ),
        _tied,
    ),
    Crowd(
        "erased",
        "5 % have been erased by the product's own verb after everything was written",
        (
            Case("5 % erased, no requirements"),
            Case("5 % erased, one must-have", _must("customer-facing")),
        ),
        erased=0.05,
    ),
)
# Each of many organizations has so few.
SMALL: Final = Crowd("small", "a small organization", (Case("", _must("customer-facing")),))
