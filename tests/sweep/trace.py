"""Watching a process line by line, and striking it at one of them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

PROJECT = Path(__file__).parents[2]
_WATCHED = (str(PROJECT / "bot") + os.sep, str(PROJECT / "tests" / "sweep" / "wrong.py"))
_MADE_ONCE = str(PROJECT / "bot" / "values.py")
"""Makes the methods of a class when they are first called: only the first life of a process comes by."""

_Local = Callable[[FrameType, str, Any], Any]
_REMEMBERING = type(cache(lambda: None))


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

    def write_down(frame: FrameType) -> None:
        nonlocal before, changes
        if (now := world()) != before:
            before, changes = now, changes + 1
        file = frame.f_code.co_filename[len(str(PROJECT)) + 1 :]
        steps.append(Step(file, frame.f_lineno, frame.f_code.co_name, changes, looks()))

    _follow(lambda file: file.startswith(_WATCHED) and file != _MADE_ONCE, write_down)


def _follow(is_watched: Callable[[str], bool], passed: Callable[[FrameType], object]) -> None:
    """From here on, call `passed` before each line of these files, but not within functions that remember their
    answers: whether those are entered depends on what this process, or the one it was forked from, was asked before."""
    memoized, depth = _memoized(), 0

    def within(_: FrameType, event: str, __: Any) -> _Local:
        nonlocal depth
        depth -= event == "return"
        return within

    def follow(frame: FrameType, event: str, _: Any) -> _Local | None:
        nonlocal depth
        if id(frame.f_code) in memoized:
            depth += 1
            return within
        if not is_watched(frame.f_code.co_filename):
            return None
        if event == "line" and not depth:
            passed(frame)
        return follow

    sys.settrace(follow)


def _memoized() -> frozenset[int]:
    """The ids of the code of all functions of ours that remember their answers."""
    modules = [vars(module) for name, module in list(sys.modules.items()) if name.startswith("bot.")]
    classes = [vars(value) for names in modules for value in list(names.values()) if isinstance(value, type)]
    functions = (value for names in (*modules, *classes) for value in names.values() if isinstance(value, _REMEMBERING))
    return frozenset(id(function.__wrapped__.__code__) for function in functions)


def dying_at(point: Point) -> None:
    """From here on, die at the point: by SIGKILL, with nothing cleaned up."""
    striking_at(point, lambda: os.kill(os.getpid(), signal.SIGKILL))


def pausing_at(point: Point) -> None:
    """From here on, stand still at the point, with everything held that is held there, until somebody sends SIGCONT."""
    striking_at(point, lambda: os.kill(os.getpid(), signal.SIGSTOP))


def striking_at(point: Point, strike: Callable[[], object]) -> None:
    """From here on, do this at the point."""
    wanted, seen = str(PROJECT / point.file), 0

    def look(frame: FrameType) -> None:
        nonlocal seen
        if frame.f_lineno == point.line:
            seen += 1
            if seen == point.time:
                strike()

    _follow(lambda file: file == wanted, look)
