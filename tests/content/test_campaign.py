"""The campaign that ships: nothing is untrue or unsafe as far as a test can tell, and nobody gets too much of it."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.domain.campaign import PlatformName
from bot.domain.delivery import Draft
from bot.domain.message import Wording
from bot.domain.money import MICRO, micro
from bot.domain.post import Outgoing
from bot.errors import Severity
from bot.files.rendering import placeholders
from bot.platforms.x.prices import CallCosts
from bot.services.campaign_files import Files, read_files
from bot.services.checks.facts import fact_faults
from tests.harness.table import each_of

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "be", "ru", "de", "fr", "es")
WAITING = {"register", "street", "live"}
ONLY_READ = {"be": "Вы ў Беларусі? Толькі чытайце", "ru": "Вы в Беларуси? Только читайте"}
SAYS_IT_OTHERWISE = {"record-safely", "video-message", "video-now", "online-meeting", "live-broadcast"}
"""What tells people in Belarus not to film, not to register, or not to follow, in words of its own."""

ASKS = {"letters-to-belarus", "ilo-resolution", "ilo-demand", "due-diligence", "act-from-home", "report-actions"}


@cache
def files() -> Files:
    return read_files(ROOT / "bot.toml")


def wordings() -> list[tuple[str, str, str, Wording]]:
    """Message, language, platform and words of every text."""
    library = files().library
    return [
        (name, *key, words) for name, message in library.messages.items() for key, words in message.wordings.items()
    ]


def statuses(draft: Draft) -> int:
    """A thread is as many posts in its followers' timelines."""
    return len(draft.content.parts)


OF_ANOTHER_YEAR = {"online-meeting", "street-action", "live-broadcast"}


def test_only_what_a_person_has_to_confirm_is_missing() -> None:
    faults = [fault for fault in files().faults if fault.severity is not Severity.NOTE]
    assert {fault.what.split()[0].strip('"') for fault in faults} == WAITING | OF_ANOTHER_YEAR, faults


def test_next_years_campaign_is_told_each_fact_that_was_this_years() -> None:
    config = files().config
    later = replace(config, campaign=replace(config.campaign, day_of_action=date(2026, 4, 16)))
    told = list(fact_faults(later, files().library))
    assert {fault.line for fault in told} == {fact.line for fact in files().library.facts.values()}
    (yarashuk,) = [fault for fault in told if "yarashuk-in-prison" in fault.what]
    assert "2026-04-16: aliaksandr-yarashuk would say it" in yarashuk.what
    assert "freed on 11 September 2025" in yarashuk.instead


def test_what_states_a_number_a_sentence_or_the_programme_names_its_fact() -> None:
    stated = re.compile(r"40|20\d\d|Pariser|Yarashuk|Ярашук|Ярошук|Antusevich|Антусевіч|Антусевич|ITUC|МКП|IGB|CSI")
    for name, language, platform, words in wordings():
        text = "\n".join(words.parts)
        if stated.search(text) or words.media:
            assert words.facts, (name, language, platform)


def test_every_message_is_there_in_every_language() -> None:
    for message in files().library.messages.values():
        assert set(message.languages) == set(LANGUAGES), message.name


def test_a_follower_of_one_account_gets_few_posts() -> None:
    on_the_day: Counter[str] = Counter()
    altogether: Counter[str] = Counter()
    for draft in files().drafts:
        altogether[draft.account] += statuses(draft)
        on_the_day[draft.account] += statuses(draft) if draft.offset == 0 else 0
    assert max(on_the_day.values()) <= 24, on_the_day
    assert max(altogether.values()) <= 142, altogether


def test_a_timeline_on_x_has_one_entry_for_a_message() -> None:
    on_x = [draft for draft in files().drafts if draft.platform == PlatformName.X]
    entries = Counter((draft.message, draft.day) for draft in on_x if draft.message != "record-safely")
    assert set(entries.values()) == {1}, entries


def test_who_follows_an_account_of_one_language_gets_fewer_still() -> None:
    spoken = Counter(
        (draft.account, draft.language) for draft in files().drafts if draft.offset == 0 and draft.account == "mastodon"
    )
    assert max(spoken.values()) <= 7, spoken


def test_what_is_known_of_another_year_waits_for_a_yes() -> None:
    """The meeting, the square and the broadcast, and their hours, are of 2024 as far as the sources say."""
    programme = re.compile(r"Pariser Platz|\b(09|9|12)[:\u00a0 ](h[\u00a0 ])?30|Berlin\b|Берлін|Берлин")
    for name, language, platform, words in wordings():
        if programme.search("\n".join(words.parts)):
            assert WAITING & set(placeholders(words)), (name, language, platform)
    assert all(files().config.campaign.links[name] == "" for name in WAITING)


def test_no_hashtag_with_a_date_is_posted_and_the_old_one_is_watched() -> None:
    posted = {
        tag for draft in files().drafts for part in draft.content.parts for tag in re.findall(r"#(\w+)", part.text)
    }
    assert posted == set(files().config.campaign.hashtags)
    assert not [tag for tag in posted if re.search(r"\d", tag)]
    assert "April19_WorkersRights" in files().config.watched_hashtags


def test_x_has_few_hashtags() -> None:
    for draft in files().drafts:
        most = 1 if draft.platform == PlatformName.X and draft.message != "video-message" else 3
        for part in draft.content.parts:
            assert part.text.count("#") <= most, (draft.message, draft.language, draft.account)


def test_readers_in_belarus_are_told_only_to_read() -> None:
    for name, language, platform, words in wordings():
        if language in ONLY_READ and name not in SAYS_IT_OTHERWISE:
            text = "\n".join(words.parts).replace("\u00a0", " ")
            assert ONLY_READ[language] in text, (name, language, platform)


def test_nothing_asks_readers_of_belarusian_or_russian_to_act_without_knowing_where_they_are() -> None:
    asked = [(draft.message, draft.language) for draft in files().drafts if draft.message in ASKS]
    assert not [one for one in asked if one[1] in ONLY_READ]
    for name, language, platform, words in wordings():
        if name in ASKS and language in ONLY_READ:
            assert re.search(r"за мяжой|за границей", "\n".join(words.parts)), (name, language, platform)


def test_whoever_has_family_in_belarus_lets_the_union_sign() -> None:
    union = {
        "en": "union sign",
        "de": "Gewerkschaft unterschreiben",
        "fr": "signer votre syndicat",
        "es": "firme tu sindicato",
    }
    union |= {"be": "падпіша прафсаюз", "ru": "подпишет профсоюз"}
    for name, language, platform, words in wordings():
        if name == "letters-to-belarus":
            assert union[language] in " ".join(words.parts), (language, platform)


def test_the_safety_advice_comes_before_anybody_is_asked_for_a_video() -> None:
    advice = [draft for draft in files().drafts if draft.message == "record-safely"]
    assert {draft.offset for draft in advice} == {-29}
    told = {(draft.account, draft.language): draft.due_at for draft in advice}
    video = re.compile(r"video|vidéo|vídeo|відэа|видео", re.IGNORECASE)
    for draft in files().drafts:
        if draft.message != "record-safely" and video.search(draft.content.text):
            assert told[draft.account, draft.language] < draft.due_at, (draft.message, draft.language)


def test_the_first_rule_stands_in_the_first_post_of_the_advice() -> None:
    for name, language, platform, words in wordings():
        if name == "record-safely":
            assert "1. " in words.parts[0], (language, platform)


def test_all_political_prisoners_are_named_in_the_demands() -> None:
    prisoners = r"political prisoners|palit|палітвязн|политзаключённ|politischen Gefangenen|prisonniers politiques"
    for name, language, platform, words in wordings():
        if name == "not-over" or (name == "ilo-resolution" and not platform):
            text = "\n".join(words.parts)
            assert re.search(prisoners + "|presas por motivos políticos", text), (name, language, platform)


def test_who_is_free_is_not_to_be_freed() -> None:
    for name, language, platform, words in wordings():
        if name == "siarhei-antusevich":
            said = [*words.parts, *(media.alt for media in words.media)]
            assert "#Free" not in "\n".join(said), (language, platform)


CALLS = {
    *ASKS,
    "video-message",
    "video-now",
    "online-meeting",
    "meeting-tomorrow",
    "meeting-starts",
    "street-action",
    "street-action-now",
}


def test_a_call_to_action_on_x_has_its_link() -> None:
    for name, language, platform, words in wordings():
        if name in CALLS | {"countdown-7", "countdown-1", "siarhei-antusevich"} and platform == PlatformName.X:
            named = set(placeholders(words)) & set(files().config.campaign.links)
            assert named, (name, language)


LEFT = 3 * MICRO
"""What reading and resharing on a busy day need at least, in micro-USD."""


def test_the_posts_of_each_day_leave_money_for_reading_and_resharing() -> None:
    costs = CallCosts(files().config.prices)
    spent: Counter[tuple[str, int]] = Counter()
    for draft in files().drafts:
        if draft.platform == PlatformName.X:
            for part in draft.content.parts:
                text = re.sub(r"\{\w+\}", "https://campaign.example/", part.text)
                post = Outgoing(text, draft.language, media_ids=tuple(media.path for media in part.media))
                spent[draft.account, draft.offset] += costs.post(post)
    for (account, offset), amount in spent.items():
        budget = micro(files().config.accounts[account].budget_usd_per_day or 0)
        assert amount <= budget - LEFT, (account, offset, amount / MICRO)


def card_words() -> dict[str, dict[str, Any]]:
    cards: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "art/cards.toml").read_text())["card"]
    return cards


@each_of("name", card_words())
def test_what_a_card_says_stands_in_its_alternative_text(name: str) -> None:
    card = card_words()[name]
    for (language, _), words in files().library.messages[name].wordings.items():
        said = words.media[0].alt
        on_card = card[language]
        pieces = [on_card[key] for key in ("kicker", "number", "headline", "note") if key in on_card]
        pieces += [piece for pair in on_card.get("figures", ()) for piece in pair]
        assert [piece for piece in pieces if piece not in said] == [], (name, language)
        assert str(files().config.campaign.day_of_action.year) in said


def test_a_card_that_asks_for_something_says_whom_it_asks_in_belarusian_and_russian() -> None:
    """A picture is forwarded without its text."""
    asking = {"launch", "countdown-7", "countdown-1", "video-message", *ASKS} & card_words().keys()
    abroad = re.compile(r"за мяжой|за границей|не ў Беларусі|не в Беларуси")
    for name in asking:
        for language in ONLY_READ:
            assert abroad.search(" ".join(map(str, card_words()[name][language].values()))), (name, language)


def test_a_countdowns_card_shows_the_number_of_its_day() -> None:
    for draft in files().drafts:
        if draft.message.startswith("countdown-"):
            number = draft.message.removeprefix("countdown-")
            assert draft.offset == -int(number)
            assert card_words()[draft.message][draft.language]["number"] == number


def test_what_names_an_hour_is_out_before_it_or_missed() -> None:
    day = files().config.campaign.day_of_action
    for draft in files().drafts:
        local = draft.expires_at.astimezone(files().config.campaign.timezone)
        if draft.message == "meeting-starts":
            assert (local.date(), local.time().isoformat("minutes") <= "09:30") == (day, True)
        if draft.message in {"countdown-1", "meeting-tomorrow"}:
            assert local.date() == day - timedelta(days=1)


def test_the_profiles_say_who_runs_them_and_who_looks_in_each_language() -> None:
    profiles = {profile.language: profile.text for profile in files().library.profiles}
    assert set(profiles) == set(LANGUAGES)
    for language, text in profiles.items():
        assert "{operator}" in text
        assert len(text.replace("{operator}", "Salidarnast e.V.")) <= 160, language
    for language, only_read in ONLY_READ.items():
        assert only_read in profiles[language]
