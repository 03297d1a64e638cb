"""`bot check` and `bot post` through the real executable: what people bring is told, and never published."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.campaign_folder import CampaignFolder, sound
from tests.harness.terminal import Terminal


@pytest.fixture
def folder(tmp_path: Path) -> CampaignFolder:
    (tmp_path / "home").mkdir()
    return sound(tmp_path / "campaign")


def terminal(folder: CampaignFolder) -> Terminal:
    return Terminal(folder.root, folder.root.parent / "home")


def test_everything_that_people_bring_is_told_in_one_pass(folder: CampaignFolder) -> None:
    folder.change("bot.toml", "Europe/Berlin", "GMT+3").write("messages/call/en.x.MD", "words for X")
    folder.write("messages/call/en.md", "\ufeff\n ++++\nlink = 'https://a.org/'\n++++\nHi")
    folder.write("messages/more/en.md", "First. { hashtags } #FrееBelarusUnionists")
    folder.change("schedules/run-up.toml", "09:30:00", "9:30")
    said = terminal(folder).bot("check")
    assert said.status == 1
    *told, counted = said.out.splitlines()
    assert [line.split(" ")[0] for line in told] == [
        "bot.toml:4:",
        "messages/call/en.md:2:",
        "messages/call/en.x.MD:1:",
        "messages/more/en.md:1:24:",
        "messages/more/en.md:1:",
        "schedules/run-up.toml:4:",
    ]
    assert told[-1].endswith('"9:30" is not how TOML writes a time of day. Write at = 09:30:00.')
    assert counted == "5 errors, 1 warning."


def test_scripts_are_told_of_the_places_of_a_fault_with_one_cause(folder: CampaignFolder) -> None:
    folder.write("messages/call/en.md", "{websit}").write("messages/call/en.x.md", "so {websit}")
    (fault,) = terminal(folder).bot("check", "--json").document
    assert fault["places"] == ["messages/call/en.md:1", "messages/call/en.x.md:1"]
    assert (fault["path"], fault["line"], fault["column"]) == ("messages/call/en.md", 1, None)


def test_a_typed_post_is_looked_at_like_a_written_one(folder: CampaignFolder) -> None:
    words = ("--account", "mastodon", "--at", "now")
    refused = terminal(folder).bot("post", "Join! { hashtags }", *words)
    assert refused.status == 1
    assert "Write {hashtags}" in refused.err
    doubtful = terminal(folder).bot("post", "Join! #FrееBelarusUnionists", *words, "--json")
    assert doubtful.status == 0
    assert doubtful.document["state"] == "planned"
    assert "Look at it again: " in doubtful.err
    assert "U+0435 CYRILLIC SMALL LETTER IE" in doubtful.err
