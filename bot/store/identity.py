"""What a store knows of itself: metadata, where it lives, and the high-water mark beside it that tells an old copy."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, text
from sqlalchemy.engine import make_url

from bot.domain.text import digest
from bot.shapes import resolve_shapes
from bot.store import schema as t
from bot.store import workers
from bot.store.control import set_account
from bot.store.engine import all_rows, first_row, is_sqlite
from bot.store.store_errors import SAYS_MOVED
from bot.values import dataclass

_MACHINE = Path("/etc/machine-id")

_MAY_CALL = text(
    "SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AND "
    "has_function_privilege('pg_walfile_name(pg_lsn)', 'EXECUTE') AND "
    "has_function_privilege('pg_current_wal_lsn()', 'EXECUTE')"
)
_CLUSTER = text(
    "SELECT (SELECT system_identifier FROM pg_control_system()), left(pg_walfile_name(pg_current_wal_lsn()), 8)"
)
_CLUSTER_KEY = "groundswell cluster"
_NEWEST = select(func.max(t.attempt.c.id).label("newest"))
_TABLE = text("SELECT (SELECT oid FROM pg_database WHERE datname = current_database()), 'delivery'::regclass::oid")
"""A dump that is loaded anywhere makes the tables again, with other numbers."""


def database_identity(url: str, tx: Connection) -> str:
    """Return where the database at this address lives. Raise OSError when its file is gone.

    A SQLite file: the machine, and the file's own number in its file system with the moment of its birth, which stay
    when a folder is renamed or a container is made again. A number alone is given to the next file once one is removed:
    to a copy that is put in its place. PostgreSQL: the cluster and its timeline, the database, and its table
    `delivery`.
    """
    if is_sqlite(url):
        file = file_of(url)
        return f"file {machine()} {_number_of(file)} {born_at(file)}".rstrip()
    return " ".join(["postgresql", _cluster(tx), *map(str, tx.execute(_TABLE).one())])


def _number_of(file: Path) -> int:
    return file.stat().st_ino


def is_same_place(place: str, other: str) -> bool:
    """Return whether two places of a store are one, as far as both say: not every file system knows when a file was
    born, and earlier versions did not ask."""
    parts, others = place.split(" "), other.split(" ")
    if parts[0] != "file" or len(parts) == len(others):
        return place == other
    return parts[:_OF_A_FILE] == others[:_OF_A_FILE]


_OF_A_FILE = 3
"""What is always said of a file: that it is one, its machine, and its number."""


_HERE = -100
"""AT_FDCWD: a path is one from the working folder."""

_BIRTH = 0x800
"""STATX_BTIME: what is asked for, and the sign in the answer that it is known."""

_BIRTH_AT = 80
"""Where seconds and nanoseconds of the birth stand in the answer (statx(2)), which is `_LENGTH` bytes long."""

_LENGTH = 256


def born_at(file: Path) -> str:
    """Return when a file was made, to the nanosecond; "" where the system or the file system does not say.

    The file is not opened for it: to close it again would end the locks that SQLite holds on it in this process.
    """
    ask = _statx()
    if ask is None:
        return str(getattr(file.stat(), "st_birthtime", ""))
    answer = bytearray(_LENGTH)
    return _birth_in(answer) if ask(file, answer) else ""


def _birth_in(answer: bytes | bytearray) -> str:
    (known,) = struct.unpack_from("=I", answer)
    seconds, nanoseconds = struct.unpack_from("=qI", answer, _BIRTH_AT)
    return f"{seconds}.{nanoseconds:09}" if known & _BIRTH and seconds else ""


@cache
def _statx() -> Callable[[Path, bytearray], bool] | None:
    """Return what writes the answer about a file into a buffer, and says whether it could; None where the system has no
    such call."""
    import ctypes  # 1 ms of each start: Python has no call of its own for this

    try:
        call: Any = ctypes.CDLL(None).statx
    except (AttributeError, OSError):
        return None
    buffer = ctypes.c_char * _LENGTH

    def ask(file: Path, answer: bytearray) -> bool:
        return bool(call(_HERE, os.fsencode(file), 0, _BIRTH, buffer.from_buffer(answer)) == 0)

    return ask


def _cluster(tx: Connection) -> str:
    """Return the cluster and its timeline; "" where a hoster keeps them to itself. Another one means other
    connections."""
    if _CLUSTER_KEY not in tx.info:
        cluster = tx.execute(_CLUSTER).one() if tx.execute(_MAY_CALL).scalar() else ("", "")
        tx.info[_CLUSTER_KEY] = " ".join(map(str, cluster))
    return str(tx.info[_CLUSTER_KEY])


@cache
def file_of(url: str) -> Path:
    """Return the file of a SQLite store."""
    return Path(make_url(url).database or "")


def machine() -> str:
    """Return this machine's name for itself, made unrecognisable; "" where it has none, as in most containers."""
    try:
        return digest("groundswell", _MACHINE.read_text(encoding="ascii").strip())[:16]
    except (OSError, UnicodeDecodeError):
        return ""


@cache
def address_key(url: str) -> str:
    """Return what tells databases apart by their addresses, without a password in it."""
    parts = make_url(url)
    shown = (parts.get_backend_name(), parts.host or "", str(parts.port or ""), parts.database or "")
    return digest(*shown, str(parts.query.get("host", "")))[:16]


def shown_address(url: str) -> str:
    """Return an address that may be shown to anybody and written down."""
    return make_url(url).set(password=None, query={}).render_as_string()


def newest_attempt(tx: Connection) -> int:
    """Return the number of the last request that the database remembers; 0 for none."""
    return int(first_row(tx, _NEWEST, {}).newest or 0)


TABLES = tuple(name for name, table in t.metadata.tables.items() if "id" in table.c)
"""The tables whose rows have numbers."""

SEEN_ELSEWHERE = "numbers"
"""The mark of a store that was restored: the highest numbers that were given in the one before it."""

_STEP = 1_000
_UNSURE = 10_000
"""How far the numbers jump where nobody knows how many were given meanwhile."""

Numbers = Mapping[str, int]
"""By table, the highest number that was ever given: what databases call a high-water mark."""

_ON_SQLITE = text("SELECT name, seq FROM sqlite_sequence")
_ON_POSTGRESQL = text(
    " UNION ALL ".join(
        f"SELECT '{name}' AS name, CASE WHEN is_called THEN last_value ELSE 0 END AS seq FROM {name}_id_seq"  # noqa: S608
        for name in TABLES
    )
)
_BEGIN_SQLITE = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)")
_RAISE_SQLITE = text("UPDATE sqlite_sequence SET seq = :number WHERE name = :name")
_RAISE_POSTGRESQL = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :number, true)")


def highest(tx: Connection) -> dict[str, int]:
    """Return the highest number that each table has ever given, 0 for none."""
    rows = tx.execute(_ON_SQLITE if tx.dialect.name == "sqlite" else _ON_POSTGRESQL)
    by_name = {row.name: int(row.seq) for row in rows}
    return {name: by_name.get(name, 0) for name in TABLES}


def go_on_after(tx: Connection, numbers: Numbers) -> None:
    """Skip all numbers up to these: none of them is given any more."""
    before = highest(tx)
    for name in TABLES:
        number = numbers.get(name, 0)
        if number <= before[name]:
            continue
        values = {"name": name, "number": number}
        if tx.dialect.name == "postgresql":
            tx.execute(_RAISE_POSTGRESQL, values)
        elif not tx.execute(_RAISE_SQLITE, values).rowcount:
            tx.execute(_BEGIN_SQLITE, values)


def jump_ahead(tx: Connection, *known: Numbers, is_all_known: bool) -> None:
    """Skip the numbers that a store before this one may have given: it was restored or copied, and others went on.

    `known` are high-water marks of the store before, as far as anybody has seen them; unless `is_all_known`, there
    may have been many more.
    """
    row = tx.execute(t.meta.select().where(t.meta.c.key == SEEN_ELSEWHERE)).first()
    if row is not None:
        in_the_one_before = msgspec.json.decode(row.value, type=dict[str, int])
        known, is_all_known = (*known, in_the_one_before), is_all_known or bool(in_the_one_before)
        tx.execute(t.meta.delete().where(t.meta.c.key == SEEN_ELSEWHERE))
    ours = highest(tx)
    highest_seen = {name: max([ours[name], *(numbers.get(name, 0) for numbers in known)]) for name in TABLES}
    more = {name: _more(number, is_all_known=is_all_known) for name, number in highest_seen.items()}
    go_on_after(tx, {name: _rounded_up(number + more[name]) for name, number in highest_seen.items() if more[name]})


def _more(number: int, *, is_all_known: bool) -> int:
    """Return how many numbers to leave out after the highest that is known."""
    if is_all_known:
        return _STEP if number else 0
    return max(_UNSURE, number)


def _rounded_up(number: int) -> int:
    """Return a number rounded up: people tell numbers from before a restore by their size."""
    return -(-number // _STEP) * _STEP


def encoded(numbers: Numbers) -> str:
    """Return the high-water marks as the value of `SEEN_ELSEWHERE`."""
    return msgspec.json.encode(numbers).decode()


def highest_in(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the highest number of each table among these."""
    highest_by_name: dict[str, int] = {}
    for name, number in rows:
        highest_by_name[name] = max(highest_by_name.get(name, 0), int(number))
    return highest_by_name


EPOCH, PLACE, TAKEN_AT, MOVED_TO, DOUBT = "epoch", "place", "backup_taken_at", "moved_to", "doubt"
RECKONING, GAP = "reckoning", "gap"
"""Kept for each account: `reckoning:mastodon`."""


_ALL = select(t.meta)


class RestoreReason(StrEnum):
    """What was noticed."""

    RESTORED = "restored"
    COPIED = "copied"
    OTHER = "other"


@dataclass(frozen=True)
class RecoveryNeeded:
    """The store may not know what was sent. `known_until` (UTC): all before it is known; None: nothing is.

    `needs_yes` while somebody else may be sending, so that a person has to say that this store sends from now on.
    """

    why: RestoreReason
    since: datetime
    known_until: datetime | None
    needs_yes: bool


@dataclass(frozen=True)
class StoreMetadata:
    """All that the table `meta` says; `epoch` counts how often the store was moved, restored or adopted."""

    instance: str = ""
    epoch: int = 0
    place: str = ""
    taken_at: datetime | None = None
    moved_to: str = ""
    doubt: RecoveryNeeded | None = None
    raw: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the store may be called in public; `instance` is the key of hashes."""
        return digest("instance", self.instance)[:16]


def read_metadata(tx: Connection) -> StoreMetadata:
    """Return the store's marks as they are now."""
    return metadata_of({row.key: row.value for row in all_rows(tx, _ALL, {})})


def metadata_of(raw: Mapping[str, str]) -> StoreMetadata:
    """Return the store's marks of what is kept."""
    return StoreMetadata(
        instance=raw.get("instance", ""),
        epoch=int(raw.get(EPOCH, "0")),
        place=raw.get(PLACE, ""),
        taken_at=datetime.fromisoformat(raw[TAKEN_AT]) if TAKEN_AT in raw else None,
        moved_to=raw.get(MOVED_TO, ""),
        doubt=msgspec.json.decode(raw[DOUBT], type=RecoveryNeeded) if DOUBT in raw else None,
        raw=raw,
    )


def put_metadata(tx: Connection, values: Mapping[str, str]) -> None:
    """Set marks, whether they were there or not; nobody else may be setting the same ones."""
    drop_metadata(tx, *values)
    tx.execute(insert(t.meta), [{"key": key, "value": value} for key, value in values.items()])


def drop_metadata(tx: Connection, *keys: str) -> None:
    """Take marks away."""
    tx.execute(delete(t.meta).where(t.meta.c.key.in_(keys)))


def require_recovery(tx: Connection, doubt: RecoveryNeeded, accounts: Iterable[str]) -> None:
    """Write down that the store may not know what was sent: on these accounts, and on all it has ever sent on.

    Whose heartbeat stands in it worked on the store that this one is a copy of; who works on this one beats again.
    """
    workers.forget_worker(tx)
    before = read_metadata(tx)
    drop_metadata(tx, *(key for key in before.raw if key.startswith(f"{RECKONING}:")))
    put_metadata(tx, {DOUBT: msgspec.json.encode(doubt).decode()})
    stored_accounts = tx.execute(select(t.delivery.c.account).distinct()).scalars()
    for name in sorted({*accounts, *stored_accounts}):
        set_account(tx, name, in_doubt=True)


def needs_recovery(tx: Connection) -> list[str]:
    """Return the accounts on which nothing may be sent until their timelines have been read."""
    rows = tx.execute(
        select(t.account_state.c.account).where(t.account_state.c.in_doubt).order_by(t.account_state.c.account)
    )
    return list(rows.scalars())


def last_event(tx: Connection) -> datetime | None:
    """Return when the last thing happened that the store knows of (UTC)."""
    columns = (
        t.attempt.c.started_at,
        t.attempt.c.answered_at,
        t.audit.c.at,
        t.delivery.c.sent_at,
        t.sighting.c.seen_at,
        t.cursor.c.read_at,
    )
    newest = (select(func.max(column)).scalar_subquery() for column in columns)
    return max((at for at in tx.execute(select(*newest)).one() if at is not None), default=None)


@dataclass(frozen=True)
class HighWaterRecord:
    """What was known last: the store by its name, epoch and address, the newest attempt recorded from here, and the
    highest number of each of `TABLES`."""

    instance: str
    epoch: int
    attempt: int
    address: str
    numbers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Record(HighWaterRecord):
    """A record as its file has it: a copy of the file has another inode, or lies on another machine."""

    machine: str
    inode: int


class HighWaterMark:
    """The high-water mark: a folder with one file, named by epoch and attempt, and what this process knows of it.

    Safe for threads.

    It is written after the database has committed, and never synced: it may be behind the database, never ahead. A
    new name for each attempt keeps it from being overwritten by whoever copies a whole folder back. What the file says
    stays as it is from one attempt to the next: the newest attempt is the one in its name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = ""
        """Where this process last saw the database live."""
        self._known: HighWaterRecord | None = None
        self._path: str | None = None
        self._machine = machine()
        self._guard = threading.Lock()

    def read(self) -> HighWaterRecord | None:
        """Return what was written last; None where nothing was, or all there is was copied from somewhere else."""
        records = [record for path in self._files() if (record := _believed(path)) is not None]
        return max(records, key=_how_far, default=None)

    def known(self) -> HighWaterRecord | None:
        """Return what this process has seen or written last; the folder is asked the first time."""
        with self._guard:
            if self._known is None:
                self._known = self.read()
            return self._known

    def write(self, record: HighWaterRecord) -> None:
        """Write these facts into the mark's file, in place of what it said."""
        with self._guard:
            self._known = record
            self._write(record)
            for other in self._files() if self._path is not None else ():
                if str(other) != self._path:
                    with suppress(OSError):
                        other.unlink(missing_ok=True)

    def note(self, attempt: int) -> None:
        """Note that a later attempt is in the database."""
        with self._guard:
            if self._known is not None and attempt > self._known.attempt:
                self._known = replace(self._known, attempt=attempt)
                path, before = self._path_of(self._known), self._path
                try:
                    os.rename(before or "", path)
                except OSError:
                    self._write(self._known)
                else:
                    self._path = path

    def _write(self, record: HighWaterRecord) -> None:
        """Write the mark; a disk that cannot take it leaves the mark behind, and it is written whole the next time."""
        with suppress(OSError):
            path, before, self._path = self._path_of(record), self._path, None
            try:
                os.rename(before or "", path)
            except FileNotFoundError:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                written = {**vars(record), "machine": self._machine, "inode": os.fstat(descriptor).st_ino}
                content = msgspec.json.encode(written)
                size = os.write(descriptor, content)
                os.ftruncate(descriptor, size)
            finally:
                os.close(descriptor)
            self._path = path if size == len(content) else None

    def _path_of(self, record: HighWaterRecord) -> str:
        return f"{self.folder}/{record.epoch}-{record.attempt}"

    def _files(self) -> list[Path]:
        try:
            return list(self.folder.iterdir())
        except OSError:
            return []


def _believed(path: Path) -> HighWaterRecord | None:
    """Return what a file says, and its name, if it was written where it is."""
    try:
        record = msgspec.json.decode(path.read_bytes(), type=_Record)
        inode, attempt = path.stat().st_ino, int(path.name.rpartition("-")[2])
    except (OSError, ValueError):
        return None
    if (record.machine, record.inode) != (machine(), inode):
        return None
    return HighWaterRecord(record.instance, record.epoch, attempt, record.address, record.numbers)


def _how_far(record: HighWaterRecord) -> tuple[int, int]:
    return record.epoch, record.attempt


_EVENTS = ("INSERT", "UPDATE", "DELETE")


def seal(tx: Connection, moved_to: str) -> None:
    """Allow no change any more, from the end of this transaction on."""
    put_metadata(tx, {MOVED_TO: moved_to})
    if tx.dialect.name == "postgresql":
        refusal = (
            f"CREATE OR REPLACE FUNCTION groundswell_moved() RETURNS trigger AS $$ BEGIN RAISE '{SAYS_MOVED}'; END $$"
        )
        tx.exec_driver_sql(f"{refusal} LANGUAGE plpgsql")
    for table in t.metadata.sorted_tables:
        for event in _EVENTS:
            name, on = f"moved_{table.name}_{event.lower()}", f'BEFORE {event} ON "{table.name}"'
            if tx.dialect.name == "postgresql":
                tx.exec_driver_sql(f"CREATE TRIGGER {name} {on} EXECUTE FUNCTION groundswell_moved()")
            else:
                tx.exec_driver_sql(f"CREATE TRIGGER {name} {on} BEGIN SELECT RAISE(ABORT, '{SAYS_MOVED}'); END")


def unseal(tx: Connection) -> None:
    """Allow changes again."""
    for table in t.metadata.sorted_tables:
        for event in _EVENTS:
            where = f' ON "{table.name}"' if tx.dialect.name == "postgresql" else ""
            tx.exec_driver_sql(f"DROP TRIGGER IF EXISTS moved_{table.name}_{event.lower()}{where}")
    drop_metadata(tx, MOVED_TO)


resolve_shapes(RecoveryNeeded, _Record)
