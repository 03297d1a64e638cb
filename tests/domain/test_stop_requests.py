"""What asks for its author to be left alone, and what does not."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.campaign import WithdrawalRules
from bot.domain.stop_grammar import words_of
from bot.domain.stop_phrases import USUAL_WORDS
from bot.domain.stop_requests import LONGEST, Addressed, AsksToStop, hear, weigh
from tests.harness.table import each_of

TEXTS = Path(__file__).with_name("stop_requests")
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
    "Enough is enough",
)
IN_COMMON_WORDS = (TEXTS / "wishes.txt").read_text(encoding="utf-8")
"""What people write, one wish a line: persons, politeness, cases, typing without accents, Cyrillic in Latin letters."""

SLOGANS = (TEXTS / "slogans.txt").read_text(encoding="utf-8")
"""What stands on banners, one a line."""

PERHAPS = (
    "can you please take this down, my boss has seen it",
    "please delte this",
    "удалити",
    "не надо",
    "Bitte nicht!",
    "nobody asked me",
    "🛑🛑",
    "Why did you delete my post?",
    "Please don't delete my video",
    "Don't stop sharing my video!",
    'If they say "delete my post", I say no',
    "we cannot stop now",
    "яны кажуць, калі ласка выдаліце мой пост бо баюся",
)


@each_of("text", ASKING)
def test_a_wish_to_be_left_alone_is_heard_however_it_is_written(text: str) -> None:
    assert hear(text, ALL).asked is AsksToStop.YES


@each_of("text", IN_COMMON_WORDS.splitlines())
def test_a_wish_is_heard_in_the_words_that_people_use(text: str) -> None:
    for written in (text, f"{text.upper()}!!!", f"@union@social.example {unicodedata.normalize('NFD', text)} 🙏"):
        assert hear(written, ALL).asked is AsksToStop.YES, written
    assert weigh(hear(f"@union {text}", ALL), Addressed.IN_PUBLIC, is_on_show=False) is AsksToStop.YES


@each_of("text", SLOGANS.splitlines())
def test_a_slogan_is_no_wish(text: str) -> None:
    assert weigh(hear(f"{text} #tag @union", ALL), Addressed.IN_PUBLIC, is_on_show=True) is AsksToStop.NO
    assert weigh(hear(text, ALL), Addressed.TO_US, is_on_show=False) is AsksToStop.NO


@each_of(
    ("text", "to_us", "in_public"),
    [
        ("@us stop", "yes", "perhaps"),
        ("Stop! Free the jailed unionists.", "perhaps", "perhaps"),
        ("Please delete my video. I am scared.", "yes", "perhaps"),
        ("Please delete my video!", "yes", "yes"),
        ("Stop #repression @us", "perhaps", "no"),
        ("We cannot stop now", "perhaps", "no"),
        ("can you please take this down, my boss has seen it", "perhaps", "perhaps"),
        ("I changed my mind, please delete", "yes", "perhaps"),
        ("удалите, мне страшно", "yes", "perhaps"),
        ("Нет, удалите моё видео", "yes", "yes"),
        ("No more, delete my post please", "yes", "yes"),
        ("Просьба убрать моё видео, спасибо", "yes", "yes"),
        ("It is a lie, remove it", "perhaps", "perhaps"),
        ("pleas delte my video", "perhaps", "perhaps"),
        ("не надо", "perhaps", "no"),
    ],
)
def test_a_wish_is_said_to_us_or_says_nothing_else(text: str, to_us: str, in_public: str) -> None:
    heard = hear(text, ALL)
    found = [str(weigh(heard, addressed, is_on_show=True)) for addressed in Addressed]
    assert found == [to_us, to_us, in_public], "in private as in a reply"
    if heard.is_all and not heard.is_clear:
        assert weigh(heard, Addressed.IN_PUBLIC, is_on_show=False) is AsksToStop.YES


def test_the_words_of_the_campaign_take_the_place_of_a_languages_grammar() -> None:
    others = [phrase for code, phrases in USUAL_WORDS.items() for phrase in phrases if code != "de"]
    assert hear("Löscht meinen Beitrag", [*others, "nein"]).asked is AsksToStop.NO
    assert hear("delete my post", [*others, "nein"]).asked is AsksToStop.YES


@each_of("text", NOT_ASKING)
def test_what_is_no_such_wish_is_none(text: str) -> None:
    assert hear(text, ALL).asked is AsksToStop.NO


@each_of("text", PERHAPS)
def test_the_words_among_others_are_for_a_person_to_judge(text: str) -> None:
    assert hear(text, ALL).asked is AsksToStop.PERHAPS


@each_of("language", ["en", "be", "ru", "uk", "de", "fr", "es", "pl"])
def test_every_usual_phrase_of_every_language_is_heard(language: str) -> None:
    assert USUAL_WORDS[language]
    for phrase in USUAL_WORDS[language]:
        assert hear(f"@union@social.example {phrase.upper()}!", ALL).asked is AsksToStop.YES, phrase


def test_only_the_words_of_the_campaign_count() -> None:
    assert hear("stop", ["nein"]).asked is AsksToStop.NO
    assert hear("NEIN!", ["nein"]).asked is AsksToStop.YES


@given(st.text(max_size=200), st.sampled_from(ALL))
def test_whatever_stands_in_other_sentences_a_wish_is_heard(other: str, phrase: str) -> None:
    assert hear(f"{phrase}.\n{other}", ALL).asked is AsksToStop.YES


@given(st.text(max_size=400))
def test_no_text_breaks_it_and_words_are_words(text: str) -> None:
    assert hear(text, ALL).asked in AsksToStop
    assert all(word and " " not in word for word in words_of(text))


@each_of("piece", ["@a.", "stop ", "#", "http://", "\u202e", "!?", "е\u0301"])
def test_a_very_long_text_is_read_as_far_as_people_read(piece: str) -> None:
    assert hear(piece * 300_000, ALL).asked in AsksToStop
    assert hear(" " * LONGEST + "stop", ALL).asked is AsksToStop.NO
