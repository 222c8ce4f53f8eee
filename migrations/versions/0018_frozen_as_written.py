"""What was frozen of an entry keeps its text: it is answered as it was written.

SQLite keeps the text of any JSON. What was frozen before is read as before.

Revision: 0018, after 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the text on PostgreSQL; what was taken apart before is written out once."""
    _keep_as("JSON")


def downgrade() -> None:
    """Take it apart again."""
    _keep_as("JSONB")


def _keep_as(kind: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"ALTER TABLE shortlist_entries ALTER COLUMN shown TYPE {kind} USING shown::{kind}"
        )
