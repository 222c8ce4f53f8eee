"""Talent pools.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
TENANT = ("talent_pools", "talent_pool_members")


def upgrade() -> None:
    """Create both tables, and on PostgreSQL the wall around them."""
    op.create_table(
        "talent_pools",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_talent_pools_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_talent_pools")),
        sa.UniqueConstraint(
            "organization_id", "name", name=op.f("uq_talent_pools_organization_id_name")
        ),
    )
    op.create_index(
        op.f("ix_talent_pools_organization_id_updated_at_id"),
        "talent_pools",
        ["organization_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "talent_pool_members",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("talent_pool_id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by_user_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "talent_pool_id"],
            ["talent_pools.organization_id", "talent_pools.id"],
            name=op.f("fk_talent_pool_members_organization_id_talent_pool_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_talent_pool_members_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "added_by_user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_talent_pool_members_organization_id_added_by_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_talent_pool_members_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "talent_pool_id", "candidate_id", name=op.f("pk_talent_pool_members")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_talent_pool_members_organization_id_candidate_id"),
        "talent_pool_members",
        ["organization_id", "candidate_id"],
        unique=False,
    )
    raise_wall(*TENANT)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(TENANT):
        op.drop_table(table)
