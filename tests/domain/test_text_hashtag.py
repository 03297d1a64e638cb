"""Hashtags compared as people mean them."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.text import folded, is_readable, is_whole, same, tracked
from tests.harness.table import each_of

WORDS = st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo", "Nd", "Mn"]), min_size=1, max_size=20)


@settings(max_examples=300, deadline=None)
@given(WORDS)
@example("Ç̂")
@example("ﹰ")
def test_folding_twice_changes_nothing_more(tag: str) -> None:
    assert folded(folded(tag)) == folded(tag)


@settings(max_examples=200, deadline=None)
@given(WORDS)
def test_the_sign_and_the_form_of_letters_make_no_difference(tag: str) -> None:
    for spelled in (f"#{tag}", unicodedata.normalize("NFD", tag), unicodedata.normalize("NFC", tag)):
        assert same(tag, spelled)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="abcXYZабвГДЕ019_", min_size=1, max_size=20))
def test_case_and_width_make_no_difference(tag: str) -> None:
    assert same(tag, tag.upper())
    assert same(tag, tag.lower())
    assert same(tag, "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in tag))


def test_marks_on_latin_letters_make_no_difference_and_cyrillic_letters_stay_apart() -> None:
    assert same("Solidarité", "solidarite")
    assert not same("йод", "иод")
    assert not same("ўсё", "усе")


def test_a_longer_tag_is_another_tag() -> None:
    assert not same("April19", "April19_WorkersRights")
    assert tracked(["april19", "#freebelarusunionists"], ["April19_WorkersRights", "FreeBelarusUnionists"]) == (
        "FreeBelarusUnionists",
    )


@each_of(
    "tag", ["FreeBelarusUnionists", "april19_workersrights", "Berlin", "ПрафсаюзБеларусі", "中文標籤中文標籤中文標籤"]
)
def test_tags_that_can_be_read_aloud(tag: str) -> None:
    assert is_readable(tag)
    assert is_readable(f"#{tag}")


@each_of("tag", ["freebelarusunionists", "Freebelarusunionists", "FREEBELARUSUNIONISTS", "прафсаюзбеларусі"])
def test_tags_that_cannot_be_read_aloud(tag: str) -> None:
    assert not is_readable(tag)


@each_of(("tag", "whole"), [("a1_", True), ("हिन्दी", True), ("2025", False), ("a-b", False), ("", False)])
def test_what_platforms_take_as_one_tag(tag: str, whole: bool) -> None:
    assert is_whole(tag) is whole
