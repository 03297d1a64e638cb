"""Servers that are started once for all tests here, and the drivers of the contract suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.platforms.rehearsal import dialect
from tests.platforms.drivers import Driver
from tests.platforms.mastodon_driver import MastodonDriver
from tests.platforms.rehearsal_driver import RehearsalDriver
from tests.platforms.x_driver import XDriver
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator


@pytest.fixture(scope="session")
def one_mastodon_server() -> Iterator[MastodonServer]:
    with MastodonServer() as server:
        yield server


@pytest.fixture
def mastodon(one_mastodon_server: MastodonServer) -> MastodonServer:
    """The server, as empty as when it was started."""
    one_mastodon_server.reset()
    return one_mastodon_server


@pytest.fixture(scope="session")
def one_x_simulator() -> Iterator[XSimulator]:
    with XSimulator() as simulator:
        yield simulator


def _mastodon_driver(request: pytest.FixtureRequest) -> Driver:
    return MastodonDriver(request.getfixturevalue("one_mastodon_server"))


def _x_driver(request: pytest.FixtureRequest) -> Driver:
    return XDriver(request.getfixturevalue("one_x_simulator"))


def _rehearsal_driver(_: pytest.FixtureRequest) -> Driver:
    return RehearsalDriver(dialect.mastodon())


def _rehearsal_x_driver(_: pytest.FixtureRequest) -> Driver:
    return RehearsalDriver(dialect.x())


DRIVERS: dict[str, Callable[[pytest.FixtureRequest], Driver]] = {
    "mastodon": _mastodon_driver,
    "x": _x_driver,
    "rehearsal": _rehearsal_driver,
    "rehearsal as x": _rehearsal_x_driver,
}
"""Every platform that is held to the contract."""


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    driver = DRIVERS[request.param](request)
    yield driver
    driver.close()
