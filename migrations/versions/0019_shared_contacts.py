"""Who shares an address or a telephone number stands in the index itself.

Revision: 0019, after 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SHARED = (("candidate_emails", "folded"), ("candidate_phones", "number"))


def upgrade() -> None:
    """Put the candidate behind what each index held so far."""
    for table, column in SHARED:
        before = f"ix_{table}_organization_id_{column}"
        columns = ["organization_id", column, "candidate_id"]
        op.create_index(op.f(f"{before}_candidate_id"), table, columns)
        op.drop_index(op.f(before), table)


def downgrade() -> None:
    """Bring back what stood there before."""
    for table, column in SHARED:
        before = f"ix_{table}_organization_id_{column}"
        op.create_index(op.f(before), table, ["organization_id", column])
        op.drop_index(op.f(f"{before}_candidate_id"), table)
