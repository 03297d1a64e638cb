"""A `bot` process that is left running: what it says, and how it ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from tests.harness.preloaded import BOT as PRELOADED_BOT
from tests.harness.preloaded import Preloaded, preloaded

PATIENCE_S = 60.0
"""How long anything may take before a test gives up; nothing waits as long as this when all is well."""

BOT = ("-m", "bot")
"""The program, as Python is told to run it."""

_LOOK_S = 0.03
_ROOT = Path(__file__).parents[2]

Found = TypeVar("Found")


def until(condition: Callable[[], Found], patience: float = PATIENCE_S) -> Found:
    """Return what the condition gives as soon as that is true. Raise TimeoutError.

    A condition that takes long, a command say, is asked for a third of the time: who waits works on the same cores.
    """
    began = asked = time.monotonic()
    while not (found := condition()):
        answered = time.monotonic()
        if answered > began + patience:
            raise TimeoutError(f"it did not come about within {patience:.0f} seconds")
        time.sleep(max(_LOOK_S, 2 * (answered - asked)))
        asked = time.monotonic()
    return found


def preloaded_bot() -> Preloaded:
    """Return what forks `bot` processes that need not load anything any more; see `preloaded_bot.py`."""
    return preloaded(PRELOADED_BOT)


class BotProcess:
    """`bot` with some words, in a folder; what it writes goes into files, so that no full pipe ever stops it.

    `typed` is the file, pipe or terminal that its standard input is; `screen`, the terminal that it writes to instead.
    """

    def __init__(
        self,
        forks: Preloaded,
        words: Sequence[str],
        folder: Path,
        logs: Path,
        environment: Mapping[str, str],
        *,
        typed: str = os.devnull,
        screen: str = "",
    ) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        number = len(list(logs.iterdir()))
        self._out, self._err = logs / f"{number}.out", logs / f"{number}.err"
        self._out.touch()
        self._err.touch()
        self._forks = forks
        self._status: int | None = None
        files = {"folder": str(folder), "out": screen or str(self._out), "err": screen or str(self._err)}
        self.pid: int = forks.ask(words=list(words), environment=dict(environment), typed=typed, **files)

    @property
    def out(self) -> str:
        """What it has written to standard output."""
        return self._out.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        """What it has written to standard error."""
        return self._err.read_text(encoding="utf-8")

    def lines(self, event: str) -> list[str]:
        """Return the lines of its log that report this event."""
        return [line for line in self.err.splitlines() if f" {event} " in f"{line[:60]} "]

    def waits_for(self, event: str, count: int = 1, patience: float = PATIENCE_S) -> list[str]:
        """Wait until it has reported an event this many times, and return those lines."""
        try:
            return until(lambda: found if len(found := self.lines(event)) >= count else [], patience)
        except TimeoutError:
            raise AssertionError(f"{count} times {event!r} was not reported:\n{self.err}") from None

    def asked(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal."""
        if self.is_alive:
            os.kill(self.pid, number)

    def ends(self, patience: float = PATIENCE_S) -> int:
        """Wait for its end; gives the exit status, negative for a signal that killed it."""
        if self.is_alive:
            watched = os.pidfd_open(self.pid)
            try:
                over, _, _ = select.select([watched], [], [], patience)
                if not over:
                    self.asked(signal.SIGABRT)  # and it writes down where its threads stand
                    select.select([watched], [], [], PATIENCE_S)
                    raise TimeoutError(f"it did not end within {patience:.0f} seconds:\n{self.err}")
            finally:
                os.close(watched)
        assert not self.is_alive
        assert self._status is not None
        return self._status

    def stopped(self) -> int:
        """Ask it to end, and wait."""
        self.asked()
        return self.ends()

    def killed(self) -> None:
        """End it as a power cut does."""
        self.asked(signal.SIGKILL)
        self.ends()

    @property
    def is_alive(self) -> bool:
        if self._status is None:
            self._status = self._forks.ask(ended=self.pid)
        return self._status is None


class PipedBot:
    """`bot run` in a process that has loaded everything itself, and whose log goes into a pipe."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        self._process, self._pipe = process, process.stderr
        os.set_blocking(self._pipe.fileno(), False)
        self.pid = process.pid
        self.said = ""

    def waits_for(self, words: str) -> None:
        """Wait until it has said something."""
        try:
            until(lambda: words in self._heard())
        except TimeoutError:
            raise AssertionError(f"{words!r} was not said: {self.said}") from None

    def hangs_up(self) -> None:
        """Close the pipe, so that nobody reads its log any more."""
        self._pipe.close()

    def _heard(self) -> str:
        with suppress(BlockingIOError):
            self.said += os.read(self._pipe.fileno(), 65536).decode()
        return self.said


@contextmanager
def piped(environment: Mapping[str, str], folder: Path, program: tuple[str, ...] = BOT) -> Iterator[PipedBot]:
    """Lend a worker that is asked to end in the end, and must end well."""
    command = [sys.executable, *program, "run"]
    with subprocess.Popen(command, cwd=folder, env=dict(environment), stderr=subprocess.PIPE) as process:
        try:
            yield PipedBot(process)
            process.terminate()
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
