"""Backups: one SQLite file of one moment, whatever the store is kept in, and the way back from it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import Refused, RefusedCode
from bot.services.database.open import OpenedStore
from bot.store import identity
from bot.store.dump import carry_over, is_empty
from bot.store.engine import account_lock, plain_errors
from bot.store.identity import HighWaterMark, file_of
from bot.store.migrate import migrate
from bot.store.store import Store, sqlite_url
from bot.store.store_errors import store_error

_ELSEWHERE = "a backup"
"""Where a database lives that was restored: nowhere yet, so that it is noticed when it is opened."""


def backup(store: Store, root: Path, file: Path | None, now: datetime) -> Path:
    """Write a consistent copy while workers work; it appears whole or not at all. Return its path."""
    target = file or root / "var" / "backups" / f"groundswell-{_stamp(now)}.db"
    with _new_file(target) as temporary:
        if store.is_sqlite:
            _vacuum_into(store, temporary)
        else:
            _copy_into(store, temporary)
        _mark(temporary, {identity.TAKEN_AT: now.isoformat()})
    return target


def _stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}"


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """Lend a file beside the target that takes its name once it is whole, and is nobody's but ours to read."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    with plain_errors():
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            yield temporary
            _sync(temporary)
            temporary.replace(target)
            _sync(target.parent)
        finally:
            for ending in ("", "-wal", "-shm", "-journal"):
                temporary.with_name(temporary.name + ending).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _vacuum_into(store: Store, file: Path) -> None:
    with _plain_sqlite(), closing(sqlite3.connect(file_of(store.url), timeout=15)) as source:
        source.execute("VACUUM INTO ?", (str(file),))


def _copy_into(store: Store, file: Path) -> None:
    target = Store(sqlite_url(file))
    try:
        with plain_errors(store.url):
            migrate(target.engine)
        with store.read() as reading, target.begin() as writing:
            carry_over(reading, writing)
    finally:
        target.close()


def _mark(file: Path, values: dict[str, str]) -> None:
    """Write marks into a file that nobody has open, and leave nothing beside it."""
    with _plain_sqlite(), closing(sqlite3.connect(file, isolation_level=None)) as copy:
        copy.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", values.items())
        copy.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _plain_sqlite() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(str(error)) from None


def restore(opened: OpenedStore, file: Path, now: datetime) -> Path | None:
    """Put a backup in the place of the store; the file stays. Return the path at which the store that was there is
    kept, None where there was none.

    Whoever opens it then knows it for a backup, and reconciles before anything is sent. Raise Refused or StoreError.
    """
    if not file.is_file():
        raise Refused(RefusedCode.NO_SUCH_BACKUP, file=str(file))
    if not opened.store.is_sqlite:
        _restore_into_empty(opened, file)
        return None
    target = file_of(opened.store.url)
    path = _free_name(target, f"{target.stem}-kept-aside-{_stamp(now)}")
    with _new_file(target) as temporary:
        _copy_whole(file, temporary)
        _refuse_another_campaign(opened, file, _name_of(temporary, file))
        if target.exists():
            _refuse_while_in_use(opened, target)
            _carry_over_the_forgotten(target, temporary)
            _mark(temporary, {identity.SEEN_ELSEWHERE: identity.encoded(_numbers_in(target))})
        _mark(temporary, {identity.PLACE: _ELSEWHERE})
        _keep_aside(target, path)
    return path if path.exists() else None


def _copy_whole(file: Path, copy: Path) -> None:
    """Copy the file, and what SQLite keeps beside one that was copied while it was in use."""
    for ending in ("", "-wal"):
        beside = file.with_name(file.name + ending)
        if not ending or beside.exists():
            shutil.copyfile(beside, copy.with_name(copy.name + ending))


def _name_of(copy: Path, file: Path) -> str:
    """Return the name of the store in a backup. Raise Refused when it is none, or not whole."""
    try:
        with closing(sqlite3.connect(copy)) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            values = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    except sqlite3.Error as error:
        raise Refused(RefusedCode.NOT_A_BACKUP, file=file, problem=str(error)) from None
    if verdict != "ok" or "instance" not in values:
        raise Refused(RefusedCode.BACKUP_DAMAGED, file=file, problem=verdict)
    return identity.StoreMetadata(instance=values["instance"]).name


def _carry_over_the_forgotten(target: Path, copy: Path) -> None:
    """Carry over who asked to be forgotten since the backup was made, and which keys are one person's, as far as both
    stores can tell: a damaged one cannot, and one of an older version has no such table. Raise StoreError where it
    cannot be written down, on a full disk for one.

    Whoever was forgotten in error, and is seen again since, is not forgotten again.
    """
    keys = _rows_in(target, "SELECT key FROM forgotten")
    known_by = _rows_in(target, "SELECT known_by, key FROM forgotten")
    again = _rows_in(target, "SELECT key FROM remembered")
    columns = _rows_in(copy, "SELECT name FROM pragma_table_info('forgotten')")
    has_remembered = bool(_rows_in(copy, "SELECT 1 FROM pragma_table_info('remembered')"))
    if not columns:
        return
    with _plain_sqlite(), closing(sqlite3.connect(copy)) as connection, connection:
        connection.executemany("INSERT OR IGNORE INTO forgotten (key) VALUES (?)", keys)
        connection.executemany("DELETE FROM forgotten WHERE key = ?", again)
        if ("known_by",) in columns:
            connection.executemany("UPDATE forgotten SET known_by = ? WHERE key = ?", known_by)
        if has_remembered:
            connection.executemany("INSERT OR IGNORE INTO remembered (key) VALUES (?)", again)


def _rows_in(file: Path, query: str) -> list[tuple[str, ...]]:
    """Return the rows of a query, none where this store cannot answer it."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(file)) as store:
        return store.execute(query).fetchall()
    return []


def _numbers_in(target: Path) -> dict[str, int]:
    """Return the highest numbers that the old store gave, as far as it can tell."""
    numbers: list[tuple[str, int]] = []
    with suppress(sqlite3.Error), closing(sqlite3.connect(target)) as old:
        for table in identity.TABLES:
            numbers += ((table, number) for (number,) in old.execute(f"SELECT coalesce(max(id), 0) FROM {table}"))  # noqa: S608
        numbers += old.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
    return identity.highest_in(numbers)


def _free_name(target: Path, stem: str) -> Path:
    """Return a name beside the target that nobody has: two may be put back within a second."""
    names = (f"{stem}{number}{target.suffix}" for number in ("", *(f"-{count}" for count in range(2, 1000))))
    return next(path for path in map(target.with_name, names) if not path.exists())


def _keep_aside(target: Path, path: Path) -> None:
    """Give the old store another name; until the new one takes its place it keeps this one too."""
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            target.with_name(target.name + ending).rename(path.with_name(path.name + ending))
    with suppress(FileNotFoundError):
        os.link(target, path)


def _refuse_another_campaign(opened: OpenedStore, file: Path, name: str) -> None:
    high_water_mark = HighWaterMark(opened.high_water_mark).known()
    if high_water_mark is not None and high_water_mark.instance != name:
        raise Refused(RefusedCode.ANOTHER_STORES_BACKUP, file=file, high_water_mark=opened.high_water_mark)


def _refuse_while_in_use(opened: OpenedStore, target: Path) -> None:
    """Raise Refused while somebody has the file open: it cannot leave the mode in which many share it. A damaged one
    nobody can use."""
    for account in opened.config.accounts:
        with opened.locks.hold(account_lock(account)) as ours:
            if not ours:
                raise Refused(RefusedCode.STORE_IN_USE)
    try:
        with closing(sqlite3.connect(target, timeout=0, isolation_level=None)) as old:
            old.execute("PRAGMA journal_mode = DELETE").fetchall()
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise Refused(RefusedCode.STORE_IN_USE) from None


def _restore_into_empty(opened: OpenedStore, file: Path) -> None:
    """Restore into an empty database: one with many users is never overwritten."""
    store = opened.store
    with _brought_up_to_date(opened, file) as source:
        with plain_errors(store.url):
            migrate(store.engine, may_upgrade=False)
        with source.read() as reading, store.begin() as writing:
            if not is_empty(writing):
                raise Refused(RefusedCode.DATABASE_NOT_EMPTY)
            carry_over(reading, writing)
            identity.put_metadata(writing, {identity.PLACE: _ELSEWHERE})


@contextmanager
def _brought_up_to_date(opened: OpenedStore, file: Path) -> Iterator[Store]:
    """Lend a backup of an older version as this version would have it, in a copy of its own."""
    with tempfile.TemporaryDirectory(prefix="groundswell-") as folder:
        copy = Path(folder) / "backup.db"
        with plain_errors():
            _copy_whole(file, copy)
        _refuse_another_campaign(opened, file, _name_of(copy, file))
        store = Store.open(sqlite_url(copy))
        try:
            yield store
        finally:
            store.close()
