"""People turned down for an internship, to be changed in one thing or another."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from app.shortlists.rules.position import PositionState
from app.shortlists.rules.states import CandidateState, RejectionState, Try
from tests.shortlists.strategies import POSITIONS

INTERNSHIP = PositionState(POSITIONS[0], family_position_ids=frozenset(POSITIONS[:1]))


def person(number: int, momentum: float | None, **changes: object) -> CandidateState:
    """Give somebody turned down for the internship, free to be asked."""
    application_id, rejection_id = UUID(int=1000 + number), UUID(int=2000 + number)
    applied_at = datetime(2018, 9, 1, tzinfo=UTC)
    plain = CandidateState(
        candidate_id=UUID(int=number),
        available_from=date(2019, 5, 1),
        momentum=momentum,
        last_counted_at=None if momentum is None else datetime(2019, 4, 1, tzinfo=UTC),
        tries=(Try(application_id, POSITIONS[0], "rejected", applied_at, None, is_finalist=False),),
        rejections=(
            RejectionState(rejection_id, application_id, applied_at, False, None),  # noqa: FBT003
        ),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]
