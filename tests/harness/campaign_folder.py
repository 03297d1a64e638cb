"""A real campaign folder for tests: a small sound campaign that each test then spoils in one way."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from bot.domain.campaign import Config
from bot.domain.delivery import Draft
from bot.domain.limits import default_limits
from bot.errors import Fault
from bot.files.config.load import read
from bot.files.drafts import expand
from bot.files.library import Library, load
from bot.services.checks.lint import every_fault

BOT = """\
[campaign]
name = "Day of Action"
day_of_action = 2025-04-16
timezone = "Europe/Berlin"
languages = ["en"]
hashtags = ["FreeBelarusUnionists"]

[accounts.mastodon]
platform = "mastodon"
api_base_url = "https://mastodon.example"

[accounts.x]
platform = "x"

[links]
website = "https://campaign.example/"
live = ""
"""

MESSAGE = """\
+++
link = "https://campaign.example/a"
+++
{countdown} until the Day of Action. {link} {hashtags}
"""

SCHEDULE = """\
[[post]]
message = "call"
days = ["T-7", "T-3"]
at = 09:30:00
"""

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def rested(place: Path) -> None:
    """Let a file, or all files in a folder, have been saved a minute ago: what is being saved just now, a run waits
    for."""
    before = time.time() - 60
    for file in place.rglob("*") if place.is_dir() else [place]:
        if file.is_file():
            os.utime(file, (before, before))


@dataclass(frozen=True)
class CampaignFolder:
    """A campaign's folder; `write` replaces one of its files."""

    root: Path

    @property
    def bot(self) -> Path:
        return self.root / "bot.toml"

    def write(self, path: str, text: str | bytes) -> CampaignFolder:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self

    def change(self, path: str, old: str, new: str) -> CampaignFolder:
        text = (self.root / path).read_text()
        assert old in text, f"{old!r} is not in {path}"
        return self.write(path, text.replace(old, new))

    def config(self) -> Config:
        return read(self.bot)

    def library(self) -> Library:
        return load(self.root, self.config())[0]

    def drafts(self) -> list[Draft]:
        config = self.config()
        return expand(config, self.library(), default_limits(config))[0]

    def faults(self) -> list[Fault]:
        return every_fault(self.bot)

    def told(self) -> list[str]:
        """Return every fault as it is printed."""
        return [str(fault) for fault in self.faults()]


def sound(root: Path) -> CampaignFolder:
    """Return a campaign without a fault."""
    folder = CampaignFolder(root)
    folder.write("bot.toml", BOT).write("messages/call/en.md", MESSAGE)
    return folder.write("schedules/run-up.toml", SCHEDULE)
