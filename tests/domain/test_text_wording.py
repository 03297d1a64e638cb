"""What a post says in words of its own, and whether two say the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.text import LONGEST, are_near, is_part, may_be_near, may_be_part, minhash, plain, signature, words
from tests.harness.table import each_of

CALL = "We stand with the jailed union leaders of Belarus and will not forget a single one of them, today or ever"


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(CALL.upper(), id="capitals"),
        pytest.param(f"{CALL}!!! 🎉🎉 — ", id="signs"),
        pytest.param(
            f"@ana@one.example @Bob {CALL} #FreeThem #Свабода https://a.example/x?y=1 www.b.example", id="names"
        ),
        pytest.param(CALL.replace("e", "e\u200b").replace("leaders", "\u202eleaders\u202c"), id="hidden letters"),
        pytest.param(CALL.replace(" ", "\u00a0\n"), id="spaces"),
        pytest.param("".join(chr(ord(letter) + 0xFEE0) if letter.isalpha() else letter for letter in CALL), id="width"),
    ],
)
def test_what_is_not_a_word_makes_no_difference(same: str) -> None:
    assert words(same) == words(CALL)


def test_other_words_do() -> None:
    assert words(CALL) != words(CALL.replace("union", "onion"))
    assert not are_near(frozenset(words(CALL)), frozenset(words("Something else was said here by somebody else")))


def test_nearly_the_same_words_are_near_and_have_a_row_in_common() -> None:
    said = words(CALL)
    for place in range(len(said)):
        other = (*said[:place], "changed", *said[place + 1 :])
        assert are_near(frozenset(said), frozenset(other))
    in_common = [
        not set(minhash(said)).isdisjoint(minhash((*said[:place], "changed", *said[place + 1 :])))
        for place in range(len(said))
    ]
    assert in_common.count(True) >= 0.8 * len(said)


def test_a_short_text_tells_nothing() -> None:
    assert minhash(words("Solidarity! Free them #all")) == ()
    assert not are_near(frozenset(), frozenset())
    assert not is_part(frozenset(words("Free them all")), frozenset(words(CALL)))


def test_the_beginning_of_a_text_is_part_of_it() -> None:
    said = words(CALL)
    assert is_part(frozenset(said[:12]), frozenset(said))
    assert not is_part(frozenset((*said[:6], "one", "two", "three", "four")), frozenset(said))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 400), st.lists(st.integers(0, 420), max_size=30), st.lists(st.integers(0, 420), max_size=30))
def test_a_signature_never_hides_what_is_near(size: int, left_out: list[int], more: list[int]) -> None:
    one = " ".join(f"word{number}" for number in range(size))
    other = " ".join(f"word{number}" for number in {*range(size), *more} - {*left_out})
    vocabularies = frozenset(words(one)), frozenset(words(other))
    signatures = signature(one), signature(other)
    assert may_be_near(signatures[0], [(1, signatures[1])]) or not are_near(*vocabularies)
    assert may_be_part(*signatures) or not (is_part(*vocabularies) or are_near(*vocabularies))


def test_a_signature_tells_most_texts_apart() -> None:
    texts = [" ".join(f"word{number}" for number in range(start, start + 20)) for start in range(0, 200, 5)]
    signatures = dict(enumerate(map(signature, texts)))
    assert [may_be_near(one, signatures.items()) for one in signatures.values()] == [[each] for each in signatures]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_can_be_compared(one: str, other: str) -> None:
    assert all(word.isalnum() for word in words(one))
    assert words(" ".join(words(one))) == words(one) or "ſ" in one.casefold() or not one.isascii()
    assert are_near(frozenset(words(one)), frozenset(words(one))) == bool(words(one))
    assert set(minhash(words(one))) == set(minhash(words(f"{one} 🎉")))
    assert are_near(frozenset(words(one)), frozenset(words(other))) == are_near(
        frozenset(words(other)), frozenset(words(one))
    )


@each_of("piece", ["word ", "@a", "#", "www.", "https://", "\u200b", "ﷺ", "a.", "@a@b.", "й", "\0"])
def test_a_text_of_a_megabyte_is_known_by_its_beginning(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert plain(text) == plain(text[:LONGEST])
    assert len(plain(text)) <= 18 * LONGEST
    assert len(minhash(words(text))) <= 2
