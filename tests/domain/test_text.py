"""Texts made comparable."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.text import digest, is_near, normalised


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_form_and_white_space_make_no_difference(text: str) -> None:
    assert normalised(unicodedata.normalize("NFD", text)) == normalised(text)
    assert normalised(f"\n {text}\u00a0\u200b") == normalised(text)
    assert is_near(text, f" {text}\n")


def test_nearly_the_same_words_are_near_and_other_words_are_not() -> None:
    words = " ".join(f"word{number}" for number in range(20))
    assert is_near(words, words.upper())
    assert is_near(words, words.replace(" ", ", ") + "!")
    assert is_near(f"3 {words}", f"7 {words}")
    assert not is_near(words, words.replace("word1", "other"))
    assert not is_near("", "words")


PIECES = st.lists(st.text(alphabet="ab", max_size=3), min_size=1, max_size=4)


@settings(max_examples=100, deadline=None)
@given(PIECES, PIECES)
def test_different_pieces_have_different_digests(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)
