"""What a query asks for, as terms that must, may and must not stand in a row.

Rows are looked for tier by tier: who is named so; then who is so by name and addresses; tags;
advice; follow-ups; and last whose name is but one slip away.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from app.search.rules.terms import LEAST_BEGINNING, Field, Source, may_be_misspelt, term
from app.search.rules.words import (
    LONGEST_WORD,
    is_unspaced,
    one_left_out,
    pairs,
    tokens,
)

MOST_WORDS: Final = 12
# Each word that may be misspelt is looked for by some twenty terms.
_MOST_MISSPELT: Final = 4
# In texts a shorter one is the beginning of too many words.
_LEAST_BEGINNING_OF_TEXT: Final = 4
_LEAST_SLIPPED: Final = 3
_TELEPHONE: Final = re.compile(r"\+?[0-9 ()/.\-\u2010-\u2013]+")
_LEAST_TELEPHONE: Final = 7


class Word(NamedTuple):
    """A word that is looked for; the last may be the beginning of one.

    `number` are the digits of the telephone number that it is a part of: kept as one word.
    """

    text: str
    begins: bool = False
    number: str = ""


class Alternatives(NamedTuple):
    """Terms of which one must stand in a row; of `beginnings`, one that begins so."""

    terms: tuple[str, ...]
    beginnings: tuple[str, ...] = ()


class Condition(NamedTuple):
    """Every one of `all_of`, and not at once every one of `none_of`."""

    all_of: tuple[Alternatives, ...]
    none_of: tuple[Alternatives, ...] = ()


class Tier(NamedTuple):
    """One kind of find: the rows that it looks at, and what must stand in them."""

    source: Source
    condition: Condition
    misspelt: bool = False


def asked_words(text: str) -> tuple[Word, ...]:
    """Return the words of a query, none twice, in their order."""
    found: list[Word] = []
    ends = len(text.rstrip())
    for token in tokens(text):
        if is_unspaced(token.word):
            parts = pairs(token.word)
            found += [Word(part, begins=len(part) == 1) for part in parts]
        else:
            last = token.end == ends
            found.append(Word(token.word[:LONGEST_WORD], begins=last))
    number = _telephone(text.strip()) if len(found) > 1 else ""
    return tuple(dict.fromkeys(word._replace(number=number) for word in found))


def _telephone(text: str) -> str:
    """Return the digits of a query that may be a telephone number, nothing of another."""
    digits = re.sub("[^0-9]", "", text)
    is_number = _TELEPHONE.fullmatch(text) is not None and len(digits) >= _LEAST_TELEPHONE
    return digits[:LONGEST_WORD] if is_number else ""


def tiers(mark: str, words: Sequence[Word]) -> tuple[Tier, ...]:
    """Return the tiers of a query, the best first; a candidate stands in the first that fits."""
    named = _all_in(mark, words, (Field.NAME,))
    reached = _all_in(mark, words, (Field.NAME, Field.ADDRESS))
    tagged = _all_in(mark, words, (Field.NAME, Field.ADDRESS, Field.TAG))
    found = [
        Tier(Source.PROFILE, Condition(named)),
        Tier(Source.PROFILE, Condition(reached, named)),
        Tier(Source.PROFILE, Condition(tagged, reached)),
        Tier(Source.ADVICE, _of_text(mark, words, Field.ADVICE)),
        Tier(Source.FOLLOW_UP, _of_text(mark, words, Field.FOLLOW_UP)),
    ]
    if len(words) <= _MOST_MISSPELT and any(_may_slip(word.text) for word in words):
        slipped = tuple(_misspelt(mark, word) for word in words)
        found.append(Tier(Source.PROFILE, Condition(slipped, tagged), misspelt=True))
    return tuple(found)


def name_tiers(mark: str, full_name: str) -> tuple[Tier, ...]:
    """Return the tiers of who is called so, word by word, and of whose name is but a slip away."""
    words = tuple(
        word._replace(begins=word.begins and is_unspaced(word.text), number="")
        for word in asked_words(full_name)[:MOST_WORDS]
    )
    if not words:
        return ()
    called = Tier(Source.PROFILE, Condition(_all_in(mark, words, (Field.NAME,))))
    if len(words) > _MOST_MISSPELT or not any(_may_slip(word.text) for word in words):
        return (called,)
    slipped = Condition(tuple(_misspelt(mark, word) for word in words), called.condition.all_of)
    return called, Tier(Source.PROFILE, slipped, misspelt=True)


def _all_in(mark: str, words: Sequence[Word], fields: Sequence[Field]) -> tuple[Alternatives, ...]:
    return tuple(_one_of(mark, word, fields) for word in words)


def _one_of(mark: str, word: Word, fields: Sequence[Field]) -> Alternatives:
    spelled = tuple(term(mark, field, word.text) for field in fields)
    least = (
        _LEAST_BEGINNING_OF_TEXT
        if {Field.ADVICE, Field.FOLLOW_UP} & set(fields)
        else LEAST_BEGINNING
    )
    begins = word.begins and (len(word.text) >= least or is_unspaced(word.text))
    number = (
        (term(mark, Field.ADDRESS, word.number),) if word.number and Field.ADDRESS in fields else ()
    )
    return Alternatives((), (*spelled, *number)) if begins else Alternatives(spelled, number)


def _of_text(mark: str, words: Sequence[Word], field: Field) -> Condition:
    """Every word in the text or in the name of whose it is, and one of them in the text."""
    if len(words) == 1:
        return Condition(_all_in(mark, words, (field,)))
    each = _all_in(mark, words, (field, Field.WHO))
    in_text = _all_in(mark, words, (field,))
    some = Alternatives(
        tuple(one for alternatives in in_text for one in alternatives.terms),
        tuple(one for alternatives in in_text for one in alternatives.beginnings),
    )
    return Condition((*each, some))


def _misspelt(mark: str, word: Word) -> Alternatives:
    exact = _one_of(mark, word, (Field.NAME,))
    if not _may_slip(word.text):
        return exact
    alike = (word.text, *sorted(one_left_out(word.text)))
    fields = (Field.NAME, Field.MISSPELT)
    return Alternatives(
        tuple(term(mark, field, one) for one in alike for field in fields), exact.beginnings
    )


def _may_slip(word: str) -> bool:
    return may_be_misspelt(word) or (len(word) == _LEAST_SLIPPED and not is_unspaced(word))


def fits(condition: Condition, terms: str) -> bool:
    """Whether a row with these terms, each between blanks, is asked for."""

    def stands(one_of: Alternatives) -> bool:
        # Hundreds of rows may be looked at: a term is found in a text sooner than in a list.
        if any(f" {one} " in terms for one in one_of.terms):
            return True
        return any(f" {one}" in terms for one in one_of.beginnings)

    if not all(map(stands, condition.all_of)):
        return False
    return not condition.none_of or not all(map(stands, condition.none_of))


def names_alike(mark: str, words: Sequence[Word], terms: str) -> bool:
    """Whether each word is a name of the row with these terms, or one slip away from one.

    Being equal after one letter was left out of either is not enough: two slips may do that too.
    """
    prefix = term(mark, Field.NAME, "")
    names = [one.removeprefix(prefix) for one in terms.split() if one.startswith(prefix)]
    return all(any(_alike(word, name) for name in names) for word in words)


def _alike(word: Word, name: str) -> bool:
    if word.text == name or (word.begins and name.startswith(word.text)):
        return True
    return may_be_misspelt(name) and OSA.distance(word.text, name, score_cutoff=1) <= 1
