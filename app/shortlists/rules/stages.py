"""How far a candidate once came, from the free text that ATSs call a stage."""

import re
from enum import IntEnum
from functools import lru_cache
from typing import Final

from app.shortlists.rules.position import PositionState
from app.shortlists.rules.states import CandidateState


class Stage(IntEnum):
    """The stages of a hiring process, from the first to the last.

    OTHER is a name that we do not know: it stands in the middle, so that an unusual name neither
    lifts a candidate above those who were interviewed nor drops them below those who were not.
    """

    APPLIED = 0
    SCREEN = 1
    ASSESSMENT = 2
    OTHER = 3
    INTERVIEW = 4
    FINAL = 5
    OFFER = 6


# Asked from top to bottom: "Final interview" is a final, "Phone interview" a screen.
_NAMES: Final[tuple[tuple[Stage, str], ...]] = (
    (Stage.OFFER, "offer|offers|offered|hired|contract|preboarding"),
    (
        Stage.FINAL,
        (
            "final|finals|finalist|finalists|onsite|on site|last round|panel|super day|superday"
            "|reference|references|background|debrief|team match|team matching"
        ),
    ),
    (
        Stage.SCREEN,
        (
            "screen|screened|screening|prescreen|prescreening|phone|telephone|recruiter call"
            "|recruiter chat|recruiter interview|intro|introduction|shortlist|shortlisted"
        ),
    ),
    (
        Stage.ASSESSMENT,
        (
            "assessment|assessments|test|tests|testing|challenge|take home|takehome|assignment"
            "|exercise|case study|homework|task"
        ),
    ),
    (
        Stage.INTERVIEW,
        (
            "interview|interviews|interviewed|interviewing|face to face|meeting|technical"
            "|hiring manager|first round|second round|third round|1st round|2nd round|3rd round"
        ),
    ),
    (
        Stage.APPLIED,
        (
            "apply|applied|application|applications|applicant|new|inbox|received|submitted|sourced"
            "|lead|prospect|review"
        ),
    ),
)
_PATTERNS: Final = tuple((stage, re.compile(rf"\b(?:{names})\b")) for stage, names in _NAMES)
_NOT_WORDS: Final = re.compile(r"[\W_]+")


def stage_rank(text: str | None, *, is_finalist: bool) -> Stage:
    """Give the stage that a text names; a finalist reached the final whatever the text says.

    No text is APPLIED, for that much is known of any application; a text that names no stage that
    we know, in any language, is OTHER.
    """
    stage = _named(text)
    return max(stage, Stage.FINAL) if is_finalist else stage


@lru_cache(maxsize=4096)
def _named(text: str | None) -> Stage:
    if text is None or not text.strip():
        return Stage.APPLIED
    words = _NOT_WORDS.sub(" ", text.casefold())
    for stage, pattern in _PATTERNS:
        if pattern.search(words):
            return stage
    return Stage.OTHER


def furthest_stage(state: CandidateState) -> Stage:
    """Give the furthest stage that the candidate reached in any application."""
    return max(
        (stage_rank(each.furthest_stage, is_finalist=each.is_finalist) for each in state.tries),
        default=Stage.APPLIED,
    )


def is_runner_up(state: CandidateState, position: PositionState) -> bool:
    """Whether the candidate is a rejected finalist of this position or its job family."""
    return any(
        each.is_finalist
        and each.status == "rejected"
        and (
            each.position_id == position.position_id
            or each.position_id in position.family_position_ids
        )
        for each in state.tries
    )
