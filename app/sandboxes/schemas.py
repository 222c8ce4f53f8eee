"""HTTP shapes of sandboxes and their clock."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.core.schema import Body, Instant, Line, Read


class SandboxCreate(Body):
    """A sandbox."""

    name: Line = Field(default="Sandbox", description="What to call it.", examples=["Trial"])


class SandboxRead(Read):
    """A new sandbox, in the only answer that shows its key."""

    organization_id: UUID = Field(description="An organization of its own.")
    name: str = Field(description="What it is called.", examples=["Trial"])
    key: str = Field(
        description="A test key, `fil_test_...`, of scope admin. It is not kept and never shown "
        "again.",
        examples=["fil_test_abcdefgh_0123456789012345678901234567890123456789abc"],
    )
    user_id: UUID = Field(description="The recruiter to whom the key belongs.")
    position_id: UUID = Field(description="The story's internship, whose seat has re-opened.")
    shortlist_id: UUID | None = Field(description="Who is first in line for it.")
    now: datetime = Field(description="The sandbox's time.", examples=["2027-01-01T09:00:00Z"])


class TestClockMove(Body):
    """Where to move the clock."""

    # pytest would take it for a test.
    __test__ = False

    now: Instant = Field(
        description="The time that it is to be in the sandbox; it goes on from there. Not before "
        "the time that it is.",
        examples=["2027-06-01T09:00:00Z"],
    )


class TestClockRead(Read):
    """What time it is for the organization of the key."""

    __test__ = False

    now: datetime = Field(description="Its time.", examples=["2027-06-01T09:00:00Z"])
    movable: bool = Field(description="Whether it is a sandbox, whose clock can be moved.")
    seconds_ahead: float = Field(
        description="How far that is ahead of the real time, in seconds.", examples=[86400.0]
    )
