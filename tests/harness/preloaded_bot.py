"""A process that has loaded the `bot` command once, and becomes a new one of it for each line on its standard input.

Loading takes a second of the processor each time, of which the tests here have few: what they test begins after it.
A child is a whole process with its own session, streams, folder, surroundings and signals.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from typing import Any

LOADED = (
    "alembic.command",
    "alembic.config",
    "apscheduler.schedulers.background",
    "babel.dates",
    "bot.__main__",
    "bot.app",
    "bot.cli.login",
    "bot.cli.rehearse.command",
    "bot.platforms.mastodon.adapter",
    "bot.platforms.x.adapter",
    "bot.worker.worker",
    "bot.cli.words.plan",
    "bot.services.checks.online",
    "bot.services.decisions",
    "bot.services.report",
)


def order() -> dict[str, Any] | None:
    """In a child: what to become. In the process that forks them: None, when nobody asks any more."""
    for line in iter(sys.stdin.readline, ""):
        wanted: dict[str, Any] = json.loads(line)
        if "ended" in wanted:
            answer(_status(wanted["ended"]))
            continue
        child = os.fork()
        if not child:
            return wanted
        answer(child)
    return None


def answer(number: int | None) -> None:
    """One line for one line."""
    print(json.dumps(number), flush=True)


def _status(child: int) -> int | None:
    """A child's exit status, negative for a signal that killed it; None while it lives."""
    ended, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def become(wanted: dict[str, Any]) -> None:
    """Be the `bot` command in the folder and surroundings that are wanted."""
    os.setsid()
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    streams = ((wanted["typed"], os.O_RDONLY), (wanted["out"], flags), (wanted["err"], flags))
    for number, (path, how) in enumerate(streams):
        file = os.open(path, how)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - what was there knows the old files
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.argv = ["bot", *wanted["words"]]
    from bot.__main__ import main

    main()


if __name__ == "__main__":
    for module in LOADED:
        importlib.import_module(module)
    gc.freeze()
    if (found := order()) is not None:
        become(found)
