"""Whole commands as a person runs them, each a process, on a store of a hundred thousand deliveries and a million
sightings, and the same ones on a store of twenty each."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.clock import system_clock
from bot.store.store import Store, sqlite_url
from tests.bench import stores
from tests.bench.crowd import WHOLE, Extent, crowd, crowd_of_deliveries
from tests.bench.figures import Figure
from tests.bench.servers import Servers, copied_campaign, settled
from tests.bench.start import BOT
from tests.servers.mastodon.handle import MastodonServer
from tests.servers.x.handle import XSimulator

SMALL = Extent(sightings=20, deliveries=20, held=20)
ACCOUNT = "mastodon"

MOST_S = 1.0
MOST_MB = 60
"""What a command may take of the processor, and hold, beyond what it does on the small store: nothing loads a table."""

A_ROW_S = 0.0002
"""What it may take for each row that it lists: no page of a list reads more than its own rows."""

LONG = 20_000
"""Rows of a long list."""

A_SCREEN = 500
"""Letters on a terminal after which the first screen is there."""

ALL = "(all of it)"
"""Behind the name of a command whose work is the whole store, so that it takes as long as there are rows."""


@dataclass(frozen=True)
class Command:
    """Its words, in which {delivery}, {sent} and {sighting} stand for rows of the store. Its `keys` are typed on a
    terminal.

    One that `is_linear` has the whole store as its work; one that is run `once` changes what it finds; one that
    `may_refuse` asks for what may not fit the row. `rows` are those that it lists, `kinds` the stores that it is for.
    """

    words: str
    keys: str = ""
    is_linear: bool = False
    once: bool = False
    may_refuse: bool = False
    rows: int = 0
    kinds: tuple[str, ...] = stores.BOTH


COMMANDS = (
    Command(f"queue --limit {LONG}", rows=LONG),
    Command("queue --limit 50"),
    Command("queue --state planned --limit 50 --json"),
    Command("queue --state sent --limit 50 --json"),
    Command(f"queue --limit {LONG} --json", rows=LONG),
    Command("show {delivery}"),
    Command("show {sent} --json"),
    Command(f"sightings --limit {LONG}", rows=LONG),
    Command(f"sightings --limit {LONG} --json", rows=LONG),
    Command("sightings --limit 50"),
    Command("sightings --state held"),
    Command("sightings --limit 50 --json"),
    Command("review", keys="q"),
    Command("report"),
    Command("report --json"),
    Command("sources"),
    Command("budget"),
    Command("automatic"),
    Command("check"),
    Command("plan"),
    Command("plan --json"),
    Command("hold {delivery} --dry-run"),
    Command("hold --message message-1 --dry-run", may_refuse=True),
    Command("release {delivery} --dry-run", may_refuse=True),
    Command("cancel {delivery} --dry-run"),
    Command("retry {sent} --dry-run", may_refuse=True),
    Command("approve {sighting} --dry-run", may_refuse=True),
    Command("approve --author @a0@h.example --dry-run", may_refuse=True),
    Command("reject {sighting} --dry-run", may_refuse=True),
    Command("reject --author @a0@h.example --dry-run", may_refuse=True),
    Command("flag {sighting}", once=True, may_refuse=True),
    Command("post Hello --account mastodon --at 23:59", once=True, may_refuse=True),
    Command("hold {delivery}", once=True, may_refuse=True),
    Command("release {delivery}", once=True, may_refuse=True),
    Command("forget @a3@h.example", once=True, may_refuse=True),
    Command("remember @a3@h.example", once=True, may_refuse=True),
    Command("stop", once=True),
    Command("resume", once=True),
    Command("db check", is_linear=True),
    Command("db upgrade"),
    Command("db backup", is_linear=True, once=True, kinds=(stores.SQLITE,)),  # of PostgreSQL it takes a minute
    Command("run --once", once=True, may_refuse=True),
)


@dataclass(frozen=True)
class Run:
    """What one process took: seconds on the wall clock and of the processor, and MB at most."""

    wall: float
    cpu: float
    most: float


@dataclass(frozen=True)
class Filled:
    """A campaign's folder with a store of some extent."""

    config: Path
    environment: Mapping[str, str]
    extent: Extent

    def words(self, command: Command) -> list[str]:
        rows = {
            "{delivery}": self.extent.deliveries,
            "{sent}": self.extent.reshares + 1,
            "{sighting}": self.extent.sightings,
        }
        words = command.words.split()
        return [*(str(rows.get(word, word)) for word in words), "--config", str(self.config)]

    def run(self, command: Command) -> Run:
        """Run it to its end. Raise RuntimeError where it fails."""
        words = [BOT, *self.words(command)]
        environment = {**os.environ, "COLUMNS": "120", "TERM": "xterm", **self.environment}
        told, telling = os.pipe()
        beside = [sys.executable, "-I", "-S", "-c", _BESIDE, str(telling), *words]
        (_on_terminal if command.keys else _aside)(beside, environment, telling, command.keys)
        os.close(telling)
        with open(told, encoding="ascii") as pipe:
            status, wall, cpu, kilobytes = json.load(pipe)
        if status not in ({0, 1} if command.may_refuse else {0}):
            raise RuntimeError(f"bot {' '.join(words[1:])} ended with {status}")
        return Run(wall, cpu, kilobytes * 1.024e-3)


_BESIDE = """\
import json, os, sys, time
begin = time.perf_counter()
process = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(process, 0)
wall, cpu = time.perf_counter() - begin, used.ru_utime + used.ru_stime
told = os.waitstatus_to_exitcode(status), wall, cpu, used.ru_maxrss
os.write(int(sys.argv[1]), json.dumps(told).encode())
"""
"""A small process that starts the command: the kernel counts what whoever starts a process holds as the least that it
ever held."""


def _aside(words: Sequence[str], environment: Mapping[str, str], telling: int, _keys: str) -> None:
    """Run it; what it prints is read by nobody."""
    nobody = subprocess.DEVNULL
    subprocess.run(words, env=environment, stdin=nobody, stdout=nobody, stderr=nobody, pass_fds=(telling,), check=True)


def _on_terminal(words: Sequence[str], environment: Mapping[str, str], telling: int, keys: str) -> None:
    """Run it on a terminal of its own, where the keys are typed once there is something to be seen."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        words, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, pass_fds=(telling,), start_new_session=True
    )
    os.close(theirs)
    with suppress(OSError):  # there is no terminal any more once the process has ended
        seen = 0
        while some := os.read(ours, 65536):
            seen += len(some)
            if keys and seen > A_SCREEN:
                os.write(ours, keys.encode())
                keys = ""
    os.close(ours)
    process.wait()


def measured(mastodon: MastodonServer, x: XSimulator, folder: Path) -> Iterator[Figure]:
    """Each command on both stores; what a command changes, it changes on both."""
    for kind in stores.BOTH:
        small = _filled(kind, settled(mastodon, x), folder / f"commands-{kind}-small", SMALL)
        whole = _filled(kind, settled(mastodon, x), folder / f"commands-{kind}", WHOLE)
        for command in COMMANDS:
            if kind in command.kinds:
                yield _measured(kind, command, whole, small)


def _filled(kind: str, servers: Servers, folder: Path, extent: Extent) -> Filled:
    """A copy of the shipped campaign, planned, on a store that was filled before."""
    folder.mkdir()
    config = copied_campaign(folder, servers, system_clock() + timedelta(days=30))
    url = sqlite_url(folder / "var" / "groundswell.db") if kind == stores.SQLITE else stores.new(kind, folder)
    store, now = Store.open(url), system_clock()
    crowd(store, now - timedelta(days=2), extent)
    crowd_of_deliveries(store, ACCOUNT, now, extent)
    store.close()
    filled = Filled(config, servers.environment | ({} if kind == stores.SQLITE else {"DATABASE_URL": url}), extent)
    filled.run(Command("plan", once=True))
    return filled


def _measured(kind: str, command: Command, whole: Filled, small: Filled) -> Figure:
    """Run it on both stores at the same time. What took too much is run once more: other work on the machine shows in
    the processor's time as well."""
    with ThreadPoolExecutor(2) as pool:
        figure = _figure(kind, command, *pool.map(lambda filled: filled.run(command), (whole, small)))
        if figure.met is False and not command.once:
            figure = _figure(kind, command, *pool.map(lambda filled: filled.run(command), (whole, small)))
    return figure


def _figure(kind: str, command: Command, whole: Run, small: Run) -> Figure:
    more, grown, most_s = whole.cpu - small.cpu, whole.most - small.most, MOST_S + command.rows * A_ROW_S
    times, as_much = whole.cpu / small.cpu, whole.most / small.most
    return Figure(
        f"{kind}: bot {command.words}{' ' + ALL if command.is_linear else ''}",
        f"{whole.wall:.2f} s, {whole.cpu:.2f} s of a core ({times:.1f}x), {whole.most:.0f} MB ({as_much:.1f}x)",
        "" if command.is_linear else f"< {most_s:.0f} s of a core and {MOST_MB} MB more",
        f"{small.wall:.2f} s, {small.cpu:.2f} s of a core, {small.most:.0f} MB on a store of twenty",
        None if command.is_linear else more < most_s and grown < MOST_MB,
    )
