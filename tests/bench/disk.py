"""What one durable commit costs here: it bounds every figure that writes."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from tests.bench.figures import Figure, spread

COMMITS = 200


def figure(folder: Path) -> Figure:
    """A row and a commit with `synchronous = FULL`, as often as makes a percentile."""
    database = sqlite3.connect(folder / "disk.db", isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE one (value)"):
        database.execute(statement)
    taken = []
    for number in range(COMMITS):
        begin = time.perf_counter()
        database.execute("INSERT INTO one VALUES (?)", (number,))
        taken.append(time.perf_counter() - begin)
    database.close()
    return Figure("one durable SQLite commit (p50/p99/max)", str(spread(taken)))
