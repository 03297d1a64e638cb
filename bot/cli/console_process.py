"""The console in a process of its own beside a worker: it ends with the worker, and is started again where it ends
alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.logs import Form
from bot.services.events import EventName

if TYPE_CHECKING:
    from bot.services.work import Work

UNTIL_INPUT_ENDS = "--until-input-ends"
"""Tells `bot web` to end when its standard input does. The worker holds the other end of that pipe and never writes:
however the worker ends, killed too, the system closes it."""

AGAIN_AFTER_S = 2.0
"""How soon a console that ended is started again; each further time in a row takes twice as long."""

_LONGEST_WAIT_S = 60.0
_WELL_AFTER_S = 60.0
_ENDS_WITHIN_S = 15.0


@contextmanager
def console_beside(work: Work, config: Path | None, log: Form, *, as_json: bool) -> Iterator[None]:
    """Serve the console of this `bot.toml` as long as the block runs.

    What it has to tell goes into the worker's `log`, in that form. What the console prints goes to standard error where
    standard output is for one JSON document.
    """
    words = [sys.executable, "-m", "bot", "web", UNTIL_INPUT_ENDS, "--log", log]
    words += ["--config", str(config)] if config else []
    keeper = _Keeper(work, words, as_json)
    thread = threading.Thread(target=keeper.keep, name="console", daemon=True)
    thread.start()
    try:
        yield
    finally:
        keeper.end()
        thread.join(_ENDS_WITHIN_S)


class _Keeper:
    """Keeps one console running. That it has ended is alarming once, until one has run for a while again."""

    def __init__(self, work: Work, words: list[str], as_json: bool) -> None:
        self._work, self._words, self._as_json = work, words, as_json
        self._is_over = threading.Event()
        self._changing = threading.Lock()
        self._console: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Start the console, and again whenever it ends, until `end` is called."""
        wait, failure = AGAIN_AFTER_S, ""
        while not self._is_over.is_set():
            began = time.monotonic()
            ended = self._serve(failure)
            if self._is_over.is_set():
                return
            if time.monotonic() - began > _WELL_AFTER_S:
                wait, failure = AGAIN_AFTER_S, ""
            is_first, failure = (
                not failure,
                f"The console has ended ({ended}). The worker goes on, and starts it again.",
            )
            self._work.tell(EventName.FAILED, alarming=is_first, error=failure)
            self._is_over.wait(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)

    def _serve(self, failure: str) -> str:
        """Serve the console until it ends, and return how it did; say that it works after a `failure`, if it does."""
        try:
            console = self._start()
        except OSError as error:
            return str(error)
        if console is None:
            return ""
        if failure and self._is_well(console):
            self._work.tell(EventName.WORKS_AGAIN, error=failure)
        status = console.wait()
        if console.stdin is not None:
            console.stdin.close()
        return f"signal {-status}" if status < 0 else f"exit status {status}"

    def _start(self) -> subprocess.Popen[bytes] | None:
        """Start one, in a process group of its own: Ctrl-C at the terminal is the worker's to answer."""
        with self._changing:
            if self._is_over.is_set():
                return None
            self._console = subprocess.Popen(  # noqa: S603 - our own program
                self._words,
                stdin=subprocess.PIPE,
                stdout=sys.stderr.fileno() if self._as_json else None,
                process_group=0,
            )
            return self._console

    @staticmethod
    def _is_well(console: subprocess.Popen[bytes]) -> bool:
        try:
            console.wait(_WELL_AFTER_S)
        except subprocess.TimeoutExpired:
            return True
        return False

    def end(self) -> None:
        """End the console, by force where it does not end by itself."""
        with self._changing:
            self._is_over.set()
            console = self._console
        if console is None:
            return
        console.terminate()
        try:
            console.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            console.kill()
            console.wait()


def when_input_ends(end: Callable[[], None]) -> None:
    """Call `end` once standard input has ended; what comes before that is not heeded."""

    def listen() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        end()

    threading.Thread(target=listen, name="input", daemon=True).start()
