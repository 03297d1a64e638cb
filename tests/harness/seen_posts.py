"""Posts of others, brought into the store of a console as a source would bring them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.post import Author, Cursor, MediaKind, Page, SeenPost
from bot.services.watching import ingest
from tests.harness.console_server import ConsoleServer

TAG = "FreeBelarusUnionists"
SOURCE = f"mastodon.example #{TAG}"


def post_of(who: str, now: datetime, text: str = "", **more: Any) -> SeenPost:
    """Return somebody's video under the hashtag, by an account that is neither small nor new."""
    author = Author(f"@{who}@elsewhere.example", who, joined_at=datetime(2015, 5, 1, tzinfo=UTC), followers=4_000)
    uri = f"https://elsewhere.example/@{who}/1"
    post = SeenPost(
        "mastodon",
        uri,
        uri,
        f"1{who}",
        author,
        text or f"Solidarity from {who}! #{TAG}",
        now - timedelta(minutes=19),
        hashtags=(TAG,),
        language="en",
        kinds=(MediaKind.VIDEO,),
        media_ids=(f"https://files.example/{who}.mp4",),
        alts=("People in a hall.",),
    )
    return replace(post, **more)


def bring(server: ConsoleServer, *posts: SeenPost) -> list[int]:
    """Give these posts to a source's reading; return the numbers of their sightings."""
    page = Page(posts, Cursor(horizon=datetime(2025, 1, 1, tzinfo=UTC)))
    return [sighting.id for sighting in ingest.ingest(server.console.app.work, SOURCE, page)]
