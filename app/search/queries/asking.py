"""What a tier asks for, in either store's language for its full-text index."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.database import organization_of
from app.search.rules.asked import Alternatives, Condition, Tier
from app.search.rules.terms import beginning_term

# More words than this that begin alike are left to SQLite itself, which gathers all their rows:
# each takes 40 µs and 4 kB.
MOST_ALIKE: Final = 2000
_PAST_ALL: Final = "\U0010ffff"
# Term by term: to tell all at once, the table would read through the rows of each. A blank sorts
# before whatever a longer term goes on with.
_WORDS = text(
    "WITH RECURSIVE word(term) AS ("
    "SELECT (SELECT term FROM search_index_words WHERE term >= :beginning LIMIT 1) "
    "UNION ALL SELECT ("
    "SELECT term FROM search_index_words WHERE term >= word.term || ' ' LIMIT 1"
    ") FROM word WHERE word.term < :past LIMIT :most) "
    "SELECT term FROM word WHERE term < :past"
)


def asked_of(session: Session, tier: Tier) -> dict[str, Any] | None:
    """Return what the store's statement is to be given to look for a tier; None: there is nobody.

    The statements are those of `finding`, of the session's store.
    """
    source = tier.source.value
    if session.get_bind().dialect.name == "postgresql":
        parts = _parts(tier.condition)
        return {"source": source, "query": _as_tsquery(tier.condition), "parts": parts}
    query = _AsFts5(session).condition(tier.condition)
    if query is None:
        return None
    return {"source": source, "query": query, "organization_id": organization_of(session)}


class _AsFts5:
    """A condition as SQLite's FTS5 has it. Terms hold letters and digits alone."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._begun: dict[str, Sequence[str]] = {}

    def condition(self, condition: Condition) -> str | None:
        """Return a condition; None where some of what it wants stands nowhere."""
        wanted = [self._one_of(each) for each in condition.all_of]
        if not all(wanted):
            return None
        unwanted = [self._one_of(each) for each in condition.none_of]
        query = " AND ".join(wanted)
        return f"({query}) NOT ({' AND '.join(unwanted)})" if all(unwanted) and unwanted else query

    def _one_of(self, each: Alternatives) -> str:
        found = [f'"{one}"' for one in each.terms]
        found += [one for beginning in each.beginnings for one in self._beginning(beginning)]
        return f"({' OR '.join(dict.fromkeys(found))})" if found else ""

    def _beginning(self, beginning: str) -> Sequence[str]:
        """Return what together stands for all terms that begin so."""
        known = beginning_term(beginning)
        if known is not None:
            return f'"{beginning}"', f'"{known}"'
        if beginning not in self._begun:
            self._begun[beginning] = self._words(beginning)
        return self._begun[beginning]

    def _words(self, beginning: str) -> Sequence[str]:
        asked = {"beginning": beginning, "past": beginning + _PAST_ALL, "most": MOST_ALIKE + 1}
        found = self._session.scalars(_WORDS, asked).all()
        if len(found) > MOST_ALIKE:
            return (f'"{beginning}"*',)
        return [f'"{one}"' for one in found]


def _as_tsquery(condition: Condition) -> str:
    """Return a condition as PostgreSQL's `tsquery` has it."""
    wanted = " & ".join(_parts(condition))
    if not condition.none_of:
        return wanted
    return f"{wanted} & !({' & '.join(map(_part, condition.none_of))})"


def _parts(condition: Condition) -> list[str]:
    """Return what must be met, one by one, by which the function tells rare from common."""
    return [_part(each) for each in condition.all_of]


def _part(each: Alternatives) -> str:
    found = [f"'{one}'" for one in each.terms] + [f"'{one}':*" for one in each.beginnings]
    return f"({' | '.join(found)})"
