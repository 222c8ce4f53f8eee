"""Who may be the same person, and why. Pure.

An index nominates; what is thought of the two is thought here. One address, telephone number or
long external id is enough; a name is enough beside a hint: many names are somebody else's too.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple
from uuid import UUID

from rapidfuzz import fuzz

from app.external_ids.rules import Name
from app.search.rules.words import tokens

ReasonKind = Literal["address", "phone", "external_id", "name", "location", "mailbox", "position"]
# Of 100: one slip in a name of eight letters.
LEAST_LIKENESS: Final = 87.0
# A shorter id of another system's is a number that any system may give.
LEAST_ID: Final = 8
# A shorter part before the @, such as `me` or `hr`, says nothing of whose it is.
LEAST_MAILBOX: Final = 5
_WEIGHTS: Final[dict[ReasonKind, int]] = {
    "address": 8,
    "phone": 6,
    "external_id": 6,
    "name": 4,
    "mailbox": 2,
    "position": 1,
    "location": 1,
}


class Profile(NamedTuple):
    """What a candidate is recognised by; addresses folded, telephone numbers as they are kept."""

    full_name: str
    location: str | None
    addresses: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    external_ids: frozenset[Name] = frozenset()
    position_ids: frozenset[UUID] = frozenset()


class Reason(NamedTuple):
    """Why two may be one: what they share, of a name the other's."""

    kind: ReasonKind
    value: str


def reasons(own: Profile, other: Profile) -> tuple[Reason, ...]:
    """Return why the other may be the same person, the strongest first; nothing where not."""
    strong = (
        *_all("address", own.addresses & other.addresses),
        *_all("phone", own.phones & other.phones),
        *_all("external_id", map(_written, _same_ids(own, other))),
    )
    named = names_near(own.full_name, other.full_name)
    hints = (
        *_all("mailbox", _mailboxes(own, other) & _mailboxes(other, own)),
        *_all("position", map(str, own.position_ids & other.position_ids)),
        *_all("location", _same_place(own, other)),
    )
    if not strong and not (named and hints):
        return ()
    return (*strong, *_all("name", [other.full_name] if named else []), *hints)


def strength(found: Iterable[Reason]) -> int:
    """Return how much speaks for it: by this the likely come first. Kinds count once."""
    return sum(_WEIGHTS[kind] for kind in {reason.kind for reason in found})


def in_order(one: UUID, other: UUID) -> tuple[UUID, UUID]:
    """Return both as they are kept where it does not matter who is named first."""
    return (one, other) if one < other else (other, one)


def names_near(one: str, other: str) -> bool:
    """Whether two names are the same but for case, accents, the order of words and a slip."""
    folded = [" ".join(token.word for token in tokens(name)) for name in (one, other)]
    return all(folded) and fuzz.token_sort_ratio(*folded) >= LEAST_LIKENESS


def _all(kind: ReasonKind, values: Iterable[str]) -> Iterable[Reason]:
    return (Reason(kind, value) for value in sorted(values))


def _same_ids(own: Profile, other: Profile) -> set[Name]:
    """Return the other's ids that another source has given to the first as well."""
    return {
        name
        for name in other.external_ids
        if len(name.id) >= LEAST_ID
        and any(
            (each.type, each.id) == (name.type, name.id) and each.source != name.source
            for each in own.external_ids
        )
    }


def _written(name: Name) -> str:
    return f"{name.source}:{name.type}:{name.id}"


def _mailboxes(profile: Profile, other: Profile) -> set[str]:
    parts = (address.rpartition("@")[0] for address in profile.addresses - other.addresses)
    return {part for part in parts if len(part) >= LEAST_MAILBOX}


def _same_place(own: Profile, other: Profile) -> list[str]:
    places = [[token.word for token in tokens(one.location or "")] for one in (own, other)]
    return [other.location or ""] if places[0] and places[0] == places[1] else []
