"""What asks for its author to be left alone, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.campaign import WithdrawalRules
from bot.domain.withdrawal import LONGEST, USUAL_WORDS, Asked, what_is_asked, words_of

ALL = [phrase for phrases in WithdrawalRules().words.values() for phrase in phrases]
ASKING = (
    "stop",
    "STOP!!!",
    "Stop. Stop. STOP",
    "@union@social.example Please stop 🙏🏽",
    "@union @ana@elsewhere.example: please don’t share this",
    "#FreeBelarusUnionists stop https://social.example/@union/1",
    "Hello. Please remove this. Thank you!",
    "please\nremove",
    "S\u200bt\u202eo\u202cp",
    "ＳＴＯＰ ✋\ufe0f",
    "«Стоп»",
    "@union калі ласка, выдаліце!",
    "удалите, пожалуйста",
    "Будь ласка, видаліть це…",
    "Bitte löschen!",
    "Arrêtez, s'il vous plaît.",
    "¡Bórrenlo!",
    "Proszę usunąć",
)
NOT_ASKING = (
    "",
    "#stop",
    "https://example.org/stop",
    "Solidarity from Vilnius!",
    "Basta! Хватит! Досить!",
    "Enough is enough",
)
PERHAPS = (
    "can you please take this down, my boss has seen it",
    "we cannot stop now",
    "не магу, калі ласка выдаліце мой пост бо баюся",
)


@pytest.mark.parametrize("text", ASKING)
def test_a_wish_to_be_left_alone_is_heard_however_it_is_written(text: str) -> None:
    assert what_is_asked(text, ALL) is Asked.YES


@pytest.mark.parametrize("text", NOT_ASKING)
def test_what_is_no_such_wish_is_none(text: str) -> None:
    assert what_is_asked(text, ALL) is Asked.NO


@pytest.mark.parametrize("text", PERHAPS)
def test_the_words_among_others_are_for_a_person_to_judge(text: str) -> None:
    assert what_is_asked(text, ALL) is Asked.PERHAPS


@pytest.mark.parametrize("language", ["en", "be", "ru", "uk", "de", "fr", "es", "pl"])
def test_every_usual_phrase_of_every_language_is_heard(language: str) -> None:
    assert USUAL_WORDS[language]
    for phrase in USUAL_WORDS[language]:
        assert what_is_asked(f"@union@social.example {phrase.upper()}!", ALL) is Asked.YES, phrase


def test_only_the_words_of_the_campaign_count() -> None:
    assert what_is_asked("stop", ["nein"]) is Asked.NO
    assert what_is_asked("NEIN!", ["nein"]) is Asked.YES


@given(st.text(max_size=200), st.sampled_from(ALL))
def test_whatever_stands_in_other_sentences_a_wish_is_heard(other: str, phrase: str) -> None:
    assert what_is_asked(f"{phrase}.\n{other}", ALL) is Asked.YES


@given(st.text(max_size=400))
def test_no_text_breaks_it_and_words_are_words(text: str) -> None:
    assert what_is_asked(text, ALL) in Asked
    assert all(word and " " not in word for word in words_of(text))


@pytest.mark.parametrize("piece", ["@a.", "stop ", "#", "http://", "\u202e", "!?", "е\u0301"])
def test_a_very_long_text_is_read_as_far_as_people_read(piece: str) -> None:
    assert what_is_asked(piece * 300_000, ALL) in Asked
    assert what_is_asked(" " * LONGEST + "stop", ALL) is Asked.NO
