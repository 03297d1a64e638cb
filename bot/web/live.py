"""Notices that something has changed in the store: one watcher a process, for the streams of all open pages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, cast

from bot.errors import StoreError
from bot.store.notify import FileCommits, Listener
from bot.store.store import Store

_LOOKS_EVERY_S = 1.0
_PULSES_ANYWAY_S = 10.0
"""How often (seconds) pages look again though nothing has changed: times pass, and heartbeats are missed."""

_LASTS_S = 1.0
"""For how long what was read for open pages is good, whatever has changed that nobody has noticed."""

Found = TypeVar("Found")


class Watcher:
    """Watches the store for all streams of a process: a SQLite file by its commits, PostgreSQL by its notifications."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._count = 0
        self._begun = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._reading = threading.Lock()
        self._read: dict[str, tuple[int, float, object]] = {}

    @property
    def count(self) -> int:
        """Return how many times something has changed."""
        return self._count

    def start(self) -> None:
        """Begin to watch; it may be called again."""
        with self._begun:
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="live", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Watch no more."""
        self._ended.set()

    def read_for_all(self, name: str, read: Callable[[], Found]) -> Found:
        """Return what `read` gives, read once for all open pages that ask again because of one change: all do so in the
        same moment. Whatever a pulse tells of is in it."""
        with self._reading:
            count, now = self._count, time.monotonic()
            known = self._read.get(name)
            if known is None or known[0] != count or now - known[1] > _LASTS_S:
                known = self._read[name] = count, now, read()
            return cast("Found", known[2])

    def _watch(self) -> None:
        if self._store.is_sqlite:
            commits, quiet_for = FileCommits(self._store), 0.0
            while not self._ended.wait(_LOOKS_EVERY_S):
                quiet_for += _LOOKS_EVERY_S
                with suppress(StoreError):
                    if commits.has_changed() or quiet_for >= _PULSES_ANYWAY_S:
                        self._tell()
                        quiet_for = 0.0
            commits.close()
            return
        listener = Listener(self._store, self._tell)
        listener.start()
        while not self._ended.wait(_PULSES_ANYWAY_S):
            self._tell()
        listener.close()

    def _tell(self) -> None:
        self._count += 1
