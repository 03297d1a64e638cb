"""The two kinds of store that everything is timed on, both on the disk as in real life."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path

from bot.store.store import Store, sqlite_url
from tests.harness.postgresql import PostgreSQL

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
BOTH = (SQLITE, POSTGRESQL)
_numbers = itertools.count(1)


@cache
def server() -> PostgreSQL:
    """One whose commits go to the disk, started when it is first needed."""
    return PostgreSQL(durable=True)


def new(kind: str, folder: Path) -> str:
    """The address of an empty database; a SQLite file gets a folder of its own within this one."""
    if kind == POSTGRESQL:
        return server().url(server().create())
    return sqlite_url(folder / f"store-{next(_numbers)}" / "groundswell.db")


def opened(kind: str, folder: Path) -> Store:
    """An empty store, its tables made."""
    return Store.open(new(kind, folder))


def libpq(url: str) -> str:
    """The address of a PostgreSQL database as the bare driver takes it."""
    return url.replace("+psycopg", "", 1)
