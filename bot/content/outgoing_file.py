"""A media file on its way out: opened once, hashed and given away in pieces, without the place it was taken at."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.content.media_place import Patch, place_in

PIECE = 1024 * 1024
"""Bytes that are read at a time, however large the file is."""


class OutgoingFile:
    """An opened file that reads as it is to go out; a context manager. Belongs to one thread.

    What is hashed and what is sent comes from this one opening. Whoever writes into the file meanwhile is noticed, see
    `has_sent_other`.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._size = self._file.seek(0, 2)
        self._patches: Sequence[Patch] = ()
        self._sent = hashlib.sha256()
        self._sent_to = 0
        self._file.seek(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def len(self) -> int:
        """How many bytes are still to be read: what sends a form in pieces asks for it by this name."""
        return self._size - self._file.tell()

    def digest(self) -> str:
        """Return the SHA-256 of the file as it lies on disk. Raises OSError."""
        self._file.seek(0)
        found = hashlib.sha256()
        while piece := self._file.read(PIECE):
            found.update(piece)
        self._file.seek(0)
        return found.hexdigest()

    def without_place(self, mime_type: str) -> None:
        """Read without the place it was taken at from now on. Raises OSError."""
        self._patches = place_in(self._file, mime_type).patches
        self._file.seek(0)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes as they go out. Raises OSError."""
        begin = self._file.tell()
        piece = self._file.read(size)
        if begin == 0:
            self._sent, self._sent_to = hashlib.sha256(), 0
        if begin == self._sent_to:
            self._sent.update(piece)
            self._sent_to += len(piece)
        return self._patched(piece, begin)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place that is read next."""
        return self._file.tell()

    def has_sent_other(self, sha256: str) -> bool:
        """Return whether what was read since the beginning was, on disk, another file than the one of this SHA-256."""
        return bool(self._sent_to) and self._sent.hexdigest() != sha256

    def _patched(self, piece: bytes, begin: int) -> bytes:
        touched = [one for one in self._patches if one[0] < begin + len(piece) and one[0] + len(one[1]) > begin]
        if not touched:
            return piece
        changed = bytearray(piece)
        for where, instead in touched:
            first, last = max(where, begin), min(where + len(instead), begin + len(piece))
            changed[first - begin : last - begin] = instead[first - where : last - where]
        return bytes(changed)
