"""The store of a case: a fresh copy of what its scene has set, as a file of its own or in PostgreSQL."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.engine import make_url

from bot.store import schema as t
from bot.store.dump import carry_over
from bot.store.store import Store, sqlite_url

_NAMES = [table.name for table in t.metadata.sorted_tables]
_EMPTY = "; ".join(f'DELETE FROM "{name}"' for name in reversed(_NAMES))
"""For tables of a few rows this takes half the time of TRUNCATE, which makes new files."""
_AS_KEPT = "; ".join(
    [
        _EMPTY,
        *(f'INSERT INTO public."{name}" SELECT * FROM kept."{name}"' for name in _NAMES),
        *(
            f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), greatest(max(id), 1), "
            f'max(id) IS NOT NULL) FROM public."{table.name}"'
            for table in t.metadata.sorted_tables
            if "id" in table.c
        ),
    ]
)
"""All at once, where each statement of its own would have to wait for an answer."""


class Copies(Protocol):
    """Gives a fresh store for each case. Between cases nothing is connected to it."""

    def fresh(self, template: Path) -> Store:
        """A store that holds what the template does. Its engine outlives the case: it keeps compiled SQL."""
        ...

    def cut(self) -> None:
        """Cut all connections to the store, as a network would."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that the store is kept in; none where a server keeps it."""
        ...


class Files:
    """One SQLite file, copied anew for each case."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "groundswell.db"
        self._store: Store | None = None

    def fresh(self, template: Path) -> Store:
        for ending in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + ending).unlink(missing_ok=True)
        shutil.copyfile(template, self._file)
        if self._store is None:
            self._store = Store.open(sqlite_url(self._file))
        return self._store

    @property
    def files(self) -> tuple[Path, ...]:
        return self._file, self._file.with_name(f"{self._file.name}-wal")

    def cut(self) -> None:
        raise AssertionError("there is no connection to a file that could be cut")


class Databases:
    """One database of this process's own on a server, filled anew for each case from a copy in another schema."""

    def __init__(self, server: str) -> None:
        self._name = f"lives_{os.getpid()}"
        self._server = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._ask(f"CREATE DATABASE {self._name}")
        url = make_url(server).set(database=self._name)
        self._store = Store.open(url.render_as_string(hide_password=False))
        self._kept: Path | None = None

    def fresh(self, template: Path) -> Store:
        with self._store.begin() as tx:
            if template != self._kept:
                _keep(tx, template)
                self._kept = template
            raw = tx.connection.driver_connection
            assert raw is not None
            raw.execute(_AS_KEPT)
        self._store.close()
        return self._store

    files = ()

    def cut(self) -> None:
        self._ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'")

    def _ask(self, statement: str) -> None:
        with self._server.connect() as connection:
            connection.exec_driver_sql(statement)


def _keep(tx: Connection, template: Path) -> None:
    source = Store(sqlite_url(template))
    tx.exec_driver_sql(_EMPTY)
    with source.read() as read:
        carry_over(read, tx)
    source.close()
    tx.exec_driver_sql("DROP SCHEMA IF EXISTS kept CASCADE")
    tx.exec_driver_sql("CREATE SCHEMA kept")
    for name in _NAMES:
        tx.exec_driver_sql(f'CREATE TABLE kept."{name}" AS TABLE public."{name}"')
