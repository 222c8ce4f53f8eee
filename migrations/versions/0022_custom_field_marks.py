"""Who holds a value of a custom field is looked up, not looked for in everybody's.

A mark is a digest of the field and of the value, of one length however long that is. The rows that
have values already are marked here. On PostgreSQL an organization's writers wait until this has
ended.

Revision: 0022, after 0021
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from math import isfinite
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import raise_wall

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
HAVE_VALUES = (
    ("candidates", "candidate"),
    ("positions", "position"),
    ("applications", "application"),
)
MARKS = sa.table(
    "custom_field_marks",
    sa.column("organization_id", ID),
    sa.column("subject_id", ID),
    sa.column("mark", sa.LargeBinary()),
)
AT_ONCE = 1000


def upgrade() -> None:
    """Create the table, and mark what there is."""
    op.create_table(
        "custom_field_marks",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("mark", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_custom_field_marks_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "subject_id", "mark", name=op.f("pk_custom_field_marks")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_custom_field_marks_organization_id_mark_subject_id"),
        "custom_field_marks",
        ["organization_id", "mark", "subject_id"],
    )
    raise_wall("custom_field_marks")
    bind = op.get_bind()
    for (tenant,) in bind.execute(sa.text("SELECT id FROM organizations")).all():
        if bind.dialect.name == "postgresql":
            # The service's own lock of an organization, by which it lets nobody else write; and
            # whose rows may be seen.
            number = int.from_bytes(tenant.bytes[8:], "big", signed=True)
            bind.exec_driver_sql(f"SELECT pg_advisory_xact_lock({number})")
            bind.exec_driver_sql(f"SET LOCAL app.organization_id = '{tenant}'")
        mark_rows(bind, tenant)


def downgrade() -> None:
    """Drop the table: the values stand in their rows."""
    op.drop_table("custom_field_marks")


def mark_rows(bind: sa.Connection, tenant: Any) -> None:
    """Mark what an organization has; `tenant` is its id as the store has it."""
    for table, applies_to in HAVE_VALUES:
        _mark_rows_of(bind, tenant, table, applies_to)


def _mark_rows_of(bind: sa.Connection, tenant: Any, name: str, applies_to: str) -> None:
    rows = sa.table(
        name,
        sa.column("organization_id", ID),
        sa.column("id", ID),
        sa.column("custom_fields", DOCUMENT),
    )
    page = (
        sa.select(rows.c.id, rows.c.custom_fields)
        .where(
            rows.c.organization_id == tenant,
            sa.cast(rows.c.custom_fields, sa.Text) != "{}",
        )
        .order_by(rows.c.id)
        .limit(AT_ONCE)
    )
    found = bind.execute(page).all()
    while found:
        new = [
            {"organization_id": tenant, "subject_id": row.id, "mark": mark}
            for row in found
            for mark in sorted(set(_marks(applies_to, row.custom_fields)))
        ]
        if new:
            bind.execute(sa.insert(MARKS), new)
        found = bind.execute(page.where(rows.c.id > found[-1].id)).all()


def _marks(applies_to: str, values: dict[str, Any]) -> Iterator[bytes]:
    for key, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            text = json.dumps([applies_to, key, _as_typed(each)])
            yield hashlib.sha256(text.encode()).digest()[:16]


def _as_typed(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    with suppress(ValueError):
        number = float(text)
        if isfinite(number):
            return repr(number + 0.0)
    return text
