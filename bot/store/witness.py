"""The witness: a small file beside the store that remembers how far it had come, should the store be replaced."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import msgspec

from bot.store.place import machine


@dataclass(frozen=True)
class Testimony:
    """What was known last: the store by its name, epoch and address, the newest attempt recorded from here, and the
    highest number of each table (see `bot.store.numbering`)."""

    instance: str
    epoch: int
    attempt: int
    address: str
    numbers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Record(Testimony):
    machine: str
    inode: int


class Witness:
    """A folder with one file, named by epoch and attempt, and what this process knows of it. Safe for threads.

    It is written after the database has committed, and never synced: it may be behind the database, never ahead. A
    new name for each attempt keeps it from being overwritten by whoever copies a whole folder back.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = ""
        """Where this process last saw the database live."""
        self._known: Testimony | None = None
        self._path: Path | None = None
        self._machine = machine()
        self._guard = threading.Lock()

    def read(self) -> Testimony | None:
        """What was testified last; None where nothing was, or all there is was copied from somewhere else."""
        found = [one for path in self._files() if (one := _believed(path)) is not None]
        return max(found, key=_how_far, default=None)

    def known(self) -> Testimony | None:
        """What this process has seen or written last; the folder is asked the first time."""
        with self._guard:
            if self._known is None:
                self._known = self.read()
            return self._known

    def write(self, testimony: Testimony) -> None:
        """Testify to this and nothing else from now on."""
        with self._guard:
            self._known = testimony
            self._write(testimony)
            for other in self._files():
                if other != self._path:
                    with suppress(OSError):
                        other.unlink(missing_ok=True)

    def note(self, attempt: int) -> None:
        """A later attempt is in the database."""
        with self._guard:
            if self._known is not None and attempt > self._known.attempt:
                self._known = replace(self._known, attempt=attempt)
                self._write(self._known)

    def _write(self, testimony: Testimony) -> None:
        """A disk that cannot take it leaves the witness behind, which harms nobody."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path, before = self.folder / f"{testimony.epoch}-{testimony.attempt}", self._path
            if before is not None:
                with suppress(FileNotFoundError):
                    before.rename(path)  # ten times as fast as a new file
            self._path = path
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                record = _Record(**asdict(testimony), machine=self._machine, inode=os.fstat(descriptor).st_ino)
                os.ftruncate(descriptor, os.write(descriptor, msgspec.json.encode(record)))
            finally:
                os.close(descriptor)

    def _files(self) -> list[Path]:
        try:
            return list(self.folder.iterdir())
        except OSError:
            return []


def _believed(path: Path) -> Testimony | None:
    """What a file says, if it was written where it is."""
    try:
        record = msgspec.json.decode(path.read_bytes(), type=_Record)
        inode = path.stat().st_ino
    except (OSError, msgspec.DecodeError):
        return None
    if (record.machine, record.inode) != (machine(), inode):
        return None
    return Testimony(record.instance, record.epoch, record.attempt, record.address, record.numbers)


def _how_far(one: Testimony) -> tuple[int, int]:
    return one.epoch, one.attempt
