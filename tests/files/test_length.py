"""Lengths as each platform counts them."""

from __future__ import annotations

import sys

import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from twitter_text import parse_tweet

from bot.domain.limits import MASTODON, X
from bot.files.length import _ONE_EACH, length, weighted
from tests.domain.test_links import PIECES
from tests.harness.table import each_of


@each_of(
    ("text", "expected"),
    [
        ("three", 5),
        ("тры", 3),
        ("e\u0301", 1),
        ("👩‍👩‍👧🇧🇾", 2),
        ("https://campaign.example/a/very/long/path?with=a&query=string#and-more", 23),
        ("See https://a.example/.", 4 + 23 + 1),
        ("(https://a.example/b)", 23 + 2),
        ("@user@mastodon.example hello", 11),
        ("mail user@mastodon.example", 26),
    ],
)
def test_mastodon_counts_what_people_see_and_links_as_23(text: str, expected: int) -> None:
    assert length(text, "mastodon", MASTODON) == expected
    assert length(text, "rehearsal", MASTODON) == expected


def test_letters_that_are_counted_without_a_look_at_their_neighbours_join_with_none() -> None:
    letters = "".join(letter for letter in map(chr, range(0x20000)) if _ONE_EACH.fullmatch(letter))
    assert len(letters) > 3000
    assert len(regex.findall(r"\X", letters + letters[::-1])) == 2 * len(letters)


def test_mastodon_counts_the_content_warning_and_x_has_none() -> None:
    assert length("text", "mastodon", MASTODON, "warning") == 11
    assert length("text", "x", X, "warning") == 4


@each_of(
    ("text", "expected"),
    [
        ("three", 5),
        ("тры", 3),
        ("e\u0301", 1),
        ("日本", 4),
        ("👩‍👩‍👧", 2),
        ("https://example.org/a/very/long/path?with=a&query=string", 23),
        ("example.org", 23),
    ],
)
def test_x_weighs_letters_by_their_script(text: str, expected: int) -> None:
    assert length(text, "x", X) == expected


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_every_text_can_be_counted(text: str) -> None:
    assert length(text, "mastodon", MASTODON) >= 0
    assert length(text, "x", X) >= 0


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.one_of(PIECES, st.characters(exclude_categories=["Cs"])), max_size=14).map("".join))
def test_x_weighs_as_its_own_library_does(text: str) -> None:
    assert weighted(text) == parse_tweet(text).weightedLength


def test_counting_for_x_needs_no_setuptools() -> None:
    weighted("a")
    assert "pkg_resources" not in sys.modules or hasattr(sys.modules["pkg_resources"], "require")


def test_x_weighs_each_emoji_of_its_list_as_one() -> None:
    weighted("\u00a9")
    listed = vars(sys.modules["twitter_text.regexp.emoji"])["emoji_dict"]
    assert len(listed) > 3000
    assert {weighted(emoji) for emoji in listed} == {2}
    assert [each for each in listed if weighted(f"a{each}b") != parse_tweet(f"a{each}b").weightedLength] == []
