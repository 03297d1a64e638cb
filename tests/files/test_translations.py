"""Translations as a thread on X: one post in the first language, the others as answers to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.delivery import Draft
from bot.domain.limits import default_limits
from bot.services.campaign_files import read_files, sound_drafts
from tests.harness.campaign_folder import CampaignFolder, sound

TIMES = """\
[times]
en = 15:00:00
be = 08:15:00
de = 12:15:00

[[post]]
message = "call"
days = ["T-7", "T-3"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> CampaignFolder:
    folder = sound(tmp_path).change("bot.toml", '["en"]', '["en", "be", "de"]')
    folder.change("bot.toml", "[accounts.x]", '[accounts.x]\ntranslations = "thread"')
    for language in ("en", "be", "de"):
        folder.write(f"messages/call/{language}.md", f"{{countdown}}: words in {language}.")
    return folder.write("schedules/run-up.toml", TIMES)


def on(folder: CampaignFolder, account: str) -> list[Draft]:
    return [draft for draft in read_files(folder.bot).drafts if draft.account == account]


def test_one_post_a_day_has_its_translations_as_answers_in_the_order_of_the_campaign(folder: CampaignFolder) -> None:
    assert folder.told() == []
    first, second = on(folder, "x")
    assert [part.text for part in first.content.parts] == [
        "7 days: words in en.",
        "7 дзён: words in be.",
        "7 Tage: words in de.",
    ]
    assert [draft.wall_time.split()[1] for draft in (first, second)] == ["15:00", "15:00"]
    assert first.series == second.series != ""
    assert first.content_hash != second.content_hash
    assert len(on(folder, "mastodon")) == 6


def test_without_the_first_language_the_next_one_begins(folder: CampaignFolder) -> None:
    folder.change("bot.toml", 'translations = "thread"', 'translations = "thread"\nlanguages = ["de", "be"]')
    assert [(draft.language, draft.wall_time.split()[1]) for draft in on(folder, "x")] == [("be", "08:15")] * 2


def test_what_is_a_thread_by_itself_stays_one_for_each_language(folder: CampaignFolder) -> None:
    folder.write("messages/call/en.md", "One.\n---\nTwo.")
    found = on(folder, "x")
    told = sorted((draft.day, draft.language, len(draft.content.parts)) for draft in found)
    assert told == [("T-3", "be", 2), ("T-3", "en", 2), ("T-7", "be", 2), ("T-7", "en", 2)]


def test_it_waits_for_the_address_that_any_of_its_languages_waits_for(folder: CampaignFolder) -> None:
    folder.write("messages/call/de.md", "Hier: {live}")
    assert {draft.waiting_for for draft in on(folder, "x")} == {"live"}
    assert {draft.waiting_for for draft in on(folder, "mastodon")} == {"", "live"}


def test_each_picture_stays_with_its_language(folder: CampaignFolder) -> None:
    folder.write("messages/call/a.png", b"\x89PNG\r\n\x1a\n" + bytes(64))
    head = '+++\n[[media]]\nfile = "a.png"\nalt = "A card."\n+++\n'
    folder.write("messages/call/de.md", f"{head}Worte.")
    (first, _) = on(folder, "x")
    assert [len(part.media) for part in first.content.parts] == [0, 0, 1]


def test_a_fault_in_one_language_leaves_the_whole_thread_as_it_was_planned(folder: CampaignFolder) -> None:
    folder.write("messages/call/de.md", "{nonsense}")
    found = sound_drafts(folder.bot, default_limits(folder.config()))
    assert {(draft.account, draft.language) for draft in found.drafts} == {("mastodon", "en"), ("mastodon", "be")}
    assert found.messages_at_fault == {"call"}


@pytest.mark.parametrize(
    ("table", "written", "what"),
    [
        ("[accounts.x]\n", 'translations = "thraed"', 'Write "thread"'),
        ("[accounts.x]\n", "translations = true", "translations must be text"),
        ("[accounts.mastodon]\n", 'translations = "thread"', "translations means nothing for an account on mastodon"),
    ],
)
def test_another_way_is_told(folder: CampaignFolder, table: str, written: str, what: str) -> None:
    folder.change("bot.toml", 'translations = "thread"\n', "").change("bot.toml", table, f"{table}{written}\n")
    (said,) = folder.told()
    assert what in said
