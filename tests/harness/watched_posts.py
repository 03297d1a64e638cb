"""A console whose account is on a real Mastodon server, with posts there whose films are on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.sighting import Sighting
from bot.platforms.web.remote_file import RemoteFiles
from bot.services.moderation import review_queue
from tests.harness.campaign_folder import CampaignFolder
from tests.harness.console_server import ConsoleServer, GivenClock, served
from tests.harness.film_server import FilmServer
from tests.harness.live_campaign import TOKEN
from tests.harness.seen_posts import TAG, bring
from tests.servers.mastodon import MastodonPost, MastodonServer


@contextmanager
def watched_console(
    folder: CampaignFolder, mastodon: MastodonServer, films: FilmServer, patch: pytest.MonkeyPatch
) -> Iterator[ConsoleServer]:
    """Serve the console; it may fetch films from this machine, as from the server of an account that is here."""
    folder.change("bot.toml", "https://mastodon.example", mastodon.url)
    patch.setenv(TOKEN, mastodon.add_account("union", bot=True).access_token)
    with served(folder.bot, GivenClock(datetime.now(UTC))) as server:
        server.console.remote_files = RemoteFiles("Groundswell (tests)", [films.url])
        yield server


def posted(server: ConsoleServer, mastodon: MastodonServer, who: str, *films: str, **more: Any) -> MastodonPost:
    """Post films under the hashtag, as somebody does; `seen` brings it."""
    media = [{"type": "video", "description": "People in a hall.", "url": film} for film in films]
    mastodon.add_account(who, followers_count=4_000)
    text = more.pop("text", f"Solidarity from {who}! #{TAG}")
    return mastodon.seed_status(who, text, media=media, **more)


def seen(server: ConsoleServer, post: MastodonPost) -> Sighting:
    """See a post that stands on the server; return its sighting."""
    fetched = server.console.connected.platforms["mastodon"].fetch(post.uri)
    assert fetched is not None
    (number,) = bring(server, fetched)
    sighting = review_queue.stands(server.console.work, number)
    assert sighting is not None
    return sighting
