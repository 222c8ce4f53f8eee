"""The texts that candidates are found by."""

from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Text, cast, func
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from app.models.base import NARROW, Base, TenantRow, tenant_key


class _Vector(TSVECTOR):
    """PostgreSQL's own type, written and read as an array: nothing of it is parsed."""

    def bind_expression(self, bindvalue: Any) -> Any:
        return func.array_to_tsvector(cast(bindvalue, ARRAY(Text)))

    def column_expression(self, column: Any) -> Any:
        return func.tsvector_to_array(column)


class Terms(TypeDecorator[list[str]]):
    """Sorted terms: a text with blanks on SQLite, a `tsvector` on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(_Vector() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else " ".join(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> list[str] | None:
        return value.split() if isinstance(value, str) else value


class SearchText(TenantRow, Base):
    """What a candidate, a piece of advice or a follow-up is found by.

    SQLite's full-text index `search_index` has the same numbers as rowids, so a number is unique in
    a whole file; it is no model, for it is no table like others.
    """

    __tablename__ = "search_texts"
    __table_args__ = (
        tenant_key("candidates", "candidate_id"),
        CheckConstraint("source IN ('profile', 'advice', 'follow_up')", name="source"),
        Index(None, "organization_id", "candidate_id"),
        Index(
            "ix_search_texts_terms", "terms", postgresql_using="gin", info={"only": "postgresql"}
        ),
        NARROW,
    )

    source: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    candidate_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    terms: Mapped[list[str]] = mapped_column(Terms)
