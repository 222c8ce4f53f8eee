"""Acting on positions: writing them down, their states, their seats, what a loss leads to."""

from app.positions.actions.editing import create_position, update_position
from app.positions.actions.losses import reopen_after_loss
from app.positions.actions.seats import add_openings, fill_opening, give_opening_back
from app.positions.actions.states import (
    Opened,
    close_position,
    hold_position,
    open_position,
    reopen_position,
)

__all__ = [
    "Opened",
    "add_openings",
    "close_position",
    "create_position",
    "fill_opening",
    "give_opening_back",
    "hold_position",
    "open_position",
    "reopen_after_loss",
    "reopen_position",
    "update_position",
]
