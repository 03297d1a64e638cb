"""The real `bot` command as a person runs it: a process of its own, in a campaign's folder, with a home of its own."""

from __future__ import annotations

import atexit
import json
import os
import pty
import re
import select
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory, mkdtemp
from typing import Any

from tests.harness.bot_process import BotProcess, preloaded_bot, until

PATIENCE_S = 30.0

_ADDRESS = re.compile(r"\n  (http\S+)\n")


@dataclass(frozen=True)
class CommandResult:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on standard output; anything else there is an error."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """A person's terminal: `root` is where they are, `home` theirs alone."""

    root: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def config_home(self) -> Path:
        return self.home / "config"

    @property
    def surroundings(self) -> dict[str, str]:
        """The environment of whatever is run here."""
        own = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.config_home), "PATH": os.environ["PATH"]}
        return {**own, "PYTHONWARNINGS": "error", "COLUMNS": "200", **self.environment}

    def bot(self, *words: str, typed: str = "", cwd: Path | None = None) -> CommandResult:
        """Run a command to its end, with `typed` on its standard input."""
        with NamedTemporaryFile("w", encoding="utf-8") as keys:
            keys.write(typed)
            keys.flush()
            return self._ended(self._start(words, keys.name, cwd=cwd))

    def login(self, *words: str, answer: Callable[[str], list[str]]) -> CommandResult:
        """Run `bot login`: the address it shows is given to `answer`, whose words are typed line by line."""
        with TemporaryDirectory() as folder:
            keys = Path(folder) / "keys"
            os.mkfifo(keys)
            process = self._start(["login", *words], str(keys))
            with keys.open("w", encoding="utf-8") as typed:
                shown = until(lambda: _ADDRESS.search(process.err), PATIENCE_S)
                assert shown, process.err
                typed.writelines(f"{word}\n" for word in answer(shown[1]))
            return self._ended(process)

    def at_a_screen(self, *words: str, reply: Callable[[str], str]) -> CommandResult:
        """Run a command on a pseudo-terminal; at each question `reply` is given the screen, and its words are typed."""
        ours, theirs = pty.openpty()
        screen = os.ttyname(theirs)
        process = self._start(words, screen, screen=screen)
        until(lambda: _is_open(process.pid, screen) or not process.is_alive)
        os.close(theirs)
        shown = _played(ours, reply)
        status = process.ends(PATIENCE_S)
        os.close(ours)
        return CommandResult(status, "", shown)

    def _start(self, words: Sequence[str], typed: str, *, cwd: Path | None = None, screen: str = "") -> BotProcess:
        folder, forks = cwd or self.root, preloaded_bot()
        return BotProcess(
            forks, words, folder, Path(mkdtemp(dir=_written())), self.surroundings, typed=typed, screen=screen
        )

    @staticmethod
    def _ended(process: BotProcess) -> CommandResult:
        return CommandResult(process.ends(PATIENCE_S), process.out, process.err)


@cache
def _written() -> str:
    """Return where what commands write is kept, until this process ends."""
    folder = mkdtemp(prefix="groundswell-terminal-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _is_open(pid: int, file: str) -> bool:
    """Return whether a process has a file for its streams."""
    try:
        return all(os.readlink(f"/proc/{pid}/fd/{number}") == file for number in range(3))
    except OSError:
        return False


def _played(screen: int, reply: Callable[[str], str]) -> str:
    """Return everything the screen showed, until the other side hung up."""
    shown = ""
    while select.select([screen], [], [], PATIENCE_S)[0]:
        try:
            shown += os.read(screen, 4096).decode()
        except OSError:
            break
        if shown.endswith(": "):
            os.write(screen, f"{reply(shown)}\n".encode())
    return shown
