"""A live campaign whose store is shared, and one that lasts for a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.live_campaign import LiveCampaign, campaign
from tests.harness.postgresql import postgresql
from tests.harness.preloaded import Preloaded
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator


@pytest.fixture
def shared(live: LiveCampaign) -> Iterator[LiveCampaign]:
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
    nursery: Preloaded,
    mastodon_process: MastodonServer,
    x_process: XSimulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveCampaign]:
    """One campaign for all tests of a module."""
    with campaign(nursery, mastodon_process, x_process, tmp_path_factory.mktemp("lasting")) as found:
        yield found
