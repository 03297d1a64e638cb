"""Watching a process line by line, and striking it at one of them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

PROJECT = Path(__file__).parents[2]
_WATCHED = (str(PROJECT / "bot") + os.sep, str(PROJECT / "tests" / "sweep" / "wrong.py"))

_Local = Callable[[FrameType, str, Any], Any]


class Step(NamedTuple):
    """One line about to be executed, the function it is in, and how often the world had changed before it.

    The world is what outlives the process: what its store holds, what it sent, the hour. Whoever dies at two lines
    with the same number leaves the same behind. `looks` is how often the process had looked at the clock: who is paused
    at two lines with both the same notices the same.
    """

    file: str
    line: int
    function: str
    changes: int
    looks: int


class Point(NamedTuple):
    """Where to be struck: before a line is executed for the `time`th time, counted from 1."""

    file: str
    line: int
    time: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line} (time {self.time})"


def recording(steps: list[Step], world: Callable[[], object], looks: Callable[[], int]) -> None:
    """From here on, write down every line of ours that is executed by calls yet to come; `world` gives what there is
    to be changed, to be compared, and `looks` how often the clock was looked at."""
    before, changes = world(), 0

    def follow(frame: FrameType, event: str, _: Any) -> _Local | None:
        code = frame.f_code
        if not code.co_filename.startswith(_WATCHED):
            return None
        file = code.co_filename[len(str(PROJECT)) + 1 :]
        if event == "line":
            nonlocal before, changes
            if (now := world()) != before:
                before, changes = now, changes + 1
            steps.append(Step(file, frame.f_lineno, code.co_name, changes, looks()))
        return follow

    sys.settrace(follow)


def dying_at(point: Point) -> None:
    """From here on, die at the point: by SIGKILL, with nothing cleaned up."""
    striking_at(point, lambda: os.kill(os.getpid(), signal.SIGKILL))


def pausing_at(point: Point) -> None:
    """From here on, stand still at the point, with everything held that is held there, until somebody sends SIGCONT."""
    striking_at(point, lambda: os.kill(os.getpid(), signal.SIGSTOP))


def striking_at(point: Point, strike: Callable[[], object]) -> None:
    """From here on, do this at the point."""
    file = str(PROJECT / point.file)
    seen = 0

    def follow(frame: FrameType, event: str, _: Any) -> _Local | None:
        nonlocal seen
        if frame.f_code.co_filename != file:
            return None
        if event == "line" and frame.f_lineno == point.line:
            seen += 1
            if seen == point.time:
                strike()
        return follow

    sys.settrace(follow)
