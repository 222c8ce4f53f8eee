"""The wall around a tenant's table on PostgreSQL, as every migration that makes one raises it.

Where a wall ever has to look otherwise, a new function is written: what was migrated stays as it
was.
"""

from alembic import context, op

TENANT_OF_THIS_SESSION = "nullif(current_setting('app.organization_id', true), '')::uuid"


def raise_wall(*tables: str) -> None:
    """Let the service's role see one organization's rows alone, and the owner no more than that.

    Does nothing on SQLite, which has no roles.
    """
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} "
            f"USING (organization_id = {TENANT_OF_THIS_SESSION}) "
            f"WITH CHECK (organization_id = {TENANT_OF_THIS_SESSION})"
        )
        let_work_on(table)


def let_work_on(table: str) -> None:
    """Let the service's role read and write a table."""
    role = context.config.attributes["service_role"]
    op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "{role}"')
