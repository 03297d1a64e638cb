"""What the tests of the store share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.store import Store, sqlite_url


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store on a disk."""
    made = Store.open(sqlite_url(tmp_path / "var" / "groundswell.db"))
    yield made
    made.close()
