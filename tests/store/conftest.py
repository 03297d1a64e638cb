"""What the tests of the store share."""

from __future__ import annotations

import pytest

from bot.store.store import Store
from tests.shelf import BOTH, PostgresqlShelf, Shelf, shelf


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


@pytest.fixture
def served() -> PostgresqlShelf:
    """PostgreSQL's shelf alone, made empty, for what concerns a server."""
    found = shelf("postgresql")
    found.clear()
    assert isinstance(found, PostgresqlShelf)
    return found
