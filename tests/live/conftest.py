"""Both servers, started once for each test process, and a campaign on them that is new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.campaign import BOT, Live, now
from tests.live.process import Nursery
from tests.postgresql import postgresql
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
    """A campaign without messages; every process it started is ended with the test."""
    with campaign(nursery, mastodon_process, x_process, tmp_path) as found:
        yield found


@pytest.fixture
def shared(live: Live) -> Iterator[Live]:
    """The same, with its store in a PostgreSQL database that any number of workers may share."""
    server = postgresql()
    name = server.create()
    live.database = server.url(name)
    yield live
    for process in live.processes:
        process.killed()
    server.drop(name)


@pytest.fixture(scope="module")
def lasting(
    nursery: Nursery,
    mastodon_process: MastodonServer,
    x_process: XSimulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Live]:
    """One campaign for all tests of a module."""
    with campaign(nursery, mastodon_process, x_process, tmp_path_factory.mktemp("lasting")) as found:
        yield found


@contextmanager
def campaign(nursery: Nursery, mastodon: MastodonServer, x: XSimulator, folder: Path) -> Iterator[Live]:
    mastodon.reset()
    x.reset()
    x.settings(search_window_s=0)
    union, user = mastodon.add_account("union", bot=True), x.add_user("union")
    found = Live(folder / "campaign", nursery, mastodon, x, union, user)
    found.write("bot.toml", BOT.format(today=f"{now():%Y-%m-%d}", mastodon=mastodon.url, x=x.url))
    yield found
    for process in found.processes:
        process.killed()
