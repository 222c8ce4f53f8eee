"""Saved searches.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Create the table, and on PostgreSQL the wall around it."""
    op.create_table(
        "saved_searches",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner_user_id", ID, nullable=True),
        sa.Column("parameters", DOCUMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "owner_user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_saved_searches_organization_id_owner_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_saved_searches_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_saved_searches")),
    )
    op.create_index(
        op.f("ix_saved_searches_organization_id_updated_at_id"),
        "saved_searches",
        ["organization_id", "updated_at", "id"],
        unique=False,
    )
    raise_wall("saved_searches")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("saved_searches")
