"""Making one of two records of a person, or saying that they are two."""

from app.duplicates.actions.dismissing import dismiss_duplicate, withdraw_dismissal
from app.duplicates.actions.merging import merge_candidates

__all__ = ["dismiss_duplicate", "merge_candidates", "withdraw_dismissal"]
