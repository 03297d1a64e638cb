"""A `bot` process that is left running: what it says, and how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

PATIENCE_S = 20.0
"""How long anything may take before a test gives up; nothing waits as long as this when all is well."""

_LOOK_S = 0.03

Found = TypeVar("Found")


def until(condition: Callable[[], Found], patience: float = PATIENCE_S) -> Found:
    """What the condition gives as soon as that is true; raises TimeoutError."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come about within {patience:.0f} seconds")
        time.sleep(_LOOK_S)
    return found


class Process:
    """`bot` with some words, in a folder; what it writes goes into files, so that no full pipe ever stops it."""

    def __init__(
        self, words: tuple[str, ...], folder: Path, logs: Path, environment: Mapping[str, str], preload: str = ""
    ) -> None:
        """`preload` is Python to be run in the process before the command."""
        logs.mkdir(parents=True, exist_ok=True)
        number = len(list(logs.iterdir()))
        self._out, self._err = logs / f"{number}.out", logs / f"{number}.err"
        start = ["-c", f"{preload}\nfrom bot.__main__ import main\nmain()"] if preload else ["-m", "bot"]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, *start, *words],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def out(self) -> str:
        """What it has written to standard output."""
        return self._out.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        """What it has written to standard error."""
        return self._err.read_text(encoding="utf-8")

    def lines(self, event: str) -> list[str]:
        """The lines of its log that report this event."""
        return [line for line in self.err.splitlines() if f" {event} " in f"{line[:60]} "]

    def waits_for(self, event: str, count: int = 1, patience: float = PATIENCE_S) -> list[str]:
        """Wait until it has reported an event so many times."""
        try:
            return until(lambda: found if len(found := self.lines(event)) >= count else [], patience)
        except TimeoutError:
            raise AssertionError(f"{count} times {event!r} was not reported:\n{self.err}") from None

    def asked(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def ends(self, patience: float = PATIENCE_S) -> int:
        """Wait for its end; gives the exit status, negative for a signal that killed it."""
        return self._process.wait(patience)

    def stopped(self) -> int:
        """Ask it to end, and wait."""
        self.asked()
        return self.ends()

    def killed(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        self._process.wait()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None
