"""The JSON of what the ranking reads comes back equal to the last bit."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.shortlists.rules.position import PositionState
from app.shortlists.rules.states import CandidateState, UnknownLayoutError
from tests.shortlists.strategies import POSITIONS, candidates, positions

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(candidates())
def test_a_candidate_comes_back_equal(state: CandidateState) -> None:
    back = CandidateState.unpack(state.pack())
    assert back == state
    assert back.pack() == state.pack()


@given(finite)
def test_a_momentum_comes_back_to_the_bit(momentum: float) -> None:
    back = CandidateState.unpack(CandidateState(POSITIONS[0], momentum=momentum).pack()).momentum
    assert back is not None
    assert back.hex() == momentum.hex()


@given(positions)
def test_a_position_comes_back_equal(position: PositionState) -> None:
    assert PositionState.from_json(json.loads(json.dumps(position.to_json()))) == position


def test_a_momentum_of_zero_is_not_the_absence_of_one() -> None:
    state = CandidateState(POSITIONS[0], momentum=0.0)
    assert CandidateState.unpack(state.pack()).momentum == 0.0
    assert CandidateState.unpack(CandidateState(POSITIONS[0]).pack()).momentum is None


def test_a_document_store_may_turn_a_whole_momentum_into_an_integer() -> None:
    back = CandidateState.from_json({"v": 1, "id": POSITIONS[0].hex, "momentum": 37}).momentum
    assert isinstance(back, float)


def test_what_is_empty_takes_no_room() -> None:
    assert CandidateState(POSITIONS[0]).to_json() == {"v": 1, "id": POSITIONS[0].hex}


@pytest.mark.parametrize("momentum", [math.nan, math.inf, -math.inf])
def test_a_momentum_that_is_not_finite_is_refused(momentum: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        CandidateState(POSITIONS[0], momentum=momentum).pack()


@pytest.mark.parametrize("fields", [{}, {"v": 2}, {"v": None}])
def test_another_layout_is_refused(fields: dict[str, int | None]) -> None:
    fields = {**fields, "id": 0}
    with pytest.raises(UnknownLayoutError, match="layout"):
        CandidateState.from_json(fields)
    with pytest.raises(UnknownLayoutError, match="layout"):
        PositionState.from_json(fields)
