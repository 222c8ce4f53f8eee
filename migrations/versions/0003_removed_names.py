"""What other systems called the rows that were removed, as digests.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table, behind the wall between tenants."""
    op.create_table(
        "removed_names",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("removed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_removed_names_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "digest", name=op.f("pk_removed_names")),
        sqlite_with_rowid=False,
    )
    raise_wall("removed_names")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("removed_names")
