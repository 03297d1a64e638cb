"""The one place where an embedded network changes: an entry is on the disk first, then in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from bot.errors import Answer, PlatformError, StoreError
from bot.platforms.rehearsal.dialect import Dialect
from bot.platforms.rehearsal.journal import Journal
from bot.platforms.rehearsal.ledger import Entry, decoded, encoded
from bot.platforms.rehearsal.memory import Memory


class Record:
    """A network's memory behind its lock, with or without a journal. Safe to use from several threads.

    Opening it raises StoreError for a journal that cannot be read.
    """

    def __init__(self, dialect: Dialect, journal: Path | None) -> None:
        self._memory = Memory(dialect)
        self._lock = RLock()
        try:
            self._journal = Journal(journal) if journal else None
            with self.reading():
                pass  # a journal that cannot be read is told now, not in the middle of a request
        except OSError as problem:
            raise StoreError(f"the rehearsal's journal cannot be opened: {problem}") from problem

    @contextmanager
    def reading(self) -> Iterator[Memory]:
        """All that is known now, standing still; what is read must not be changed."""
        with self._lock:
            if self._journal is not None and self._journal.has_grown():
                with self._journal.turn():
                    self._catch_up(self._journal)
            yield self._memory

    @contextmanager
    def changing(self) -> Iterator[Memory]:
        """The same with everybody else kept out, other processes too, so that what was checked holds for `accept`."""
        with self._lock:
            if self._journal is None:
                yield self._memory
                return
            with self._journal.turn():
                self._catch_up(self._journal)
                yield self._memory

    def _catch_up(self, journal: Journal) -> None:
        for line in journal.new_lines():
            self._memory.take_in(decoded(line))

    def accept(self, entry: Entry) -> None:
        """Remember an entry; must be called while `changing`. Raises PlatformError (not sent) when the disk is full."""
        if self._journal is not None:
            try:
                self._journal.add(encoded(entry))
            except OSError as problem:
                raise PlatformError(f"the rehearsal's journal: {problem}", Answer.NOT_SENT) from problem
        self._memory.take_in(entry)

    def close(self) -> None:
        """Let go of the journal's file."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None
