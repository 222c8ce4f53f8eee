"""Fit and progress: how near a candidate is to what the position asks, and to what we advised."""

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Final
from uuid import UUID

from app.shortlists.rules.levels import Level
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.question import Case, Question
from app.shortlists.rules.states import AdviceState, CandidateState

PAST_TRY_IN_FAMILY: Final = 1.0
PAST_TRY_IN_DEPARTMENT: Final = 0.6
NO_PAST_TRY_NEAR: Final = 0.2

PROGRESS_OF: Final = {"open": 0.0, "in_progress": 0.25, "reported": 0.7, "confirmed": 1.0}
PROGRESS_WITHOUT_ADVICE: Final = 0.5
REJECTIONS_READ: Final = 3


def fit(case: Case) -> float:
    """Give the fit, 0 to 1.

    Σ weight · min(1, level / min_level) / Σ weight over all requirements, an unknown level being 0.
    Where nothing is weighed (no requirements, or all of weight 0) a past try at the position or its
    job family counts as 1, in its department as 0.6, else 0.2; otherwise the same people would top
    every list.
    """
    question = case.question
    if question.total_weight == 0.0:
        return nearness(question.position, [each.position_id for each in case.state.tries])
    return weighed(question, case.levels)


def weighed(question: Question, levels: Mapping[str, Level]) -> float:
    """Give the fit of somebody of these levels, where anything is weighed."""
    # A sum that does not depend on the order in which the requirements are stored.
    reached = math.fsum(
        [
            requirement.weight * share(level.counted(requirement), requirement)
            for requirement in question.position.requirements
            if (level := levels.get(requirement.competency)) is not None
        ]
    )
    return reached / question.total_weight


def share(level: int, requirement: Requirement) -> float:
    """Give how much of a requirement a level reaches, 0 to 1."""
    return 1.0 if level >= requirement.min_level else level / requirement.min_level


def nearness(position: PositionState, tried: Collection[UUID]) -> float:
    """Give the fit of somebody who tried at these positions, where nothing is weighed."""
    family = position.family_position_ids
    if any(each in family or each == position.position_id for each in tried):
        return PAST_TRY_IN_FAMILY
    if any(each in position.department_position_ids for each in tried):
        return PAST_TRY_IN_DEPARTMENT
    return NO_PAST_TRY_NEAR


def progress(state: CandidateState) -> float:
    """Give the progress, 0 to 1: the mean over the advice of the latest three standing rejections.

    Open counts 0, in_progress 0.25, reported 0.7, confirmed 1; withdrawn advice is left out; 0.5
    where there is no advice. It depends on the candidate alone, so an index can store it.
    """
    return mean_progress([each.state for each in advice_that_counts(state)])


def mean_progress(advice_states: Iterable[str]) -> float:
    """Give the progress over pieces of advice in these states."""
    parts = [PROGRESS_OF[each] for each in advice_states]
    return math.fsum(parts) / len(parts) if parts else PROGRESS_WITHOUT_ADVICE


def advice_that_counts(state: CandidateState) -> list[AdviceState]:
    """Give the advice of the latest three standing rejections, withdrawn left out."""
    rejections = state.rejections
    if len(rejections) > REJECTIONS_READ:
        latest = sorted((each.rejected_at, each.rejection_id) for each in rejections)
        read = [rejection_id for _, rejection_id in latest[-REJECTIONS_READ:]]
    else:
        read = [each.rejection_id for each in rejections]
    return [
        each for each in state.advice if each.rejection_id in read and each.state != "withdrawn"
    ]
