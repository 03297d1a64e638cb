"""Tells whether a file of the campaign has changed since it was read, without reading any."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.files.facts import FILE as FACTS

_DEPTH = 5
"""How deep folders are looked into: deeper than any message needs, and an end to links that lead in circles."""


def fingerprint(root: Path, config_name: str = "bot.toml") -> str:
    """Return a digest that changes when a file of the campaign is written, added, renamed or removed.

    Reads names, sizes and times only. A file put back with its old time (`cp -p`, `rsync -t`) has a new ctime.
    """
    digest = hashlib.sha256()
    for name in (config_name, FACTS):
        for fact in _facts(root / name):
            digest.update(fact)
    for folder in ("messages", "schedules"):
        for fact in _facts(root / folder):
            digest.update(fact)
    return digest.hexdigest()


def _facts(path: Path, depth: int = _DEPTH) -> Iterator[bytes]:
    try:
        facts = path.stat()
        times = f"{facts.st_mtime_ns}\x00{facts.st_ctime_ns}"
        yield os.fsencode(f"{path}\x00{facts.st_size}\x00{times}\x00{facts.st_mode}\x01")
        inner = sorted(path.iterdir()) if depth and stat.S_ISDIR(facts.st_mode) else []
    except OSError as error:
        yield os.fsencode(f"{path}\x00{error.errno}\x01")
        return
    for entry in inner:
        yield from _facts(entry, depth - 1)
