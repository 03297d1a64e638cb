"""Both servers and the preloaded bot, started once for each test process where a test asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.bot_process import PreloadedBot, preloaded_bot
from tests.harness.live_campaign import LiveCampaign, campaign
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator


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
def nursery() -> PreloadedBot:
    return preloaded_bot()


@pytest.fixture
def live(
    nursery: PreloadedBot, mastodon_process: MastodonServer, x_process: XSimulator, tmp_path: Path
) -> Iterator[LiveCampaign]:
    """A campaign without messages; every process it started is ended with the test."""
    with campaign(nursery, mastodon_process, x_process, tmp_path) as found:
        yield found
