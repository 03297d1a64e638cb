"""What SQLite and PostgreSQL need each: instants, errors in plain words, advisory locks, LISTEN/NOTIFY.

Here is the name of every lock, and of all transactions of which one runs at a time: two that differ exclude nobody.
Processes of different versions may work on one store, so the values stay as they are.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, NewType, Self, TypeVar
from urllib.parse import quote

import msgspec
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Insert,
    Integer,
    SelectBase,
    Table,
    Text,
    Update,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, NoSuchModuleError, TimeoutError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from bot.causes import CauseCode
from bot.errors import StoreError
from bot.store.store_errors import cause_of, said_by, store_error
from bot.values import dataclass

if TYPE_CHECKING:  # beside PostgreSQL its library would take 2 MB for nothing
    import sqlite3

LockName = NewType("LockName", str)
"""What `hold` takes: a lock lasts as long as its holder's work, through many transactions."""

BACKUPS = LockName("backups")
"""Held while copies of the store are rewritten."""


def account_lock(account: str) -> LockName:
    """Return the lock under which an account sends."""
    return LockName(f"account-{account}")


def media_lock(account: str) -> LockName:
    """Return the lock under which an account uploads ahead."""
    return LockName(f"media-{account}")


def preflight_lock(account: str) -> LockName:
    """Return the lock under which an account's posts are checked ahead."""
    return LockName(f"preflight-{account}")


def source_lock(source: str) -> LockName:
    """Return the lock under which a source is read."""
    return LockName(f"source-{source}")


def stream_lock(source: str) -> LockName:
    """Return the lock under which a source's stream is listened to."""
    return LockName(f"stream-{source}")


class Serialize(StrEnum):
    """What `Store.begin` serializes by: of the transactions with one of these, one runs at a time in all processes."""

    NOTHING = ""
    SIGHTINGS = "sightings"
    """Those that change sightings, and the reshares made of them."""

    PLAN = "plan"
    ACCOUNTS = "accounts"
    """Those that bring the accounts' names in line with bot.toml."""

    CLOCK = "clock"
    FEEDS = "feeds"
    HEARTBEATS = "told"
    HOSTS = "hosts"
    IDENTITY = "marks"
    NOTIFICATIONS = "notifications"
    INSTANCE = "instance"
    SCHEMA = "schema"
    USERS = "users"
    """Those that change who may use the console, and count tries at its door."""


def serialize_uploads(delivery_id: int) -> str:
    """Return what the transactions are serialized by that keep a delivery's uploads."""
    return f"uploads {delivery_id}"


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC; SQLite keeps no zone, so that a naive value would be read as somebody's wall time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else _in_utc(value)

    def bind_processor(self, dialect: Dialect) -> Any:
        """Return what writes an instant: for SQLite as its own type does, in a fifth of the time."""
        return _sqlite_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return what reads an instant: SQLite gives a text, PostgreSQL an instant in its session's zone."""
        return _of_sqlite_text if dialect.name == "sqlite" else _of_session


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("the store takes instants with a zone only")
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


def _sqlite_text(instant: datetime | None) -> str | None:
    return None if instant is None else _in_utc(instant).isoformat(" ", "microseconds")[:-6]


def _of_sqlite_text(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written).replace(tzinfo=UTC)


def _of_session(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)


class _Listed(TypeDecorator[Collection[Any]]):
    """Any number of texts or of numbers as one parameter: PostgreSQL's array, and a JSON list for SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of: type[Text] | type[BigInteger]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(self.of) if dialect.name == "postgresql" else Text())

    def bind_processor(self, dialect: Dialect) -> Any:
        """Return what writes the values: psycopg writes an array element by element, which takes as long as to look for
        them."""
        return _array if dialect.name == "postgresql" else _json_list


def _array(values: Collection[Any]) -> str:
    """Return an array as PostgreSQL writes it (8.15.2, Array Value Input)."""
    quoted = [str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return "{" + ",".join([f'"{value}"' for value in quoted]) + "}"


def _json_list(values: Collection[Any]) -> str:
    return _to_json(list(values))


class _Among(FunctionElement[bool]):
    name = "among"
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Self:
        """Stay as it is: SQLAlchemy would compare it with 1, and SQLite look at every row for that."""
        return self


@compiles(_Among, "sqlite")
def _among_json(among: _Among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in among.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 (of what SQLAlchemy has compiled)


@compiles(_Among, "postgresql")
def _among_array(among: _Among, compiler: Any, **options: Any) -> str:
    column, values = (compiler.process(clause, **options) for clause in among.clauses)
    return f"{column} = ANY ({values})"


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that a column has one of the values of a parameter: a statement that is made once, however
    many they are. SQLAlchemy's `in_` writes it anew for each execution, which takes longer than to have it answered."""
    return _Among(column, bindparam(name, type_=_Listed(BigInteger if isinstance(column.type, Integer) else Text)))


@contextmanager
def plain_errors(url: str = "") -> Iterator[None]:
    """Turn whatever a database raises into StoreError. `url` is its address, whose password is shown to nobody."""
    try:
        yield
    except DBAPIError as error:
        raise store_error(said_by(error), url) from None
    except _error_of_sqlite() as error:
        raise store_error(str(error), url) from None
    except (ArgumentError, ModuleNotFoundError, NoSuchModuleError):
        raise StoreError(CauseCode.STORE_ADDRESS) from None
    except TimeoutError:
        raise StoreError(CauseCode.STORE_CONNECTIONS) from None
    except OSError as error:
        raise StoreError(CauseCode.STORE_UNOPENED, said=str(error), kind=cause_of(str(error))) from None


def _error_of_sqlite() -> type[Exception]:
    import sqlite3

    return sqlite3.Error


def first_row(tx: Connection, statement: Executable, values: Mapping[str, Any]) -> Any:
    """Return the first row of a statement that is made once, with its columns as attributes; None for none."""
    prepared = _prepared(tx.dialect, statement)
    rows, _ = _executed(tx, prepared, values)
    return prepared.row(rows[0]) if rows else None


def all_rows(tx: Connection, statement: Executable, values: Mapping[str, Any]) -> list[Any]:
    """Return all rows of a statement that is made once, with their columns as attributes."""
    prepared = _prepared(tx.dialect, statement)
    rows, _ = _executed(tx, prepared, values)
    return [prepared.row(row) for row in rows]


def changed_rows(tx: Connection, statement: Executable, values: Mapping[str, Any]) -> int:
    """Execute a statement that is made once. Return how many rows it has changed."""
    _, count = _executed(tx, _prepared(tx.dialect, statement), values)
    return count


def update_row(tx: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """Set these columns of the rows with this key. Return how many rows there were."""
    parameters = {f"key_{name}": value for name, value in key.items()} | {
        f"new_{name}": value for name, value in values.items()
    }
    return changed_rows(tx, _changing(table, tuple(key), tuple(values)), parameters)


@cache
def _changing(table: Table, keys: tuple[str, ...], names: tuple[str, ...]) -> Update:
    where = (table.c[name] == bindparam(f"key_{name}") for name in keys)
    return update(table).where(*where).values({name: bindparam(f"new_{name}") for name in names})


def insert_row(tx: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row. Each column is given that has a default in the schema: SQLAlchemy is not asked for them here."""
    _executed(tx, _prepared(tx.dialect, _inserting(table), tuple(row)), row)


def inserted_id(tx: Connection, table: Table, row: Mapping[str, Any]) -> int:
    """Insert a row as `insert_row` does, and return its number."""
    rows, _ = _executed(tx, _prepared(tx.dialect, _inserting(table, is_numbered=True), tuple(row)), row)
    return int(rows[0][0])


def insert_rows(tx: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows, column by column, in one stream where the database takes one (COPY)."""
    if not all(columns.values()):
        return
    if tx.dialect.name == "postgresql":
        statement, writers = _copying(tx.dialect, table, tuple(columns))
        if not tx.in_transaction():
            tx.begin()
        with _sqlalchemy_errors(tx.dialect, statement):
            driver: Any = tx.connection.driver_connection
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for row in _as_rows(columns, writers):
                    copy.write_row(row)
    else:
        prepared = _prepared(tx.dialect, _inserting(table), tuple(columns))
        tx.exec_driver_sql(prepared.statement, list(_as_rows(columns, prepared.binds)))


def _as_rows(columns: Mapping[str, Sequence[Any]], writers: Iterable[_Write]) -> Iterable[tuple[Any, ...]]:
    """Return rows as the driver takes them, each column of theirs written at once, which is the quickest."""
    return zip(*(_written(columns[name], write) for name, write in writers), strict=True)


def _written(column: Sequence[Any], write: Callable[[Any], Any] | None) -> Sequence[Any]:
    if write is None:
        return column
    first = column[0]
    if all(value is first for value in column):
        return [write(first)] * len(column)
    return [write(value) for value in column]


@lru_cache(maxsize=32)
def _copying(dialect: Dialect, table: Table, names: tuple[str, ...]) -> tuple[str, tuple[_Write, ...]]:
    """Return the statement that takes rows in a stream, and how the value of each column is written there."""
    quote_name = dialect.identifier_preparer.quote
    statement = f"COPY {quote_name(table.name)} ({', '.join(map(quote_name, names))}) FROM STDIN"
    kinds = [table.c[name].type for name in names]
    writers = (
        _to_json if isinstance(kind, JSON) else kind.dialect_impl(dialect).bind_processor(dialect) for kind in kinds
    )
    return statement, tuple(zip(names, writers, strict=True))


@cache
def _inserting(table: Table, *, is_numbered: bool = False) -> Insert:
    return insert(table).returning(table.c.id) if is_numbered else insert(table)


_Write = tuple[str, Callable[[Any], Any] | None]
"""A column or a parameter, and how its value is written, None for as it is."""


@dataclass(frozen=True)
class Prepared:
    """A statement as a driver takes it, how its values are written, and how a row that it gives is read.

    SQLAlchemy finds all this out at each execution, and takes ten times as long over it as SQLite over the statement.
    """

    statement: str
    is_positional: bool
    binds: tuple[_Write, ...]
    fixed: Mapping[str, Any]
    row: Callable[[Sequence[Any]], Any]

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Return the values as the driver takes them, those that stand in the statement itself among them."""
        fixed = self.fixed
        written = [
            fixed[name] if name in fixed else values[name] if write is None else write(values[name])
            for name, write in self.binds
        ]
        return (
            tuple(written) if self.is_positional else dict(zip((name for name, _ in self.binds), written, strict=True))
        )


_making = threading.Lock()


def _prepared(dialect: Dialect, statement: Any, columns: tuple[str, ...] = ()) -> Prepared:
    """Return a statement that is made once as `made_ready` makes it: by one thread, for which others that ask wait."""
    with _making:
        return _made_once(dialect, statement, columns)


def made_ready(
    dialect: Dialect, statement: Any, columns: tuple[str, ...] = (), lengths: Mapping[str, int] = MappingProxyType({})
) -> Prepared:
    """Return a statement made ready; of one that inserts rows, `columns` are those that are given. The values of a list
    have its name and their place: "ids_1"."""
    compiled = statement.compile(dialect=dialect, column_keys=columns or None)
    left_out = {column.key for column in compiled.insert_prefetch}
    given = {name for bind, name in compiled.bind_names.items() if bind.required} | left_out
    lists = {name: [None] * length for name, length in lengths.items()}
    whole = compiled.construct_expanded_state(dict.fromkeys(given) | lists)
    given |= {name for listed in lengths for name in whole.parameter_expansion[listed]}
    writers = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect) for bind, name in compiled.bind_names.items()
    }
    binds = tuple((name, writers.get(name)) for name in whole.positiontup or whole.parameters)
    fixed = {
        name: whole.parameters[name] if write is None else write(whole.parameters[name])
        for name, write in binds
        if name not in given
    }
    return Prepared(whole.statement, compiled.positional, binds, fixed, _row_reader(statement, dialect))


_made_once = lru_cache(maxsize=256)(made_ready)


def _row_reader(statement: Any, dialect: Dialect) -> Callable[[Sequence[Any]], Any]:
    columns = getattr(statement, "exported_columns", None) or {}
    row = row_of(list(columns.keys()))
    kinds = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    readers = [(place, read) for place, read in enumerate(kinds) if read is not None]
    if not readers:
        return row

    def read(written: Sequence[Any]) -> Any:
        values = list(written)
        for place, reader in readers:
            values[place] = reader(values[place])
        return row(values)

    return read


def row_of(names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    """Return what makes rows: tuples whose columns are attributes, and that are a mapping where one is asked for."""
    plain: Any = namedtuple("AnsweredRow", names)  # type: ignore[misc]
    return type("AnsweredRow", (plain,), {"__slots__": (), "_mapping": property(plain._asdict)})._make  # type: ignore[attr-defined,no-any-return]


def _executed(tx: Connection, prepared: Prepared, values: Mapping[str, Any]) -> tuple[Sequence[Any], int]:
    """Return the rows that the driver gives, and how many were changed; begin a transaction where none has begun."""
    if not tx.in_transaction():
        tx.begin()
    return _run(tx.dialect, tx.connection.cursor(), prepared, values)


def _run(dialect: Dialect, cursor: Any, prepared: Prepared, values: Mapping[str, Any]) -> tuple[Sequence[Any], int]:
    parameters = prepared.parameters(values)
    with _sqlalchemy_errors(dialect, prepared.statement, parameters):
        cursor.execute(prepared.statement, parameters)
        return cursor.fetchall() if cursor.description else [], cursor.rowcount


@contextmanager
def _sqlalchemy_errors(dialect: Dialect, statement: str, parameters: Any = None) -> Iterator[None]:
    """Raise what SQLAlchemy raises for an error of the driver."""
    try:
        yield
    except Exception as error:
        dbapi: Any = dialect.loaded_dbapi
        raise DBAPIError.instance(statement, parameters, error, dbapi.Error, dialect=dialect) from error


def row_by_itself(engine: Engine, statement: Executable, values: Mapping[str, Any]) -> Any:
    """Return the first row of a statement that is made once, and is a transaction of its own: PostgreSQL begins and
    commits it without being told, which would be two more ways to the server."""
    prepared, connection = _prepared(engine.dialect, statement), engine.raw_connection()
    try:
        driver: Any = connection.driver_connection
        driver.autocommit = True
        rows, _ = _run(engine.dialect, driver.cursor(), prepared, values)
        driver.autocommit = False
    except BaseException:
        connection.invalidate()
        raise
    finally:
        connection.close()
    return prepared.row(rows[0]) if rows else None


def advisory_lock_key(*names: str) -> int:
    """Return the 64-bit number by which PostgreSQL knows a lock of this name."""
    digest = hashlib.blake2b("\0".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def advisory_transaction_lock(tx: Connection, name: str) -> None:
    """Wait until no other transaction holds the lock of this name; it is released with the transaction."""
    if tx.dialect.name == "postgresql":
        first_row(tx, _TURN, {"number": advisory_lock_key("turn", name)})


_TURN = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger)))


BUSY_SECONDS = 15.0
"""How long a transaction waits for another one's write before it gives up."""

_BUSY_POLL_SECONDS = 0.02

_PRIMARY_CODE = 0xFF
"""The part of a result code of SQLite's that says what it is; the rest says why (https://www.sqlite.org/rescode.html)."""

AT_ONCE = 12
"""So many threads have a transaction at once. With fifty accounts due in the same second more would only wait for each
other there, each on a new connection: to open one, and to plan all statements on it, takes as long as three posts."""

_CONNECTIONS, _MORE_CONNECTIONS = AT_ONCE + 2, 18
"""Kept open, those for locks and for notifications too; and how many more there may be for a while. The one used last
is taken first: it has plans, and need not be asked whether it is still there; one to a file has its statements
ready."""

_TRUSTED_SECONDS = 2.0
"""For how long after its last use a connection is taken to be there still; asking each time is a way to the server."""

_SESSION = {
    "lock_timeout": f"{BUSY_SECONDS:.0f}s",
    "idle_in_transaction_session_timeout": f"{BUSY_SECONDS:.0f}s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}
"""A worker that sleeps in a transaction lets go of its rows in time, and one whose machine has died of its locks.

No query reads more than some thousand rows: to compile one, and to start processes for it, took 100 ms, its answer 8.
"""

_KEEPALIVE = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


def engine_of(url: str, *, only_reads: bool = False) -> Engine:
    """Return an engine for SQLite or PostgreSQL; one that `only_reads` leaves no trace on a read-only disk. Raise
    ArgumentError or ModuleNotFoundError for anything else."""
    codec: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": msgspec.json.decode}
    if is_sqlite(url) and only_reads:
        return create_engine(url, creator=partial(_read_only_file, Path(make_url(url).database or "")), **codec)
    if is_sqlite(url):
        own = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        engine = create_engine(url, connect_args=own, pool_size=_CONNECTIONS, pool_use_lifo=True, **codec)
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    pool = {"pool_size": _CONNECTIONS, "max_overflow": _MORE_CONNECTIONS}
    engine = create_engine(url, connect_args=_KEEPALIVE, pool_use_lifo=True, **pool, **codec)
    event.listen(engine, "connect", _configure_postgresql)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", partial(_wake_up, engine.dialect.loaded_dbapi.Error))
    return engine


def database_url(written: str) -> str:
    """Return the address of a database as hosts hand it out, with the driver that speaks to it."""
    for scheme in ("postgres://", "postgresql://"):
        if written.startswith(scheme):
            return f"postgresql+psycopg://{written.removeprefix(scheme)}"
    return written


def is_sqlite(url: str) -> bool:
    """Return whether the address is that of a SQLite file."""
    return url.startswith("sqlite")


def for_writing(engine: Engine) -> Engine:
    """Return the engine as transactions that write use it."""
    return engine.execution_options(writes=True)


def for_reading(engine: Engine) -> Engine:
    """Return the engine as transactions use it that only read, from one moment's state."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_INDEX_BYTES = 32 * 1024
"""How long the index of a log is at least, once somebody works on it; on a full disk it is begun, and no more."""


def _read_only_file(file: Path) -> sqlite3.Connection:
    """Return a connection to a file that cannot be written. Where no log lies beside it nobody works on it, and SQLite
    need not make one (https://www.sqlite.org/wal.html#read_only_databases); a full disk leaves an empty one."""
    import sqlite3

    has_index = _size(file.with_name(f"{file.name}-shm")) >= _INDEX_BYTES
    is_at_rest = not _size(file.with_name(f"{file.name}-wal")) and not has_index
    address = f"file:{quote(str(file.absolute()))}?mode=ro{'&immutable=1' if is_at_rest else ''}"
    return sqlite3.connect(address, BUSY_SECONDS, uri=True, check_same_thread=False)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def file_exists(engine: Engine) -> bool:
    """Return whether it is the engine of a SQLite file that is there, with something in it."""
    return engine.dialect.name == "sqlite" and _size(Path(engine.url.database or "")) > 0


def can_write(engine: Engine) -> bool:
    """Return whether this process may write into the database. One that is not there yet is to be made."""
    if engine.dialect.name == "sqlite":
        file = Path(engine.url.database or "")
        return not file.exists() or (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))
    with engine.connect() as connection:
        return connection.execute(_MAY_WRITE).scalar() is not False


_MAY_WRITE = text("SELECT NOT pg_is_in_recovery() AND has_table_privilege(to_regclass('delivery'), 'INSERT')")
"""A replica can only be read; NULL where there is no such table yet."""


_CACHE_KB = 256
"""What each connection keeps of a file: the system keeps it whole, once for all, and 2 MB each add up."""


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    _keep_a_log(connection)
    for pragma in (f"cache_size = -{_CACHE_KB}", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging. SQLite does not wait for whoever else is just making the same new file."""
    import sqlite3

    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY_CODE != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_BUSY_POLL_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a read that turns into a write half-way could only fail."""
    file = connection.connection.driver_connection
    assert file is not None
    file.execute("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes", False) else "BEGIN")


def _configure_postgresql(connection: Any, _record: object) -> None:
    """Make every commit that returns durable on the disk, whatever the server's own setting; a stronger one stays."""
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
    """Replace a connection that rested for long and was cut meanwhile, so that nobody notices; one that was not keeps
    the plans of its statements, which it would lose by a rollback."""
    if time.monotonic() - record.info.get("rests_since", time.monotonic()) > _TRUSTED_SECONDS:
        try:
            connection.execute("SELECT 1")
            connection.commit()
        except failure as error:
            raise DisconnectionError from error


NOTIFY_CHANNEL = "groundswell"
_NOTIFY = select(func.pg_notify(NOTIFY_CHANNEL, ""))


def notify_workers(tx: Connection) -> None:
    """NOTIFY every worker (see LISTEN/NOTIFY) when this transaction commits; on SQLite they look every second."""
    if tx.dialect.name == "postgresql":
        tx.execute(_NOTIFY)


T = TypeVar("T")
Answer = TypeVar("Answer", covariant=True)
Rows = Sequence[Any]
"""Rows whose columns are attributes."""


@dataclass(frozen=True, eq=False)
class Question(Generic[Answer]):
    """A query, and what is made of its rows. Several that do not depend on each other are asked in one statement.

    `values` are those of its parameters; one name has one value in all that are asked together.
    """

    query: SelectBase
    read: Callable[[Rows], Answer]
    values: Mapping[str, Any] = field(default_factory=dict)


def answer(tx: Connection, question: Question[T]) -> T:
    """Return the answer to one question."""
    query: Executable = question.query  # type: ignore[assignment]
    return question.read(tx.execute(query, dict(question.values)).all())
