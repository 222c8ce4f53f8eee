"""HTTP shapes of duplicates."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.core.schema import Body, Read
from app.duplicates.queries.likely import Likely
from app.duplicates.queries.listing import LikelyPair
from app.duplicates.rules.likeness import ReasonKind
from app.models.candidate import DismissedDuplicate


class CandidateMerge(Body):
    """Whose everything becomes the candidate's."""

    duplicate_candidate_id: UUID = Field(
        description="The candidate who is absorbed: their id is a tombstone after that names the "
        "one in the path."
    )


class DuplicateReasonRead(Read):
    """One thing that speaks for it."""

    kind: ReasonKind = Field(
        description="What is the same: an `address`, a `phone`, an `external_id` in another "
        "system, each of which is enough; a `name` but for case, accents, order and a slip, told "
        "beside one of these or beside a hint: a `mailbox` (what stands before the @), a "
        "`position` that both tried at, a `location`."
    )
    value: str = Field(
        description="What that is; of a name the duplicate's, of a position its id.",
        examples=["sam.porter@mail.example"],
    )


class DuplicateRead(Read):
    """Somebody who may be the same person."""

    candidate_id: UUID = Field(description="Who may be the same person.")
    full_name: str
    reasons: list[DuplicateReasonRead] = Field(description="Why, the strongest first.")
    dismissed_at: datetime | None = Field(
        description="Since when it is said that they are not; null: nobody has said so.",
        examples=["2019-05-13T09:00:00Z"],
    )


class DuplicatePairRead(Read):
    """Two candidates who may be one person."""

    candidate_id: UUID = Field(description="One of the two: the lesser id, so the older record.")
    full_name: str
    other_candidate_id: UUID = Field(description="The other one.")
    other_full_name: str = Field(description="The other one's name.", examples=["Porter, Sam"])
    reasons: list[DuplicateReasonRead] = Field(
        description="Why, the strongest first: at least an address, a phone or an external id."
    )


class DismissalRead(Read):
    """That two candidates are not one person."""

    candidate_id: UUID = Field(description="One of the two: the lesser id.")
    other_candidate_id: UUID
    dismissed_at: datetime = Field(
        description="When it was said.", examples=["2019-05-13T09:00:00Z"]
    )
    dismissed_by_user_id: UUID | None = Field(description="Who said it; null: a key of nobody's.")


def duplicate_read(found: Likely) -> DuplicateRead:
    """Return the shape of somebody who may be the same person."""
    return DuplicateRead(
        candidate_id=found.candidate_id,
        full_name=found.full_name,
        reasons=[DuplicateReasonRead(kind=kind, value=value) for kind, value in found.reasons],
        dismissed_at=found.dismissed_at,
    )


def duplicate_pair_read(found: LikelyPair) -> DuplicatePairRead:
    """Return the shape of two who may be one person."""
    why = [DuplicateReasonRead(kind=kind, value=value) for kind, value in found.reasons]
    return DuplicatePairRead(**{**found._asdict(), "reasons": why})


def dismissal_read(row: DismissedDuplicate) -> DismissalRead:
    """Return the shape of a dismissal."""
    return DismissalRead.model_validate(row)
