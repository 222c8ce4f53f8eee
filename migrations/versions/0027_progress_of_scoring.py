"""How far the scoring of everybody by a new version of the policy has come.

Revision: 0027, after 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two numbers; of what was scored before they tell nothing."""
    op.add_column("scoring_policies", sa.Column("to_score", sa.Integer(), nullable=True))
    op.add_column(
        "scoring_policies",
        sa.Column("scored", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("scoring_policies", "scored")
    op.drop_column("scoring_policies", "to_score")
