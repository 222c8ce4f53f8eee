"""How Alembic reaches the store: a connection handed in, or the owner's from the settings."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, create_engine

from app.core.settings import Settings
from app.models import Base
from app.models.types import Id, UtcDateTime

# Migrations do not import the application: its types are written out when one is generated.
_WRITTEN_OUT = {Id: "ID", UtcDateTime: "INSTANT"}


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    if kind == "type":
        for known, name in _WRITTEN_OUT.items():
            if isinstance(item, known):
                return name
        if item.__class__.__name__ == "JSON":
            return "DOCUMENT"
    return False


def _is_ours(
    item: Any,
    name: str | None,
    kind: str,
    reflected: bool,  # noqa: FBT001 - as Alembic calls it
    _compared: Any,
) -> bool:
    """Leave out SQLite's full-text index, whose tables it makes itself, and the other store's."""
    if kind == "table" and reflected and name is not None:
        return not name.startswith("search_index")
    if kind == "index" and not reflected:
        only = item.info.get("only")
        return only is None or only == context.get_context().dialect.name
    return True


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=_render,
        include_object=_is_ours,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _main() -> None:
    handed: Connection | None = context.config.attributes.get("connection")
    if handed is not None:
        _migrate(handed)
        return
    settings = Settings()
    address = settings.owner_database_url or settings.database_url
    engine = create_engine(address.get_secret_value())
    with engine.connect() as connection:
        _migrate(connection)
    engine.dispose()


_main()
