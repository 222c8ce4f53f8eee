"""A key can be changed, so it has a version.

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: from here on every change of a key is counted."""
    op.add_column(
        "api_keys", sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1"))
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_column("api_keys", "version")
