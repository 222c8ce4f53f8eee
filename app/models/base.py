"""What all tables share: names of constraints, the tenant's column, roots with a version."""

import re
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, MetaData, Table, text
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

from app.core.clock import now
from app.core.ids import new_id
from app.models.types import Document, Id, UtcDateTime


class Base(DeclarativeBase):
    """The declarative base; constraints are named so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Id,
        datetime: UtcDateTime,
        dict[str, Any]: Document,
        list[Any]: Document,
    }


class TenantRow:
    """A row of exactly one organization, whose column leads its primary key."""

    @declared_attr
    def organization_id(cls) -> Mapped[UUID]:  # noqa: N805 - declared_attr passes the class
        return mapped_column(Id, ForeignKey("organizations.id"), primary_key=True, sort_order=-100)


class TenantEntity(TenantRow):
    """A tenant's row with an id of its own."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-99)


class Dated:
    """A row of a list that tells what has changed since an instant, and no root.

    Whatever statement changes the row notes the time.
    """

    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now, sort_order=92)


class TenantRoot(TenantEntity):
    """The head of an aggregate: any change of what its XRead shows raises `version`."""

    version: Mapped[int] = mapped_column(default=1, sort_order=90)
    created_at: Mapped[datetime] = mapped_column(default=now, sort_order=91)
    updated_at: Mapped[datetime] = mapped_column(default=now, sort_order=92)

    def touch(self) -> None:
        """Raise the version and note the time; a row not written yet is at its first version."""
        written: int | None = self.version
        if written is not None:
            self.version = written + 1
            self.updated_at = now()


def tenant_key(table: str, column: str, *, name: str | None = None) -> ForeignKeyConstraint:
    """Return a foreign key that cannot point into another tenant's rows."""
    return ForeignKeyConstraint(
        ["organization_id", column], [f"{table}.organization_id", f"{table}.id"], name=name
    )


def custom_values() -> Any:
    """Return the column of a root's values of the organization's own fields, by their keys."""
    return mapped_column(default=dict, server_default=text("'{}'"))


_SIDES: Final = re.compile(r"(\w+)\.\w+")


def related(join: str, *, order_by: Any = False, many: bool = True) -> Any:
    """Return a relationship: `join` reads "Parent.id == foreign(Child.parent_id)".

    The tenant's column is put beside it. Joined on the whole key of the parent, children are
    loaded by their own index; on the id alone they are loaded through a join with the parent, for
    which SQLite reads the children of the whole organization.
    """
    parent, child = _SIDES.findall(join)
    return relationship(
        primaryjoin=f"and_({join}, {parent}.organization_id == foreign({child}.organization_id))",
        order_by=order_by,
        uselist=many,
        lazy="raise",
        viewonly=not many,
        cascade="all, delete-orphan" if many else "merge",
        passive_deletes=False,
    )


# The rows of these tables fit a page many times over, so the key is the best place to keep them.
NARROW = {"sqlite_with_rowid": False}


# For statements that are built once and bind the tenant as `organization_id` themselves: the
# session checks what they were given instead of adding a criterion of its own.
BINDS_ITS_TENANT = "binds_its_tenant"


def table_of(model: type[Base]) -> Table:
    """Return a model's table, for hot statements: built once, naming the tenant themselves."""
    table = model.__table__
    assert isinstance(table, Table)
    return table
