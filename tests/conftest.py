"""Both servers, one of each for each test process where a test asks for them, and the preloaded bot; what takes long
comes first."""

from __future__ import annotations

import gc
import importlib
import os
import time
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from bot.cli.words.times import show_in
from tests.harness.bot_process import preloaded_bot
from tests.harness.live_campaign import LiveCampaign, campaign
from tests.harness.memory import folder_in_memory
from tests.harness.one_certificate import VARIABLE, one_certificate
from tests.harness.preloaded import Preloaded, start_for_all
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator

os.environ[VARIABLE] = one_certificate()
os.environ["TZ"] = "UTC"  # whoever reads times: UTC stands beside others
time.tzset()

if (memory := folder_in_memory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))

set_hypothesis_home_dir(Path(".hypothesis") / os.environ.get("PYTEST_XDIST_WORKER", "alone"))
"""Each process keeps its own tables: where they are not there yet, one would read what another is still writing."""

settings.register_profile("every day the same", derandomize=True)
settings.load_profile("every day the same")  # `make test-long` names the default one, which tries others each time

LONGEST_FIRST = (
    *("test_types", "sweep", "faults/test_people", "faults/test_paused", "live/test_killed_at_random"),
    *("live/test_many_workers", "web/test_moderation", "web/test_rehearsal", "web/test_race", "live", "worker", "soak"),
    *("services/rehearsal", "web", "faults", "services", "cli", "fuzz"),
)
"""Folders and modules of `tests/`. Where several processes share the tests, a module is one's alone: a long one that
begins last would be waited for."""


def pytest_configure(config: pytest.Config) -> None:
    """Start what several processes share, before they are there."""
    if config.getoption("numprocesses", None):
        start_for_all()


def pytest_sessionstart() -> None:
    """Begin to load the tests from the end where another process begins from the front: on a fresh machine it takes
    pytest ten seconds to compile them all, and each finds compiled what the other has."""
    if os.environ.get("PYTEST_XDIST_WORKER", "").endswith(("1", "3", "5", "7", "9")):
        here = Path(__file__).parent
        for path in sorted(here.rglob("test_*.py"), reverse=True):
            importlib.import_module(".".join(path.relative_to(here.parent).with_suffix("").parts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first, everything else as it was."""
    places = [(f"tests/{name}", place) for place, name in enumerate(LONGEST_FIRST)]

    def place_of(item: pytest.Item) -> int:
        return next((place for name, place in places if item.nodeid.startswith(name)), len(places))

    items.sort(key=place_of)


def pytest_collection_finish() -> None:
    """Spare the collector of garbage all that was loaded: ten thousand tests and their modules live to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True)
def _times_in_utc() -> Iterator[None]:
    """No test says times in the zone that another one has opened a campaign in."""
    yield
    show_in(UTC)


@pytest.fixture(scope="session")
def mastodon_process() -> Iterator[MastodonServer]:
    with MastodonServer() as server:
        yield server


@pytest.fixture
def mastodon(mastodon_process: MastodonServer) -> MastodonServer:
    """The server, as empty as when it was started."""
    mastodon_process.reset()
    return mastodon_process


@pytest.fixture(scope="session")
def x_process() -> Iterator[XSimulator]:
    with XSimulator() as server:
        yield server


@pytest.fixture(scope="session")
def nursery() -> Preloaded:
    return preloaded_bot()


@pytest.fixture
def live(
    nursery: Preloaded, mastodon_process: MastodonServer, x_process: XSimulator, tmp_path: Path
) -> Iterator[LiveCampaign]:
    """A campaign without messages; every process it started is ended with the test."""
    with campaign(nursery, mastodon_process, x_process, tmp_path) as found:
        yield found
