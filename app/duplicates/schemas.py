"""HTTP shapes of duplicates."""

from uuid import UUID

from pydantic import Field

from app.core.schema import Body


class CandidateMerge(Body):
    """Whose everything becomes the candidate's."""

    duplicate_candidate_id: UUID = Field(
        description="The candidate who is absorbed: their id is a tombstone after that names the "
        "one in the path."
    )
