"""Where files are kept in memory: a commit to a disk is waited for, and tests make thousands."""

from __future__ import annotations

import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM = 2 * 1024**3
"""Bytes: three test processes with their databases take about half of it. A container may have 64 MB in all."""


def folder_in_memory() -> Path | None:
    """Return a folder that is kept in memory, None where there is none with room enough."""
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else None
