"""The two questions that a recruiter asks back: why is X not in it, and why not higher?"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.organizations.rules import ScoringPolicy
from app.shortlists.rules.explanation import day_words, listed
from app.shortlists.rules.gates import MUST_HAVE, GateAnswer
from app.shortlists.rules.match import (
    Examination,
    Placement,
    Section,
    compared,
    match_of,
    shown,
)
from app.shortlists.rules.ranking import Ranked, order_key

# By gate and, where a gate has several reasons, by code. {day} is the answer's detail.
_GATE_WORDS: Final = {
    "no_standing_rejection": "no rejection of theirs stands",
    "erased": "they were erased",
    "do_not_contact": "they must not be contacted",
    "never_reconsider": "a rejection says never to reconsider them",
    "hired": "they are hired",
    "left_this_position": "they withdrew from this position",
    "already_in_process": "they are already in process for this position",
    "refused": "they refused to be contacted",
    "expired": "their consent to be contacted ended on {day} and they have not written since",
    "too_early": "they are not to be reconsidered before {day}",
    "too_late": "they are available only from {day}, after the start",
}
_SECTION_WORDS: Final = {
    Section.ENTRIES: "the ranking",
    Section.TO_CHECK: "the list to check",
    Section.QUIET: "the quiet list",
}
_PLACE_WORDS: Final = {**_SECTION_WORDS, Section.EXCLUDED: "not in it"}
_FACTOR_WORDS: Final = {
    "persistence": "persistence",
    "fit": "fit",
    "progress": "progress on advice",
    "effective_momentum": "momentum, the matches being equal",
    "stage": "stage reached, the fits being equal",
    "recency": "date of the latest application, fit and stage being equal",
    "candidate_id": "id, everything else being equal",
}


@dataclass(frozen=True, slots=True)
class WhyNotIn:
    """Where a candidate stands who was looked for in vain: out by a gate, or further down."""

    section: Section
    failed_gate: str | None
    rank: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What puts one candidate above another.

    `factor` is section, persistence, fit, progress, effective_momentum, stage, recency or
    candidate_id; `own` and `above` are its values, as numbers where it has any. `match_with_it` is
    the match, 0 to 100, that the lower one would have with the other's value; null where the match
    does not decide.
    """

    factor: str
    own: float | None
    above: float | None
    match_with_it: float | None
    sentence: str


def why_not_in(name: str, examination: Examination, rank: int | None) -> WhyNotIn:
    """Name the first gate that the candidate fails; else the section, and the rank where given."""
    placement = examination.placement
    failed = placement.failed
    if failed is not None:
        sentence = f"{name} is not in it: {gate_words(failed)}."
        return WhyNotIn(placement.section, failed.gate, None, sentence)
    where = _SECTION_WORDS[placement.section]
    stands = f"in {where}" if rank is None else f"at rank {rank} of {where}"
    sentence = f"{name} stands {stands}{_section_reason(placement)}."
    return WhyNotIn(placement.section, None, rank, sentence)


def _section_reason(placement: Placement) -> str:
    if placement.section is Section.QUIET:
        return ": no follow-up of theirs counts, or they do not want to be ranked by them"
    if placement.section is Section.TO_CHECK:
        asked = [gate.gate.removeprefix(MUST_HAVE) for gate in placement.unknown]
        told = listed([each.replace("_", " ") for each in asked])
        return f": nobody has told us enough of their {told}"
    return ""


def gate_words(failed: GateAnswer) -> str:
    """Say in words why a gate is unmet."""
    if failed.gate.startswith(MUST_HAVE):
        level, min_level = (failed.detail or "0/0").split("/")
        competency = failed.gate.removeprefix(MUST_HAVE)
        return f"they have level {level} in {competency}, where {min_level} is a must"
    day = "" if failed.detail is None else day_words(date.fromisoformat(failed.detail))
    return _GATE_WORDS[failed.code].format(day=day)


def why_not_higher(entry: Ranked, above: Ranked, policy: ScoringPolicy) -> Difference:
    """Name the factor that makes the difference between a candidate and one who stands above.

    In the ranking that is the factor whose exchange alone would raise the lower one's match most;
    where the matches are equal, and among the quiet, the first part of the order that differs.
    """
    if entry.placement.section is not above.placement.section:
        mine, others = (_PLACE_WORDS[each.placement.section] for each in (entry, above))
        sentence = f"What makes the difference is the section: {mine} against {others}."
        return Difference("section", None, None, None, sentence)
    own, theirs = entry.measure, above.measure
    if entry.placement.section is Section.QUIET or own.match is None or theirs.match is None:
        return _by_order(entry, above, ("fit", "stage", "recency", "candidate_id"))
    if compared(own.match) == compared(theirs.match):
        return _by_order(entry, above, ("match", "effective_momentum", "candidate_id"))
    return _by_exchange(entry, above, policy)


def _by_exchange(entry: Ranked, above: Ranked, policy: ScoringPolicy) -> Difference:
    own, theirs = entry.measure, above.measure
    own_persistence, their_persistence = own.persistence or 0.0, theirs.persistence or 0.0
    exchanges = [
        (
            match_of(their_persistence, own.fit, own.progress, policy),
            "persistence",
            own_persistence,
            their_persistence,
        ),
        (match_of(own_persistence, theirs.fit, own.progress, policy), "fit", own.fit, theirs.fit),
        (
            match_of(own_persistence, own.fit, theirs.progress, policy),
            "progress",
            own.progress,
            theirs.progress,
        ),
    ]
    match, factor, mine, others = max(exchanges, key=lambda each: each[0])
    return _difference(factor, mine, others, shown(match))


def _by_order(entry: Ranked, above: Ranked, names: tuple[str, ...]) -> Difference:
    section = entry.placement.section
    own = order_key(entry.state, section, entry.measure)
    theirs = order_key(above.state, section, above.measure)
    at = next((i for i in range(len(names)) if own[i] != theirs[i]), len(names) - 1)
    numeric = names[at] in {"fit", "effective_momentum", "stage"}
    return _difference(
        names[at],
        float(own[at]) if numeric else None,
        float(theirs[at]) if numeric else None,
        None,
    )


def _difference(
    factor: str, own: float | None, above: float | None, match_with_it: float | None
) -> Difference:
    sentence = f"What makes the difference is the {_FACTOR_WORDS[factor]}"
    if own is not None and above is not None:
        scale = 100.0 if factor in {"persistence", "fit", "progress"} else 1.0
        sentence += f": {scale * own:.1f} against {scale * above:.1f}"
    if match_with_it is not None:
        sentence += f"; with the other's it would be a match of {match_with_it:.1f}"
    return Difference(factor, own, above, match_with_it, sentence + ".")
