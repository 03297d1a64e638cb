"""Languages are told by the platform's word, by letters, and by what the text says; places never are."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime

from bot.cli.documents import sighting_json
from bot.domain.post import Author, SeenPost
from bot.services.protection import recheck
from bot.services.watching.language import language_of, with_language
from bot.store import schema as t
from tests.harness.campaign import TAG, CampaignHarness
from tests.harness.table import each_of
from tests.services.watching.language_corpus import LACINKA, MIXED, SAID

SURE_TO_BE_CARED_FOR = ("be", "ru")


def test_short_posts_without_a_word_from_the_platform_are_told_apart() -> None:
    wrong = [(code, text) for code, texts in SAID.items() for text in texts if language_of(text) != code]
    assert len(wrong) <= 1, wrong
    unsafe = [text for code, text in wrong if code in SURE_TO_BE_CARED_FOR and language_of(text) not in {"be", "ru"}]
    assert unsafe == []


@each_of("said", ["en", "de", "pl", "uk", "bg", "sr", "", "und", "be", "ru"])
def test_whatever_a_telephone_is_set_to_what_deserves_care_gets_it(said: str) -> None:
    for code in SURE_TO_BE_CARED_FOR:
        for text in SAID[code]:
            assert language_of(text, said) in SURE_TO_BE_CARED_FOR, text


def test_the_platforms_word_counts_where_the_letters_do_not_speak_against_it() -> None:
    for code, texts in SAID.items():
        assert [text for text in texts if language_of(text, code) != code and code != "ru"] == []
    assert language_of("Hola", "ca") == "ca"
    assert language_of("Воля", "kk") == "kk"
    assert language_of("Слава", "uk") == "uk"
    assert language_of("Свобода за синдикалните лидери, които са в затвора в Беларус", "bg") == "bg"
    assert language_of("Слобода за синдикалне вође које су у затвору у Белорусији", "sr") == "sr"


def test_belarusian_and_russian_marked_as_each_other_are_told_apart_by_their_letters() -> None:
    assert language_of("Сёння дзень дзеяння, мы ўсе разам і нікога не забудзем", "ru") == "be"
    assert language_of("Мы помним каждого и никого не забудем, ищем правду", "be") == "ru"
    assert language_of("Он сказал «Жыве Беларусь» і ушёл, и мы все это слышали своими ушами", "ru") == "ru"


@each_of(("code", "text"), MIXED)
def test_a_post_in_two_languages_is_in_the_one_it_is_mostly_in(code: str, text: str) -> None:
    assert language_of(text) == code


def test_a_slogan_does_not_make_a_german_post_belarusian() -> None:
    assert language_of("Freiheit für alle Gefangenen! Жыве Беларусь", "de") == "de"


def test_belarusian_in_latin_letters_is_mostly_known() -> None:
    """By letters no other language has; a sentence that holds none of them passes for another language."""
    for said in ("", "en", "pl"):
        assert sum(language_of(text, said) == "be" for text in LACINKA) >= 4
    assert language_of("Ĉiuj homoj estas liberaj, ankaŭ ili", "eo") == "eo"
    assert language_of("Ĉiuj homoj estas liberaj, ankaŭ ili", "en") == "en"
    assert language_of("Wałęsa a Žižek v Praze", "cs") == "cs"


@each_of("text", ["", "😀🎉", "#FreeBelarusUnionists @ana@one.example https://a.example/Свабода", "ok", "Viva!"])
def test_what_says_too_little_has_no_language_but_the_platforms(text: str) -> None:
    assert language_of(text) == ""
    assert language_of(text, "en") == "en"


def test_hashtags_mentions_and_links_do_not_speak() -> None:
    text = "Today I stand with the workers in prison #СвабодаПалітвязням #ЖывеБеларусь @свабода@сервер.example"
    assert language_of(text) == "en"


@each_of(
    ("said", "code"),
    [("be-tarask", "be"), ("be_BY", "be"), ("zh-Hant", "zh"), ("EN-us", "en"), ("rus", "ru"), ("und", ""), ("1", "")],
)
def test_of_a_code_only_the_language_is_kept(said: str, code: str) -> None:
    assert language_of("😀", said) == code


def test_the_campaigns_own_languages_are_known_too() -> None:
    text = "Vi står tillsammans med de fackliga ledarna som sitter i fängelse"
    assert language_of(text, "", ["sv", "be", "x-unknown"]) == "sv"


def test_a_post_keeps_everything_but_its_language() -> None:
    at = datetime(2025, 4, 16, tzinfo=UTC)
    post = SeenPost("x", "u", "u", "1", Author("x:a", "1"), "Сёння дзень дзеяння", at, language="uk-UA")
    assert with_language(post) == replace(post, language="be")
    known = replace(post, language="be")
    assert with_language(known) is known


def test_a_post_that_is_looked_at_again_is_read_with_the_same_eyes(harness: CampaignHarness) -> None:
    uri = harness.solidarity("ana", text=f"Сёння дзень дзеяння, мы разам! #{TAG}", language="en")
    harness.read()
    assert [one.post.language for one in harness.seen()] == ["be"]
    shown = recheck.ask(harness.work, "mastodon", [uri, "https://elsewhere.example/gone"])
    assert shown is not None
    assert {address: post and post.language for address, post in shown.items()} == {
        uri: "be",
        "https://elsewhere.example/gone": None,
    }


@each_of("piece", ["ы", "ŭ ", "word ", "#", "a" * 5000, "\u0301", "🎉", "\0"])
def test_a_text_of_a_megabyte_has_a_language_or_none(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    assert language_of(text) == language_of(text[:5000])


PLACE = re.compile(
    r"countr|location|place|geo|city|region|latitude|longitude|timezone|time_zone|address", re.IGNORECASE
)


def test_nothing_that_is_kept_of_a_person_has_room_for_a_place(harness: CampaignHarness) -> None:
    columns = [
        f"{table}.{column.name}"
        for table in ("sighting", "trait", "approval", "hourly_count", "known")
        for column in t.metadata.tables[table].c
    ]
    kept = [one.name for kind in (SeenPost, Author) for one in fields(kind)]
    harness.solidarity("ana")
    harness.read()
    shown = list(json.loads(json.dumps(sighting_json(harness.seen()[0]))))
    assert [name for name in (*columns, *kept, *shown) if PLACE.search(name)] == []
