"""Organizations to try things in, with a clock of their own.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")


def upgrade() -> None:
    """Create the table, behind the wall between tenants."""
    op.create_table(
        "sandboxes",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("microseconds_ahead", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("microseconds_ahead >= 0", name=op.f("ck_sandboxes_forward")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_sandboxes_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_sandboxes")),
        sqlite_with_rowid=False,
    )
    raise_wall("sandboxes")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("sandboxes")
