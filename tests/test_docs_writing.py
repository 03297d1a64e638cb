"""`docs/writing.md`: every example is a file, and together they are a campaign without a fault."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.files import messages, schedules
from bot.files.config.campaign import PLACEHOLDERS
from tests.harness.campaign_folder import CampaignFolder
from tests.harness.live_campaign import CARD

PAGE = (Path(__file__).parents[1] / "docs" / "writing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^(?P<above>[^\n].*?)\n\n```\w*\n(?P<text>.*?)```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"`((?:messages/|schedules/)?[\w./-]+\.(?:md|toml))`")


def examples() -> dict[str, str]:
    """Each block by the first file that is named in the paragraph above it."""
    blocks = ((match["above"].rpartition("\n\n")[2], match["text"]) for match in BLOCK.finditer(PAGE))
    return {FILE.findall(above)[0]: text for above, text in blocks}


@pytest.fixture
def folder(tmp_path: Path) -> CampaignFolder:
    folder = CampaignFolder(tmp_path)
    for path, text in examples().items():
        folder.write(path, text)
    shutil.copy(CARD, tmp_path / "messages" / "launch" / "card.en.png")
    return folder


def test_all_examples_together_are_a_campaign_without_a_mistake(folder: CampaignFolder) -> None:
    assert len(list(folder.root.rglob("*.md"))) == 8
    assert [line for line in folder.told() if "in-memory has no words in" not in line] == []


def test_they_go_out_as_the_page_says(folder: CampaignFolder) -> None:
    posts = {(draft.message, draft.day, draft.language, draft.account): draft for draft in folder.drafts()}
    assert {account for message, _, language, account in posts if language == "en"} == {"mastodon", "x"}
    launch = posts["launch", "T-30", "de", "mastodon-de"]
    assert (launch.wall_time, len(launch.content.parts)) == ("2099-04-20 12:15 Europe/Berlin", 2)
    assert "https://campaign.example/" in posts["launch", "T-30", "en", "x"].content.text
    assert posts["countdown", "T-1", "de", "x"].content.text.startswith("Noch 1 Tag bis zum Aktionstag")
    memory = posts["in-memory", "2099-05-11", "en", "mastodon"].content
    assert (memory.content_warning, memory.visibility, memory.sensitive) == ("Death at work", "unlisted", True)
    assert posts["thanks", "T+1", "de", "x"].wall_time == "2099-05-21 09:00 Europe/Berlin"


def test_every_key_and_placeholder_has_its_line() -> None:
    names = [*messages._HEAD_KEYS, *schedules._KEYS, *(f"{{{name}}}" for name in PLACEHOLDERS)]
    assert [
        name for name in names if f"`{name}" not in PAGE and f"\n{name} " not in PAGE and f"[{name}]" not in PAGE
    ] == []
