"""Both servers, started once for each test process, and a campaign on them that is new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.campaign import BOT, Live, now
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


@pytest.fixture
def live(mastodon_process: MastodonServer, x_process: XSimulator, tmp_path: Path) -> Iterator[Live]:
    """A campaign without messages; every process it started is ended with the test."""
    mastodon_process.reset()
    x_process.reset()
    x_process.settings(search_window_s=0)
    union, user = mastodon_process.add_account("union", bot=True), x_process.add_user("union")
    campaign = Live(tmp_path / "campaign", mastodon_process, x_process, union, user)
    servers = {"mastodon": mastodon_process.url, "x": x_process.url}
    campaign.write("bot.toml", BOT.format(today=f"{now():%Y-%m-%d}", **servers))
    yield campaign
    for process in campaign.processes:
        process.killed()
