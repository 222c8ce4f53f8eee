"""Forgetting people."""

from app.retention.actions.removing import remove_candidate

__all__ = ["remove_candidate"]
