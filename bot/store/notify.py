"""How a process learns that others have written: by LISTEN/NOTIFY on PostgreSQL, by the commits into a SQLite file."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from bot.store.engine import NOTIFY_CHANNEL, plain_errors
from bot.store.identity import file_of
from bot.store.store import Store

if TYPE_CHECKING:
    import sqlite3

_LOOK_UP_SECONDS = 1.0
"""How long a listener waits before it checks whether it is to end."""

_AGAIN_SECONDS = 2.0


class Listener:
    """LISTEN in a thread of its own, and call back on every notification: whoever gives workers work notifies them, so
    that none polls every second.

    A connection that was cut may have missed one, so that a new connection counts as a notification.
    """

    def __init__(self, store: Store, notified: Callable[[], object]) -> None:
        self._store = store
        self._notified = notified
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="notify", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._ended.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._ended.is_set():
            with suppress(SQLAlchemyError, OSError):
                self._listen_on_a_connection()
            self._ended.wait(_AGAIN_SECONDS)

    def _listen_on_a_connection(self) -> None:
        from psycopg import OperationalError  # only where there is a PostgreSQL

        engine = self._store.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection, suppress(OperationalError):
            connection.exec_driver_sql(f"LISTEN {NOTIFY_CHANNEL}")
            raw = connection.connection.driver_connection
            assert raw is not None
            self._notified()
            connection.detach()  # nobody else is to hear on it
            while not self._ended.is_set():
                if any(True for _ in raw.notifies(timeout=_LOOK_UP_SECONDS, stop_after=1)):
                    self._notified()


class FileCommits:
    """The commits into a SQLite file, asked for on one connection of its own. Of one thread alone."""

    def __init__(self, store: Store) -> None:
        self._url = store.url
        self._connection: sqlite3.Connection | None = None
        self._known: int | None = None

    def has_changed(self) -> bool:
        """Return whether anybody has committed since this was asked last. Raise StoreError."""
        with plain_errors(self._url):
            if self._connection is None:
                import sqlite3  # beside PostgreSQL it would take 2 MB for nothing

                self._connection = sqlite3.connect(file_of(self._url), timeout=1)
            with closing(self._connection.execute("PRAGMA data_version")) as answer:
                (version,) = answer.fetchone()
        before, self._known = self._known, version
        return bool(before != version)

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
