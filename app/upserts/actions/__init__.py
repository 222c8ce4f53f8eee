"""Putting rows by what other systems call them, one by one or many at once."""

from app.upserts.actions.applications import put_application
from app.upserts.actions.candidates import put_candidate
from app.upserts.actions.positions import put_position
from app.upserts.actions.putting import Put

__all__ = ["Put", "put_application", "put_candidate", "put_position"]
