"""`bot rehearse` as a person, a pipe and a script meet it."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.cli.rehearse.screen import PlainLines, Scene, frame
from bot.domain.campaign import Campaign
from bot.services.rehearsal.story import Moment, What
from tests.harness.table import each_of
from tests.harness.terminal import Terminal

ROOT = Path(__file__).parents[3]
DAY = datetime(2025, 4, 16, 10, 30, tzinfo=UTC)
CAMPAIGN = Campaign("Day of Action", DAY.date(), ZoneInfo("Europe/Berlin"))


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(ROOT, tmp_path)


def test_json_is_one_document_of_deliveries_and_sightings(terminal: Terminal) -> None:
    said = terminal.bot("rehearse", "--json", "--until", "T-28")
    assert (said.status, said.err) == (0, "")
    document = said.document
    assert set(document) == {"deliveries", "sightings"}
    states = {one["state"] for one in document["deliveries"]}
    assert states == {"sent", "planned"}
    assert {one["day"] for one in document["deliveries"] if one["state"] == "sent"} == {"T-30", "T-29"}
    assert {"uri", "verdict", "reasons", "state"} <= set(document["sightings"][0])


def test_without_a_terminal_each_moment_is_one_plain_line(terminal: Terminal) -> None:
    said = terminal.bot("rehearse", "--until", "2025-03-19")
    assert (said.status, said.err) == (0, "")
    assert "\x1b" not in said.out
    posted = [line for line in said.out.splitlines() if "  posted  " in line]
    assert len(posted) == 19
    assert re.match(
        r"T-30  Mon 17 Mar 08:15  posted +mastodon +be +launch +https://social\.example/@mastodon/\d+$", posted[0]
    )
    assert all(line == line.rstrip() for line in said.out.splitlines())
    told = said.out.splitlines()
    assert told[-1] == 'README.md says more under "Going live".'
    assert "bot login mastodon" in told[-5]


def test_a_day_that_is_none_is_a_wrong_command_line(terminal: Terminal) -> None:
    said = terminal.bot("rehearse", "--until", "tomorrow")
    assert said.status == 2
    assert '"tomorrow" is no day' in said.err
    assert terminal.bot("rehearse", "--until", "T+9999", "--speed", "-1").status == 2


def test_a_fault_in_a_message_is_named_and_nothing_is_played(tmp_path: Path) -> None:
    campaign = tmp_path / "campaign"
    for name in ("messages", "schedules"):
        shutil.copytree(ROOT / name, campaign / name)
    shutil.copy(ROOT / "bot.toml", campaign)
    with (campaign / "messages/thanks/en.md").open("a") as file:
        file.write("\nAnd {nonsense}.\n")
    said = Terminal(campaign, tmp_path / "home").bot("rehearse")
    assert (said.status, said.out) == (1, "")
    assert re.search(r"messages/thanks/en\.md:\d+: error: \{nonsense\} is not a placeholder", said.err)


def test_ctrl_c_ends_it_cleanly_and_says_what_had_happened(tmp_path: Path) -> None:
    status, shown = on_a_terminal(["--speed", "6"], tmp_path, interrupt_at=b"Trouble")
    assert status == 130
    screen, _, after = shown.rpartition("\x1b[?1049l")
    assert "\x1b[?1049h" in screen
    assert "Rehearsal" in screen
    assert "Interrupted on T-30" in after
    assert "Going live" in after
    assert "Traceback" not in shown


def on_a_terminal(words: Sequence[str], home: Path, interrupt_at: bytes) -> tuple[int, str]:
    """Run a rehearsal on a terminal of its own, and press Ctrl-C once these bytes are on the screen."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "HOME": str(home)}
    command = [sys.executable, "-m", "bot", "rehearse", *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment) as process:
        os.close(theirs)
        shown, pressed, give_up = b"", False, time.monotonic() + 30
        while time.monotonic() < give_up:
            try:
                shown += os.read(ours, 65536)
            except OSError:
                break
            if interrupt_at in shown and not pressed:
                process.send_signal(signal.SIGINT)
                pressed = True
        process.kill() if process.poll() is None and time.monotonic() >= give_up else process.wait()
    os.close(ours)
    return process.returncode, shown.decode()


def scene() -> Scene:
    begins, ends = DAY - timedelta(days=30), DAY + timedelta(days=8)
    return Scene(CAMPAIGN, ["mastodon", "x"], begins, ends, 348, DAY)


def shown(scene: Scene, width: int = 80, height: int = 24) -> list[str]:
    return [line.plain for line in frame(scene, width, height)]


@each_of(("width", "height"), [(80, 24), (120, 40), (200, 60), (40, 12), (20, 5)])
def test_a_picture_fits_any_terminal(width: int, height: int) -> None:
    full = scene()
    for number in range(60):
        for what in What:
            full.add(
                Moment(
                    DAY, what, "mastodon", "en", f"@who{number}@union.example", "漢字" * 90, "https://a", "why " * 30
                )
            )
    for one in (scene(), full):
        lines = frame(one, width, height)
        assert len(lines) <= height
        assert all(line.cell_len <= width for line in lines)
    if height > 11:
        assert len(frame(full, width, height)) == height


def test_a_picture_says_when_and_where_and_marks_the_day_of_action() -> None:
    one = scene()
    one.add(Moment(DAY, What.POSTED, "x", "en", "live-broadcast", "Follow us live", "https://x.com/1"))
    one.add(Moment(DAY, What.HELD, "x", "de", "x:choir_example", "Wir singen", "https://x.com/2", "waits for a person"))
    lines = shown(one)
    assert lines[1] == "T · Wednesday 16 April 2025 · 12:30 Europe/Berlin · the day of action"
    assert re.fullmatch(r"T-30 ━+T─+ T\+8", lines[2])
    assert "T    12:30  x        en live-broadcast       Follow us live" in lines
    assert "T    12:30  held       de x:choir_example        waits for a person" in lines
    assert lines[4].endswith("1 x · 1 of 348")


def test_held_counts_those_that_wait_still() -> None:
    one = scene()
    for number in range(3):
        one.add(Moment(DAY, What.HELD, "x", url=f"https://x.com/{number}"))
    one.add(Moment(DAY, What.APPROVED, "x", url="https://x.com/0"))
    one.add(Moment(DAY, What.REJECTED, "x", url="https://x.com/1"))
    one.add(Moment(DAY, What.CALLED_OFF, "x", url="https://x.com/0", why="edited since it was approved"))
    assert any("2 held · 2 refused" in line for line in shown(one))
    assert one.seen == deque(one.seen)


def test_a_plain_line_holds_all_that_people_search_for() -> None:
    moment = Moment(
        DAY, What.REFUSED, "mastodon", "en", "@who@union.example", "Words", "https://a.example/1", "wrong kind"
    )
    assert PlainLines(CAMPAIGN, ["mastodon"]).line(moment) == (
        "T     Wed 16 Apr 12:30  refused      mastodon  en   @who@union.example    https://a.example/1  wrong kind"
    )
