"""Words, terms, and what of a text is shown."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.models.search import packed, told, unpacked
from app.search.rules.asked import Word, asked_words, fits, names_alike, tiers
from app.search.rules.snippets import _spans, _spans_of_tokens, excerpt, marked
from app.search.rules.terms import (
    MOST_TERMS,
    Profile,
    Source,
    Text,
    mark_of,
    number_at,
    profile_terms,
    renamed,
    text_terms,
)
from app.search.rules.words import fold, indexed_words, tokens
from tests.letters import LETTERS, TEXT

AT = datetime(2019, 5, 13, 9, tzinfo=UTC)
ID = uuid.UUID(int=0x12345)
MARK = "12345"


def between_blanks(terms: Iterable[str]) -> str:
    return f" {' '.join(terms)} "


def profile(name: str) -> str:
    return between_blanks(profile_terms(MARK, Profile(ID, name, (), (), AT)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sam Porter", ["sam", "porter"]),
        ("ÅNGSTRÖM, Straße; Łódź", ["angstrom", "strasse", "lodz"]),
        ("sam@mail.example", ["sam", "mail", "example"]),
        ("Sterling's", ["sterling", "s"]),
        ("東京都", ["東京", "京都", "都"]),
        ("東", ["東", "東"]),
        ("ＡＢＣ½", ["abc12"]),
        ("हिन्दी", ["हिन्दी"]),
        ("שָׁלוֹם مُحَمَّد", ["שלום", "محمد"]),
        ("Ελλάς", ["ελλασ"]),
        ("東京Tower2", ["東京", "京", "tower2"]),
        ("… --- !", []),
    ],
)
def test_a_text_is_found_by_its_words(text: str, words: list[str]) -> None:
    assert list(indexed_words(text)) == words


@given(st.text(st.characters(max_codepoint=127)))
def test_a_text_without_accents_has_the_words_that_any_text_has(text: str) -> None:
    # Beside a letter that is no ASCII the text is read as any other is.
    assert [*indexed_words(text), "e"] == list(indexed_words(text + " é"))


@given(TEXT)
@example("Straße½ ǅ ﬁ İ")
def test_a_folded_word_stays_as_it_is(text: str) -> None:
    for start, end, word in tokens(text):
        assert fold(word) == word
        assert 0 <= start < end <= len(text)
        # Either index takes a term for one word, whatever was typed.
        assert not any(sign.isspace() or sign in "\"'\\*:&|!()" for sign in word)


@given(st.lists(st.text(LETTERS, min_size=1), min_size=1, max_size=4).map(" ".join))
def test_what_is_written_is_found_by_what_is_written(text: str) -> None:
    words = asked_words(text)
    if not words:
        return
    terms = between_blanks(text_terms(MARK, Text(Source.FOLLOW_UP, ID, ID, "Sam", text, AT)))
    (follow_ups,) = [one for one in tiers(MARK, words) if one.source is Source.FOLLOW_UP]
    assert fits(follow_ups.condition, terms)


@pytest.mark.parametrize(
    ("q", "name", "alike"),
    [
        ("jonson", "Johnson", True),
        ("johnsson", "Johnson", True),
        ("jobnson", "Johnson", True),
        ("jhonson", "Johnson", True),
        ("ohnson", "Johnson", True),
        ("jnson", "Johnson", False),
        ("ana", "Anna", True),
        ("lee", "Lea", False),
        ("sam jonson", "Sam Johnson", True),
        ("max jonson", "Sam Johnson", False),
    ],
)
def test_a_name_is_found_through_one_slip(q: str, name: str, *, alike: bool) -> None:
    words, terms = asked_words(q), profile(name)
    misspelt = [one for one in tiers(MARK, words) if one.misspelt]
    found = any(fits(one.condition, terms) for one in misspelt)
    assert (found and names_alike(MARK, words, terms)) is alike


def test_the_last_word_may_be_the_beginning_of_one() -> None:
    assert asked_words("sam por") == (Word("sam"), Word("por", begins=True))
    assert asked_words("sam por.") == (Word("sam"), Word("por"))
    terms = profile("Sam Porter")
    fitting = {
        q: fits(tiers(MARK, asked_words(q))[0].condition, terms)
        for q in ("sam por", "po", "p", "sa por", "porter sam")
    }
    assert fitting == {"sam por": True, "po": True, "p": False, "sa por": False, "porter sam": True}


def test_a_telephone_number_is_found_however_it_is_grouped() -> None:
    plain = Profile(ID, "Sam", ("sam@x.example", "01715550100"), (), AT)
    terms = between_blanks(profile_terms(MARK, plain))
    fitting = {
        q: fits(tiers(MARK, asked_words(q))[1].condition, terms)
        for q in (
            "0171 555-0100",
            "(0171) 5550100",
            "0171 5550",
            "0171 5550101",
            "sam 0171 5550100",
        )
    }
    assert list(fitting.values()) == [True, True, True, False, False]
    assert marked("01715550100", asked_words("0171 555-0100")) == [("01715550100", True)]


def test_a_row_has_a_bounded_number_of_terms() -> None:
    text = Text(Source.FOLLOW_UP, ID, ID, "Sam", " ".join(map(str, range(9000))), AT)
    terms = text_terms(MARK, text)
    assert len(terms) == MOST_TERMS
    assert f"{MARK}wsam" in terms
    assert f"{MARK}wkim" in renamed(MARK, terms, "Kim")
    assert f"{MARK}wsam" not in renamed(MARK, terms, "Kim")


def test_a_later_text_has_a_greater_number() -> None:
    assert mark_of(ID) == MARK
    times = [datetime(1900, 1, 1, tzinfo=UTC), AT, AT + timedelta(milliseconds=1)]
    times.append(datetime(2200, 12, 31, tzinfo=UTC))
    numbers = [number_at(at, random) for at in times for random in (0, 2**19 - 1)]
    assert numbers == sorted(numbers)
    assert 0 <= numbers[0] <= numbers[-1] < 2**63


def brackets(text: str, q: str, *, misspelt: bool = False, whole: bool = True) -> str:
    words = asked_words(q)
    pieces = marked(text, words, misspelt=misspelt) if whole else excerpt(text, words)
    return "".join(f"[{piece.text}]" if piece.hit else piece.text for piece in pieces)


def test_what_was_looked_for_is_marked() -> None:
    assert brackets("Zoë Müller", "mull") == "Zoë [Müller]"
    assert brackets("我住在東京都。", "京都") == "我住在東[京都]。"
    assert brackets("Sam Johnson", "jonson") == "Sam Johnson"
    assert brackets("Sam Johnson", "jonson", misspelt=True) == "Sam [Johnson]"
    assert brackets("<b>Sam</b>", "sam") == "<b>[Sam]</b>"
    long = "word " * 100 + "I work at a steakhouse now. " + "word " * 100
    shown = brackets(long, "steakhouse", whole=False)
    assert "I work at a [steakhouse] now." in shown
    assert shown.startswith("…word ")
    assert shown.endswith(" word…")
    assert len(shown) < 250


@given(TEXT, TEXT)
def test_marking_changes_nothing_of_the_text(text: str, q: str) -> None:
    assert "".join(piece.text for piece in marked(text, asked_words(q))) == text


@given(st.sets(st.text(LETTERS, min_size=1), min_size=1, max_size=6))
@example({"a"})
@example({"a", "ab", "abc"})
def test_terms_are_unpacked_as_they_were_packed(words: set[str]) -> None:
    found = {word for text in words for word in indexed_words(text)}
    terms = sorted(f"{MARK}f{word}" for word in found)
    assert unpacked(packed(terms)) == terms
    assert told(packed(terms)).split() == told(" ".join(terms)).split() == terms


@given(st.text("abAB01 .-_'", max_size=30), st.text("abAB01 .-_'é東", max_size=12).map(asked_words))
@example("a-ab A_b 0101", asked_words("01 0101010"))
def test_words_are_marked_in_ascii_as_in_any_text(text: str, words: tuple[Word, ...]) -> None:
    if not words:
        return
    spans = [list(find(text, words, misspelt=False)) for find in (_spans, _spans_of_tokens)]
    assert spans[0] == spans[1]
