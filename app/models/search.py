"""The texts that candidates are found by."""

import zlib
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, LargeBinary, Text, cast, func
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


class _ToldVector(_Vector):
    """The same, read as a text with blanks."""

    def column_expression(self, column: Any) -> Any:
        return func.array_to_string(func.tsvector_to_array(column), " ")


# Of the fifty words that a text has, a quicker level packs none the quicker.
_LEVEL: Final = 6
_RAW: Final = -zlib.MAX_WBITS


def packed(terms: Sequence[str]) -> bytes:
    """Return sorted terms, without blanks, as SQLite keeps them: deflated, their mark said once."""
    if not terms:
        return b""
    pairs = zip(terms[0], terms[-1], strict=False)
    mark = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    rest = " ".join(terms).replace(f" {mark}", " ")[len(mark) :]
    deflated = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return deflated.compress(f"{mark}\n{rest}".encode()) + deflated.flush()


def told(kept: bytes | str) -> str:
    """Return the terms of a row as `KeptTerms` reads it, on either store, each between blanks."""
    if isinstance(kept, str):
        return f" {kept} "
    if not kept:
        return " "
    mark, _, rest = zlib.decompress(kept, _RAW).decode().partition("\n")
    return f" {mark}{rest.replace(' ', f' {mark}')} "


def unpacked(kept: bytes) -> list[str]:
    """Return the terms of which `packed` returned this."""
    return told(kept).split()


class Terms(TypeDecorator[list[str]]):
    """Sorted terms: packed on SQLite, a `tsvector` on PostgreSQL."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        kept = _Vector() if dialect.name == "postgresql" else LargeBinary()
        return dialect.type_descriptor(kept)

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else packed(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> list[str] | None:
        return unpacked(value) if isinstance(value, bytes) else value


class KeptTerms(Terms):
    """The same, read as kept: for who looks at some of many rows, and has those `told`."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        kept = _ToldVector() if dialect.name == "postgresql" else LargeBinary()
        return dialect.type_descriptor(kept)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return value


class SearchText(TenantRow, Base):
    """What a candidate, a piece of advice or a follow-up is found by.

    SQLite's full-text index `search_index` has the same numbers as rowids, so a number is unique in
    a whole file; it is no model, for it is no table like others. Nor is `search_index_words`, which
    tells the terms that stand in it.
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
