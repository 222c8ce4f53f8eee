"""Making one of two records of a person."""

from app.duplicates.actions.merging import merge_candidates

__all__ = ["merge_candidates"]
