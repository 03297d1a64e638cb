"""What one durable attempt costs through the real service, beside a bare commit of one row that goes to the disk."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import psycopg

from bot.domain.post import Published
from bot.services.sending import attempts, reconcile
from bot.store import deliveries
from tests.bench import stores
from tests.bench.embedded import planned, work_on
from tests.bench.figures import Figure, ms

ATTEMPTS = 150
AIMS = {stores.SQLITE: 2.5, stores.POSTGRESQL: 3.5}
"""How many bare commits an attempt may take: on PostgreSQL each statement is a way to the server."""

_ACCOUNT = "one"
_ROW = ("forty characters as our rows have them..",) * 8

Bare = Callable[[], object]
Given = TypeVar("Given")


def measured(folder: Path) -> Iterator[Figure]:
    """Ours and the bare commits, one of each in turn, so that a busy moment meets all of them."""
    for kind in stores.BOTH:
        own = folder / f"attempts-{kind}"
        own.mkdir()
        yield from _on(kind, own)


def _on(kind: str, folder: Path) -> Iterator[Figure]:
    work = work_on(stores.opened(kind, folder), folder, [_ACCOUNT])
    planned(work, [_ACCOUNT], ATTEMPTS)
    reconcile.recover(work, _ACCOUNT)
    with work.store.begin() as tx:
        claimed = deliveries.claim_due(tx, _ACCOUNT, work.clock())
    bare = _bare(kind, folder)
    taken: list[list[float]] = [[], [], []]
    for one in claimed:
        begun, seconds = _timed(partial(attempts.begin, work, one, 0, 0))
        assert begun is not None, "an attempt was not recorded"
        taken[0].append(seconds)
        taken[1].append(_timed(bare)[1])
        answer = Published(one.message, f"https://social.example/{one.message}")
        taken[2].append(_timed(partial(attempts.accepted, work, begun, answer))[1])
        taken[1].append(_timed(bare)[1])
    work.store.close()
    yield from _figures(kind, *(statistics.median(one) for one in taken))


def _timed(what: Callable[[], Given]) -> tuple[Given, float]:
    begin = time.perf_counter()
    given = what()
    return given, time.perf_counter() - begin


def _bare(kind: str, folder: Path) -> Bare:
    """Inserts one row and commits it, by the driver alone."""
    if kind == stores.POSTGRESQL:
        server = psycopg.connect(stores.libpq(stores.new(kind, folder)), autocommit=True)
        server.execute("SET synchronous_commit = on")
        server.execute("CREATE TABLE one (a text, b text, c text, d text, e text, f text, g text, h text)")
        return lambda: server.execute("INSERT INTO one VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", _ROW)
    database = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"):
        database.execute(statement)
    database.execute("CREATE TABLE one (a, b, c, d, e, f, g, h)")
    return lambda: database.execute("INSERT INTO one VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _ROW)


def _figures(kind: str, attempt: float, bare: float, answer: float) -> list[Figure]:
    limit = f"{ms(bare)} ms, a bare commit of one row"
    ratio, after, aim = attempt / bare, answer / bare, AIMS[kind]
    return [
        Figure(
            f"one durable attempt, {kind} (p50)",
            f"{ms(attempt)} ms = {ratio:.1f}x",
            f"<= {aim}x",
            limit,
            ratio <= aim,
        ),
        Figure("  its answer, written down", f"{ms(answer)} ms = {after:.1f}x"),
    ]
