"""HTTP shapes of rows that are told by what other systems call them.

Shapes beside XCreate and XUpdate, for a reason: whoever puts a row does not know whether it is
there, so nothing is required but what a new one cannot be without, and other rows are named as the
other system names them.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Self, TypeVar, cast
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import (
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError, to_json

from app.applications.schemas import ApplicationReject, ApplicationUpdate
from app.candidates.queries import CandidateView
from app.candidates.schemas import CandidateRead, CandidateUpdate
from app.core.problems import Problem, ProblemBody, from_validation
from app.core.schema import Body, EmailText, ExternalId, Instant, Read
from app.external_ids.rules import Name
from app.follow_ups.actions import Outcome
from app.follow_ups.queries.naming import CandidateRef
from app.follow_ups.schemas import FollowUpCreate
from app.positions.schemas import OpeningsBody, PositionUpdate
from app.upserts.rules import Ref

_SINCE = "Since when this holds; not given: now, and from ever for what is new."
_NAMES = "Added to those that it has; to take one away, PATCH."
_ALIKE = (
    "Of a new candidate: who has one of the same addresses, the oldest first; of a known one none."
)
_ExternalIds = Annotated[list[ExternalId], Field(max_length=20, description=_NAMES)]


def names_of(told: Sequence[ExternalId]) -> list[Name]:
    """Return external ids as the actions take them."""
    return [Name(each.source, each.type, each.id) for each in told]


def _name(told: ExternalId | None) -> Name | None:
    return None if told is None else Name(told.source, told.type, told.id)


# ------------------------------------------------------------------------------------- references


def _one_of(*values: object, of: str) -> None:
    if len(values) - values.count(None) != 1:
        code = "one_of"
        raise PydanticCustomError(code, "Input should have one of {of}", {"of": of})


class CandidateNamed(Body):
    """Which candidate: by id, by another system's id, or by an e-mail address."""

    id: UUID | None = None
    external_id: ExternalId | None = None
    email: EmailText | None = Field(default=None, description="Fails where it fits two candidates.")

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        _one_of(self.id, self.external_id, self.email, of="id, external_id and email")
        return self

    def ref(self) -> CandidateRef:
        """Return it as the actions take it."""
        return CandidateRef(self.id, _name(self.external_id), self.email)


class RowNamed(Body):
    """Which row: by our id or by another system's."""

    id: UUID | None = None
    external_id: ExternalId | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        _one_of(self.id, self.external_id, of="id and external_id")
        return self

    def ref(self) -> Ref:
        """Return it as the actions take it."""
        return Ref(self.id, _name(self.external_id))


# ------------------------------------------------------------------------------------------- rows


class CandidatePut(CandidateUpdate):
    """A candidate, new or known: what is not given stays, null clears. New: with a full_name."""

    external_ids: _ExternalIds = Field(default_factory=list)
    effective_at: Instant | None = Field(default=None, description=_SINCE)

    def told(self) -> dict[str, Any]:
        """Return the fields that were given, external ids aside."""
        return {name: value for name, value in self.changes().items() if name != "external_ids"}


class CandidatePutRead(CandidateRead):
    """A candidate who was put. A shape of its own: who looks alike is news once.

    One shape for the new and the known: programs generated from the document know but one.
    """

    possible_duplicates: list[UUID] = Field(description=_ALIKE)


def candidate_put_read(
    found: CandidateView, possible_duplicates: Sequence[UUID]
) -> CandidatePutRead:
    """Return the shape of a candidate who was put."""
    return CandidatePutRead.model_validate(
        {**found._asdict(), "possible_duplicates": list(possible_duplicates)}
    )


class PositionPut(PositionUpdate):
    """A position, new or known: what is not given stays, null clears. New: with a title."""

    openings: OpeningsBody = Field(
        default=1, description="The seats that a new one begins with; a known one keeps its own."
    )
    external_ids: _ExternalIds = Field(default_factory=list)
    effective_at: Instant | None = Field(default=None, description=_SINCE)

    def told(self) -> dict[str, Any]:
        """Return the fields that were given, openings and external ids aside."""
        aside = {"openings", "external_ids"}
        return {name: value for name, value in self.changes().items() if name not in aside}


class ApplicationPut(ApplicationUpdate):
    """An application's attributes, new or known; its states have calls of their own.

    A new one wants a candidate and a position; of a known one they cannot change.
    """

    candidate: CandidateNamed | None = None
    position: RowNamed | None = None
    external_ids: _ExternalIds = Field(default_factory=list)
    effective_at: Instant | None = Field(
        default=None, description="Since when this holds; not given: now, or when it was made."
    )

    def told(self) -> dict[str, Any]:
        """Return the fields that were given, external ids and references aside."""
        aside = {"candidate", "position"}
        return {name: value for name, value in self.changes().items() if name not in aside}


class RejectionPut(ApplicationReject):
    """A rejection, of an application that is named. Told again as it stands, it is unchanged."""

    application: RowNamed

    def told(self) -> dict[str, Any]:
        """Return the fields that were given, as the action takes them."""
        given = {name: getattr(self, name) for name in self.model_fields_set - {"application"}}
        plain: dict[str, Callable[[Any], Any]] = {
            "decided_by": lambda told: told and told.giver(),
            "advice": lambda told: [each.item() for each in told],
            "keep_in_touch": lambda _: self.contract().keep_in_touch,
        }
        given |= {name: plain[name](given[name]) for name in plain.keys() & given.keys()}
        if "rejection_reason_id" in given:
            given["reason_id"] = given.pop("rejection_reason_id")
        return given


class FollowUpPut(FollowUpCreate):
    """A follow-up, with whom it is about."""

    candidate: CandidateNamed


# ---------------------------------------------------------------------------------------- batches


def _kept_apart(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    """Check an item by itself: a bad one becomes its problem and spoils no other."""
    try:
        return check(value)
    except ValidationError as error:
        errors = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        return from_validation(RequestValidationError(errors, body=value))


_Apart = WrapValidator(_kept_apart)
_Items = Field(min_length=1, max_length=1000)


class CandidateBatch(Body):
    """Up to 1,000 candidates; each is checked on its own."""

    items: Annotated[list[Annotated[CandidatePut, _Apart]], _Items]


class PositionBatch(Body):
    """Up to 1,000 positions; each is checked on its own."""

    items: Annotated[list[Annotated[PositionPut, _Apart]], _Items]


class ApplicationBatch(Body):
    """Up to 1,000 applications; each is checked on its own."""

    items: Annotated[list[Annotated[ApplicationPut, _Apart]], _Items]


class RejectionBatch(Body):
    """Up to 1,000 rejections; each is checked on its own."""

    items: Annotated[list[Annotated[RejectionPut, _Apart]], _Items]


class FollowUpBatch(Body):
    """Up to 1,000 follow-ups; each is checked on its own."""

    items: Annotated[list[Annotated[FollowUpPut, _Apart]], _Items]


Told = TypeVar("Told", bound=Body)
Item = TypeVar("Item")


def items_of(told: Sequence[Told], plain: Callable[[Told], Item]) -> list[Item | Problem]:
    """Return the items of a batch as the actions take them; a bad one is its problem."""
    items = cast("Sequence[Told | Problem]", told)
    return [one if isinstance(one, Problem) else plain(one) for one in items]


class BatchItemRead(Read):
    """What became of an item."""

    index: int = Field(description="Which item of the request, from 0.")
    outcome: Literal["created", "updated", "unchanged", "failed"]
    id: UUID | None = Field(description="The row; null where it failed.")
    problem: ProblemBody | None = Field(
        description="Why it failed; its pointers lead into the request."
    )


class BatchRead(Read):
    """What became of each item, in their order."""

    items: list[BatchItemRead]


class CandidateBatchItemRead(BatchItemRead):
    """What became of a candidate. A shape of its own: of no other row there may be two."""

    possible_duplicates: list[UUID] = Field(description=_ALIKE)


class CandidateBatchRead(Read):
    """What became of each candidate, in their order."""

    items: list[CandidateBatchItemRead]


def batch_read(outcomes: Sequence[Outcome]) -> BatchRead:
    """Return the shape of what became of a batch."""
    return BatchRead(items=[_item(index, one) for index, one in enumerate(outcomes)])


def candidate_batch_read(outcomes: Sequence[Outcome]) -> CandidateBatchRead:
    """Return the shape of what became of a batch of candidates."""
    return CandidateBatchRead(
        items=[
            CandidateBatchItemRead(
                **dict(_item(index, one)), possible_duplicates=list(one.possible_duplicates)
            )
            for index, one in enumerate(outcomes)
        ]
    )


def _item(index: int, one: Outcome) -> BatchItemRead:
    return BatchItemRead(
        index=index,
        outcome=one.outcome,
        id=one.id,
        problem=None if one.problem is None else _within(one.problem, index),
    )


def _within(problem: Problem, index: int) -> ProblemBody:
    """Return a problem of one item with pointers into the whole request."""
    shown = problem.body()
    if "errors" in shown:
        # Copies: items that name the same candidate may share one problem.
        shown["errors"] = [
            {**error, "pointer": f"/items/{index}{error['pointer']}"} for error in shown["errors"]
        ]
    return ProblemBody.model_validate_json(to_json(shown))
