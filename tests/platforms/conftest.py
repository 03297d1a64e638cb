"""The drivers of the contract suite, on servers that are started once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.platforms.rehearsal import rules
from tests.platforms.drivers import Call, Driver
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
    return RehearsalDriver(rules.mastodon())


def _rehearsal_x_driver(_: pytest.FixtureRequest) -> Driver:
    return RehearsalDriver(rules.x())


DRIVERS: dict[str, Callable[[pytest.FixtureRequest], Driver]] = {
    "mastodon": _mastodon_driver,
    "x": _x_driver,
    "rehearsal": _rehearsal_driver,
    "rehearsal as x": _rehearsal_x_driver,
}
"""Every platform that is held to the contract."""


NO_EDITS = frozenset({"x", "rehearsal as x"})
"""Where X's rules hold."""


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    driver = DRIVERS[request.param](request)
    yield driver
    driver.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where posts cannot be changed there is nothing to break in changing one."""
    left_out = [item for item in items if isinstance(item, pytest.Function) and _edits_on_x(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not (isinstance(item, pytest.Function) and _edits_on_x(item))]


def _edits_on_x(item: pytest.Function) -> bool:
    given = item.callspec.params if hasattr(item, "callspec") else {}
    return given.get("name") is Call.EDIT and given.get("driver") in NO_EDITS
