"""What of a text is shown: the words that were found, marked, and some of what stands around."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from rapidfuzz.distance import OSA

from app.search.rules.asked import Word
from app.search.rules.terms import may_be_misspelt
from app.search.rules.words import is_unspaced, tokens

# Characters before the first word found, and of the whole excerpt.
_BEFORE: Final = 60
_LONGEST: Final = 240
_ELLIPSIS: Final = "…"


class Piece(NamedTuple):
    """A part of a text; `hit`: it is what was looked for."""

    text: str
    hit: bool


class Hit(NamedTuple):
    """Where words were found; `id` and `at` are those of advice and follow-ups."""

    field: str
    id: UUID | None
    at: datetime | None
    snippet: list[Piece]


def profile_hits(
    fields: Iterable[tuple[str, str]], words: Sequence[Word], *, misspelt: bool = False
) -> list[Hit]:
    """Return which of a candidate's own (field, text) hold one of the words, whole and marked.

    `misspelt`: names one slip away from a word hold it too.
    """
    hits = []
    for field, text in fields:
        pieces = marked(text, words, misspelt=misspelt and field == "full_name")
        if any(piece.hit for piece in pieces):
            hits.append(Hit(field, None, None, pieces))
    return hits


def marked(text: str, words: Sequence[Word], *, misspelt: bool = False) -> list[Piece]:
    """Return the whole text in pieces; no piece is a hit where nothing is found.

    `misspelt`: also words that are one slip away.
    """
    return _pieces(text, list(_spans(text, words, misspelt=misspelt)), 0, len(text))


def excerpt(text: str, words: Sequence[Word]) -> list[Piece]:
    """Return what stands around the first hit, with an ellipsis where something is left out."""
    spans = list(_spans(text, words, misspelt=False))
    first = spans[0][0] if spans else 0
    start = 0 if first <= _BEFORE else _word_start(text, first - _BEFORE, first)
    end = min(start + _LONGEST, len(text))
    if end < len(text):
        end = _word_end(text, end, start)
    pieces = _pieces(text, spans, start, end)
    if start:
        pieces.insert(0, Piece(_ELLIPSIS, hit=False))
    if end < len(text):
        pieces.append(Piece(_ELLIPSIS, hit=False))
    return pieces


def _spans(text: str, words: Sequence[Word], *, misspelt: bool) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each hit, in order, none overlapping another."""
    if text.isascii() and not misspelt:
        # What is below comes to the same, and takes twenty times as long.
        yield from (found.span() for found in _in_ascii(tuple(words)).finditer(text.lower()))
        return
    yield from _spans_of_tokens(text, words, misspelt=misspelt)


@lru_cache(maxsize=64)
def _in_ascii(words: tuple[Word, ...]) -> re.Pattern[str]:
    """Return what finds the words in a text of ASCII in small letters."""
    begun = [word.number for word in words if word.number]
    begun += [word.text for word in words if word.begins]
    whole = [word.text for word in words if not word.begins]
    # Words hold letters, marks and digits alone: none means anything else in a pattern.
    either = [f"{one}[a-z0-9]*" for one in begun] + [f"{one}(?![a-z0-9])" for one in whole]
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(either)})")


def _spans_of_tokens(
    text: str, words: Sequence[Word], *, misspelt: bool
) -> Iterator[tuple[int, int]]:
    for token in tokens(text):
        if is_unspaced(token.word):
            yield from _in_run(token.start, text[token.start : token.end], token.word, words)
        elif any(_is_meant(word, token.word, misspelt=misspelt) for word in words):
            yield token.start, token.end


def _is_meant(word: Word, there: str, *, misspelt: bool) -> bool:
    if word.text == there or (word.begins and there.startswith(word.text)):
        return True
    if word.number and there.startswith(word.number):
        return True
    return misspelt and may_be_misspelt(there) and OSA.distance(word.text, there) <= 1


def _in_run(
    start: int, written: str, folded: str, words: Sequence[Word]
) -> Iterator[tuple[int, int]]:
    """Mark the characters of a run that are part of a pair looked for."""
    wanted = [word.text for word in words if is_unspaced(word.text)]
    if len(written) != len(folded):
        # Folding has changed how many there are: which is which cannot be told.
        if any(one in folded for one in wanted):
            yield start, start + len(written)
        return
    hit = [False] * len(folded)
    for one in wanted:
        at = folded.find(one)
        while at >= 0:
            hit[at : at + len(one)] = [True] * len(one)
            at = folded.find(one, at + 1)
    begun: int | None = None
    for at, is_hit in enumerate([*hit, False]):
        if is_hit and begun is None:
            begun = at
        elif not is_hit and begun is not None:
            yield start + begun, start + at
            begun = None


def _pieces(text: str, spans: Sequence[tuple[int, int]], start: int, end: int) -> list[Piece]:
    found, at = [], start
    for first, last in spans:
        if first < at or last > end:
            continue
        found += [Piece(text[at:first], hit=False), Piece(text[first:last], hit=True)]
        at = last
    found.append(Piece(text[at:end], hit=False))
    return [piece for piece in found if piece.text]


def _word_start(text: str, at: int, first: int) -> int:
    """Return where the next word begins, not after `first`."""
    blank = text.find(" ", at, first)
    return blank + 1 if blank >= 0 else at


def _word_end(text: str, at: int, start: int) -> int:
    """Return where the last whole word before `at` ends."""
    blank = text.rfind(" ", start, at)
    return blank if blank > start else at
