"""Why a candidate stands where they stand: the parts of the match, and a sentence to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.organizations.rules import ScoringPolicy
from app.shortlists.rules.match import Measure
from app.shortlists.rules.question import Case

TEXT_LIMIT: Final = 300
QUOTES_SHOWN: Final = 3

# Not strftime: its names of months follow the machine's locale.
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_ADVICE_STATES: Final = {
    "open": "open",
    "in_progress": "in progress",
    "reported": "reported",
    "confirmed": "confirmed",
}


@dataclass(frozen=True, slots=True)
class Factor:
    """One part of the match. The contributions add up to the match as shown, 0 to 100.

    `value` is 0 to 1, `weight` the policy's; contribution = 100 · persistence · weight, times
    `value` for fit and progress.
    """

    name: str
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Unmet:
    """A nice-to-have that is not reached; `level` is null where nothing that counts is known."""

    competency: str
    level: int | None
    min_level: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A level that counts on the candidate's word; `basis` is claimed (advice) or declared."""

    competency: str
    level: int
    basis: str


@dataclass(frozen=True, slots=True)
class KeptAdvice:
    """A piece of advice that the candidate acted on: in_progress, reported or confirmed."""

    number: int
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class CandidateStory:
    """What the sentence tells of the candidate beyond the numbers.

    `follow_up_count` is of counted follow-ups, `first_follow_up_at` and `last_follow_up_at` are
    null where it is 0. `quotes` are the words that prove what was reported, the best first.
    """

    full_name: str
    follow_up_count: int = 0
    first_follow_up_at: datetime | None = None
    last_follow_up_at: datetime | None = None
    kept_advice: tuple[KeptAdvice, ...] = ()
    quotes: tuple[str, ...] = ()


def factors(numbers: Measure, policy: ScoringPolicy) -> tuple[Factor, ...]:
    """Give the parts that add up to the match; none where there is no persistence."""
    persistence = numbers.persistence
    if persistence is None:
        return ()
    whole = 100.0 * persistence
    return (
        Factor("persistence", persistence, policy.weight_base, whole * policy.weight_base),
        Factor("fit", numbers.fit, policy.weight_fit, whole * policy.weight_fit * numbers.fit),
        Factor(
            "progress",
            numbers.progress,
            policy.weight_progress,
            whole * policy.weight_progress * numbers.progress,
        ),
    )


def unmet_nice_to_haves(case: Case) -> tuple[Unmet, ...]:
    """Give the nice-to-haves that the candidate does not reach, in the position's order."""
    found = []
    for requirement in case.question.position.requirements:
        level = case.levels.get(requirement.competency)
        counted = 0 if level is None else level.counted(requirement)
        if not requirement.is_must_have and counted < requirement.min_level:
            found.append(Unmet(requirement.competency, counted or None, requirement.min_level))
    return tuple(found)


def claimed(case: Case) -> tuple[Claimed, ...]:
    """Give the levels that the fit counts on the candidate's word, in the position's order."""
    found: dict[str, Claimed] = {}
    for requirement in case.question.position.requirements:
        level = case.levels.get(requirement.competency)
        on_word = level is not None and level.basis in {"claimed", "declared"}
        if level is not None and on_word and not requirement.verified_only:
            name = requirement.competency
            found[name] = Claimed(name, level.level, level.basis)
    return tuple(found.values())


def explanation(story: CandidateStory, case: Case, numbers: Measure) -> str:
    """Tell in one sentence why the candidate stands here."""
    name = _line(story.full_name) or "This candidate"
    parts = [f"{name} {_touch(story, case)}", *_advice(story.kept_advice), *_words(story.quotes)]
    parts.append(_numbers(numbers))
    on_word = [each.competency for each in claimed(case)]
    if on_word:
        parts.append(f"on the candidate's word: {listed(on_word)}")
    return "; ".join(parts) + "."


def _touch(story: CandidateStory, case: Case) -> str:
    first, last = story.first_follow_up_at, story.last_follow_up_at
    if story.follow_up_count == 0 or first is None or last is None:
        return "has not been in touch since the rejection"
    zone = case.question.zone
    first_day, last_day = first.astimezone(zone).date(), last.astimezone(zone).date()
    if story.follow_up_count == 1:
        return f"has been in touch once, on {day_words(last_day)}"
    times = f"has been in touch {story.follow_up_count} times"
    if first_day == last_day:
        return f"{times}, all on {day_words(last_day)}"
    return f"{times} between {day_words(first_day)} and {day_words(last_day)}"


def _advice(kept: Sequence[KeptAdvice]) -> list[str]:
    if not kept:
        return []
    told = [
        f"{each.number}. “{_line(each.text)}” ({_ADVICE_STATES.get(each.state, each.state)})"
        for each in kept
    ]
    pieces = "1 piece" if len(kept) == 1 else f"{len(kept)} pieces"
    return [f"kept {pieces} of advice: {listed(told)}"]


def _words(quotes: Sequence[str]) -> list[str]:
    said = [f"“{line}”" for line in map(_line, quotes) if line][:QUOTES_SHOWN]
    return [f"in their own words: {listed(said)}"] if said else []


def _numbers(numbers: Measure) -> str:
    fitting = f"fit {100 * numbers.fit:.1f}, progress {100 * numbers.progress:.1f} of 100"
    if numbers.persistence is None:
        return f"no persistence yet, {fitting}"
    return f"persistence {100 * numbers.persistence:.1f}, {fitting}"


def day_words(day: date) -> str:
    """Give a day to read: 8 April 2019."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def listed(items: Sequence[str]) -> str:
    """Give the items as a person lists them: a, b and c."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def _line(text: str) -> str:
    """Give a text on one line, cut where it would drown the sentence."""
    line = " ".join(text.split())
    return line if len(line) <= TEXT_LIMIT else line[: TEXT_LIMIT - 1].rstrip() + "…"
