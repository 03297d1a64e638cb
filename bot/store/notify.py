"""LISTEN/NOTIFY between workers on PostgreSQL: whoever gives them work notifies them, and none polls every second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from bot.store.engine import NOTIFY_CHANNEL
from bot.store.store import Store

_LOOK_UP_SECONDS = 1.0
"""How long a listener waits before it checks whether it is to end."""

_AGAIN_SECONDS = 2.0


class Listener:
    """LISTEN in a thread of its own, and call back on every notification.

    A connection that was cut may have missed one, so that a new connection counts as a notification.
    """

    def __init__(self, store: Store, notified: Callable[[], object]) -> None:
        self._store = store
        self._notified = notified
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="bell", daemon=True)

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
