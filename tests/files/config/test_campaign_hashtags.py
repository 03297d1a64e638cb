"""The hashtags of `bot.toml`: those that are posted and watched, and those that are watched alone."""

from __future__ import annotations

from pathlib import Path

from bot.files.config.load import load, read
from tests.harness.campaign_folder import sound
from tests.harness.table import each_of

CAMPAIGN = '[campaign]\nname = "Day"\nday_of_action = 2025-04-16\ntimezone = "Europe/Berlin"\n'
ACCOUNT = '[accounts.m]\nplatform = "mastodon"\napi_base_url = "https://mastodon.example"\n'


def written(tmp_path: Path, posted: str, also: str) -> Path:
    path = tmp_path / "bot.toml"
    path.write_text(f"{CAMPAIGN}hashtags = {posted}\n{ACCOUNT}[monitor]\nalso = {also}\n")
    return path


def test_what_is_watched_alone_is_no_hashtag_of_the_campaign(tmp_path: Path) -> None:
    config = read(written(tmp_path, '["FreeUnions"]', '["#April19_WorkersRights"]'))
    assert config.campaign.hashtags == ("FreeUnions",)
    assert config.watched_hashtags == ("FreeUnions", "April19_WorkersRights")


@each_of(
    ("also", "what"),
    [
        ('["freeunions"]', "is a hashtag of the campaign, and watched as such"),
        ('["two words"]', "would not be one hashtag"),
        ('["One", "one"]', "stands in also twice"),
        ('["Frее"]', "holds"),
    ],
)
def test_a_fault_of_a_watched_hashtag_is_told_with_its_line(tmp_path: Path, also: str, what: str) -> None:
    (fault,) = load(written(tmp_path, '["FreeUnions"]', also))[1]
    assert (fault.line, what in fault.what) == (10, True), fault


def test_a_text_that_posts_what_is_only_watched_is_told(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("bot.toml", "[links]", '[monitor]\nalso = ["April19"]\n\n[links]')
    folder.write("messages/call/en.md", "Join us. #april19\n")
    (fault,) = [fault for fault in folder.faults() if "only watched" in fault.what]
    assert (fault.path, fault.line) == ("messages/call/en.md", 1)
