"""Moves a whole store into another database: nothing is lost, nothing is repeated, and never do two of them send."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.causes import CauseCode
from bot.domain.actor import By
from bot.errors import Refused, RefusedCode, StoreError
from bot.services.database import restore_guard
from bot.services.database.open import OpenedStore
from bot.services.work import LOCK_WAIT
from bot.store import control, identity, workers
from bot.store import schema as t
from bot.store.control import AuditAction
from bot.store.dump import Contents, carry_over, contents, is_empty
from bot.store.engine import LockName, account_lock, media_lock, plain_errors, source_lock
from bot.store.identity import (
    HighWaterMark,
    HighWaterRecord,
    address_key,
    database_identity,
    newest_attempt,
    seal,
    shown_address,
)
from bot.store.migrate import HEAD, migrate, version
from bot.store.store import Store
from bot.values import dataclass


@dataclass(frozen=True)
class MovedStore:
    """What was moved, and where to; `was_done` when an earlier call had done it already."""

    target: str
    tables: dict[str, Contents]
    was_done: bool


def copy(opened: OpenedStore, target_url: str, now: datetime, by: By) -> MovedStore:
    """Move the store into an empty database. Called again after it was broken off, it goes on.

    First the source is sealed for good, then everything is copied in one transaction: at every moment at most one of
    the two can be sent from. Raise Refused or StoreError.
    """
    opened.require_schema()
    target = _opened(target_url)
    try:
        with ExitStack() as held:
            _hold_all(opened, held)
            where = shown_address(target.url)
            _refuse_unless_free(opened, target, where, now)
            _seal(opened.store, where, now, by)
            was_done = _is_there(opened.store, target)
            tables = {} if was_done else _carry(opened.store, target)
            _testify(opened, target)
    finally:
        target.close()
    return MovedStore(where, tables, was_done)


def _opened(url: str) -> Store:
    try:
        make_url(url)
    except ArgumentError:
        raise Refused(RefusedCode.NO_DATABASE_ADDRESS) from None
    with plain_errors(url):
        target = Store(url)
        schema = version(target.engine)
        if schema not in {"", HEAD}:
            raise Refused(RefusedCode.OTHER_SCHEMA, database=shown_address(target.url))
        migrate(target.engine)
    return target


def _hold_all(opened: OpenedStore, held: ExitStack) -> None:
    """Take the lock of every account and source, so that nobody is in the midst of anything while the store moves."""
    until = time.monotonic() + LOCK_WAIT
    for lock in _locks(opened):
        if not held.enter_context(opened.locks.hold(lock, max(0.0, until - time.monotonic()))):
            raise Refused(RefusedCode.WORKER_BUSY, lock=lock)


def _locks(opened: OpenedStore) -> Iterator[LockName]:
    with opened.store.read() as tx:
        accounts = tx.execute(select(t.delivery.c.account).distinct()).scalars().all()
        sources = tx.execute(select(t.cursor.c.source).order_by(t.cursor.c.source)).scalars().all()
    for name in sorted({*opened.config.accounts, *accounts}):
        yield from (account_lock(name), media_lock(name))
    yield from (source_lock(name) for name in sources)


def _refuse_unless_free(opened: OpenedStore, target: Store, where: str, now: datetime) -> None:
    with opened.store.read() as tx:
        moved_to = identity.read_metadata(tx).moved_to
    if moved_to and moved_to != where:
        raise Refused(RefusedCode.MOVED_ELSEWHERE, moved_to=moved_to, database=where)
    if not moved_to:
        restore_guard.watch_over(opened.store, opened.root, opened.config.accounts, now)
    with target.read() as tx:
        is_free = is_empty(tx)
    if not is_free and not (moved_to and _is_there(opened.store, target)):
        raise Refused(RefusedCode.TARGET_IN_USE, database=where)


def _seal(store: Store, where: str, now: datetime, by: By) -> None:
    with store.begin() as tx:
        if not identity.read_metadata(tx).moved_to:
            control.write_audit(tx, now, by, AuditAction.MOVE, f"to {where}")
            seal(tx, where)


def _is_there(source: Store, target: Store) -> bool:
    """Return whether the target holds this store already, one epoch on."""
    with source.read() as tx:
        ours = identity.read_metadata(tx)
    with target.read() as tx:
        target_metadata = identity.read_metadata(tx)
    return target_metadata.instance == ours.instance and target_metadata.epoch > ours.epoch


def _carry(source: Store, target: Store) -> dict[str, Contents]:
    """Copy all of the store in one transaction, so that all of it or nothing arrives, and return what was read."""
    with source.read() as reading, target.begin() as writing:
        _lock_tables(writing)
        if not is_empty(writing):
            raise Refused(RefusedCode.TARGET_TAKEN_MEANWHILE)
        carried = carry_over(reading, writing)
        if contents(writing) != carried:
            raise StoreError(CauseCode.STORE_COPY_DIFFERS)
        workers.forget_worker(writing)
        epoch = str(identity.read_metadata(writing).epoch + 1)
        identity.put_metadata(writing, {identity.EPOCH: epoch, identity.PLACE: database_identity(target.url, writing)})
        identity.drop_metadata(writing, identity.MOVED_TO)
    return carried


def _lock_tables(tx: Connection) -> None:
    if tx.dialect.name == "postgresql":
        names = ", ".join(f'"{name}"' for name in t.metadata.tables)
        tx.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def _testify(opened: OpenedStore, target: Store) -> None:
    with target.read() as tx:
        metadata, attempt, numbers = identity.read_metadata(tx), newest_attempt(tx), identity.highest(tx)
    high_water_mark = HighWaterMark(opened.high_water_mark)
    high_water_mark.write(HighWaterRecord(metadata.name, metadata.epoch, attempt, address_key(target.url), numbers))
