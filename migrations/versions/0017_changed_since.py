"""When the rows of lists that are no roots' changed last, and what has left such a list.

Of rows that are there nobody knows when they changed: they count as changed while this ran, so that
whoever follows a list is told of each once more. The default stays: on PostgreSQL the version
before still writes beside this one, and has no word of the column.

Revision: 0017, after 0016
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
DATED = (
    "api_keys",
    "attachments",
    "audit_log",
    "consents",
    "intake_messages",
    "openings",
    "pauses",
    "rejection_reasons",
    "scoring_policies",
    "talent_pool_members",
)
WAITING = sa.text("outcome = 'unassigned'")


def upgrade() -> None:
    """Add the column, indexes where a list is long, and the table with its wall."""
    present = (
        datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        if op.get_bind().dialect.name == "sqlite"
        else sa.func.now()
    )
    for table in DATED:
        op.add_column(
            table, sa.Column("updated_at", INSTANT, nullable=False, server_default=present)
        )
    op.create_index(
        op.f("ix_audit_log_organization_id_updated_at_id"),
        "audit_log",
        ["organization_id", "updated_at", "id"],
    )
    op.create_index(
        "ix_intake_messages_waiting",
        "intake_messages",
        ["organization_id", "updated_at", "id"],
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )
    op.create_table(
        "departures",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("left_at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('deleted', 'erased', 'merged', 'moved')", name=op.f("ck_departures_reason")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_departures_organization_id")
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "kind", "parent_id", "id", name=op.f("pk_departures")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_departures_organization_id_kind_parent_id_left_at_id"),
        "departures",
        ["organization_id", "kind", "parent_id", "left_at", "id"],
    )
    raise_wall("departures")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("departures")
    op.drop_index("ix_intake_messages_waiting", "intake_messages")
    op.drop_index(op.f("ix_audit_log_organization_id_updated_at_id"), "audit_log")
    for table in reversed(DATED):
        op.drop_column(table, "updated_at")
