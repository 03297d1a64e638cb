"""A worker on either database, and a server that tells it whatever a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.stand import Stand
from tests.fuzz.told import ToldServer, whole
from tests.shelf import BOTH


@pytest.fixture(params=BOTH)
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    """Everything real but the answers."""
    with ToldServer(lambda _: whole(b"")) as server:
        stand = Stand(request.param, server, tmp_path)
        yield stand
        stand.close()


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[Stand]:
    """The same on SQLite alone, for what never comes to a database."""
    with ToldServer(lambda _: whole(b"")) as server:
        stand = Stand("sqlite", server, tmp_path)
        yield stand
        stand.close()
