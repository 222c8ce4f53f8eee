"""Rankings that the worker makes bit by bit, and who stands in them so far.

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Create the tables, and on PostgreSQL the wall around them."""
    _create_runs()
    _create_places()
    raise_wall("shortlist_runs", "shortlist_run_places")


def _create_runs() -> None:
    op.create_table(
        "shortlist_runs",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("position_id", ID, nullable=False),
        sa.Column("shortlist_id", ID, nullable=True),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("policy", DOCUMENT, nullable=False),
        sa.Column("position", DOCUMENT, nullable=False),
        sa.Column("row_limit", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("after_id", ID, nullable=True),
        sa.Column("until_id", ID, nullable=True),
        sa.Column("counts", DOCUMENT, nullable=False),
        sa.Column("beginnings", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("asked_by_user_id", ID, nullable=True),
        sa.Column("asked_by_api_key_id", ID, nullable=True),
        sa.Column("key_user_id", ID, nullable=True),
        sa.Column("on_behalf_of", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "kind IN ('shortlist', 'coverage', 'replay')",
            name=op.f("ck_shortlist_runs_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'failed')", name=op.f("ck_shortlist_runs_state")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "position_id"],
            ["positions.organization_id", "positions.id"],
            name=op.f("fk_shortlist_runs_organization_id_position_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "shortlist_id"],
            ["shortlists.organization_id", "shortlists.id"],
            name=op.f("fk_shortlist_runs_organization_id_shortlist_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_shortlist_runs_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_shortlist_runs")),
    )
    op.create_index(
        op.f("ix_shortlist_runs_organization_id_shortlist_id_kind"),
        "shortlist_runs",
        ["organization_id", "shortlist_id", "kind"],
    )
    op.create_index(
        op.f("ix_shortlist_runs_organization_id_state"),
        "shortlist_runs",
        ["organization_id", "state"],
    )


def _create_places() -> None:
    op.create_table(
        "shortlist_run_places",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.CheckConstraint(
            "section IN ('entries', 'to_check', 'quiet')",
            name=op.f("ck_shortlist_run_places_section"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "run_id"],
            ["shortlist_runs.organization_id", "shortlist_runs.id"],
            name=op.f("fk_shortlist_run_places_organization_id_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_shortlist_run_places_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id",
            "run_id",
            "section",
            "candidate_id",
            name=op.f("pk_shortlist_run_places"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_shortlist_run_places_organization_id_candidate_id"),
        "shortlist_run_places",
        ["organization_id", "candidate_id"],
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("shortlist_run_places")
    op.drop_table("shortlist_runs")
