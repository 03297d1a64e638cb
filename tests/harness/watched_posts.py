"""A console whose account is on a real Mastodon server, with posts there whose films are on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.post import CaptionFile, MediaFile, MediaKind
from bot.domain.sighting import Sighting
from bot.platforms.web.remote_file import RemoteFiles
from bot.services.moderation import review_queue
from bot.web.relay import RelayedFile
from tests.harness.campaign_folder import CampaignFolder
from tests.harness.console_server import Browser, ConsoleServer, GivenClock, served
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


def with_captions(server: ConsoleServer, visitor: Browser, number: int, films: FilmServer) -> None:
    """Have a look show a film as on PeerTube, with captions of all kinds: such a server can be on no machine of ours,
    for whatever a post links to has to be at a public address."""
    hidden = visitor.hidden(f"/moderation?card={number}")
    visitor.http.post(f"/sightings/{number}/look", data=hidden, headers=visitor.own)
    captions = (
        CaptionFile(f"{films.url}/captions.vtt", "fr", "French"),
        CaptionFile(f"{films.url}/page.mp4", "de", "German", is_generated=True),
        CaptionFile("http://169.254.169.254/latest", "", "Odd “<b>”"),
    )
    film = MediaFile(MediaKind.VIDEO, f"{films.url}/film.webm", captions=captions)
    relay = server.console.relay
    (kept,) = (look for look in relay._looks.values() if look.number == number)
    relay.keep(replace(kept, files=(RelayedFile(film),)))
