"""Several lanes write one log at the same time, and each line of it stays whole."""

from __future__ import annotations

import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.cli import logs
from bot.cli.output import Output
from tests.harness.full_disk import full_disk

LINES = 20


class Interrupted(io.StringIO):
    """A stream after each piece of which another thread gets its turn, as the interpreter may decide at any time."""

    def write(self, text: str) -> int:
        written = super().write(text)
        time.sleep(0)
        return written


def test_lines_of_several_threads_do_not_run_into_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Interrupted()
    monkeypatch.setattr(sys, "stderr", stream)
    with ThreadPoolExecutor(4) as pool:
        for name in "abcd" * LINES:
            pool.submit(logs.write, name)
    monkeypatch.undo()
    assert sorted(stream.getvalue().splitlines()) == sorted("abcd" * LINES)


def test_a_log_goes_on_once_its_disk_has_room_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file, Output(io.BufferedWriter(file.raw), "utf-8", line_buffering=True) as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        logs.write("a line")
        with full_disk(len("a line\nanother")):
            logs.write("another line")
            logs.write("one more")
        logs.write("at last")
        monkeypatch.undo()
    assert log.read_text() == "a line\nanother\nat last\n"
