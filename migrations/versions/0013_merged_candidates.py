"""Which candidate a duplicate was merged into.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
MERGED = sa.text("merged_into_id IS NOT NULL")


def upgrade() -> None:
    """Add the column, empty for everybody, and its index of the few who have it."""
    op.add_column("candidates", sa.Column("merged_into_id", ID, nullable=True))
    op.create_index(
        "ix_candidates_merged",
        "candidates",
        ["organization_id", "merged_into_id"],
        postgresql_where=MERGED,
        sqlite_where=MERGED,
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_index("ix_candidates_merged", "candidates")
    op.drop_column("candidates", "merged_into_id")
