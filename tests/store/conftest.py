"""What the tests of the store share."""

from __future__ import annotations

import pytest

from bot.store.store import Store
from tests.harness.stores import BOTH, PostgresqlStorePool, StorePool, store_pool


@pytest.fixture(params=BOTH)
def kept(request: pytest.FixtureRequest) -> StorePool:
    """A place for stores on either database, made empty."""
    found = store_pool(request.param)
    found.clear()
    return found


@pytest.fixture
def store(kept: StorePool) -> Store:
    """An empty store on either database."""
    return kept.take()


@pytest.fixture
def file_store() -> Store:
    """An empty store on a disk."""
    store_pool().clear()
    return store_pool().take()


@pytest.fixture
def served() -> PostgresqlStorePool:
    """PostgreSQL's shelf alone, made empty, for what concerns a server."""
    found = store_pool("postgresql")
    found.clear()
    assert isinstance(found, PostgresqlStorePool)
    return found
