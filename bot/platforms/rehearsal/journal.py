"""The file an embedded network remembers in: lines are only ever added, each on the disk before it counts."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Journal:
    """An append-only file of lines that several processes may share. Raises OSError where the disk does.

    The caller sees to it that its own threads take turns.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._read = 0
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keep other processes out; one that is killed gives its turn up by dying."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def has_grown(self) -> bool:
        """Whether another process may have added lines since they were last read."""
        return os.fstat(self._file).st_size != self._read

    def new_lines(self) -> list[bytes]:
        """The lines not read yet; must be called within a turn.

        A last line without its end was being written by a process that died: it was never accepted, and is cut off.
        """
        size = os.fstat(self._file).st_size
        found = os.pread(self._file, size - self._read, self._read)
        whole = found[: found.rfind(b"\n") + 1]
        if len(whole) < len(found):
            os.ftruncate(self._file, self._read + len(whole))
        self._read += len(whole)
        return whole.splitlines()

    def add(self, line: bytes) -> None:
        """Write a line through to the disk, or leave no trace of it; must be called within a turn, all lines read."""
        try:
            self._write(line)
        except OSError:
            os.ftruncate(self._file, self._read)
            raise
        self._read += len(line)

    def _write(self, line: bytes) -> None:
        if os.write(self._file, line) != len(line):
            raise OSError(f"the disk took only a part of {len(line)} bytes")
        os.fsync(self._file)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
