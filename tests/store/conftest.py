"""What the tests of the store share."""

from __future__ import annotations

import pytest

from bot.store.store import Store
from tests.shelf import BOTH, Shelf, shelf


@pytest.fixture(params=BOTH)
def kept(request: pytest.FixtureRequest) -> Shelf:
    """A place for stores on either database, made empty."""
    found = shelf(request.param)
    found.clear()
    return found


@pytest.fixture
def store(kept: Shelf) -> Store:
    """An empty store on either database."""
    return kept.take()


@pytest.fixture
def file_store() -> Store:
    """An empty store on a disk."""
    shelf().clear()
    return shelf().take()
