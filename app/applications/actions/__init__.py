"""Acting on applications: applying, turning down, advising, hiring, leaving."""

from app.applications.actions.advising import give_advice, update_advice
from app.applications.actions.applying import create_application, update_application
from app.applications.actions.hiring import hire_application, unhire_application
from app.applications.actions.leaving import Left, decline_offer, withdraw_application
from app.applications.actions.rejecting import (
    Rejected,
    reject_application,
    unreject_application,
)

__all__ = [
    "Left",
    "Rejected",
    "create_application",
    "decline_offer",
    "give_advice",
    "hire_application",
    "reject_application",
    "unhire_application",
    "unreject_application",
    "update_advice",
    "update_application",
    "withdraw_application",
]
