"""No text that is near to another one is missed for being looked up by its words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.message import Content, Part
from bot.domain.near_words import NearIndex, Plain

_WORDS = [
    "solidarity",
    "for",
    "the",
    "free",
    "unions",
    "of",
    "Belarus",
    "now",
    "#Tag",
    "https://a.example/b",
    "✊",
    "и",
]
_TEXT = st.lists(st.sampled_from(_WORDS), max_size=24).map(" ".join)


def _edited(text: str, places: list[int], word: str) -> str:
    words = text.split()
    for place in places:
        if words:
            words[place % len(words)] = word
    return " ".join(words)


_ALIKE = st.builds(_edited, _TEXT, st.lists(st.integers(0, 23), max_size=5), st.sampled_from(["other", "words", ""]))


def _plain(text: str) -> Plain:
    return Plain(Content((Part(text),), "en"))


@given(_TEXT, st.lists(_ALIKE, max_size=12), st.lists(st.integers(0, 23), max_size=6))
def test_whatever_is_near_is_found_by_its_words(text: str, others: list[str], places: list[int]) -> None:
    texts = [_plain(other) for other in (*others, _edited(text, places, "changed"), f"{text} and one sentence more")]
    wanted = _plain(text)
    near = {place for place, other in enumerate(texts) if wanted.is_near(other) or other.is_near(wanted)}
    assert near <= set(NearIndex(texts).may_be_near(wanted))


def test_what_shares_few_words_is_not_compared() -> None:
    many = [_plain(f"The members of union number {number} met today and talked about wages") for number in range(50)]
    wanted = _plain("Tomorrow the trial begins: write to the embassy in your country and ask for their freedom")
    assert not NearIndex(many).may_be_near(wanted)
