"""Organizations to try things in, with a clock of their own.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
TENANT_OF_THIS_SESSION = "nullif(current_setting('app.organization_id', true), '')::uuid"


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
    if op.get_bind().dialect.name != "postgresql":
        return
    role = context.config.attributes["service_role"]
    op.execute("ALTER TABLE sandboxes ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE sandboxes FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON sandboxes "
        f"USING (organization_id = {TENANT_OF_THIS_SESSION}) "
        f"WITH CHECK (organization_id = {TENANT_OF_THIS_SESSION})"
    )
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON sandboxes TO "{role}"')


def downgrade() -> None:
    """Drop it."""
    op.drop_table("sandboxes")
