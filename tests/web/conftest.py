"""A console over a sound campaign, served to real HTTP clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.campaign_folder import CampaignFolder, sound
from tests.harness.console_server import ConsoleServer, served
from tests.harness.film_server import FilmServer, film_server
from tests.harness.stores import BOTH, store_pool
from tests.harness.watched_posts import watched_console
from tests.servers.mastodon import MastodonServer


@pytest.fixture
def folder(tmp_path: Path) -> CampaignFolder:
    return sound(tmp_path)


@pytest.fixture
def server(folder: CampaignFolder) -> Iterator[ConsoleServer]:
    with served(folder.bot) as console:
        yield console


@pytest.fixture(params=BOTH)
def kind_of_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which database the campaign is on that is opened next, an empty one."""
    kind: str = request.param
    if kind == "postgresql":
        pool = store_pool(kind)
        pool.clear()
        monkeypatch.setenv("DATABASE_URL", pool.url)
    return kind


@pytest.fixture
def on_both(kind_of_store: str, folder: CampaignFolder) -> Iterator[ConsoleServer]:
    """A console on either database."""
    with served(folder.bot) as console:
        yield console


@pytest.fixture(scope="session")
def films() -> Iterator[FilmServer]:
    with film_server() as server:
        yield server


@pytest.fixture
def watched(
    folder: CampaignFolder, mastodon: MastodonServer, films: FilmServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ConsoleServer]:
    """A console whose account is on a real server, where people post films."""
    with watched_console(folder, mastodon, films, monkeypatch) as console:
        yield console
