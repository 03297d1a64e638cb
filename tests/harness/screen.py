"""A person at a full-screen command: what they see, the keys they press, and the size of their terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from tests.harness.bot_process import PATIENCE_S, BotProcess, preloaded_bot

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_HOME = "\x1b[H"
_NOTHING = "b"
"""A key that does nothing on the first page of a post, and where a checklist is asked; it leaves the help."""

_AGAIN_S = 0.3


class ScreenSession:
    """A command on a pseudo-terminal; `frame` is what stands on it, `said` all it ever wrote."""

    def __init__(self, descriptor: int, process: BotProcess) -> None:
        self._descriptor, self.process = descriptor, process
        self.said = ""
        self._last_key = ""

    @property
    def frame(self) -> str:
        return _CONTROL.sub("", self.said.rpartition(_HOME)[2]).replace("\r", "")

    def press(self, key: str) -> None:
        """Press a key, as fast as fingers can; one that does nothing comes before the same one again, which would be
        taken for a key that is held down."""
        os.write(self._descriptor, f"{_NOTHING if key == self._last_key else ''}{key}".encode())
        self._last_key = key

    def press_until_shown(self, key: str, words: str) -> None:
        """Press the same key again, with time between, until the screen shows something; more of it must do nothing
        there."""
        deadline = time.monotonic() + PATIENCE_S
        while words not in self.frame:
            assert time.monotonic() < deadline, f"{words!r} was not shown:\n{self.frame}"
            time.sleep(_AGAIN_S)
            os.write(self._descriptor, key.encode())
            self._hear(_AGAIN_S)

    def until_shown(self, words: str) -> str:
        """Wait until the screen shows something; give the whole picture."""
        deadline = time.monotonic() + PATIENCE_S
        while words not in self.frame:
            assert time.monotonic() < deadline, f"{words!r} was not shown:\n{self.frame}"
            self._hear(0.5)
        return self.frame

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def ends(self) -> int:
        """Wait for its end, and give the exit status."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.is_alive:
            assert time.monotonic() < deadline, f"it did not end:\n{self.frame}"
            self._hear(0.1)
        self._hear(0.0)
        return self.process.ends()

    def _hear(self, wait: float) -> None:
        while select.select([self._descriptor], [], [], wait)[0]:
            try:
                self.said += os.read(self._descriptor, 65536).decode(errors="replace")
            except OSError:
                return
            wait = 0.0


@contextmanager
def at_a_screen(
    root: Path, environment: Mapping[str, str], *words: str, columns: int = 80, rows: int = 24
) -> Iterator[ScreenSession]:
    """Run a command on a terminal of this size; whatever is left of it is ended."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    name = os.ttyname(theirs)
    surroundings = {key: value for key, value in environment.items() if key != "COLUMNS"} | {"TERM": "xterm-256color"}
    logs = Path(mkdtemp(prefix="groundswell-screen-"))
    process = BotProcess(preloaded_bot(), words, root, logs, surroundings, typed=name, screen=name)
    try:
        yield ScreenSession(ours, process)
    finally:
        process.killed()
        os.close(theirs)
        with suppress(OSError):
            os.close(ours)
