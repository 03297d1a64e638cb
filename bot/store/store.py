"""The one store: opens the database, and lends transactions that either happen whole or not at all."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import Connection, insert, select

from bot.store import schema
from bot.store.engines import address_of, engine_of, for_reading, for_writing, is_sqlite
from bot.store.migrate import migrate
from bot.store.scrub import scrub_postgresql, scrub_sqlite
from bot.store.trouble import plain_errors
from bot.store.turns import wait_for_turn
from bot.store.witness import Witness


class Store:
    """Lends transactions on the database. Safe to use from several threads."""

    def __init__(self, url: str) -> None:
        self.url = address_of(url)
        self.instance_key = ""
        """This database's own random name: no other database makes the same idempotency keys."""
        self.holder = secrets.randbits(62)
        """This worker's own number: who took an account's lock last, see `bot.store.control.take_turn`."""
        self.witness: Witness | None = None
        """What remembers how far this store had come, should it be replaced; see `bot.services.database.doubt`."""
        self.engine = engine_of(self.url)
        self._writing, self._reading = for_writing(self.engine), for_reading(self.engine)
        self._turn: AbstractContextManager[object] = threading.Lock() if self.is_sqlite else nullcontext()

    @classmethod
    def open(cls, url: str) -> Store:
        """Open the database; an empty one gets its tables. Raises StoreError.

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

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this machine's, with one writer at a time."""
        return is_sqlite(self.url)

    @contextmanager
    def begin(self, turn: str = "") -> Iterator[Connection]:
        """A transaction that writes; on leaving, it is on the disk. Raises StoreError when it is not.

        Of those with the same `turn` there is one at a time in all processes; they see what the one before has done.
        SQLite has one writer at a time anyway, and lets those who wait sleep for up to a tenth of a second: there,
        threads queue.
        """
        with plain_errors(self.url), self._turn, self._writing.begin() as tx:
            if turn:
                wait_for_turn(tx, turn)
            yield tx

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, from one moment's state."""
        with plain_errors(self.url), self._reading.connect() as tx:
            yield tx

    def scrub(self, *, whole: bool = False) -> bool:
        """Make the disk forget what was deleted, while others work; `whole` also what older versions deleted.

        Gives whether nothing is left; else somebody is just reading, and it is done the next time.
        """
        with plain_errors(self.url), self._turn:
            if self.is_sqlite:
                return scrub_sqlite(self.url, whole=whole)
            return scrub_postgresql(self.engine, whole=whole)

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    def _ensure_instance(self) -> str:
        name = select(schema.meta.c.value).where(schema.meta.c.key == "instance")
        with self.read() as tx:
            known = tx.execute(name).scalar()
        if known is None:
            with self.begin(turn="instance") as tx:
                known = tx.execute(name).scalar()
                if known is None:
                    known = secrets.token_hex(8)
                    tx.execute(insert(schema.meta), {"key": "instance", "value": known})
        return str(known)


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file, its folder made if need be (only its owner may look inside)."""
    with plain_errors():
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync_names(path.parent.parent)
    return f"sqlite:///{path}"


def _sync_names(folder: Path) -> None:
    """Have what was just made in a folder outlive a power cut: SQLite does so for its files, and not for theirs."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
