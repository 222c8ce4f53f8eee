"""SQLite keeps the terms of texts packed, and knows how the words of profiles begin.

A third of the bytes: the mark that all terms of a text begin with is kept once, and the text
deflated. And FTS5 reads one term's rows newest first, as far as they are wanted, but gathers all
rows of whatever begins so before it gives the first: so each beginning is a term of its own. What
begins words of letters is looked up in a table that tells the terms of the index; it keeps nothing.

PostgreSQL stays as it is. On SQLite everything is written in one transaction: there has to be room
for the packed texts beside those of before, and for the write-ahead log of both.

Revision: 0024, after 0023
"""

import re
import zlib
from collections.abc import Callable, Iterator
from itertools import takewhile

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MARK = 5
NEXT = (
    "SELECT organization_id, source, number, candidate_id, subject_id, terms FROM search_texts "
    "WHERE (organization_id, source, number) > (?, ?, ?) "
    "ORDER BY organization_id, source, number LIMIT 2000"
)
ADD = "INSERT INTO search_texts_anew VALUES (?, ?, ?, ?, ?, ?)"
TAKE_OUT = "INSERT INTO search_index (search_index, rowid, terms) VALUES ('delete', ?, ?)"
PUT_IN = "INSERT INTO search_index (rowid, terms) VALUES (?, ?)"
WORDS = "CREATE VIRTUAL TABLE search_index_words USING fts5vocab(search_index, instance)"
# Scripts that are written without blanks between words.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def upgrade() -> None:
    """Pack what is there, index the beginnings, and tell the terms."""
    if op.get_bind().dialect.name != "sqlite":
        return
    write_anew("BLOB", pack, str, with_beginnings)
    op.execute(WORDS)


def downgrade() -> None:
    """Unpack what is there, and take the beginnings out of the index."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("DROP TABLE search_index_words")
    write_anew("TEXT", unpack, with_beginnings, str)


def write_anew(
    kind: str,
    kept: Callable[[str | bytes], str | bytes],
    indexed: Callable[[str], str],
    indexed_anew: Callable[[str], str],
) -> None:
    """Put every row into a table with this type of terms, and index every profile anew."""
    # What is left of the words in the old table's pages is overwritten.
    op.execute("PRAGMA secure_delete = ON")
    op.execute("DROP TABLE IF EXISTS search_texts_anew")
    create_table(kind)
    bind = op.get_bind()
    after: tuple[bytes, str, int] = (b"", "", 0)
    while rows := bind.exec_driver_sql(NEXT, after).all():
        anew = [(*row[:-1], kept(row.terms)) for row in rows]
        bind.exec_driver_sql(ADD, anew)
        profiles = [
            (row.number, row.terms if isinstance(row.terms, str) else unpack(row.terms))
            for row in rows
            if row.source == "profile"
        ]
        if profiles:
            bind.exec_driver_sql(TAKE_OUT, [(number, indexed(told)) for number, told in profiles])
            bind.exec_driver_sql(
                PUT_IN, [(number, indexed_anew(told)) for number, told in profiles]
            )
        after = (rows[-1].organization_id, rows[-1].source, rows[-1].number)
    op.execute("DROP TABLE search_texts")
    op.execute("ALTER TABLE search_texts_anew RENAME TO search_texts")
    op.create_index(
        "ix_search_texts_organization_id_candidate_id",
        "search_texts",
        ["organization_id", "candidate_id"],
    )


def create_table(kind: str) -> None:
    """Create the table that takes the place of `search_texts`."""
    op.execute(
        f"""
        CREATE TABLE search_texts_anew (
            organization_id BLOB NOT NULL,
            source VARCHAR NOT NULL,
            number BIGINT NOT NULL,
            candidate_id BLOB NOT NULL,
            subject_id BLOB NOT NULL,
            terms {kind} NOT NULL,
            CONSTRAINT pk_search_texts PRIMARY KEY (organization_id, source, number),
            CONSTRAINT ck_search_texts_source
                CHECK (source IN ('profile', 'advice', 'follow_up')),
            CONSTRAINT fk_search_texts_organization_id_candidate_id
                FOREIGN KEY(organization_id, candidate_id)
                REFERENCES candidates (organization_id, id),
            CONSTRAINT fk_search_texts_organization_id
                FOREIGN KEY(organization_id) REFERENCES organizations (id)
        ) WITHOUT ROWID
        """
    )


def pack(told: str | bytes) -> bytes:
    """Return terms with blanks between them as they are kept from now on."""
    text = told if isinstance(told, str) else told.decode()
    terms = text.split(" ")
    pairs = zip(terms[0], terms[-1], strict=False)
    mark = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    rest = text.replace(f" {mark}", " ")[len(mark) :]
    deflated = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflated.compress(f"{mark}\n{rest}".encode()) + deflated.flush()


def unpack(kept: str | bytes) -> str:
    """Return terms with blanks between them."""
    raw = kept if isinstance(kept, bytes) else kept.encode()
    mark, _, rest = zlib.decompress(raw, -zlib.MAX_WBITS).decode().partition("\n")
    return f"{mark}{rest.replace(' ', f' {mark}')}"


def with_beginnings(told: str) -> str:
    """Return a profile's terms, and a term for each beginning of its names, addresses, tags."""
    terms = told.split(" ")
    return " ".join((*terms, *sorted({begun for one in terms for begun in beginnings(one)})))


def beginnings(term: str) -> Iterator[str]:
    """Yield the terms of how a word of a profile begins; none of another field's."""
    mark, field, word = term[:MARK], term[MARK], term[MARK + 1 :]
    if field in "nat":
        least = 1 if UNSPACED.match(word) else 2
        for length in range(least, len(word)):
            yield f"{mark}x{field}{word[:length]}"
