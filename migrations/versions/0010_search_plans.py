"""Search on PostgreSQL: words that are not known to be common are looked for by their index.

A planner that is told to find fifty rows walks along the newest ones until it has them, wherever it
takes a word to be not too rare; of a word that is in no list of common ones it knows nothing, and
walked past every row of an organization to find that there is none.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import context, op

from migrations.wall import TENANT_OF_THIS_SESSION

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Of what is put into a statement, only the schema is not written here, and PostgreSQL quotes it.
FOUND = "TABLE (number bigint, candidate_id uuid, subject_id uuid)"
COLUMNS = "t.number, t.candidate_id, t.subject_id"


def upgrade() -> None:
    """Tell rare words from common ones by what ANALYZE has counted."""
    if op.get_bind().dialect.name != "postgresql":
        return
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute("DROP FUNCTION search_texts_matching(text, text, bigint, integer)")
    # Written so that no other index fits; and what cannot be read by that one is read last of all.
    _create(
        "search_texts_of_rare_terms(source text, query tsquery, below bigint, most integer)",
        f"""
        BEGIN
            RETURN QUERY EXECUTE
                'SELECT {COLUMNS} FROM {schema}.search_texts AS t WHERE t.terms @@ $3 '
                'AND (t.organization_id = $1) IS TRUE AND (t.source = $2) IS TRUE '
                'AND t.number + 0 < $4 ORDER BY t.number DESC LIMIT $5'
            USING {TENANT_OF_THIS_SESSION}, source, query, below, most;
        END
        """,  # noqa: S608
        "SET enable_seqscan = off",
    )
    _create(
        "search_texts_of_common_terms(source text, query tsquery, below bigint, most integer)",
        f"""
        BEGIN
            RETURN QUERY EXECUTE
                'SELECT {COLUMNS} FROM {schema}.search_texts AS t '
                'WHERE t.organization_id = $1 AND t.source = $2 AND t.terms @@ $3 '
                'AND t.number < $4 ORDER BY t.number DESC LIMIT $5'
            USING {TENANT_OF_THIS_SESSION}, source, query, below, most;
        END
        """,  # noqa: S608
    )
    # `parts` are those of the query that must all be met.
    _create(
        "search_texts_matching(source text, query text, parts text[], below bigint, most integer)",
        f"""
        DECLARE
            common tsvector;
        BEGIN
            SELECT array_to_tsvector(s.most_common_elems::text::text[]) INTO common FROM pg_stats AS s
                WHERE s.tablename = 'search_texts' AND s.attname = 'terms'
                AND quote_ident(s.schemaname) = '{schema}';
            IF (SELECT bool_and(common @@ part::tsquery) FROM unnest(parts) AS part) THEN
                RETURN QUERY SELECT * FROM {schema}.search_texts_of_common_terms(
                    source, query::tsquery, below, most);
            ELSE
                RETURN QUERY SELECT * FROM {schema}.search_texts_of_rare_terms(
                    source, query::tsquery, below, most);
            END IF;
        END
        """,  # noqa: S608
        "SECURITY DEFINER",
    )
    role = context.config.attributes["service_role"]
    op.execute(f'GRANT EXECUTE ON FUNCTION search_texts_matching TO "{role}"')


def _create(signature: str, body: str, more: str = "") -> None:
    """Create a function that its owner alone may call."""
    op.execute(
        f"CREATE FUNCTION {signature} RETURNS {FOUND} LANGUAGE plpgsql STABLE "
        f"SET search_path = pg_catalog, pg_temp {more} AS $function${body}$function$"
    )
    op.execute(f"REVOKE ALL ON FUNCTION {signature.partition('(')[0]} FROM PUBLIC")


def downgrade() -> None:
    """Go back to one function, and the planner's guesses."""
    if op.get_bind().dialect.name != "postgresql":
        return
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    for name in ("matching", "of_rare_terms", "of_common_terms"):
        op.execute(f"DROP FUNCTION search_texts_{name}")
    _create(
        "search_texts_matching(source text, query text, below bigint, most integer)",
        f"""
        BEGIN
            RETURN QUERY EXECUTE
                'SELECT {COLUMNS} FROM {schema}.search_texts AS t '
                'WHERE t.organization_id = $1 AND t.source = $2 AND t.terms @@ $3 '
                'AND t.number < $4 ORDER BY t.number DESC LIMIT $5'
            USING {TENANT_OF_THIS_SESSION}, source, query::tsquery, below, most;
        END
        """,  # noqa: S608
        "SECURITY DEFINER",
    )
    role = context.config.attributes["service_role"]
    op.execute(f'GRANT EXECUTE ON FUNCTION search_texts_matching TO "{role}"')
