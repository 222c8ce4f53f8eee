"""Up to whom everybody has been scored by a new version of the policy.

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")


def upgrade() -> None:
    """Add the id; without it the worker looks from the first candidate on."""
    op.add_column("scoring_policies", sa.Column("scored_to", ID, nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("scoring_policies", "scored_to")
