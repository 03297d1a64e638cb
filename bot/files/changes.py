"""Tells whether a file of the campaign has changed since it was read, without reading any."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.files.facts import FILE as FACTS
from bot.values import dataclass

RESTED_S = 2.0
"""Seconds after which a file that stays as it is counts as saved: some programs and networks write one in pieces."""

_DEPTH = 5
"""How deep folders are looked into: deeper than any message needs, and an end to links that lead in circles."""


@dataclass(frozen=True)
class Look:
    """The files of a campaign at one moment: a digest of them, and when the youngest was written last (Unix seconds, 0
    where there is none)."""

    fingerprint: str
    newest: float

    def rests_in(self, now: float) -> float:
        """Return in how many seconds all of them will have stayed as they are for long enough, 0 where they have.

        A time that is still to come counts as now: the clocks of two computers differ.
        """
        return max(0.0, RESTED_S - max(0.0, now - self.newest))


def fingerprint(root: Path, config_name: str = "bot.toml") -> str:
    """Return a digest that changes when a file of the campaign is written, added, renamed or removed.

    Reads names, sizes and times only. A file put back with its old time (`cp -p`, `rsync -t`) has a new ctime.
    """
    return look(root, config_name).fingerprint


def look(root: Path, config_name: str = "bot.toml") -> Look:
    """Look at the files of a campaign without reading any."""
    digest, newest = hashlib.sha256(), 0.0
    for name in (config_name, FACTS, "messages", "schedules"):
        for fact, written_at in _facts(str(root / name)):
            digest.update(fact)
            newest = max(newest, written_at)
    return Look(digest.hexdigest(), newest)


def _facts(path: str, depth: int = _DEPTH) -> Iterator[tuple[bytes, float]]:
    """Yield what tells each file as it is from another, and when it was written, 0 for a folder."""
    try:
        facts = os.stat(path)
        times = f"{facts.st_mtime_ns}\x00{facts.st_ctime_ns}"
        is_folder = stat.S_ISDIR(facts.st_mode)
        fact = os.fsencode(f"{path}\x00{facts.st_size}\x00{times}\x00{facts.st_mode}\x01")
        yield fact, 0.0 if is_folder else facts.st_mtime
        inner = sorted(os.listdir(path)) if depth and is_folder else []
    except OSError as error:
        yield os.fsencode(f"{path}\x00{error.errno}\x01"), 0.0
        return
    for entry in inner:
        yield from _facts(f"{path}/{entry}", depth - 1)
