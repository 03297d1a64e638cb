"""`bot queue` on screens of several widths, in a pipe, and for scripts: when each reshare goes, and why then."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli.output import print_table
from bot.domain.moderation import ChecklistItem
from tests.harness import rehearsal_campaign
from tests.harness.terminal import Terminal

TICKS = tuple(f"--tick={tick}" for tick in ChecklistItem)
WAITS = "its turn by approval time; waits for the gap of 10m"
HEADINGS = ("ID", "STATE", "DUE (UTC)", "ACCOUNT", "WHAT", "NOTE")
ROW = (7, "planned", "Sun 22 Nov 2026 04:31:04", "mastodon", "reshare of sighting 3", WAITS)
QUIET_ROW = (8, "planned", "Mon 23 Nov 2026 08:30:00", "mastodon", "call T-3 en", "")


def test_a_reshare_that_waits_says_when_it_goes_and_why_then(tmp_path: Path) -> None:
    root = rehearsal_campaign.make(tmp_path / "campaign")
    (root / "bot.toml").write_text((root / "bot.toml").read_text().replace('"0s"', '"10m"'))
    terminal = Terminal(root, tmp_path)
    rehearsal_campaign.solidarity(root, "@ana@union.example", "@eva@union.example")
    assert terminal.bot("run", "--once").status == 0
    for sighting in ("1", "2"):
        assert terminal.bot("approve", sighting, *TICKS).status == 0
    told = [one for one in terminal.bot("queue", "--json").document if one["kind"] == "reshare"]
    assert [one["why"] for one in told] == ["its turn by approval time", WAITS]
    assert [one["post_uri"].split("/")[4] for one in told] == ["ana", "eva"]
    _, *rows = terminal.bot("queue").out.splitlines()
    shown = [row.split("stage", 1)[1].split() for row in rows if "reshare" in row]
    assert shown == [f"reshare of sighting {n} {one['why']}".split() for n, one in enumerate(told, start=1)]


@pytest.mark.parametrize(
    ("width", "picture"),
    [
        (
            80,
            [
                "ID  STATE    DUE (UTC)                 ACCOUNT   WHAT",
                "7   planned  Sun 22 Nov 2026 04:31:04  mastodon  reshare of sighting 3",
                f"    {WAITS}",
                "8   planned  Mon 23 Nov 2026 08:30:00  mastodon  call T-3 en",
            ],
        ),
        (
            40,
            [
                "7  planned  Sun 22 Nov 2026 04:31:04",
                "    mastodon  reshare of sighting 3",
                "    its turn by approval time; waits for",
                "    the gap of 10m",
                "8  planned  Mon 23 Nov 2026 08:30:00",
                "    mastodon  call T-3 en",
            ],
        ),
    ],
)
def test_where_there_is_no_room_beside_it_the_note_stands_below(
    width: int, picture: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_a_screen(width, monkeypatch)
    print_table(HEADINGS, [ROW, QUIET_ROW], "")
    assert capsys.readouterr().out.splitlines() == picture


def test_a_wide_screen_shows_the_note_beside_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    on_a_screen(140, monkeypatch)
    print_table(HEADINGS, [ROW, QUIET_ROW], "")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    heading, first, second = shown.splitlines()
    assert heading.split()[-1] == "NOTE"
    assert first.rstrip().endswith(WAITS)
    assert second.rstrip().endswith("call T-3 en")


def on_a_screen(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
