"""Tells whether somebody has written into a SQLite file, by asking the file itself: it costs microseconds."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from bot.store.engine import plain_errors
from bot.store.identity import file_of
from bot.store.store import Store


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
                self._connection = sqlite3.connect(file_of(self._url), timeout=1)
            with closing(self._connection.execute("PRAGMA data_version")) as answer:
                (version,) = answer.fetchone()
        before, self._known = self._known, version
        return bool(before != version)

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
