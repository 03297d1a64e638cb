"""Transactions happen whole or not at all, and what goes wrong is said in words."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.causes import CauseCode
from bot.errors import StoreError
from bot.store import control, engine
from bot.store import schema as t
from bot.store import store as store_module
from bot.store.store import Store, sqlite_url
from bot.store.store_errors import store_error
from tests.harness.rehearsal_networks import START
from tests.harness.stores import PostgresqlStorePool, store_pool
from tests.harness.table import each_of


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def fail_half_way() -> None:
        with store.begin() as tx:
            control.write_audit(tx, START, "ana", "hold", "delivery 1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with store.read() as tx:
        assert tx.execute(select(t.audit)).all() == []


def test_a_reading_shows_one_moment(store: Store) -> None:
    with store.read() as reading:
        reading.execute(select(t.audit)).all()
        with store.begin() as tx:
            control.write_audit(tx, START, "ana", "hold", "delivery 1")
        assert reading.execute(select(t.audit)).all() == []
    with store.read() as reading:
        assert len(reading.execute(select(t.audit)).all()) == 1


@pytest.mark.parametrize("trusted_seconds", [60.0, 0.0])
def test_postgresql_keeps_its_plans_from_one_reading_to_the_next(
    served: PostgresqlStorePool, monkeypatch: pytest.MonkeyPatch, trusted_seconds: float
) -> None:
    """On a connection that has just been used, and on one that has rested for long."""
    monkeypatch.setattr(engine, "_TRUSTED_SECONDS", trusted_seconds)
    kept, store = 0, served.take()
    for _ in range(20):
        with store.read() as tx:
            kept = tx.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
    assert kept > 0


_AT_WORK = text(
    "SELECT count(*), pg_sleep(0.01) FROM pg_stat_activity"
    " WHERE datname = current_database() AND state IN ('active', 'idle in transaction')"
)


def test_fifty_threads_share_few_connections_to_a_server(
    served: PostgresqlStorePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_PATIENCE_SECONDS", 60.0)
    store = served.take()

    def ask(number: int) -> int:
        with store.begin() if number % 2 else store.read() as tx:
            return int(tx.execute(_AT_WORK).one()[0])

    with ThreadPoolExecutor(50) as pool:
        at_work = list(pool.map(ask, range(100)))
    assert 1 < max(at_work) <= engine.AT_ONCE


def test_one_transaction_after_the_other_goes_by_the_same_connection(served: PostgresqlStorePool) -> None:
    """It has planned their statements already."""
    store = served.take()
    with ExitStack() as held:
        for _ in range(engine.AT_ONCE):
            held.enter_context(store.read())
    connections = set()
    for _ in range(engine.AT_ONCE):
        with store.read() as tx:
            connections.add(tx.execute(text("SELECT pg_backend_pid()")).scalar_one())
    assert len(connections) == 1


def test_who_has_waited_for_others_transactions_goes_on_beside_them(
    served: PostgresqlStorePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_PATIENCE_SECONDS", 0.01)
    store = served.take()
    with ExitStack() as held:
        for _ in range(engine.AT_ONCE):
            held.enter_context(store.read())
        with store.begin() as tx:
            control.write_audit(tx, START, "ana", "hold", "delivery 1")
    with store.read() as tx:
        assert len(tx.execute(select(t.audit)).all()) == 1


def test_each_database_has_a_name_of_its_own(tmp_path: Path) -> None:
    one, other = (Store.open(sqlite_url(tmp_path / f"{name}.db")) for name in "ab")
    assert one.instance_key != other.instance_key
    assert len(one.instance_key) == 16
    one.close()
    other.close()


def test_what_is_written_is_on_the_disk_before_a_commit_returns(file_store: Store) -> None:
    with file_store.read() as tx:
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_the_folder_of_a_store_is_its_owners_alone(file_store: Store) -> None:
    folder = Path(file_store.url.removeprefix("sqlite:///")).parent
    assert folder.stat().st_mode & 0o077 == 0


@each_of("content", [b"this is no database at all, it only has its name " * 50, b"SQLite format 3\0" + b"\1" * 4096])
def test_a_file_that_is_no_store_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "groundswell.db"
    file.write_bytes(content)
    with pytest.raises(StoreError, match="store_damaged"):
        Store.open(sqlite_url(file))
    assert file.read_bytes() == content


def test_a_folder_in_the_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "groundswell.db").mkdir()
    with pytest.raises(StoreError, match=r"store_failed.*unable to open"):
        Store.open(sqlite_url(tmp_path / "groundswell.db"))


def test_a_store_that_another_process_keeps_busy_says_so(file_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hog = sqlite3.connect(file_store.url.removeprefix("sqlite:///"), isolation_level=None)
    hog.execute("BEGIN IMMEDIATE")
    with file_store.read() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout = 10")
    with pytest.raises(StoreError, match="store_busy"), file_store.begin():
        pass
    hog.execute("ROLLBACK")
    hog.close()
    with file_store.begin() as tx:
        control.write_audit(tx, START, "ana", "hold", "delivery 1")


def test_a_new_file_that_another_process_is_making_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "groundswell.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE made (id)")
        other.execute("BEGIN IMMEDIATE")
        done = threading.Timer(0.2, lambda: other.execute("COMMIT"))
        done.start()
        store = Store.open(f"sqlite:///{file}")
        done.join()
        store.close()


@each_of("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_address_that_a_host_hands_out_serves_as_it_is(scheme: str) -> None:
    written = store_pool("postgresql").url.replace("postgresql+psycopg", scheme)
    store = Store.open(written)
    with store.read() as tx:
        assert tx.dialect.driver == "psycopg"
    store.close()


def test_writers_take_turns_and_lose_nothing(store: Store) -> None:
    def write() -> None:
        for _ in range(20):
            with store.begin() as tx:
                control.spend(tx, "x", 1, START)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with store.read() as tx:
        assert control.spent(tx, "x", START) == 80


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (
            'connection is bad: connection to server on socket "/run" failed: No such file',
            CauseCode.STORE_UNREACHABLE,
        ),
        (
            'connection to server at "10.0.0.1" failed: FATAL: too many connections for',
            CauseCode.STORE_CONNECTIONS,
        ),
        ("connection failed: FATAL: sorry, too many clients already", CauseCode.STORE_CONNECTIONS),
        ("FATAL: remaining connection slots are reserved for superusers", CauseCode.STORE_CONNECTIONS),
        ('could not extend file "base/1/2": No space left on device', CauseCode.STORE_DISK),
        ("[Errno 122] Disk quota exceeded: 'var/locks'", CauseCode.STORE_DISK),
        ("[Errno 24] Too many open files: 'var/locks/account-x.lock'", CauseCode.STORE_OPEN_FILES),
        ("FATAL: terminating connection due to administrator command", CauseCode.STORE_CUT),
    ],
)
def test_what_a_database_says_is_told_by_its_cause(said: str, cause: CauseCode) -> None:
    assert store_error(said).code is cause
