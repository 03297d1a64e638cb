"""Several lanes write one log at the same time, and each line of it stays whole."""

from __future__ import annotations

import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.cli import logs

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
