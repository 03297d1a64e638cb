"""Locks between processes on one machine: a paused holder keeps its lock, a killed one frees it."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POLL_SECONDS = 0.02


class FileLocks:
    """One `flock` per name, in files beside the SQLite database. Threads exclude each other too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, name: str, wait: float = 0.0) -> Iterator[bool]:
        """Hold the lock of a name, waiting up to `wait` seconds; gives whether it is ours."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / f"{_file_name(name)}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield _take(descriptor, wait)
        finally:
            os.close(descriptor)


def _take(descriptor: int, wait: float) -> bool:
    until = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_POLL_SECONDS)
        else:
            return True


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", lambda match: f"%{ord(match.group()):x}", name)
