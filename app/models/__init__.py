"""The whole database on one shelf: one file per aggregate."""

from app.models import (
    application,
    attachment,
    candidate,
    custom_field,
    event,
    follow_up,
    marking,
    organization,
    outbox,
    position,
    ranking,
    run,
    saved_search,
    search,
    talent_pool,
)
from app.models.base import Base

__all__ = [
    "Base",
    "application",
    "attachment",
    "candidate",
    "custom_field",
    "event",
    "follow_up",
    "marking",
    "organization",
    "outbox",
    "position",
    "ranking",
    "run",
    "saved_search",
    "search",
    "talent_pool",
]
