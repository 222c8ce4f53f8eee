"""A Citus cluster of somebody's own, on which every test of the stores can run too.

FIRSTINLINE_TEST_CITUS_DSN is the address of a superuser on its coordinator, in a database that has
the extension and may be filled: postgresql+psycopg://postgres@127.0.0.1:5432/scratch. Its machines
have to let the suite's two roles in, at each other too. One database serves all: WORKERS=0.
"""

import os

import pytest
from sqlalchemy import URL, create_engine, make_url

from app.core.distribution import distribute
from app.core.migration import migrate
from app.core.settings import Settings
from app.models import Base
from tests import postgresql

SETTING = "FIRSTINLINE_TEST_CITUS_DSN"
# Whether others try a store of theirs at the same time does not matter: it is their database.
_ONE_AT_A_TIME = 1_128_361_300


def is_there() -> bool:
    """Tell whether somebody has named a cluster."""
    return SETTING in os.environ


def address(role: str = postgresql.SERVICE) -> str:
    """Return SQLAlchemy's address of the cluster as a role; skips the test where there is none."""
    if not is_there():
        pytest.skip(f"{SETTING} names no Citus cluster")
    return _as(make_url(os.environ[SETTING]), role)


def prepared() -> str:
    """Migrate and distribute the cluster's database, once; return the service's address."""
    service = address()
    owner = address(postgresql.OWNER)
    engine = create_engine(make_url(os.environ[SETTING]), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_ONE_AT_A_TIME})")
        for role in (postgresql.OWNER, postgresql.SERVICE):
            connection.exec_driver_sql(
                f"DO $$ BEGIN CREATE ROLE {role} LOGIN; "
                "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            )
        connection.exec_driver_sql(f"GRANT CREATE ON SCHEMA public TO {postgresql.OWNER}")
        migrate(Settings(), url=owner)
        distribute(Settings(), Base.metadata, url=owner)
    engine.dispose()
    return service


def _as(url: URL, role: str) -> str:
    return url.set(username=role).render_as_string(hide_password=False)
