"""The terms by which a text stands in the full-text index.

A term is the organization's mark, the field's letter and a word: `3f9c1nmaria`. With the
organization in front, one tenant's postings are its own in either store's index, so that a search
never reads past another's; with the field in the term, looking into some fields alone costs nothing
but the term.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from app.search.rules.words import indexed_words, is_unspaced, joined_words, one_left_out

# A text has at most so many different terms, and is looked at so far: signatures, logs and lists
# that are pasted into a mail are no reason to find it.
MOST_TERMS: Final = 2000
MOST_CHARACTERS: Final = 50_000
LEAST_MISSPELT: Final = 4
# What begins so is looked for from so many letters on; of scripts without blanks, from one.
LEAST_BEGINNING: Final = 2
_LONGEST_MISSPELT: Final = 20
_MARK_LENGTH: Final = 5
_EPOCH: Final = datetime(1900, 1, 1, tzinfo=UTC)
# What is left of 63 bits beside the milliseconds of some centuries.
RANDOM_BITS: Final = 19


class Source(StrEnum):
    """What a text is of: one row of the index each."""

    PROFILE = "profile"
    ADVICE = "advice"
    FOLLOW_UP = "follow_up"


class Field(StrEnum):
    """A part of a text; its letter stands in the term."""

    NAME = "n"
    # Names with one character left out.
    MISSPELT = "d"
    ADDRESS = "a"
    TAG = "t"
    ADVICE = "v"
    FOLLOW_UP = "f"
    # Whose advice or follow-up it is: `maria steakhouse` finds what Maria wrote of the steakhouse.
    WHO = "w"
    # Before the letter of a field of profiles: how a word of it begins.
    BEGINNING = "x"


# Of these fields SQLite's index has the beginnings of each word too.
_BEGUN: Final = frozenset((Field.NAME, Field.ADDRESS, Field.TAG))


class Profile(NamedTuple):
    """What a candidate is found by; `addresses` are e-mail, telephone and place."""

    candidate_id: UUID
    full_name: str
    addresses: tuple[str, ...]
    tags: tuple[str, ...]
    at: datetime


class Text(NamedTuple):
    """A piece of advice or a follow-up, and whose it is."""

    source: Source
    subject_id: UUID
    candidate_id: UUID
    full_name: str
    text: str
    at: datetime


def mark_of(organization_id: UUID) -> str:
    """Return what an organization's terms begin with: 20 bits of its id.

    Where two organizations have the same, one's rows are found and left out for the other.
    """
    return organization_id.hex[-_MARK_LENGTH:]


def term(mark: str, field: Field, word: str) -> str:
    """Return the term of a word in a field."""
    return f"{mark}{field}{word}"


def profile_terms(mark: str, profile: Profile) -> list[str]:
    """Return the terms of a candidate's own row, sorted."""
    names = {*indexed_words(profile.full_name), *joined_words(profile.full_name)}
    found = [
        *((Field.NAME, word) for word in names),
        *(
            (Field.MISSPELT, key)
            for word in names
            if may_be_misspelt(word)
            for key in one_left_out(word)
        ),
        *((Field.ADDRESS, word) for text in profile.addresses for word in indexed_words(text)),
        *((Field.TAG, word) for text in profile.tags for word in indexed_words(text)),
    ]
    return _sorted(mark, found)


def text_terms(mark: str, text: Text) -> list[str]:
    """Return the terms of a piece of advice or a follow-up, sorted."""
    field = Field.ADVICE if text.source is Source.ADVICE else Field.FOLLOW_UP
    return _sorted(
        mark,
        [
            *((Field.WHO, word) for word in indexed_words(text.full_name)),
            *((field, word) for word in indexed_words(text.text[:MOST_CHARACTERS])),
        ],
    )


def renamed(mark: str, terms: Iterable[str], full_name: str) -> list[str]:
    """Return the terms of a text of somebody whose name has changed."""
    who = term(mark, Field.WHO, "")
    kept = {one for one in terms if not one.startswith(who)}
    return sorted(kept | {who + word for word in indexed_words(full_name)})


def retagged(mark: str, terms: Iterable[str], tags: Iterable[str]) -> list[str]:
    """Return the terms of a profile of which the tags have changed."""
    tag = term(mark, Field.TAG, "")
    kept = {one for one in terms if not one.startswith(tag)}
    return sorted(kept | {tag + word for text in tags for word in indexed_words(text)})


def as_indexed(terms: Iterable[str]) -> str:
    """Return what SQLite's index is told of a row: its terms, and how words of a profile begin.

    It reads the rows of one term newest first, as far as they are wanted; of what merely begins so
    it gathers all there are before it gives the first.
    """
    terms = list(terms)
    return " ".join((*terms, *sorted(set(_beginnings(terms)))))


def beginning_term(beginning: str) -> str | None:
    """Return the term that stands in SQLite's index for longer ones that begin so, if one does."""
    mark, field, word = _parts(beginning)
    return f"{mark}{Field.BEGINNING}{field}{word}" if field in _BEGUN else None


def _beginnings(terms: Iterable[str]) -> Iterator[str]:
    for one in terms:
        if one[_MARK_LENGTH] in _BEGUN:
            mark, field, word = _parts(one)
            least = 1 if is_unspaced(word) else LEAST_BEGINNING
            begun = f"{mark}{Field.BEGINNING}{field}"
            yield from (begun + word[:length] for length in range(least, len(word)))


def _parts(one: str) -> tuple[str, str, str]:
    return one[:_MARK_LENGTH], one[_MARK_LENGTH], one[_MARK_LENGTH + 1 :]


def may_be_misspelt(word: str) -> bool:
    """Whether a name is long enough that one slip in it still leaves it that name."""
    return LEAST_MISSPELT <= len(word) <= _LONGEST_MISSPELT and not is_unspaced(word)


def number_at(at: datetime, random: int) -> int:
    """Return a row's number: the later `at`, the greater; texts of one millisecond stand anyhow.

    Milliseconds since 1900, and below them RANDOM_BITS of `random`.
    """
    milliseconds = max((at - _EPOCH) // timedelta(milliseconds=1), 0)
    return (milliseconds << RANDOM_BITS) | (random & ((1 << RANDOM_BITS) - 1))


def follow_up_text(subject: str | None, body: str | None, milestones: Iterable[str | None]) -> str:
    """Return what of a follow-up is searched: also the titles and quotes of its milestones."""
    return "\n".join(filter(None, (subject, body, *milestones)))


def _sorted(mark: str, found: Iterable[tuple[Field, str]]) -> list[str]:
    different: Iterator[tuple[Field, str]] = iter(dict.fromkeys(found))
    return sorted(term(mark, field, word) for field, word in islice(different, MOST_TERMS))
