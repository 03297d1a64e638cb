"""Both servers, started once for each test process, and a stand on one of them that is new for each test.

A test runs on all three places and on SQLite; it names others with `@pytest.mark.parametrize("where", …)` or `"kind"`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.places import KEYED, KEYLESS, PLACES, OnMastodon, OnX, Place, X
from tests.faults.stand import Stand
from tests.live.campaign import Live
from tests.live.conftest import campaign
from tests.live.process import Nursery
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator


@pytest.fixture(scope="session")
def mastodon_process() -> Iterator[MastodonServer]:
    with MastodonServer() as server:
        yield server


@pytest.fixture(scope="session")
def x_process() -> Iterator[XSimulator]:
    with XSimulator() as server:
        yield server


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with Nursery() as process:
        yield process


@pytest.fixture
def live(nursery: Nursery, mastodon_process: MastodonServer, x_process: XSimulator, tmp_path: Path) -> Iterator[Live]:
    """A campaign of the real command on both; every process it started is ended with the test."""
    with campaign(nursery, mastodon_process, x_process, tmp_path) as found:
        yield found


def _on_mastodon(request: pytest.FixtureRequest, dialect: str) -> Place:
    return OnMastodon(request.getfixturevalue("mastodon_process"), dialect)


MADE: dict[str, Callable[[pytest.FixtureRequest], Place]] = {
    KEYED: lambda request: _on_mastodon(request, KEYED),
    KEYLESS: lambda request: _on_mastodon(request, KEYLESS),
    X: lambda request: OnX(request.getfixturevalue("x_process")),
}


@pytest.fixture(params=PLACES)
def where(request: pytest.FixtureRequest) -> str:
    """The place that a test's account is on."""
    return str(request.param)


@pytest.fixture
def kind() -> str:
    """The kind of store that a test's worker keeps."""
    return "sqlite"


@pytest.fixture
def place(request: pytest.FixtureRequest, where: str) -> Place:
    """The server with our account on it, else empty."""
    return MADE[where](request)


@pytest.fixture
def stand(place: Place, kind: str, tmp_path: Path) -> Iterator[Stand]:
    """A worker at eight in the morning of the campaign's day."""
    stand = Stand(place, tmp_path, kind)
    yield stand
    stand.close()
