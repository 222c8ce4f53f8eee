"""Saved searches.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TENANT_OF_THIS_SESSION = "nullif(current_setting('app.organization_id', true), '')::uuid"


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
    if op.get_bind().dialect.name == "postgresql":
        role = context.config.attributes["service_role"]
        op.execute("ALTER TABLE saved_searches ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE saved_searches FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY tenant ON saved_searches "
            f"USING (organization_id = {TENANT_OF_THIS_SESSION}) "
            f"WITH CHECK (organization_id = {TENANT_OF_THIS_SESSION})"
        )
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON saved_searches TO "{role}"')


def downgrade() -> None:
    """Drop it."""
    op.drop_table("saved_searches")
