"""What several workers posted, in the order in which they did: one file that everybody only ever adds lines to."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.bench.figures import Broken


class Journal:
    """The file, open in one process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, line: str) -> None:
        """Add a line whole, however many processes do so at once."""
        os.write(self._descriptor, f"{line}\n".encode())


def judge(path: Path, wanted: Iterable[str]) -> None:
    """Each wanted line is there exactly once, and no other one. Raises Broken."""
    found, asked = Counter(path.read_text().splitlines()), Counter(wanted)
    if found != asked:
        raise Broken(f"{(found - asked).total()} posts went out twice, and {(asked - found).total()} not at all")
