"""A key may act for others, and the audit log says for whom it did.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")


def upgrade() -> None:
    """Add the columns; no key has the right so far, and none has used it."""
    op.add_column(
        "api_keys",
        sa.Column("may_act_for_others", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("audit_log", sa.Column("on_behalf_of_user_id", ID, nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("audit_log", "on_behalf_of_user_id")
    op.drop_column("api_keys", "may_act_for_others")
