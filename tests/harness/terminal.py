"""The real `bot` command as a person runs it: a process of its own, in a campaign's folder, with a home of its own."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE_S = 30.0


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

    def bot(self, *words: str, typed: str = "", cwd: Path | None = None) -> CommandResult:
        """Run a command to its end, with `typed` on its standard input."""
        done = subprocess.run(
            self._command(words),
            input=typed,
            cwd=cwd or self.root,
            env=self._env(),
            text=True,
            encoding="utf-8",
            capture_output=True,
            timeout=PATIENCE_S,
        )
        return CommandResult(done.returncode, done.stdout, done.stderr)

    def login(self, *words: str, answer: Callable[[str], list[str]]) -> CommandResult:
        """`bot login`: the address it shows is given to `answer`, whose words are typed line by line."""
        with subprocess.Popen(
            self._command(["login", *words]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.root,
            env=self._env(),
            text=True,
            encoding="utf-8",
        ) as process:
            assert process.stderr is not None
            shown = ""
            while "\n  http" not in shown and (line := process.stderr.readline()):
                shown += line
            assert "\n  http" in shown, shown
            words_typed = answer(shown.rpartition("\n  ")[2].strip())
            out, err = process.communicate("".join(f"{word}\n" for word in words_typed))
        return CommandResult(process.returncode, out, shown + err)

    def at_a_screen(self, *words: str, reply: Callable[[str], str]) -> CommandResult:
        """Run a command on a pseudo-terminal; at each question `reply` is given the screen, and its words are typed."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            self._command(words),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=self.root,
            env=self._env(),
            start_new_session=True,
        ) as process:
            os.close(theirs)
            screen = _played(ours, reply)
            status = _ended(process)
        os.close(ours)
        return CommandResult(status, "", screen)

    def _command(self, words: list[str] | tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "bot", *words]

    def _env(self) -> dict[str, str]:
        own = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.config_home), "PATH": os.environ["PATH"]}
        return {**own, "PYTHONWARNINGS": "error", "COLUMNS": "200", **self.environment}


def _ended(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def _played(screen: int, reply: Callable[[str], str]) -> str:
    """Everything the screen showed, until the other side hung up."""
    shown = ""
    while select.select([screen], [], [], PATIENCE_S)[0]:
        try:
            shown += os.read(screen, 4096).decode()
        except OSError:
            break
        if shown.endswith(": "):
            os.write(screen, f"{reply(shown)}\n".encode())
    return shown
