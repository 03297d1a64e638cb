"""The one store: lends transactions that happen whole or not at all, and locks between processes."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, Connection, Engine, Executable, Result, bindparam, cast, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from bot.causes import CauseCode
from bot.errors import StoreError
from bot.store import schema as t
from bot.store.engine import (
    AT_ONCE,
    LockName,
    Serialize,
    advisory_lock_key,
    advisory_transaction_lock,
    can_write,
    database_url,
    engine_of,
    file_exists,
    first_row,
    for_reading,
    for_writing,
    is_sqlite,
    plain_errors,
    row_by_itself,
)
from bot.store.identity import HighWaterMark, file_of
from bot.store.migrate import migrate, require_head

_WAIT_SECONDS = 15.0
_PATIENCE_SECONDS = 0.25
"""So long a thread waits for others to end their transactions; then it has one beside theirs: they may be waiting for a
lock, or for this thread."""

_SHORT_WAIT_MS = 200
"""Nobody can write while the log is emptied, so that whoever reads for long is not waited for."""


def scrub_sqlite(url: str, *, whole: bool) -> bool:
    """Empty the log beside a SQLite file; `whole` writes the file again too. Return whether it could be done.

    Connections overwrite what they delete (`secure_delete`), so that the file itself holds it no more; one that
    was written by an older version may, until it is written again. Somebody who reads for long keeps the log.
    """
    import sqlite3

    try:
        with closing(sqlite3.connect(file_of(url), timeout=_WAIT_SECONDS, isolation_level=None)) as file:
            file.execute("PRAGMA secure_delete = ON")
            if whole:
                file.execute("VACUUM")
            file.execute(f"PRAGMA busy_timeout = {_SHORT_WAIT_MS}")
            (is_busy, _, _) = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        return False
    return not is_busy


def scrub_postgresql(engine: Engine, *, whole: bool) -> bool:
    """Free the space that dead rows take; `whole` writes the tables again, each of which nobody can use
    meanwhile.

    The server's own log and its backups are its keeper's affair. Return whether it could be done.
    """
    how = "VACUUM (FULL)" if whole else "VACUUM"
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for name in sorted(t.metadata.tables):
                connection.exec_driver_sql(f'{how} "{name}"')
    except DBAPIError:
        return False
    return True


_INSTANCE = select(t.meta.c.value).where(t.meta.c.key == "instance")


class Store:
    """Lends transactions on the database. Safe to use from several threads."""

    def __init__(self, url: str, *, only_reads: bool = False) -> None:
        self.url = database_url(url)
        self.instance_key = ""
        """This database's own random name: no other database makes the same idempotency keys."""
        self.fencing_token = secrets.randbits(62)
        """This worker's own number: who took an account's lock last, see `bot.store.control.take_fencing_token`."""
        self.high_water_mark: HighWaterMark | None = None
        """What remembers how far this store had come, should it be replaced; see `bot.store.identity`."""
        self.only_reads = only_reads
        """Whether this process cannot write into it, and shows it as it is."""
        self.takes_back = False
        """Whether every transaction that writes is taken back at its end: it shows what would be done, and no more."""
        self.engine = engine_of(self.url, only_reads=only_reads)
        self._writing, self._reading = for_writing(self.engine), for_reading(self.engine)
        self._writer: AbstractContextManager[object] = threading.Lock() if self.is_sqlite else nullcontext()
        self._few = threading.Semaphore(AT_ONCE)

    @classmethod
    def open(cls, url: str) -> Store:
        """Open the database; an empty one gets its tables. Raise StoreError.

        A SQLite file is brought to the newest schema; where workers on other machines may be at work, a person does.
        """
        with plain_errors(url):
            store = cls(url)
            try:
                migrate(store.engine, may_upgrade=store.is_sqlite)
                store.instance_key = store._ensure_instance()
            except BaseException:
                store.close()
                raise
        return store

    @classmethod
    def open_to_look(cls, url: str) -> Store:
        """Open the database for a command that changes nothing: as it is where it cannot be written, as on a copy for
        monitoring, or on a full disk. Raise StoreError."""
        with plain_errors(url):
            store = cls(url)
            try:
                if can_write(store.engine):
                    return cls.open(url)
            except StoreError as error:
                if error.code is not CauseCode.STORE_DISK or not file_exists(store.engine):
                    raise
            finally:
                store.close()
            store = cls(url, only_reads=True)
            try:
                require_head(store.engine)
                with store.read() as tx:
                    store.instance_key = str(tx.execute(_INSTANCE).scalar() or "")
            except BaseException:
                store.close()
                raise
        return store

    @property
    def is_sqlite(self) -> bool:
        """Return whether it is a file of this machine's, with one writer at a time."""
        return is_sqlite(self.url)

    @contextmanager
    def begin(self, serialize: str = "") -> Iterator[Connection]:
        """Begin a transaction that writes; on leaving, it is on the disk. Raise StoreError when it is not.

        Of those that `serialize` by the same name (see `Serialize`), one runs at a time in all processes, and sees what
        the one before has done.
        SQLite has one writer at a time anyway, and lets those who wait sleep for up to a tenth of a second: there,
        threads queue.
        """
        with plain_errors(self.url), self._writer, self._among_few(), self._writing.begin() as tx:
            if serialize:
                advisory_transaction_lock(tx, serialize)
            yield tx
            if self.takes_back:
                tx.rollback()

    @property
    def takes_one_trip(self) -> bool:
        """Return whether `bot.store.one_trip` can be asked: a server does in one statement what else takes several."""
        return not self.is_sqlite and not self.takes_back

    def in_one_trip(self, statement: Executable, values: Mapping[str, Any]) -> Any:
        """Return the first row of a statement that is made once and is a transaction of its own on a server; what it
        writes is on the disk then. Raise StoreError."""
        with plain_errors(self.url), self._among_few():
            return row_by_itself(self.engine, statement, values)

    def read_row(self, statement: Executable, values: Mapping[str, Any] = MappingProxyType({})) -> Any:
        """Return the first row of a statement that is made once, and is all that is read; None for none. Raise
        StoreError."""
        if not self.is_sqlite:
            return self.in_one_trip(statement, values)
        with self.read() as tx:
            return first_row(tx, statement, values)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Begin a transaction that only reads, from one moment's state.

        It is committed at its end: after a rollback psycopg has PostgreSQL forget the plans of all its statements.
        """
        with plain_errors(self.url), self._among_few(), self._reading.begin() as tx:
            yield tx

    @contextmanager
    def _among_few(self) -> Iterator[None]:
        """Wait until fewer than `AT_ONCE` threads have a transaction on a server, but not for long."""
        is_counted = not self.is_sqlite and self._few.acquire(timeout=_PATIENCE_SECONDS)
        try:
            yield
        finally:
            if is_counted:
                self._few.release()

    def scrub(self, *, whole: bool = False) -> bool:
        """Make the disk forget what was deleted, while others work; `whole` also what older versions deleted.

        Return whether nothing is left; else somebody is just reading, and it is done the next time.
        """
        with plain_errors(self.url), self._writer:
            if self.is_sqlite:
                return scrub_sqlite(self.url, whole=whole)
            return scrub_postgresql(self.engine, whole=whole)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _ensure_instance(self) -> str:
        with self.read() as tx:
            instance = tx.execute(_INSTANCE).scalar()
        if instance is None:
            with self.begin(serialize=Serialize.INSTANCE) as tx:
                instance = tx.execute(_INSTANCE).scalar()
                if instance is None:
                    instance = secrets.token_hex(8)
                    tx.execute(insert(t.meta), {"key": "instance", "value": instance})
        return str(instance)


def sqlite_url(path: Path) -> str:
    """Return the address of a SQLite file, its folder made if need be (only its owner may look inside)."""
    with plain_errors():
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync_names(path.parent.parent)
    return f"sqlite:///{path}"


def _sync_names(folder: Path) -> None:
    """Make the names of new files in a folder outlive a power cut (fsync): SQLite does so for its own files alone."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_POLL_SECONDS = 0.02
_KEY = cast(bindparam("key"), BigInteger)
_TRY = select(func.pg_try_advisory_lock(_KEY))
_FREE = select(func.pg_advisory_unlock(_KEY))
_HELD = text(
    "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
    " AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""A key is shown as two halves, see the documentation of pg_locks."""


def locks_of(store: Store, folder: Path) -> FileLocks | AdvisoryLocks:
    """Return the locks of everybody who works on a store: files in `folder` beside SQLite, the server's own in
    PostgreSQL."""
    return FileLocks(folder) if store.is_sqlite else AdvisoryLocks(store)


class FileLocks:
    """One `flock` per name, in files beside the SQLite database. Threads exclude each other too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, name: LockName, wait: float = 0.0) -> Iterator[bool]:
        """Hold the lock of a name, waiting up to `wait` seconds, and return whether it is ours. Raise StoreError."""
        with plain_errors():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = self._folder / f"{_file_name(name)}.lock"
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield _taken(lambda: _lock(descriptor), wait)
        finally:
            os.close(descriptor)

    def held(self, names: Iterable[LockName]) -> frozenset[str]:
        """Return which of these somebody holds just now."""
        taken = set()
        for name in names:
            with self.hold(name) as ours:
                taken |= set() if ours else {name}
        return frozenset(taken)

    def close(self) -> None:
        """Do nothing: nothing is kept open between two holdings."""


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
    def hold(self, name: LockName, wait: float = 0.0) -> Iterator[bool]:
        """Hold the lock of a name, waiting up to `wait` seconds, and return whether it is ours. Raise StoreError."""
        ours = _taken(lambda: self._take(name), wait)
        try:
            yield ours
        finally:
            if ours:
                self._free(name)

    def held(self, names: Iterable[LockName]) -> frozenset[str]:
        """Return which of these somebody holds just now: one query, however many they are."""
        with self._guard, plain_errors(self._store.url):
            keys = set(self._rows(_HELD, {}).scalars())
        return frozenset(name for name in names if self._key(name) in keys)

    def close(self) -> None:
        """Close the connection, and so release what is still held."""
        with self._guard:
            self._drop()

    def _take(self, name: str) -> bool:
        """Take a lock that no other thread holds: to the server all our threads are one, so that what a thread holds is
        ours to know."""
        with self._guard, plain_errors(self._store.url):
            if name in self._held or not self._asked(self._key(name)):
                return False
            self._held.add(name)
            return True

    def _asked(self, key: int) -> bool:
        return bool(self._rows(_TRY, {"key": key}).scalar())

    def _rows(self, query: Executable, values: Mapping[str, int]) -> Result[Any]:
        """Ask the server, on a new connection where the old one was cut: it took all its locks along."""
        try:
            return self._connected().execute(query, dict(values))
        except DBAPIError:
            self._drop()
            return self._connected().execute(query, dict(values))

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
        return advisory_lock_key("lock", name)


def _taken(attempt: Callable[[], bool], wait: float) -> bool:
    until = time.monotonic() + wait
    while not attempt():
        if time.monotonic() >= until:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", lambda match: f"%{ord(match.group()):x}", name)
