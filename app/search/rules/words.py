"""What a word is, in any script, and the one form in which two words are compared.

Texts and queries go through the same two steps. Split: letters, their marks and digits make words,
everything else parts them. Fold: compatibility forms, capitals, accents of Latin, Greek and
Cyrillic letters, and the vowel points of Arabic and Hebrew make no difference. Chinese, Japanese,
Korean, Thai, Lao, Khmer and Burmese, which leave out the blanks between words or may, are cut into
pairs of characters.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

# As much of a word as is told apart.
LONGEST_WORD: Final = 40


class Token(NamedTuple):
    """A word where it stands: `text[start:end]`, and its folded form."""

    start: int
    end: int
    word: str


def _ranges(signs: Iterable[int]) -> str:
    """Return code points in a row as ranges of a regular expression's character class."""
    found: list[list[int]] = []
    for sign in signs:
        if found and sign == found[-1][1] + 1:
            found[-1][1] = sign
        else:
            found.append([sign, sign])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in found)


# Vowel signs of Indian scripts and the like are marks, which \w leaves out.
_MARKS = _ranges(sign for sign in range(0x300, 0xFE30) if unicodedata.category(chr(sign))[0] == "M")
_WORD = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
_ASCII_WORD = re.compile("[a-z0-9]+")
_DROPPED = re.compile(
    "[\u0300-\u036f"  # accents
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0640\u064b-\u065f\u0670]"  # Arabic vowels, and the stroke that stretches a word
)
# Letters that are no other letter with an accent, yet are written as these where they are missing.
_SIMPLER = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "\u0131": "i",
    }
)
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN = re.compile(rf"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")


def fold(word: str) -> str:
    """Return the form in which a word is compared."""
    if word.isascii():
        return word.lower()
    bare = _DROPPED.sub("", unicodedata.normalize("NFKD", word.casefold()))
    folded = unicodedata.normalize("NFKC", bare).casefold().translate(_SIMPLER)
    # A compatibility form may hold what is no letter: a fraction its stroke, a unit its full stop.
    return "".join(_WORD.findall(folded))


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a text where they stand; of scripts without blanks, whole runs."""
    for found in _WORD.finditer(text):
        for run in _RUN.finditer(found[0]):
            word = fold(run[0])
            if word:
                yield Token(found.start() + run.start(), found.start() + run.end(), word)


def is_unspaced(word: str) -> bool:
    """Whether a folded word is a run of a script that is cut into pairs."""
    return _IS_UNSPACED.match(word) is not None


def pairs(run: str) -> list[str]:
    """Return the pairs of characters that a run is cut into, itself where it is one character."""
    return ["".join(pair) for pair in pairwise(run)] or [run]


def indexed_words(text: str) -> Iterator[str]:
    """Yield what a text is found by.

    A run's last character stands for itself, so that looking for what begins with a character
    finds it at the end too.
    """
    if text.isascii():
        # What is below comes to the same, and takes five times as long.
        yield from (word[:LONGEST_WORD] for word in _ASCII_WORD.findall(text.lower()))
        return
    for _, _, word in tokens(text):
        if is_unspaced(word):
            yield from pairs(word)
            yield word[-1]
        else:
            yield word[:LONGEST_WORD]


def joined_words(name: str) -> Iterator[str]:
    """Yield the parts of a name that are written in one as often: O'Brien, Jean-Luc."""
    for part in name.split():
        found = [token.word for token in tokens(part)]
        if len(found) > 1 and not any(map(is_unspaced, found)):
            yield "".join(found)[:LONGEST_WORD]


def one_left_out(word: str) -> set[str]:
    """Return the word with each one of its characters left out.

    Two words one slip apart (a letter missing, added, another, or two exchanged) are equal, or
    equal after one was left out of either: so they are found by equality alone, however many words
    there are.
    """
    return {word[:at] + word[at + 1 :] for at in range(len(word))}
