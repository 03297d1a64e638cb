"""When each language goes out: `[times]`, `at` by language, `gap`, and accounts that post in some languages alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.campaign_folder import CampaignFolder, sound

TIMES = "[times]\nen = 09:00:00\nde = 10:00:00\nfr = 10:00:00\n\n"
POST = '[[post]]\nmessage = "call"\ndays = ["T-3"]\n'


@pytest.fixture
def folder(tmp_path: Path) -> CampaignFolder:
    folder = sound(tmp_path).change("bot.toml", '["en"]', '["en", "de", "fr"]')
    for language in ("en", "de", "fr"):
        folder.write(f"messages/call/{language}.md", f"These are words in {language}.")
    return folder


def times(folder: CampaignFolder, account: str = "mastodon") -> dict[str, str]:
    drafts = [draft for draft in folder.drafts() if draft.account == account]
    return {draft.language: draft.wall_time.split()[1] for draft in drafts}


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (TIMES + POST, {"en": "09:00", "de": "10:00", "fr": "10:00"}),
        (TIMES + POST + "at = 12:00:00", {"en": "12:00", "de": "12:00", "fr": "12:00"}),
        (TIMES + POST + "at = { en = 12:00:00 }", {"en": "12:00", "de": "10:00", "fr": "10:00"}),
        (POST + "at = { en = 12:00:00, de = 08:00:00, fr = 08:30:00 }", {"en": "12:00", "de": "08:00", "fr": "08:30"}),
        (TIMES + POST + 'gap = "10m"', {"en": "09:00", "de": "10:00", "fr": "10:10"}),
        (POST + 'at = 12:00:00\ngap = "90s"', {"en": "12:00", "de": "12:01:30", "fr": "12:03"}),
        (POST + 'at = 12:00:00\ngap = "1h"\nlanguages = ["fr", "de"]', {"de": "12:00", "fr": "13:00"}),
    ],
)
def test_each_language_goes_out_at_its_time(folder: CampaignFolder, schedule: str, expected: dict[str, str]) -> None:
    assert times(folder.write("schedules/run-up.toml", schedule)) == expected


def test_an_account_posts_in_its_languages_alone_and_none_waits_for_another(folder: CampaignFolder) -> None:
    folder.change("bot.toml", "[accounts.x]", '[accounts.x]\nlanguages = ["de"]')
    folder.change("bot.toml", "[accounts.mastodon]", '[accounts.mastodon]\nlanguages = ["fr", "en"]')
    folder.write("schedules/run-up.toml", POST + 'at = 12:00:00\ngap = "10m"')
    assert (times(folder), times(folder, "x")) == ({"en": "12:00", "fr": "12:10"}, {"de": "12:00"})
    assert folder.told() == []


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        (
            "[times]\nen = 09:00:00\n" + POST,
            "schedules/run-up.toml:3: error: nothing says at what time "
            '"de", "fr" go out. Write de = 09:30:00 below [times] at the top of the file, '
            "or at = 09:30:00 here for all.",
        ),
        (
            "[times]\nen = 09:00:00\nge = 10:00:00\n" + POST + 'languages = ["en"]',
            'schedules/run-up.toml:3: error: "ge" is not a key of [times]. Known are "de", "en", "fr".',
        ),
        (
            '[times]\nen = "noon"\n' + POST + 'languages = ["en"]',
            "schedules/run-up.toml:2: error: en is not a time of day. "
            "Write en = 09:30:00, the time in the campaign's timezone.",
        ),
        (
            POST + "at = {}",
            "schedules/run-up.toml:4: error: this post has no time. "
            "Write at = 09:30:00, the time in the campaign's timezone.",
        ),
        (
            POST + 'accounts = ["x"]\nat = 23:55:00\ngap = "5m"\nlanguages = ["en", "de"]',
            'schedules/run-up.toml:6: error: with this gap "de" would go out on x after midnight. '
            "Write a shorter gap, or an earlier time.",
        ),
    ],
)
def test_a_slip_is_one_line_that_says_what_to_write(folder: CampaignFolder, schedule: str, told: str) -> None:
    assert [line for line in folder.write("schedules/run-up.toml", schedule).told() if ": error: " in line] == [told]


def test_an_account_without_words_is_named(folder: CampaignFolder) -> None:
    folder.write("schedules/run-up.toml", TIMES + POST + 'gap = "10m"\nlanguages = ["en"]\naccounts = ["x"]')
    folder.change("bot.toml", "[accounts.x]", '[accounts.x]\nlanguages = ["de"]')
    assert [line for line in folder.told() if ": error: " in line] == [
        "schedules/run-up.toml:11: error: x posts in de alone, and is to post call in none of these. "
        "Take x out of accounts, or write messages/call/de.md."
    ]


def test_a_language_that_no_account_posts_in_is_named_once(folder: CampaignFolder) -> None:
    folder.write("schedules/run-up.toml", TIMES + POST + 'gap = "10m"')
    for account in ("mastodon", "x"):
        folder.change("bot.toml", f"[accounts.{account}]", f'[accounts.{account}]\nlanguages = ["de", "en"]')
    assert folder.told() == [
        'bot.toml:5: warning: no account posts in "fr". Add "fr" to languages of an account, or take it out here.'
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('["ge"]', 'bot.toml:9: error: "ge" is not among the languages of [campaign]. Known are "de", "en", "fr".'),
        (
            "[]",
            "bot.toml:9: error: languages is empty, so [accounts.mastodon] would post nothing. "
            "Name those that it posts in, or leave languages out for all.",
        ),
    ],
)
def test_languages_of_an_account_that_mean_nothing_are_told(folder: CampaignFolder, written: str, told: str) -> None:
    folder.change("bot.toml", "[accounts.mastodon]", f"[accounts.mastodon]\nlanguages = {written}")
    folder.write("schedules/run-up.toml", TIMES + POST + 'gap = "10m"')
    assert [line for line in folder.told() if ": error: " in line] == [told]
