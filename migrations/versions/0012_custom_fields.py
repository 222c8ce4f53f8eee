"""Fields that an organization adds to its candidates, positions and applications.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
HAVE_VALUES = ("candidates", "positions", "applications")


def upgrade() -> None:
    """Create the table of fields, and the columns of their values."""
    op.create_table(
        "custom_fields",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("applies_to", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("options", DOCUMENT, nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("archived_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "applies_to IN ('candidate', 'position', 'application')",
            name=op.f("ck_custom_fields_applies_to"),
        ),
        sa.CheckConstraint(
            "type IN ('text', 'number', 'boolean', 'date', 'select', 'multi_select', 'url')",
            name=op.f("ck_custom_fields_type"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_custom_fields_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint(
            "organization_id",
            "applies_to",
            "key",
            name=op.f("uq_custom_fields_organization_id_applies_to_key"),
        ),
    )
    op.create_index(
        op.f("ix_custom_fields_organization_id_updated_at_id"),
        "custom_fields",
        ["organization_id", "updated_at", "id"],
    )
    for table in HAVE_VALUES:
        op.add_column(
            table,
            sa.Column("custom_fields", DOCUMENT, nullable=False, server_default=sa.text("'{}'")),
        )
    raise_wall("custom_fields")


def downgrade() -> None:
    """Drop the fields and their values."""
    for table in HAVE_VALUES:
        op.drop_column(table, "custom_fields")
    op.drop_table("custom_fields")
