"""Events that others follow, tombstones of what is gone, and roots by when they last changed.

Revision: 0006, after 0005

While this runs, the previous version of the service is still answering: add before you remove, and
remove one release later. Nothing of `app` is imported here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TENANT = ("events", "tombstones")
# Roots that had no index of when they last changed.
CHANGED = ("advice", "shortlists", "users")


def upgrade() -> None:
    """Create the two tables with their wall, and the indexes."""
    op.create_table(
        "events",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_events_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_events")),
        sa.UniqueConstraint(
            "organization_id", "sequence", name=op.f("uq_events_organization_id_sequence")
        ),
        sqlite_with_rowid=False,
    )
    unnumbered = sa.text("sequence IS NULL")
    op.create_index(
        "ix_events_unnumbered",
        "events",
        ["organization_id", "created_at", "id"],
        unique=False,
        postgresql_where=unnumbered,
        sqlite_where=unnumbered,
    )
    op.create_table(
        "tombstones",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("deleted_at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('deleted', 'erased', 'merged')", name=op.f("ck_tombstones_reason")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_tombstones_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "kind", "id", name=op.f("pk_tombstones")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_tombstones_organization_id_kind_deleted_at_id"),
        "tombstones",
        ["organization_id", "kind", "deleted_at", "id"],
        unique=False,
    )
    for table in CHANGED:
        op.create_index(
            op.f(f"ix_{table}_organization_id_updated_at_id"),
            table,
            ["organization_id", "updated_at", "id"],
            unique=False,
        )
    raise_wall(*TENANT)


def downgrade() -> None:
    """Drop them."""
    for table in CHANGED:
        op.drop_index(op.f(f"ix_{table}_organization_id_updated_at_id"), table)
    op.drop_table("tombstones")
    op.drop_table("events")
