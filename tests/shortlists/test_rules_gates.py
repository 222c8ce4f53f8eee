"""Each gate: when it is met, unmet and unknown, and the call that settles an unknown."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from app.organizations.rules import VERSION_1, ScoringPolicy
from app.shortlists.rules.gates import GateAnswer, answers, first_unmet
from app.shortlists.rules.position import PositionState, Requirement
from app.shortlists.rules.question import Case, ask
from app.shortlists.rules.states import (
    AdviceState,
    CandidateState,
    ConsentState,
    LevelState,
    RejectionState,
    Try,
)

AS_OF = datetime(2019, 5, 13, 9, tzinfo=UTC)
CANDIDATE, HERE, ELSEWHERE = UUID(int=1), UUID(int=10), UUID(int=11)
REJECTION, ADVICE = UUID(int=20), UUID(int=30)
IN_ORDER = [
    "no_standing_rejection",
    "erased",
    "do_not_contact",
    "never_reconsider",
    "hired",
    "left_this_position",
    "already_in_process",
    "consent",
    "reconsider_on",
    "availability",
]


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2019, month, day, hour, tzinfo=UTC)


def tried(
    status: str, position_id: UUID = HERE, *, applied_at: datetime = AS_OF, number: int = 40
) -> Try:
    return Try(UUID(int=number), position_id, status, applied_at, None, is_finalist=False)


def rejection(**changes: Any) -> RejectionState:
    plain = RejectionState(REJECTION, UUID(int=40), at(1, 10), False, None)  # noqa: FBT003
    return replace(plain, **changes)


def candidate(**changes: Any) -> CandidateState:
    """Give somebody whom every gate lets pass."""
    plain = CandidateState(
        candidate_id=CANDIDATE,
        available_from=date(2019, 5, 1),
        momentum=37.0,
        last_counted_at=at(4, 8),
        tries=(tried("rejected", applied_at=at(1, 2)),),
        rejections=(rejection(),),
    )
    return replace(plain, **changes)


def requirement(**changes: Any) -> Requirement:
    plain = Requirement("leadership", 3, "must_have", 1.0, verified_only=False)
    return replace(plain, **changes)


def gate(
    name: str,
    state: CandidateState,
    position: PositionState | None = None,
    policy: ScoringPolicy = VERSION_1,
    as_of: datetime = AS_OF,
) -> GateAnswer:
    position = position or PositionState(HERE, starts_on=date(2019, 6, 1))
    asked = answers(Case(state, ask(position, policy, as_of)))
    (found,) = [each for each in asked if each.gate == name]
    return found


def outcome(answer: GateAnswer) -> tuple[str, str]:
    return answer.answer.value, answer.code


def consent(*, granted: bool, expires_on: date | None = None) -> ConsentState:
    return ConsentState(granted, expires_on, at(1, 10))


def test_gates_are_asked_in_the_order_of_the_design() -> None:
    position = PositionState(
        HERE,
        requirements=(
            requirement(competency="sales"),
            requirement(competency="books", kind="nice_to_have"),
            requirement(competency="academics"),
        ),
    )
    asked = answers(Case(candidate(), ask(position, VERSION_1, AS_OF)))
    assert [each.gate for each in asked] == [*IN_ORDER, "must_have:sales", "must_have:academics"]


def test_somebody_whom_nothing_stops_passes_every_gate() -> None:
    position = PositionState(HERE, starts_on=date(2019, 6, 1))
    case = Case(candidate(), ask(position, VERSION_1, AS_OF))
    assert {each.answer.value for each in answers(case)} == {"met"}
    assert first_unmet(case) == (None, ())


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("no_standing_rejection", {}, "met"),
        ("no_standing_rejection", {"rejections": ()}, "unmet"),
        ("erased", {}, "met"),
        ("erased", {"erased": True}, "unmet"),
        ("do_not_contact", {}, "met"),
        ("do_not_contact", {"do_not_contact": True}, "unmet"),
        ("never_reconsider", {}, "met"),
        ("never_reconsider", {"rejections": (rejection(never_reconsider=True),)}, "unmet"),
        (
            "never_reconsider",
            {"rejections": (rejection(never_reconsider=True), rejection())},
            "unmet",
        ),
        ("hired", {}, "met"),
        ("hired", {"tries": (tried("rejected"), tried("hired", ELSEWHERE))}, "unmet"),
        ("already_in_process", {}, "met"),
        ("already_in_process", {"tries": (tried("active"),)}, "unmet"),
        ("already_in_process", {"tries": (tried("active", ELSEWHERE),)}, "met"),
    ],
)
def test_gates_that_are_met_or_unmet(name: str, changes: dict[str, Any], expected: str) -> None:
    assert gate(name, candidate(**changes)).answer == expected


@pytest.mark.parametrize(
    ("tries", "expected"),
    [
        ((), "met"),
        ((tried("withdrawn"),), "unmet"),
        ((tried("withdrawn", ELSEWHERE),), "met"),
        ((tried("withdrawn", applied_at=at(1, 2)), tried("rejected", applied_at=at(3, 2))), "met"),
        (
            (tried("rejected", applied_at=at(1, 2)), tried("withdrawn", applied_at=at(3, 2))),
            "unmet",
        ),
        (
            (tried("withdrawn", applied_at=at(3, 2)), tried("rejected", applied_at=at(1, 2))),
            "unmet",
        ),
        # Of two tries at one instant the greater id is the latest, in whatever order they come.
        ((tried("withdrawn", number=41), tried("rejected", number=42)), "met"),
        ((tried("withdrawn", number=42), tried("rejected", number=41)), "unmet"),
    ],
)
def test_left_this_position_looks_at_the_latest_try_there(
    tries: tuple[Try, ...], expected: str
) -> None:
    assert gate("left_this_position", candidate(tries=tries)).answer == expected


@pytest.mark.parametrize(
    ("given", "last_counted_at", "expected"),
    [
        (None, None, ("unknown", "never_asked")),
        (None, at(4, 8), ("met", "candidate_initiated")),
        (consent(granted=True), None, ("met", "granted")),
        (consent(granted=True, expires_on=date(2019, 5, 14)), None, ("met", "granted")),
        (consent(granted=True, expires_on=date(2019, 5, 13)), None, ("met", "granted")),
        (consent(granted=True, expires_on=date(2019, 5, 12)), None, ("unmet", "expired")),
        (consent(granted=True, expires_on=date(2019, 5, 1)), at(5, 1), ("unmet", "expired")),
        (
            consent(granted=True, expires_on=date(2019, 5, 1)),
            at(5, 2),
            ("met", "candidate_initiated"),
        ),
        # A refusal wins over what they write later, until they consent anew.
        (consent(granted=False), at(5, 2), ("unmet", "refused")),
        (consent(granted=False, expires_on=date(2019, 2, 1)), at(5, 2), ("unmet", "refused")),
    ],
)
def test_consent(
    given: ConsentState | None, last_counted_at: datetime | None, expected: tuple[str, str]
) -> None:
    momentum = None if last_counted_at is None else 37.0
    state = candidate(contact_consent=given, last_counted_at=last_counted_at, momentum=momentum)
    assert outcome(gate("consent", state)) == expected


def test_consent_never_asked_names_the_call_that_settles_it() -> None:
    answer = gate("consent", candidate(momentum=None, last_counted_at=None))
    assert answer.settle is not None
    assert (answer.settle.method, answer.settle.path) == (
        "PUT",
        f"/v1/candidates/{CANDIDATE}/consent",
    )


def test_a_consent_lasts_to_the_end_of_its_day_where_the_organization_is() -> None:
    # 13 May, 09:00 UTC is still 12 May in Pago Pago.
    given = consent(granted=True, expires_on=date(2019, 5, 12))
    state = candidate(contact_consent=given, momentum=None, last_counted_at=None)
    in_samoa = replace(VERSION_1, time_zone="Pacific/Pago_Pago")
    assert gate("consent", state).code == "expired"
    assert gate("consent", state, policy=in_samoa).code == "granted"


def test_a_follow_up_renews_an_expired_consent_by_its_day_where_the_organization_is() -> None:
    given = consent(granted=True, expires_on=date(2019, 4, 30))
    state = candidate(contact_consent=given, last_counted_at=at(5, 1, hour=9))
    in_samoa = replace(VERSION_1, time_zone="Pacific/Pago_Pago")
    assert gate("consent", state).code == "candidate_initiated"
    assert gate("consent", state, policy=in_samoa).code == "expired"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ((None,), "met"),
        ((date(2019, 5, 12),), "met"),
        ((date(2019, 5, 13),), "met"),
        ((date(2019, 5, 14),), "unmet"),
        ((date(2019, 5, 14), None), "unmet"),
        ((date(2019, 5, 1), date(2019, 9, 1)), "unmet"),
    ],
)
def test_reconsider_on(days: tuple[date | None, ...], expected: str) -> None:
    rejections = tuple(rejection(reconsider_on=day) for day in days)
    assert gate("reconsider_on", candidate(rejections=rejections)).answer == expected


def test_reconsider_on_comes_by_the_day_where_the_organization_is() -> None:
    state = candidate(rejections=(rejection(reconsider_on=date(2019, 5, 14)),))
    late = datetime(2019, 5, 13, 12, tzinfo=UTC)
    in_kiribati = replace(VERSION_1, time_zone="Pacific/Kiritimati")
    assert gate("reconsider_on", state, as_of=late).detail == "2019-05-14"
    assert gate("reconsider_on", state, policy=in_kiribati, as_of=late).answer == "met"


@pytest.mark.parametrize(
    ("starts_on", "available_from", "expected"),
    [
        (None, None, ("met", "no_start")),
        (None, date(2030, 1, 1), ("met", "no_start")),
        (date(2019, 6, 1), None, ("unknown", "not_told")),
        (date(2019, 6, 1), date(2019, 6, 1), ("met", "available")),
        (date(2019, 6, 1), date(2019, 6, 2), ("unmet", "too_late")),
        # The start has passed: who is free today is early enough.
        (date(2019, 5, 1), date(2019, 5, 13), ("met", "available")),
        (date(2019, 5, 1), date(2019, 5, 14), ("unmet", "too_late")),
    ],
)
def test_availability(
    starts_on: date | None, available_from: date | None, expected: tuple[str, str]
) -> None:
    position = PositionState(HERE, starts_on=starts_on)
    answer = gate("availability", candidate(available_from=available_from), position)
    assert outcome(answer) == expected
    settle = answer.settle and (answer.settle.method, answer.settle.path)
    assert settle == (
        ("PATCH", f"/v1/candidates/{CANDIDATE}") if expected[0] == "unknown" else None
    )


def level(number: int, source: str, day: int = 1) -> LevelState:
    return LevelState("leadership", number, source, at(2, day))


def advice(target: int | None, state: str, day: int = 1) -> AdviceState:
    return AdviceState(ADVICE, REJECTION, 1, "leadership", target, state, at(2, day))


@pytest.mark.parametrize(
    ("levels", "given", "verified_only", "expected"),
    [
        ((), (), False, ("unknown", "no_evidence")),
        ((), (), True, ("unknown", "no_evidence")),
        ((level(3, "assessed"),), (), False, ("met", "reached")),
        ((level(3, "assessed"),), (), True, ("met", "reached")),
        ((level(3, "confirmed"),), (), True, ("met", "reached")),
        ((level(2, "assessed"),), (), False, ("unmet", "below")),
        ((level(2, "assessed"),), (), True, ("unmet", "below")),
        ((level(3, "declared"),), (), False, ("met", "reached")),
        ((level(3, "declared"),), (), True, ("unknown", "not_verified")),
        ((level(2, "declared"),), (), False, ("unmet", "below")),
        ((level(2, "declared"),), (), True, ("unmet", "below")),
        # Where somebody assessed, what the profile declares does not count.
        ((level(2, "assessed"), level(5, "declared", 9)), (), False, ("unmet", "below")),
        ((level(2, "assessed"), level(5, "declared", 9)), (), True, ("unmet", "below")),
        # The newest verified level counts, also where it is the lower one.
        ((level(4, "assessed", 1), level(2, "confirmed", 2)), (), True, ("unmet", "below")),
        ((level(4, "assessed", 2), level(2, "confirmed", 1)), (), True, ("met", "reached")),
        ((), (advice(3, "open"),), False, ("unknown", "no_evidence")),
        ((), (advice(3, "in_progress"),), False, ("unknown", "no_evidence")),
        ((), (advice(3, "withdrawn"),), False, ("unknown", "no_evidence")),
        ((), (advice(3, "reported"),), False, ("met", "reached")),
        ((), (advice(3, "reported"),), True, ("unknown", "not_verified")),
        ((), (advice(3, "confirmed"),), True, ("met", "reached")),
        ((), (advice(None, "confirmed"),), True, ("unknown", "no_evidence")),
        ((level(2, "assessed", 1),), (advice(3, "reported", 2),), False, ("met", "reached")),
        (
            (level(2, "assessed", 1),),
            (advice(3, "reported", 2),),
            True,
            ("unknown", "not_verified"),
        ),
        # Reported before the interviewer looked: the interviewer knew better.
        ((level(2, "assessed", 2),), (advice(3, "reported", 1),), False, ("unmet", "below")),
        ((level(2, "assessed", 1),), (advice(3, "reported", 1),), False, ("unmet", "below")),
    ],
)
def test_must_have(
    levels: tuple[LevelState, ...],
    given: tuple[AdviceState, ...],
    verified_only: bool,  # noqa: FBT001
    expected: tuple[str, str],
) -> None:
    position = PositionState(HERE, requirements=(requirement(verified_only=verified_only),))
    state = candidate(levels=levels, advice=given)
    answer = gate("must_have:leadership", state, position)
    assert outcome(answer) == expected
    assert (answer.settle is not None) == (expected[0] == "unknown")


@pytest.mark.parametrize(
    ("levels", "given", "path"),
    [
        ((), (), f"/v1/candidates/{CANDIDATE}"),
        ((level(3, "declared"),), (), f"/v1/candidates/{CANDIDATE}"),
        ((level(2, "assessed", 1),), (advice(3, "reported", 2),), f"/v1/advice/{ADVICE}"),
    ],
)
def test_an_unknown_must_have_names_the_call_that_settles_it(
    levels: tuple[LevelState, ...], given: tuple[AdviceState, ...], path: str
) -> None:
    position = PositionState(HERE, requirements=(requirement(verified_only=True),))
    answer = gate("must_have:leadership", candidate(levels=levels, advice=given), position)
    assert answer.settle is not None
    assert (answer.settle.method, answer.settle.path) == ("PATCH", path)


def test_confirming_the_advice_that_an_unknown_must_have_names_settles_it() -> None:
    position = PositionState(HERE, requirements=(requirement(verified_only=True),))
    reported = candidate(advice=(advice(3, "reported"),))
    confirmed = candidate(advice=(advice(3, "confirmed", 9),))
    assert gate("must_have:leadership", reported, position).answer == "unknown"
    assert gate("must_have:leadership", confirmed, position).answer == "met"


def test_the_first_unmet_gate_ends_the_asking() -> None:
    position = PositionState(HERE, starts_on=date(2019, 6, 1), requirements=(requirement(),))
    state = candidate(available_from=None, do_not_contact=True, levels=(level(1, "assessed"),))
    failed, unknown = first_unmet(Case(state, ask(position, VERSION_1, AS_OF)))
    assert failed is not None
    assert failed.gate == "do_not_contact"
    assert unknown == ()


def test_unknown_gates_are_remembered_on_the_way_to_an_unmet_one() -> None:
    position = PositionState(HERE, starts_on=date(2019, 6, 1), requirements=(requirement(),))
    state = candidate(available_from=None, levels=(level(1, "assessed"),))
    failed, unknown = first_unmet(Case(state, ask(position, VERSION_1, AS_OF)))
    assert failed is not None
    assert failed.gate == "must_have:leadership"
    assert [each.gate for each in unknown] == ["availability"]
