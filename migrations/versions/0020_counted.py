"""How many follow-ups count, and when the first was, stands in what the ranking reads of somebody.

A shortlist tells it, and counted them anew for each. Nothing but this row of theirs changes; where
it is not told, as after a write of the version before, it is counted as it was. On PostgreSQL an
organization's writers wait until this has ended.

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# As Python writes it: six digits of a fraction, or none.
FIRST = {
    "sqlite": (
        "replace(substr(found.first_at, 1, 19), ' ', 'T') || "
        "replace(substr(found.first_at, 20), '.000000', '') || '+00:00'"
    ),
    "postgresql": (
        "to_char(found.first_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') || "
        "replace(to_char(found.first_at AT TIME ZONE 'UTC', '.US'), '.000000', '') || '+00:00'"
    ),
}
TELL = """
UPDATE ranking_rows
SET state = substr(state, 1, length(state) - 1)
    || ',"counted":[' || found.follow_ups || ',"' || {first} || '"]}}'
FROM (
    SELECT follow_ups.candidate_id, count(*) AS follow_ups, min(occurred_at) AS first_at
    FROM follow_ups JOIN (
        SELECT candidate_id, min(rejected_at) AS rejected_at FROM rejections
        WHERE organization_id = :tenant AND undone_at IS NULL GROUP BY candidate_id
    ) AS refused ON refused.candidate_id = follow_ups.candidate_id
    WHERE organization_id = :tenant AND direction = 'inbound' AND automated IS NULL
    AND deleted_at IS NULL AND occurred_at >= refused.rejected_at
    GROUP BY follow_ups.candidate_id
) AS found
WHERE ranking_rows.organization_id = :tenant AND ranking_rows.candidate_id = found.candidate_id
AND state LIKE '%,"last_counted_at":%' AND state NOT LIKE '%,"counted":[%'
"""
FORGET = """
UPDATE ranking_rows SET state = substr(state, 1, {at}(state, {what}) - 1) || '}}'
WHERE organization_id = :tenant AND state LIKE '%,"counted":[%'
""".replace("{what}", """',"counted":['""")
PLACE_IN = {"sqlite": "instr", "postgresql": "strpos"}


def upgrade() -> None:
    """Count them, of everybody."""
    dialect = op.get_bind().dialect.name
    _in_each_organization(TELL.format(first=FIRST[dialect]))


def downgrade() -> None:
    """Take the counts out."""
    dialect = op.get_bind().dialect.name
    _in_each_organization(FORGET.format(at=PLACE_IN[dialect]))


def _in_each_organization(statement: str) -> None:
    bind = op.get_bind()
    for (tenant,) in bind.execute(sa.text("SELECT id FROM organizations")).all():
        if bind.dialect.name == "postgresql":
            # The service's own lock of an organization, by which it lets nobody else write; and
            # whose rows may be seen.
            number = int.from_bytes(tenant.bytes[8:], "big", signed=True)
            bind.exec_driver_sql(f"SELECT pg_advisory_xact_lock({number})")
            bind.exec_driver_sql(f"SET LOCAL app.organization_id = '{tenant}'")
        bind.execute(sa.text(statement).bindparams(tenant=tenant))
