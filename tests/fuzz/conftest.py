"""A worker on either database, and a server that tells it whatever a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.fuzz_harness import FuzzHarness
from tests.fuzz.told import ToldServer, whole
from tests.harness.stores import BOTH


@pytest.fixture(params=BOTH)
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FuzzHarness]:
    """Everything real but the answers."""
    with ToldServer(lambda _: whole(b"")) as server:
        stand = FuzzHarness(request.param, server, tmp_path)
        yield stand
        stand.close()


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[FuzzHarness]:
    """The same on SQLite alone, for what never comes to a database."""
    with ToldServer(lambda _: whole(b"")) as server:
        stand = FuzzHarness("sqlite", server, tmp_path)
        yield stand
        stand.close()
