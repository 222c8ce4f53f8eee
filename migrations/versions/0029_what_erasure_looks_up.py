"""An erasure looks up what hangs on what it drops, instead of reading the whole organization's.

Revision: 0029, after 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

FROM_SOMEBODY = sa.text("from_address IS NOT NULL")
LOOKED_UP = (
    ("rejections", "application_id"),
    ("advice", "application_id"),
    ("milestones", "advice_id"),
    ("intake_messages", "candidate_id"),
)


def upgrade() -> None:
    """Create the indexes."""
    for table, column in LOOKED_UP:
        op.create_index(
            op.f(f"ix_{table}_organization_id_{column}"), table, ["organization_id", column]
        )
    op.create_index(
        "ix_intake_messages_from",
        "intake_messages",
        ["organization_id", "from_address"],
        sqlite_where=FROM_SOMEBODY,
        postgresql_where=FROM_SOMEBODY,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_intake_messages_from", table_name="intake_messages")
    for table, column in LOOKED_UP:
        op.drop_index(op.f(f"ix_{table}_organization_id_{column}"), table_name=table)
