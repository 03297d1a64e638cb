"""How each kind of database is talked to, so that what is written in `bot.store` means the same on both."""

from __future__ import annotations

import sqlite3
import time
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

BUSY_SECONDS = 15.0
"""How long a transaction waits for another one's write before it gives up."""

_CONNECTIONS, _MORE_CONNECTIONS = 8, 24
"""Kept open, and at the most: a worker's lanes hardly ever need them all at once."""

_TRUSTED_SECONDS = 2.0
"""For how long after its last use a connection is taken to be there still; asking each time is a way to the server."""

_SESSION = {
    "lock_timeout": f"{BUSY_SECONDS:.0f}s",
    "idle_in_transaction_session_timeout": f"{BUSY_SECONDS:.0f}s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
}
"""A worker that sleeps in a transaction lets go of its rows in time, and one whose machine has died of its locks."""

_KEEPALIVE = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


def engine_of(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL. Raises ArgumentError or ModuleNotFoundError for anything else."""
    codec: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": msgspec.json.decode}
    if is_sqlite(url):
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **codec)
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    pool = {"pool_size": _CONNECTIONS, "max_overflow": _MORE_CONNECTIONS}
    engine = create_engine(url, connect_args=_KEEPALIVE, **pool, **codec)
    event.listen(engine, "connect", _configure_postgresql)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", partial(_wake_up, engine.dialect.loaded_dbapi.Error))
    return engine


def address_of(written: str) -> str:
    """The address of a database as hosts hand it out, with the driver that speaks to it."""
    for scheme in ("postgres://", "postgresql://"):
        if written.startswith(scheme):
            return f"postgresql+psycopg://{written.removeprefix(scheme)}"
    return written


def is_sqlite(url: str) -> bool:
    """Whether the address is that of a SQLite file."""
    return url.startswith("sqlite")


def for_writing(engine: Engine) -> Engine:
    """The engine as transactions that write use it."""
    return engine.execution_options(writes=True)


def for_reading(engine: Engine) -> Engine:
    """The engine as transactions use it that only read, from one moment's state."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a read that turns into a write half-way could only fail."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _configure_postgresql(connection: Any, _record: object) -> None:
    """A commit that returns is on the disk, whatever the server's own setting; a stronger one stays."""
    with connection.cursor() as cursor:
        settings = ", ".join("set_config(%s, %s, false)" for _ in _SESSION)
        cursor.execute(f"SELECT {settings}", [part for pair in _SESSION.items() for part in pair])
        cursor.execute("SHOW synchronous_commit")
        if cursor.fetchone()[0] in ("off", "local"):
            cursor.execute("SET synchronous_commit = on")
    connection.commit()


def _note_rest(_connection: Any, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


def _wake_up(failure: type[Exception], connection: Any, record: Any, _proxy: object) -> None:
    """A connection that rested for long may have been cut meanwhile; then another one is made, and nobody notices."""
    if time.monotonic() - record.info.get("rests_since", time.monotonic()) > _TRUSTED_SECONDS:
        try:
            connection.execute("SELECT 1")
            connection.rollback()
        except failure as error:
            raise DisconnectionError from error
