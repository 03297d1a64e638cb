"""A disk as it is after a power cut: what was synced is there; of all else nothing, or whatever chance has left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.faults.traced import Call

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""

_SYNCS = {"fsync", "fdatasync"}


@dataclass
class File:
    """A file's bytes on the disk, apart from its name."""

    data: bytearray = field(default_factory=bytearray)

    def write(self, offset: int, data: bytes) -> None:
        self.data.extend(bytes(max(0, offset + len(data) - len(self.data))))
        self.data[offset : offset + len(data)] = data

    def cut(self, size: int) -> None:
        del self.data[size:]
        self.data.extend(bytes(size - len(self.data)))


class Disk:
    """Plays the calls that began before a moment. Without `chance`, what was not synced by then is lost.

    Syncing a file syncs its bytes and its size; its name, and that of a folder, is synced with the folder around
    it. A call that had not ended when a sync began is not covered by it.
    """

    def __init__(self, calls: Sequence[Call], moment: int, chance: Random | None = None) -> None:
        self._chance = chance
        self._known: dict[str, File] = {}
        self._names: dict[str, File] = {}
        self._made: set[str] = set()
        self._folders: set[str] = set()
        before = [one for one in calls if one.began < moment]
        self._synced = {one.path: one.began for one in before if one.name in _SYNCS and one.ended < moment}
        for one in before:
            self._play(one)

    def files(self) -> dict[str, bytes]:
        """The bytes of each file that still has its name, and whose folders have theirs, by path."""
        lost = self._made - self._folders
        return {
            path: bytes(one.data)
            for path, one in self._names.items()
            if not any(str(folder) in lost for folder in Path(path).parents)
        }

    def _play(self, one: Call) -> None:
        match one.name:
            case "openat":
                self._open(one)
            case "mkdir":
                self._made.add(one.path)
                if self._survives(one, str(Path(one.path).parent)):
                    self._folders.add(one.path)
            case "unlink":
                self._known.pop(one.path, None)
                if self._survives(one, str(Path(one.path).parent)):
                    self._names.pop(one.path, None)
            case "pwrite64":
                self._write(one)
            case "ftruncate":
                if self._survives(one, one.path):
                    self._known[one.path].cut(one.numbers[0])
            case name if name not in _SYNCS:
                raise AssertionError(f"nobody knows what {name} does to a disk: {one.path}")

    def _open(self, one: Call) -> None:
        assert "O_TRUNC" not in one.more
        if "O_CREAT" in one.more and one.path not in self._known:
            self._known[one.path] = File()
            if self._survives(one, str(Path(one.path).parent)):
                self._names[one.path] = self._known[one.path]

    def _write(self, one: Call) -> None:
        """What was not synced may be torn, too."""
        data, (_, offset) = one.data, one.numbers
        if self._survives(one, one.path):
            whole = self._is_synced(one, one.path) or self._chance is None or self._chance.random() < 0.5
            end = len(data) if whole or self._chance is None else self._chance.randrange(0, len(data) + 1, SECTOR)
            self._known[one.path].write(offset, data[:end])

    def _survives(self, one: Call, synced_with: str) -> bool:
        return self._is_synced(one, synced_with) or (self._chance is not None and self._chance.random() < 0.5)

    def _is_synced(self, one: Call, synced_with: str) -> bool:
        return one.ended <= self._synced.get(synced_with, -1)
