"""The ledger and the texts of search are found by fewer and narrower indexes.

A candidate has few facts of a kind and few texts: the one that is meant is picked from among them.
On PostgreSQL entries that are alike are kept once.

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NOBODYS = sa.text("candidate_id IS NULL")


def upgrade() -> None:
    """Make the narrow indexes before the wide ones go."""
    op.create_index(
        op.f("ix_facts_organization_id_candidate_id_kind"),
        "facts",
        ["organization_id", "candidate_id", "kind"],
    )
    op.create_index(
        "ix_facts_nobodys",
        "facts",
        ["organization_id", "subject_id"],
        sqlite_where=NOBODYS,
        postgresql_where=NOBODYS,
    )
    op.create_index(
        op.f("ix_search_texts_organization_id_candidate_id"),
        "search_texts",
        ["organization_id", "candidate_id"],
    )
    op.drop_index(op.f("ix_facts_organization_id_candidate_id_kind_subject_id"), "facts")
    op.drop_index(op.f("ix_facts_organization_id_subject_id_kind"), "facts")
    op.drop_index(op.f("ix_search_texts_organization_id_candidate_id_subject_id"), "search_texts")


def downgrade() -> None:
    """Make the wide indexes again."""
    op.create_index(
        op.f("ix_search_texts_organization_id_candidate_id_subject_id"),
        "search_texts",
        ["organization_id", "candidate_id", "subject_id"],
    )
    op.create_index(
        op.f("ix_facts_organization_id_subject_id_kind"),
        "facts",
        ["organization_id", "subject_id", "kind"],
    )
    op.create_index(
        op.f("ix_facts_organization_id_candidate_id_kind_subject_id"),
        "facts",
        ["organization_id", "candidate_id", "kind", "subject_id"],
    )
    op.drop_index(op.f("ix_search_texts_organization_id_candidate_id"), "search_texts")
    op.drop_index("ix_facts_nobodys", "facts")
    op.drop_index(op.f("ix_facts_organization_id_candidate_id_kind"), "facts")
