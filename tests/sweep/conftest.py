"""Shared by the sweeps: a folder in memory, where a commit costs no disk, and the fork servers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sweep.nursery import Nursery

_MEMORY_DISK = Path("/dev/shm")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="sweep-", dir=_MEMORY_DISK if _MEMORY_DISK.is_dir() else None))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def nursery(folder: Path) -> Iterator[Nursery]:
    with Nursery(folder) as running:
        yield running
