"""In the lists that the ranker reads, those who hold the same stand together at their place.

The lists are made anew: filled by `firstinline migrate` after this; until they are, a ranking looks
at everyone.

Revision: 0025, after 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
LISTS = ("ranked_postings", "quiet_postings")


def upgrade() -> None:
    """Make the lists with a digest of what a row holds before the id."""
    _make_anew("alike", "candidate_id")


def downgrade() -> None:
    """Make them without."""
    _make_anew("candidate_id")


def _make_anew(*last: str) -> None:
    for table in LISTS:
        op.drop_table(table)
    _create("ranked_postings", sa.Double(), last, ranked=True)
    _create("quiet_postings", sa.BigInteger(), last, ranked=False)
    raise_wall(*LISTS)
    bind = op.get_bind()
    for (tenant,) in bind.execute(sa.text("SELECT id FROM organizations")).all():
        if bind.dialect.name == "postgresql":
            # Whose rows may be seen.
            bind.exec_driver_sql(f"SET LOCAL app.organization_id = '{tenant}'")
        rows = sa.table("ranking_rows", sa.column("organization_id"), sa.column("posted"))
        bind.execute(
            rows.update()
            .where(rows.c.organization_id == tenant, rows.c.posted.is_not(None))
            .values(posted=None)
        )


def _create(
    name: str,
    place: sa.types.TypeEngine[int] | sa.Double[float],
    last: tuple[str, ...],
    *,
    ranked: bool,
) -> None:
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
        *(sa.Column(each, ID, nullable=False) for each in last),
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
            "organization_id", "policy_version", "list", "place", *last, name=op.f(f"pk_{name}")
        ),
        sqlite_with_rowid=False,
    )
