"""The witness: a small file beside bot.toml that remembers how far the store had come, should that be replaced."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec

from bot.store.place import machine

_LENGTH = 512
"""Every record is as long as this, in bytes: a later one replaces an earlier one whole."""


@dataclass(frozen=True)
class Testimony:
    """What was known last: the store by its name, epoch and address, and the newest attempt recorded from here."""

    instance: str
    epoch: int
    attempt: int
    address: str


@dataclass(frozen=True)
class _Record(Testimony):
    machine: str
    inode: int


class Witness:
    """The file, and what this process knows of it. Safe to use from several threads.

    It is written after the database has committed, and never synced: it may be behind the database, never ahead.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = ""
        """Where this process last saw the database live."""
        self._known: Testimony | None = None
        self._guard = threading.Lock()

    def read(self) -> Testimony | None:
        """What the file says; None where there is none, or where it is a copy that was made somewhere else."""
        try:
            record = msgspec.json.decode(self.path.read_bytes(), type=_Record)
            inode = self.path.stat().st_ino
        except (OSError, msgspec.DecodeError):
            return None
        if (record.machine, record.inode) != (machine(), inode):
            return None
        return Testimony(record.instance, record.epoch, record.attempt, record.address)

    def known(self) -> Testimony | None:
        """What this process has seen or written last; the file is asked the first time."""
        with self._guard:
            if self._known is None:
                self._known = self.read()
            return self._known

    def write(self, testimony: Testimony) -> None:
        """Testify to this from now on. A disk that cannot take it leaves the witness behind, which harms nobody."""
        with self._guard:
            self._known = testimony
            self._write(testimony)

    def note(self, attempt: int) -> None:
        """A later attempt is in the database."""
        with self._guard:
            if self._known is not None and attempt > self._known.attempt:
                self._known = replace(self._known, attempt=attempt)
                self._write(self._known)

    def _write(self, testimony: Testimony) -> None:
        with suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                record = _Record(**asdict(testimony), machine=machine(), inode=os.fstat(descriptor).st_ino)
                os.pwrite(descriptor, msgspec.json.encode(record).ljust(_LENGTH - 1) + b"\n", 0)
            finally:
                os.close(descriptor)
