"""What the tests of the store share."""

from __future__ import annotations

import pytest

from bot.store.store import Store
from tests.shelf import shelf


@pytest.fixture
def store() -> Store:
    """An empty store on a disk."""
    shelf().clear()
    return shelf().take()
