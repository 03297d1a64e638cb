"""Locks between processes: a paused holder keeps its lock, a killed one frees it."""

from __future__ import annotations

import fcntl
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import BigInteger, Connection, bindparam, cast, func, select
from sqlalchemy.exc import DBAPIError

from bot.store.store import Store
from bot.store.trouble import plain_errors
from bot.store.turns import key_of

_POLL_SECONDS = 0.02
_KEY = cast(bindparam("key"), BigInteger)
_TRY = select(func.pg_try_advisory_lock(_KEY))
_FREE = select(func.pg_advisory_unlock(_KEY))


def locks_of(store: Store, folder: Path) -> FileLocks | AdvisoryLocks:
    """The locks of everybody who works on a store: files in `folder` beside SQLite, the server's own in PostgreSQL."""
    return FileLocks(folder) if store.is_sqlite else AdvisoryLocks(store)


class FileLocks:
    """One `flock` per name, in files beside the SQLite database. Threads exclude each other too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, name: str, wait: float = 0.0) -> Iterator[bool]:
        """Hold the lock of a name, waiting up to `wait` seconds; gives whether it is ours. Raises StoreError."""
        with plain_errors():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = self._folder / f"{_file_name(name)}.lock"
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield _taken(lambda: _lock(descriptor), wait)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Nothing is kept open between two holdings."""


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class AdvisoryLocks:
    """PostgreSQL's advisory locks, all on one connection of their own; they go when it is cut.

    Whoever lost a lock so may not know yet. That nothing of theirs is sent all the same is seen to where attempts are
    recorded: an account remembers who took its lock last.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._held: set[str] = set()
        self._connection: Connection | None = None

    @contextmanager
    def hold(self, name: str, wait: float = 0.0) -> Iterator[bool]:
        """Hold the lock of a name, waiting up to `wait` seconds; gives whether it is ours. Raises StoreError."""
        ours = _taken(lambda: self._take(name), wait)
        try:
            yield ours
        finally:
            if ours:
                self._free(name)

    def close(self) -> None:
        """Let go of the connection, and of all locks with it."""
        with self._guard:
            self._drop()

    def _take(self, name: str) -> bool:
        """To the server all our threads are one, so that what a thread holds is ours to know."""
        with self._guard, plain_errors(self._store.url):
            if name in self._held or not self._asked(self._key(name)):
                return False
            self._held.add(name)
            return True

    def _asked(self, key: int) -> bool:
        """On a new connection where the old one was cut: it took all its locks along."""
        try:
            return bool(self._connected().execute(_TRY, {"key": key}).scalar())
        except DBAPIError:
            self._drop()
            return bool(self._connected().execute(_TRY, {"key": key}).scalar())

    def _free(self, name: str) -> None:
        with self._guard:
            self._held.discard(name)
            try:
                if self._connection is not None:
                    self._connection.execute(_FREE, {"key": self._key(name)})
            except DBAPIError:
                self._drop()

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.invalidate()
                connection.close()

    def _key(self, name: str) -> int:
        return key_of("lock", name)


def _taken(attempt: Callable[[], bool], wait: float) -> bool:
    until = time.monotonic() + wait
    while not attempt():
        if time.monotonic() >= until:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", lambda match: f"%{ord(match.group()):x}", name)
