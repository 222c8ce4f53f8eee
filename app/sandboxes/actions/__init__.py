"""The verbs of sandboxes."""

from app.sandboxes.actions.founding import create_sandbox, furnish, mark_sandbox
from app.sandboxes.actions.moving import move_clock, put_clock_back

__all__ = ["create_sandbox", "furnish", "mark_sandbox", "move_clock", "put_clock_back"]
