"""Search: the texts that candidates are found by, and either store's full-text index of them.

Revision: 0005, after 0004
"""

import sqlite3

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
TERMS = sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql")
TENANT_OF_THIS_SESSION = "nullif(current_setting('app.organization_id', true), '')::uuid"
# The first version of SQLite that removes words from the index when their text is taken out; an
# older one marks them, and they go when the index is merged.
REMOVES_AT_ONCE = (3, 42)


def upgrade() -> None:
    """Create the table, its full-text index, and on PostgreSQL the wall and the way through it."""
    op.create_table(
        "search_texts",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("terms", TERMS, nullable=False),
        sa.CheckConstraint(
            "source IN ('profile', 'advice', 'follow_up')", name=op.f("ck_search_texts_source")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_search_texts_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_search_texts_organization_id")
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "source", "number", name=op.f("pk_search_texts")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_search_texts_organization_id_candidate_id_subject_id"),
        "search_texts",
        ["organization_id", "candidate_id", "subject_id"],
        unique=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        _index_in_postgresql()
    else:
        _index_in_sqlite()


def _index_in_sqlite() -> None:
    # Terms come folded and cut: `ascii` leaves every other letter as it is. Where in a text a word
    # stands is never asked, so it is not kept.
    op.execute(
        "CREATE VIRTUAL TABLE search_index "
        "USING fts5(terms, content='', detail='none', tokenize='ascii')"
    )
    if sqlite3.sqlite_version_info >= REMOVES_AT_ONCE:
        op.execute("INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1)")


def _index_in_postgresql() -> None:
    role = context.config.attributes["service_role"]
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.create_index(
        "ix_search_texts_terms", "search_texts", ["terms"], unique=False, postgresql_using="gin"
    )
    # Not forced: the owner's function below is the one way to the index, which row-level security
    # takes away from whoever is bound by it. The service's role is.
    op.execute("ALTER TABLE search_texts ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY tenant ON search_texts "
        f"USING (organization_id = {TENANT_OF_THIS_SESSION}) "
        f"WITH CHECK (organization_id = {TENANT_OF_THIS_SESSION})"
    )
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON search_texts TO "{role}"')
    # EXECUTE, so that each query is planned for its own words: a rare one by the index of terms, a
    # common one along the newest rows.
    op.execute(
        # The schema's name is the only part that is put in, quoted by PostgreSQL itself.
        f"""
        CREATE FUNCTION search_texts_matching(
            source text, query text, below bigint, most integer
        ) RETURNS TABLE (number bigint, candidate_id uuid, subject_id uuid)
        LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $function$
        BEGIN
            RETURN QUERY EXECUTE
                'SELECT t.number, t.candidate_id, t.subject_id FROM {schema}.search_texts AS t '
                'WHERE t.organization_id = $1 AND t.source = $2 AND t.terms @@ $3 '
                'AND t.number < $4 ORDER BY t.number DESC LIMIT $5'
            USING {TENANT_OF_THIS_SESSION}, source, query::tsquery, below, most;
        END
        $function$
        """  # noqa: S608
    )
    op.execute("REVOKE ALL ON FUNCTION search_texts_matching FROM PUBLIC")
    op.execute(f'GRANT EXECUTE ON FUNCTION search_texts_matching TO "{role}"')


def downgrade() -> None:
    """Drop them."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION search_texts_matching")
    else:
        op.execute("DROP TABLE search_index")
    op.drop_table("search_texts")
