"""How long commands take from nothing to their last line, and the whole rehearsal at full speed."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.figures import Figure, ms
from tests.bench.servers import PROJECT

TIMES, ROUNDS = 15, 3
HELP_AIM_S = 0.150
OWN_AIM = 0.4 / HELP_AIM_S
"""What a command may take of its own, in times of `bot --help`: 0.4 s where that takes 0.15 s."""

REHEARSAL_AIM_S = 20.0
COMMANDS = ("check", "plan", "show 1", "queue", "report", "sightings", "run --once")
BOT = str(Path(sys.executable).with_name("bot"))


def help_figure() -> Figure:
    """`bot --help` beside an interpreter that does nothing, and one that imports the command line's library."""
    programs = ([BOT, "--help"], [sys.executable, "-c", "pass"], [sys.executable, "-c", "import typer"])
    taken: list[list[float]] = [[], [], []]
    for _ in range(TIMES):  # in turn, so that a busy moment meets all of them
        for place, command in enumerate(programs):
            taken[place].append(seconds(command))
    ours, bare, library = (statistics.median(one) for one in taken)
    limit = f"python -c pass {ms(bare)} ms, import typer {ms(library)} ms"
    return Figure(f"bot --help, median of {TIMES}", f"{ms(ours)} ms", "< 150 ms", limit, ours < HELP_AIM_S)


def own_figures(config: Path, secrets: Mapping[str, str]) -> list[Figure]:
    """What each command takes of the processor beyond `bot --help`, on the shipped campaign, the least of some."""
    words = {name: [*name.split(), "--config", str(config)] for name in COMMANDS}
    taken: dict[str, list[float]] = {name: [] for name in ("--help", *COMMANDS)}
    unplanned = min(_processor_seconds(words["check"], secrets) for _ in range(ROUNDS))
    _processor_seconds(words["plan"], secrets)
    for _ in range(ROUNDS):
        taken["--help"].append(_processor_seconds(["--help"], secrets))
        for name in COMMANDS:
            taken[name].append(_processor_seconds(words[name], secrets))
    bare = min(taken.pop("--help"))
    all_taken = {"check, where nothing was planned": unplanned, **{name: min(one) for name, one in taken.items()}}
    return [_own_figure(name, one - bare, bare) for name, one in all_taken.items()]


def _own_figure(name: str, own: float, bare: float) -> Figure:
    return Figure(
        f"bot {name}: processor time of its own",
        f"{ms(own)} ms, {own / bare:.1f} ×",
        f"< {OWN_AIM:.1f} × --help",
        f"bot --help {ms(bare)} ms",
        own < OWN_AIM * bare,
    )


def campaign_figures(folder: Path) -> list[Figure]:
    """`bot check`, `bot plan` and the whole rehearsal, each on a copy of the shipped campaign."""
    config = ("--config", str(folder / "bot.toml"))
    check = seconds([BOT, "check", *config])
    plan = seconds([BOT, "plan", "--json", *config])
    again = seconds([BOT, "plan", "--json", *config])
    rehearsal = seconds([BOT, "rehearse", "--json", *config])
    rehearsed = Figure("whole rehearsal at full speed", f"{rehearsal:.1f} s", "< 20 s", "", rehearsal < REHEARSAL_AIM_S)
    return [
        rehearsed,
        Figure("bot check", f"{check:.2f} s"),
        Figure("bot plan, the first time / again", f"{plan:.2f} / {again:.2f} s"),
    ]


def seconds(command: Sequence[str]) -> float:
    """How long a program takes on the wall clock, with its start."""
    environment = {**os.environ, "COLUMNS": "120"}
    begin = time.perf_counter()
    done = subprocess.run(command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    taken = time.perf_counter() - begin
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return taken


def _processor_seconds(words: Sequence[str], secrets: Mapping[str, str]) -> float:
    """How long the processor was at work for a command, and for the kernel on its behalf."""
    process = subprocess.Popen(
        [BOT, *words], cwd=PROJECT, env={**os.environ, **secrets}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"bot {' '.join(words)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime
