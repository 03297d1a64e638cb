"""A worker with an account on one of the servers, or one on each, new for each test.

A test runs on all three places and on SQLite; it names others with `@pytest.mark.parametrize("where", …)` or `"kind"`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness.one_server import OneServerHarness
from tests.harness.place import KEYED, KEYLESS, PLACES, Place, X
from tests.harness.places import OnMastodon, OnX
from tests.harness.two_servers import ACCOUNTS, TwoServerHarness
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator


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
def one_server(place: Place, kind: str, tmp_path: Path) -> Iterator[OneServerHarness]:
    """A worker at eight in the morning of the campaign's day."""
    made = OneServerHarness(place, tmp_path, kind)
    yield made
    made.close()


@pytest.fixture
def two_servers(
    tmp_path: Path, mastodon_process: MastodonServer, x_process: XSimulator, kind: str
) -> Iterator[TwoServerHarness]:
    """A worker with an account on each server."""
    with TwoServerHarness(tmp_path, mastodon_process, x_process, kind) as found:
        yield found


@pytest.fixture(params=ACCOUNTS)
def account(request: pytest.FixtureRequest) -> str:
    """The one of two accounts that is in trouble."""
    return str(request.param)
