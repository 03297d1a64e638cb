"""A process that has loaded the `bot` command once, and becomes a new one of it for each order that it gets.

Loading takes a second of the processor each time, of which the tests here have few: what they test begins after it.
A child is a whole process with its own session, streams, folder, surroundings and signals.
"""

from __future__ import annotations

import atexit
import faulthandler
import gc
import importlib
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer.main
from sqlalchemy import Engine

import bot
from bot.domain.campaign import PlatformName
from bot.services.campaign_files import Files
from tests.harness.campaign_folder import sound
from tests.harness.forked_drafts import Forks
from tests.harness.preloaded import Orders, tell

LIBRARIES = ("alembic.command", "alembic.config", "babel.dates", "pwd", "twitter_text", "typer._adapters")
"""What commands load only when they come to it."""

LEFT_OUT = "bot.store.migrations."
"""What Alembic loads itself."""

STEPS = 60
"""Of a rehearsal, in which nearly all that a worker asks of its store is asked."""


def load() -> None:
    """Load all of ours, and what that loads later; compile the patterns that reading a campaign compiles."""
    for name in LIBRARIES:
        importlib.import_module(name)
    for found in pkgutil.walk_packages(bot.__path__, "bot."):
        if not found.name.startswith(LEFT_OUT):
            importlib.import_module(found.name)
    from bot.cli.app import app
    from bot.domain.links import has_link
    from bot.domain.stop_requests import hear
    from bot.services.campaign_files import read_files
    from bot.shapes import resolve_structs

    for platform in PlatformName:
        has_link("https://union.example", platform)
    hear("Please leave me alone", ())
    resolve_structs()
    vars(typer.main)["get_command"] = cache(typer.main.get_command)
    typer.main.get_command(app)  # the parser of the command line, whose making takes a third of a command's time
    share_compiled_sql()
    with TemporaryDirectory() as folder:
        files = read_files(sound(Path(folder)).bot)
        assert len(files.drafts) == 4
        rehearse(files, Path(folder))
        look(Path(folder))


def share_compiled_sql() -> None:
    """Let every engine on a SQLite file find the SQL that the first of them has compiled, which takes a sixth of what
    most commands take; SQLAlchemy would keep it for each engine alone."""
    from bot.store import engine as engines

    make = vars(engines)["create_engine"]
    first: list[Engine] = []

    def made(*words: Any, **more: Any) -> Engine:
        engine: Engine = make(*words, **more)
        if engine.dialect.name == "sqlite":
            first.append(engine)
            vars(engine).update({name: vars(first[0])[name] for name in ("dialect", "_compiled_cache")})
            del first[1:]
        return engine

    vars(engines)["create_engine"] = made


def rehearse(files: Files, folder: Path) -> None:
    """Work through the first steps of a rehearsal."""
    from bot.services.rehearsal.rehearse import rehearsing

    with rehearsing(files.config, files.library, folder, lambda moment: None) as rehearsal:
        for _ in range(STEPS):
            at = rehearsal.next_at()
            assert at is not None
            rehearsal.step(at)


def look(folder: Path) -> None:
    """Run the commands that most tests ask what became of it."""
    from bot.cli.app import app

    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        app(["--help"], standalone_mode=False)
        for command in ("queue", "sightings", "sources", "report"):
            app([command, "--json", "--config", str(folder / "bot.toml")], standalone_mode=False)
    assert threading.active_count() == 1, "a child has no thread but the one that forks it"


def order() -> dict[str, Any] | None:
    """Return in a child what to become; in the process that forks them None, when nobody asks any more."""
    orders = Orders(sys.argv[1])
    for wanted, asker in orders:
        if "ended" in wanted:
            tell(asker, _status(wanted["ended"]))
        elif child := os.fork():
            tell(asker, child)
        else:
            orders.close()
            return wanted
    return None


def _status(child: int) -> int | None:
    """Return a child's exit status, negative for a signal that killed it; None while it lives."""
    ended, status = os.waitpid(child, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def run_to_the_end(run: Callable[[], None]) -> None:
    """Run to the end that Python gives it, but for freeing all that is loaded: that takes as long as most commands."""
    status: int | str | None = None
    try:
        run()
    except SystemExit as error:
        status = error.code
    if isinstance(status, str):
        sys.exit(status)
    vars(threading)["_shutdown"]()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status or 0)


def become(wanted: dict[str, Any]) -> None:
    """Become the `bot` command in the folder and surroundings that are wanted, which hears what a terminal sends."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
    for each in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(each, signal.SIG_DFL)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    streams = ((wanted["typed"], os.O_RDONLY), (wanted["out"], flags), (wanted["err"], flags))
    for number, (path, how) in enumerate(streams):
        file = os.open(path, how)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - what was there knows the old files
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    faulthandler.enable()  # a signal that kills it says where it was
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.argv = ["bot", *wanted["words"]]
    from bot.__main__ import main
    from bot.services import drafting

    if wanted["words"][:1] == ["run"] and "--once" not in wanted["words"]:
        vars(drafting)["subprocess"] = Forks()
    run_to_the_end(main)


if __name__ == "__main__":
    load()
    gc.freeze()
    if (found := order()) is not None:
        become(found)
