"""How long commands take from nothing to their last line, and the whole rehearsal at full speed."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Figure, ms
from tests.bench.servers import PROJECT

TIMES = 15
HELP_AIM_S = 0.150
REHEARSAL_AIM_S = 20.0
_BOT = str(Path(sys.executable).with_name("bot"))


def help_figure() -> Figure:
    """`bot --help` beside an interpreter that does nothing, and one that imports the command line's library."""
    programs = ([_BOT, "--help"], [sys.executable, "-c", "pass"], [sys.executable, "-c", "import typer"])
    taken: list[list[float]] = [[], [], []]
    for _ in range(TIMES):  # in turn, so that a busy moment meets all of them
        for place, command in enumerate(programs):
            taken[place].append(_seconds(command))
    ours, bare, library = (statistics.median(one) for one in taken)
    limit = f"python -c pass {ms(bare)} ms, import typer {ms(library)} ms"
    return Figure(f"bot --help, median of {TIMES}", f"{ms(ours)} ms", "< 150 ms", limit, ours < HELP_AIM_S)


def campaign_figures(folder: Path) -> list[Figure]:
    """`bot check`, `bot plan` and the whole rehearsal, each on a copy of the shipped campaign."""
    config = ("--config", str(folder / "bot.toml"))
    check = _seconds([_BOT, "check", *config])
    plan = _seconds([_BOT, "plan", "--json", *config])
    again = _seconds([_BOT, "plan", "--json", *config])
    rehearsal = _seconds([_BOT, "rehearse", "--json", *config])
    rehearsed = Figure("whole rehearsal at full speed", f"{rehearsal:.1f} s", "< 20 s", "", rehearsal < REHEARSAL_AIM_S)
    return [
        rehearsed,
        Figure("bot check", f"{check:.2f} s"),
        Figure("bot plan, the first time / again", f"{plan:.2f} / {again:.2f} s"),
    ]


def _seconds(command: Sequence[str]) -> float:
    environment = {**os.environ, "COLUMNS": "120"}
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return seconds
