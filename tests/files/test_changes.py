"""Whether the files have changed since they were read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from bot.files.changes import RESTED_S, fingerprint, look
from tests.harness.campaign_folder import PNG, CampaignFolder, sound
from tests.harness.table import each_of

CHANGES: list[Callable[[CampaignFolder], object]] = [
    lambda folder: folder.change("bot.toml", "Day of Action", "Another Day"),
    lambda folder: folder.change("schedules/run-up.toml", "T-7", "T-8"),
    lambda folder: folder.write("schedules/more.toml", ""),
    lambda folder: folder.write("messages/call/a.png", PNG),
    lambda folder: (folder.root / "messages/call/en.md").rename(folder.root / "messages/call/de.md"),
    lambda folder: (folder.root / "messages/call/en.md").unlink(),
    lambda folder: os.utime(folder.root / "messages/call/en.md", ns=(1, 1)),
]


@each_of("change", CHANGES)
def test_the_fingerprint_follows_every_change(tmp_path: Path, change: Callable[[CampaignFolder], object]) -> None:
    folder = sound(tmp_path)
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    change(folder)
    assert fingerprint(tmp_path) != before


def test_the_fingerprint_leaves_out_what_is_no_part_of_the_campaign(tmp_path: Path) -> None:
    folder = sound(tmp_path)
    before = fingerprint(tmp_path)
    folder.write("var/groundswell.db", b"1").write("README.md", "1")
    assert fingerprint(tmp_path) == before


def test_a_folder_without_files_has_a_fingerprint(tmp_path: Path) -> None:
    assert fingerprint(tmp_path / "none")


def test_files_rest_two_seconds_after_the_youngest_was_written(tmp_path: Path) -> None:
    folder = sound(tmp_path)
    for file in tmp_path.rglob("*.*"):
        os.utime(file, (1_000, 1_000))
    os.utime(folder.root / "messages/call/en.md", (5_000, 5_000))
    found = look(tmp_path)
    assert [found.rests_in(now) for now in (4_000, 5_000, 5_001.5, 5_002, 9_000)] == [RESTED_S, RESTED_S, 0.5, 0, 0]
    assert look(tmp_path / "nowhere").rests_in(5_000) == 0
