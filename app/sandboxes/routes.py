"""The addresses of sandboxes and their clock."""

from fastapi import APIRouter

from app.core.clock import ahead, now
from app.core.problems import Conflict, Forbidden, responses
from app.entry.asking import Asked, Founding, Reading, Reorganizing
from app.entry.routing import Route
from app.entry.sandbox_clock import lead_of
from app.sandboxes import actions
from app.sandboxes.schemas import SandboxCreate, SandboxRead, TestClockMove, TestClockRead

router = APIRouter(prefix="/v1", tags=["sandboxes"], route_class=Route)


@router.post("/sandboxes", status_code=201, responses=responses(Forbidden, Conflict))
def create_sandbox(ask: Founding, body: SandboxCreate) -> SandboxRead:
    """Found an organization to try things in, with the story in it and a clock that can be moved.

    What happens in it is seen nowhere else. This answer alone shows its key.
    """
    ask.keeps_a_secret()
    founded = actions.create_sandbox(ask.session, ask.actor, name=body.name)
    return SandboxRead.model_validate(founded)


@router.get("/test-clock")
def read_test_clock(ask: Reading) -> TestClockRead:
    """Tell what time it is: the real time, but in a sandbox whose clock was moved."""
    return _clock(ask)


@router.post("/test-clock", responses=responses(Forbidden, Conflict))
def move_test_clock(ask: Reorganizing, body: TestClockMove) -> TestClockRead:
    """Move a sandbox's clock forward. Scores, gates, expiries and new facts go by it.

    It never goes back: facts are kept in the order in which they were told.
    """
    actions.move_clock(ask.session, ask.actor, body.now)
    return _clock(ask)


@router.delete("/test-clock", status_code=204, responses=responses(Forbidden, Conflict))
def put_test_clock_back(ask: Reorganizing) -> None:
    """Let a sandbox go by the real time again; a conflict once anything was written ahead of it."""
    actions.put_clock_back(ask.session, ask.actor)


def _clock(ask: Asked) -> TestClockRead:
    return TestClockRead(
        now=now(),
        movable=lead_of(ask.session) is not None,
        seconds_ahead=ahead().total_seconds(),
    )
