"""Claims per second with one worker and with several, each delivery posted once: all by the real way out."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bot.store.store import Store
from tests.bench import stores
from tests.bench.claimer import ACCOUNTS, own_accounts
from tests.bench.embedded import planned, work_on
from tests.bench.figures import Figure
from tests.bench.journal import judge

WORKERS = (1, 2, 4)
ROUNDS = 3
EACH = 100
"""How many an account has: what a worker does once at first is to be little beside them."""

FIRST = 20
"""How many each worker sends before, on each of as many lanes: PostgreSQL plans a statement ten times on each
connection before it keeps the plan."""

PATIENCE_S = 120.0
AIM = 0.8
"""How fast four workers are beside one. The lanes of one keep two cores busy, so that more can be no faster there: what
is looked for is that they do not hinder each other. A tenth is chance, and a tenth is how SQLite has processes wait for
each other: they sleep, where threads are woken."""


def measured(folder: Path) -> Iterator[Figure]:
    """One worker, two, and four, in turn, so that a busy moment meets all of them; the best of each is judged, for
    others on the machine can only make it slower."""
    for kind in stores.BOTH:
        rates: dict[int, list[float]] = {count: [] for count in WORKERS}
        for number in range(ROUNDS):
            for count in WORKERS:
                own = folder / f"claims-{kind}-{number}-{count}"
                own.mkdir()
                rates[count].append(_round(kind, own, count))
        yield from _figures(kind, {count: max(those) for count, those in rates.items()})


def _round(kind: str, folder: Path, count: int) -> float:
    """Deliveries per second, from the word to go until the last one of them is recorded as sent.

    Before that each worker sends a few on accounts of its own: one that has just begun is slow for other reasons.
    """
    url = stores.new(kind, folder)
    own = [account for place in range(count) for account in own_accounts(place)]
    work = work_on(Store.open(url), folder, [*own, *ACCOUNTS])
    before = planned(work, own, FIRST)
    workers = [_start(url, folder, place, count) for place in range(count)]
    try:
        for worker in workers:
            _hear(worker)
        texts = planned(work, ACCOUNTS, EACH)
        begin = time.time()
        for worker in workers:
            _tell(worker)
        ended = max(float(_hear(worker)) for worker in workers)
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
        work.store.close()
    judge(folder / "journal", [*before, *texts])
    return len(texts) / (ended - begin)


def _start(url: str, folder: Path, place: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bench.claimer", url, str(folder), str(place), str(count)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _hear(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    line = worker.stdout.readline()
    if not line:
        raise RuntimeError(f"a claiming worker ended with {worker.wait(PATIENCE_S)}")
    return line


def _tell(worker: subprocess.Popen[str]) -> None:
    assert worker.stdin is not None
    worker.stdin.write("go\n")
    worker.stdin.flush()


def _figures(kind: str, rates: dict[int, float]) -> list[Figure]:
    one, *several = WORKERS
    value = " / ".join(f"{rates[count]:.0f}" for count in WORKERS)
    what = f"claimed, posted and recorded a second, 1 / 2 / 4 workers, {kind}"
    limit, share = f"{rates[one]:.0f}/s one worker", rates[several[-1]] / rates[one]
    return [Figure(what, f"{value} ({share:.2f}x), none twice", f">= {AIM}x", limit, share >= AIM)]
