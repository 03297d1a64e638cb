"""Empty stores for tests, without the cost of a new one."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from bot.store.store import Store, sqlite_url


class Shelf:
    """The stores of this process: one file, made anew for each test, and as many connections to it as are asked for.

    SQLAlchemy compiles a statement once for each engine, which takes longer than most tests: engines are kept.
    """

    def __init__(self) -> None:
        memory = Path("/dev/shm")
        self.file = (
            Path(mkdtemp(prefix="groundswell-tests-", dir=memory if memory.is_dir() else None)) / "groundswell.db"
        )
        atexit.register(shutil.rmtree, self.file.parent, ignore_errors=True)
        Store.open(sqlite_url(self.file)).close()
        self._empty = self.file.read_bytes()
        self._stores: list[Store] = []
        self._taken = 0

    def clear(self) -> None:
        """An empty store for the next test."""
        for store in self._stores:
            store.close()
        for ending in ("-wal", "-shm"):
            self.file.with_name(self.file.name + ending).unlink(missing_ok=True)
        self.file.write_bytes(self._empty)
        self._taken = 0

    def take(self) -> Store:
        """A store that nobody else in this test uses."""
        if self._taken == len(self._stores):
            self._stores.append(Store.open(sqlite_url(self.file)))
        self._taken += 1
        return self._stores[self._taken - 1]


@cache
def shelf() -> Shelf:
    """This process's own."""
    return Shelf()
