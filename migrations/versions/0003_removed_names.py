"""What other systems called the rows that were removed, as digests.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
TENANT_OF_THIS_SESSION = "nullif(current_setting('app.organization_id', true), '')::uuid"


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
    if op.get_bind().dialect.name != "postgresql":
        return
    role = context.config.attributes["service_role"]
    op.execute("ALTER TABLE removed_names ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE removed_names FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON removed_names "
        f"USING (organization_id = {TENANT_OF_THIS_SESSION}) "
        f"WITH CHECK (organization_id = {TENANT_OF_THIS_SESSION})"
    )
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON removed_names TO "{role}"')


def downgrade() -> None:
    """Drop it."""
    op.drop_table("removed_names")
