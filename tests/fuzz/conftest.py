"""A worker on either database, and a server that tells it whatever a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.fuzz_harness import FuzzHarness
from tests.fuzz.told import ToldServer, whole

ALWAYS_ON_BOTH = ("test_fuzz_found",)
"""What once went wrong is tried on PostgreSQL each time, what chance makes up in the long form."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test with a store on both databases."""
    if "fuzz" in metafunc.fixturenames:
        is_quick = metafunc.module.__name__.endswith(ALWAYS_ON_BOTH)
        other = pytest.param("postgresql", marks=() if is_quick else pytest.mark.long)
        metafunc.parametrize("fuzz", ["sqlite", other], indirect=True)


@pytest.fixture
def fuzz(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FuzzHarness]:
    """Everything real but the answers."""
    with ToldServer(lambda _: whole(b"")) as server:
        made = FuzzHarness(request.param, server, tmp_path)
        yield made
        made.close()


@pytest.fixture
def fuzz_on_sqlite(tmp_path: Path) -> Iterator[FuzzHarness]:
    """The same on SQLite alone, for what never comes to a database."""
    with ToldServer(lambda _: whole(b"")) as server:
        made = FuzzHarness("sqlite", server, tmp_path)
        yield made
        made.close()
