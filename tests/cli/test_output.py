"""What commands print in any encoding, on any screen, and when nobody reads it any more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TextIO

import pytest

from bot.cli.output import readable
from tests.harness import rehearsal_campaign
from tests.harness.table import each_of
from tests.harness.terminal import Terminal

TEXT = "“Свобода” сегодня… → 12 ✓"


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    root = rehearsal_campaign.make(tmp_path / "campaign")
    (root / "messages" / "call" / "en.md").write_text(f"{TEXT}\n", encoding="utf-8")
    terminal = Terminal(root, tmp_path)
    assert terminal.bot("plan").status == 0
    return terminal


@each_of(
    ("encoding", "shown"),
    [
        ("utf-8", TEXT),
        ("cp1251", "“Свобода” сегодня… -> 12 +"),
        ("cp866", '"Свобода" сегодня... -> 12 +'),
        ("koi8-r", '"Свобода" сегодня... -> 12 +'),
        ("latin-1", TEXT),
        ("ascii", TEXT),
    ],
)
def test_what_an_encoding_lacks_is_written_out_in_ascii(encoding: str, shown: str) -> None:
    found = readable(TEXT, encoding)
    found.encode(encoding)
    if encoding in {"ascii", "latin-1"}:
        shown = "".join(one if one.isascii() else f"\\u{ord(one):04x}" for one in "Свобода сегодня")
        assert found == f'"{shown[:42]}"{shown[42:]}... -> 12 +'
    else:
        assert found == shown


def test_letters_made_of_two_signs_are_put_together_before_they_are_written_out() -> None:
    assert readable("и\u0306", "cp1251") == "й"
    assert readable("\ud800", "utf-8") == "\\ud800"


@pytest.mark.parametrize(
    ("encoding", "second"), [("ascii", ["show", "2", "--json"]), ("cp1251", ["rehearse", "--until", "T-9"])]
)
def test_no_command_fails_for_an_encoding(terminal: Terminal, encoding: str, second: list[str]) -> None:
    terminal.environment["PYTHONIOENCODING"] = encoding
    for words in (["show", "2"], second):
        done = run(terminal, *words)
        assert (done.returncode, b"Error" in done.stderr) == (0, False), done.stderr
        shown = done.stdout.decode(encoding)
        assert "\ufffd" not in shown
        if "--json" in words:
            assert json.loads(done.stdout.decode("ascii"))["text"] == TEXT


def test_nobody_who_reads_is_no_failure_and_a_full_disk_is_one(terminal: Terminal) -> None:
    (terminal.root / "messages" / "call" / "en.md").write_text("{nosuch}\n")
    whole = terminal.bot("check")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody, Path("/dev/full").open("w") as full:
        assert run(terminal, "check", stdout=nobody).returncode == whole.status == 1
        done = run(terminal, "queue", stdout=nobody)
        assert (done.returncode, done.stderr) == (0, terminal.bot("queue").err.encode())
        assert run(terminal, "queue", stdout=full).returncode == 1


def test_streams_that_are_closed_lead_nowhere(terminal: Terminal) -> None:
    for closing in (">&-", ">&- 2>&- <&-"):
        shell = subprocess.run(
            ["sh", "-c", f"{sys.executable} -m bot queue {closing}"],
            cwd=terminal.root,
            env=terminal.surroundings,
            capture_output=True,
            timeout=60,
        )
        assert shell.returncode == 0, (closing, shell.stderr)
        checked = terminal.bot("db", "check")
        assert (checked.status, "Nothing is " in checked.out) == (0, True), closing


def test_a_text_that_is_no_text_is_refused_in_words(terminal: Terminal) -> None:
    said = terminal.bot("post", os.fsdecode(b"\xff\xfe!"), "--account", "stage", "--at", "now")
    assert said.status == 1
    assert "no letters in this terminal's encoding" in said.err


@pytest.mark.parametrize("width", ["0", "1", "40"])
def test_no_screen_is_too_narrow(terminal: Terminal, width: str) -> None:
    terminal.environment["COLUMNS"] = width
    for command in (["queue"], ["show", "2"], ["report"], ["sources"]):
        assert terminal.bot(*command).status == 0


def run(terminal: Terminal, *words: str, stdout: int | TextIO = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=terminal.root,
        env=terminal.surroundings,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=60,
    )
