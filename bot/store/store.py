"""The one store: opens the database, and lends transactions that either happen whole or not at all."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.errors import StoreError
from bot.store import schema
from bot.store.migrate import migrate

BUSY_SECONDS = 15.0
"""How long a transaction waits for another process's write before it gives up."""

_NO_DATABASE = (
    "DATABASE_URL is not the address of a database that can be used from here. Write postgresql+psycopg://…, or unset "
    "it: the campaign is then kept in var/groundswell.db."
)


class Store:
    """Lends transactions on the database. Safe to use from several threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.instance_key = ""
        """This database's own random name: no other database makes the same idempotency keys."""
        self._engine = _engine(url)
        self._turn: AbstractContextManager[object] = threading.Lock() if url.startswith("sqlite") else nullcontext()

    @classmethod
    def open(cls, url: str) -> Store:
        """Open the database and bring its schema up to date. Raises StoreError."""
        with _plain_errors():
            store = cls(url)
            migrate(store._engine)
            store.instance_key = store._ensure_instance()
        return store

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that writes; on leaving, it is on the disk. Raises StoreError when it is not.

        SQLite has one writer at a time, and lets those who wait sleep for up to a tenth of a second. Threads queue.
        """
        with _plain_errors(), self._turn, self._engine.execution_options(writes=True).begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, from one moment's state."""
        with _plain_errors(), self._engine.connect() as tx:
            yield tx

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def _ensure_instance(self) -> str:
        with self.begin() as tx:
            known = tx.execute(select(schema.meta.c.value).where(schema.meta.c.key == "instance")).scalar()
            if known is None:
                known = secrets.token_hex(8)
                tx.execute(insert(schema.meta), {"key": "instance", "value": known})
            return str(known)


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file, its folder made if need be (only its owner may look inside)."""
    with _plain_errors():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"sqlite:///{path}"


def _engine(url: str) -> Engine:
    codec: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": msgspec.json.decode}
    if not url.startswith("sqlite"):
        return create_engine(url, **codec)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **codec)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a read that turns into a write half-way could only fail."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StoreError(_in_words(str(error.orig))) from error
    except (ArgumentError, ModuleNotFoundError):
        raise StoreError(_NO_DATABASE) from None
    except OSError as error:
        raise StoreError(f"The store cannot be opened: {error}. Nothing was sent because of it.") from error


def _in_words(said: str) -> str:
    lowered = said.lower()
    if "full" in lowered or "disk i/o" in lowered:
        advice = "The disk is full or failing: make room, and it goes on by itself."
    elif "readonly" in lowered or "read-only" in lowered:
        advice = "The store can only be read: give this user the right to write into its folder."
    elif "locked" in lowered:
        advice = "Another process keeps the store busy: look for a second bot, or a backup, that hangs."
    elif "not a database" in lowered or "malformed" in lowered:
        advice = "The file is not a Groundswell store or is damaged: restore yesterday's backup, keep this one aside."
    else:
        advice = "See that its folder exists and can be written, then try again."
    return f"The store said: {said}. {advice} Nothing was sent because of it."
