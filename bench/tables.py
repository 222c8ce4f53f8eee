"""Rows on their way into a store, in the order in which foreign keys want them."""

from collections import defaultdict
from typing import Any, Final

from sqlalchemy import Table

from app.models import Base

Row = dict[str, Any]

# Parents before children.
ORDER: Final = (
    "candidates",
    "candidate_emails",
    "candidate_phones",
    "candidate_tags",
    "candidate_competencies",
    "external_ids",
    "consents",
    "pauses",
    "applications",
    "rejections",
    "advice",
    "follow_ups",
    "follow_up_advice",
    "milestones",
    "facts",
    "persistence_periods",
    "ranking_rows",
    "ranked_postings",
    "quiet_postings",
    "audit_log",
    "events",
    "search_texts",
)


class Rows:
    """Rows by table, all of one organization."""

    def __init__(self, organization_id: Any) -> None:
        self._organization_id = organization_id
        self.by_table: dict[str, list[Row]] = defaultdict(list)

    def add(self, table: str, **values: Any) -> None:
        """Keep a row; columns that are not named are null."""
        self.by_table[table].append({"organization_id": self._organization_id, **values})

    def __len__(self) -> int:
        return sum(map(len, self.by_table.values()))


def table_named(name: str) -> Table:
    """Return a table of the product's own models."""
    return Base.metadata.tables[name]
