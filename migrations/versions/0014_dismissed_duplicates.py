"""Who is said not to be one person, and candidates by their telephone numbers.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
TABLE = "dismissed_duplicates"
NUMBERS = "ix_candidate_phones_organization_id_number"


def upgrade() -> None:
    """Create the table with its wall, and the index."""
    op.create_table(
        TABLE,
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("other_candidate_id", ID, nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_by_user_id", ID, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                ["organization_id", column],
                [f"{table}.organization_id", f"{table}.id"],
                name=op.f(f"fk_{TABLE}_organization_id_{column}"),
            )
            for column, table in (
                ("candidate_id", "candidates"),
                ("other_candidate_id", "candidates"),
                ("dismissed_by_user_id", "users"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f(f"fk_{TABLE}_organization_id")
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "candidate_id", "other_candidate_id", name=op.f(f"pk_{TABLE}")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f(f"ix_{TABLE}_organization_id_other_candidate_id"),
        TABLE,
        ["organization_id", "other_candidate_id"],
    )
    op.create_index(op.f(NUMBERS), "candidate_phones", ["organization_id", "number"])
    raise_wall(TABLE)


def downgrade() -> None:
    """Drop both."""
    op.drop_index(op.f(NUMBERS), "candidate_phones")
    op.drop_table(TABLE)
