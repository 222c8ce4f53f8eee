"""The lists that the ranker reads, in the order in which it reads them.

Filled by `firstinline migrate` after this; until they are, a ranking looks at everyone. What they
replace goes at once: a service of the version before must not go on beside this.

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
LISTS = ("ranked_postings", "quiet_postings")


def upgrade() -> None:
    """Create the lists, and drop the index and the table that were walked before."""
    _create("ranked_postings", sa.Double(), ranked=True)
    _create("quiet_postings", sa.BigInteger(), ranked=False)
    op.add_column("ranking_rows", sa.Column("posted", sa.String(), nullable=True))
    op.create_index(
        "ix_ranking_rows_unposted",
        "ranking_rows",
        ["organization_id", "policy_version", "candidate_id"],
        sqlite_where=sa.text("posted IS NULL"),
        postgresql_where=sa.text("posted IS NULL"),
    )
    op.drop_index("ix_ranking_rows_order", table_name="ranking_rows")
    op.drop_table("ranking_levels")
    raise_wall(*LISTS)


def _create(name: str, place: sa.types.TypeEngine[int] | sa.Double[float], *, ranked: bool) -> None:
    more = [
        sa.Column("momentum", sa.Double(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("pauses", sa.String(), nullable=True),
    ]
    op.create_table(
        name,
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("policy_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("list", sa.String(), nullable=False),
        sa.Column("place", place, autoincrement=False, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("verified", sa.Integer(), nullable=False),
        sa.Column("opens_on", sa.Integer(), nullable=False),
        sa.Column("closes_on", sa.Integer(), nullable=False),
        sa.Column("available_from", sa.Integer(), nullable=True),
        sa.Column("levels", sa.String(), nullable=False),
        sa.Column("tried", sa.String(), nullable=False),
        *(more if ranked else ()),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f(f"fk_{name}_organization_id")
        ),
        sa.PrimaryKeyConstraint(
            "organization_id",
            "policy_version",
            "list",
            "place",
            "candidate_id",
            name=op.f(f"pk_{name}"),
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Put back what was walked before; a re-score fills it."""
    op.create_table(
        "ranking_levels",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("policy_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("competency", sa.String(), nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("momentum", sa.Double(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("verified", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_ranking_levels_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_ranking_levels_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id",
            "policy_version",
            "competency",
            "candidate_id",
            name=op.f("pk_ranking_levels"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ranking_levels_order",
        "ranking_levels",
        ["organization_id", "policy_version", "competency", "momentum", "candidate_id"],
    )
    op.create_index(
        op.f("ix_ranking_levels_organization_id_candidate_id"),
        "ranking_levels",
        ["organization_id", "candidate_id"],
    )
    op.create_index(
        "ix_ranking_rows_order",
        "ranking_rows",
        ["organization_id", "policy_version", "momentum", "candidate_id"],
    )
    raise_wall("ranking_levels")
    op.drop_index("ix_ranking_rows_unposted", table_name="ranking_rows")
    op.drop_column("ranking_rows", "posted")
    for table in LISTS:
        op.drop_table(table)
