"""Empty stores for tests on either database, without the cost of new ones."""

from __future__ import annotations

import atexit
import shutil
from abc import ABC, abstractmethod
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from bot.store import schema as t
from bot.store.store import AdvisoryLocks, FileLocks, Store, locks_of, sqlite_url
from tests.harness.memory import folder_in_memory
from tests.harness.postgresql import postgresql

BOTH = ("sqlite", "postgresql")
"""What a fixture is parametrised by whose tests must hold on both."""

BOTH_IN_LONG = ("sqlite", pytest.param("postgresql", marks=pytest.mark.long))
"""The same where the store does what its own tests and those of sending prove on both each time."""


class StorePool(ABC):
    """The stores of this process: one database, made empty for each test, and as many engines on it as are asked for.

    SQLAlchemy compiles a statement once for each engine, which takes longer than most tests: engines are kept.
    """

    url: str

    def __init__(self) -> None:
        self._stores: list[Store] = []
        self._taken = 0
        self._locks: list[AdvisoryLocks] = []

    def clear(self) -> None:
        """Empty the store for the next test."""
        for locks in self._locks:
            locks.close()
        self._locks.clear()
        for store in self._stores:
            store.high_water_mark = None
            store.close()
        self.empty()
        self._taken = 0

    @abstractmethod
    def empty(self) -> None:
        """Put the database back to how it was when it was new; nobody is connected to it."""

    @abstractmethod
    def dump(self) -> bytes:
        """Return everything that is stored, as whoever steals the disk would find it."""

    def take(self) -> Store:
        """Return a store that nobody else in this test uses, as another process would open one."""
        if self._taken == len(self._stores):
            self._stores.append(Store.open(self.url))
        self._taken += 1
        return self._stores[self._taken - 1]

    def locks(self, store: Store, folder: Path) -> FileLocks | AdvisoryLocks:
        """Return the locks that go with a store of this shelf."""
        locks = locks_of(store, folder)
        if isinstance(locks, AdvisoryLocks):
            self._locks.append(locks)
        return locks


class SqliteStorePool(StorePool):
    """One file, in memory where there is some."""

    def __init__(self) -> None:
        super().__init__()
        folder = Path(mkdtemp(prefix="groundswell-tests-", dir=folder_in_memory()))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self.file = folder / "groundswell.db"
        self.url = sqlite_url(self.file)
        Store.open(self.url).close()
        self._empty = self.file.read_bytes()

    def empty(self) -> None:
        for ending in ("-wal", "-shm"):
            self.file.with_name(self.file.name + ending).unlink(missing_ok=True)
        self.file.write_bytes(self._empty)

    def dump(self) -> bytes:
        files = list(self.file.parent.iterdir())
        assert len(files) > 1, "there is a log beside the file as long as it is open"
        return b"".join(file.read_bytes() for file in files)


class PostgresqlStorePool(StorePool):
    """One database on this process's server."""

    def __init__(self) -> None:
        super().__init__()
        self.database = postgresql().create()
        self.url = postgresql().url(self.database)
        Store.open(self.url).close()
        kept = {"meta": " WHERE key <> 'instance'"}
        tables = [table.name for table in reversed(t.metadata.sorted_tables)]
        counters = postgresql().ask("SELECT quote_ident(sequencename) FROM pg_sequences", self.database)
        self._emptied = "; ".join(
            [
                *(f'DELETE FROM "{name}"{kept.get(name, "")}' for name in tables),
                *(f"SELECT setval('{counter}', 1, false)" for (counter,) in counters),
            ]
        )

    def empty(self) -> None:
        postgresql().ask(self._emptied, self.database)

    def dump(self) -> bytes:
        rows = (
            row
            for name in t.metadata.tables
            for row in postgresql().ask(f'SELECT t::text FROM "{name}" t', self.database)
        )
        return "\n".join(str(value) for row in rows for value in row).encode()


@cache
def store_pool(kind: str = "sqlite") -> StorePool:
    """Return this process's own, of "sqlite" or "postgresql"."""
    return SqliteStorePool() if kind == "sqlite" else PostgresqlStorePool()
