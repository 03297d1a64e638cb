"""The drivers of the contract suite, on servers that are started once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.platforms.rehearsal import dialect
from tests.platforms.drivers import Driver
from tests.platforms.mastodon_driver import MastodonDriver
from tests.platforms.rehearsal_driver import RehearsalDriver
from tests.platforms.x_driver import XDriver
from tests.servers.mastodon import MastodonServer


@pytest.fixture(scope="session")
def elsewhere_process() -> Iterator[MastodonServer]:
    with MastodonServer() as server:
        yield server


@pytest.fixture
def elsewhere(elsewhere_process: MastodonServer) -> MastodonServer:
    """A second server, where we have no account; as empty as when it was started."""
    elsewhere_process.reset()
    return elsewhere_process


def _mastodon_driver(request: pytest.FixtureRequest) -> Driver:
    return MastodonDriver(request.getfixturevalue("mastodon_process"))


def _x_driver(request: pytest.FixtureRequest) -> Driver:
    return XDriver(request.getfixturevalue("x_process"))


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
