"""Attachments, and the files behind them.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
TENANT = ("blobs", "attachments")


def upgrade() -> None:
    """Create both tables, behind the wall between tenants."""
    op.create_table(
        "blobs",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("state IN ('arriving', 'kept', 'leaving')", name=op.f("ck_blobs_state")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_blobs_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_blobs")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_blobs_organization_id_sha256"), "blobs", ["organization_id", "sha256"])
    op.create_index(
        "ix_blobs_unsettled",
        "blobs",
        ["organization_id", "id"],
        postgresql_where=sa.text("state <> 'kept'"),
        sqlite_where=sa.text("state <> 'kept'"),
    )
    op.create_table(
        "attachments",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("follow_up_id", ID, nullable=True),
        sa.Column("milestone_id", ID, nullable=True),
        sa.Column("blob_id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("uploaded_by_user_id", ID, nullable=True),
        sa.CheckConstraint(
            "kind IN ('resume', 'evidence', 'report_card', 'other')",
            name=op.f("ck_attachments_kind"),
        ),
        sa.CheckConstraint(
            "milestone_id IS NULL OR follow_up_id IS NOT NULL",
            name=op.f("ck_attachments_milestone"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["organization_id", column],
                [f"{table}.organization_id", f"{table}.id"],
                name=op.f(f"fk_attachments_organization_id_{column}"),
            )
            for table, column in (
                ("candidates", "candidate_id"),
                ("follow_ups", "follow_up_id"),
                ("milestones", "milestone_id"),
                ("blobs", "blob_id"),
                ("users", "uploaded_by_user_id"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_attachments_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_attachments")),
        sqlite_with_rowid=False,
    )
    for columns in (
        ("candidate_id", "id"),
        ("follow_up_id", "id"),
        ("milestone_id", "id"),
        ("blob_id",),
    ):
        op.create_index(
            op.f("ix_attachments_organization_id_" + "_".join(columns)),
            "attachments",
            ["organization_id", *columns],
        )
    raise_wall(*TENANT)


def downgrade() -> None:
    """Drop both; the files stay where they are."""
    for table in reversed(TENANT):
        op.drop_table(table)
