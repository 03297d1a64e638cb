"""X's recent search as a source: every hashtag in one question, each post paid for once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import DecodeError, json

from bot.domain.campaign import Wanted
from bot.domain.hashtag import tracked
from bot.domain.post import Cursor, Page, SeenPost
from bot.errors import PlatformError
from bot.platforms.base import Clock
from bot.platforms.x import prices
from bot.platforms.x.answers import Listing, Post
from bot.platforms.x.errors import Refusal
from bot.platforms.x.ids import time_of
from bot.platforms.x.reading import seen_post

log = logging.getLogger(__name__)

LONGEST_QUERY = 512
PAGE_SIZE = 20
"""Posts in a page, of 10 to 100. X bills by the post, so small pages cost no more, and a page fits a small budget."""

REACH = timedelta(days=6, hours=23)
"""X searches seven days and refuses a beginning before them; an hour is left for clocks and slow requests."""

SETTLED = timedelta(seconds=60)
"""X's answers end about 30 s ago, and it refuses a search that begins after its end."""

Ask = Callable[[dict[str, Any]], Listing]
"""Sends a search with these parameters."""

_HAS = {Wanted.VIDEO: "has:video_link", Wanted.IMAGE: "has:images"}


class SearchSource:
    """One question that fits X's limit. Pages come newest first: `Cursor.resume` walks back until none is left,
    and only then does `newest` move up to the first page's newest post, so that a reading cut short loses nothing.
    """

    page_cost = PAGE_SIZE * prices.POST_READ

    def __init__(self, name: str, query: str, hashtags: Sequence[str], ask: Ask, clock: Clock) -> None:
        self.name = name
        self.query = query
        self._hashtags = tuple(hashtags)
        self._ask = ask
        self._clock = clock

    def read(self, cursor: Cursor) -> Page:
        """The next page, oldest first. What other posts than ours it finds are paid for and left out."""
        since, token = self._window(cursor)
        try:
            listing = self._ask(self._parameters(since, token))
        except Refusal as refusal:
            if token and refusal.status == 400:
                return Page((), Cursor(cursor.horizon, cursor.newest), more=False)
            raise
        found = listing.data or []
        return Page(
            posts=tuple(reversed([post for post in _posts(listing) if tracked(post.hashtags, self._hashtags)])),
            cursor=_after(cursor, since, listing),
            more=bool(listing.meta and listing.meta.next_token),
            cost=len(found) * prices.POST_READ,
        )

    def _window(self, cursor: Cursor) -> tuple[str, str]:
        """Where to begin, an id or a time, and the token of the next page; a token only fits its own beginning."""
        if cursor.resume:
            since, _, token = cursor.resume.partition(" ")
            return since, token
        now = self._clock()
        oldest = now - REACH
        if cursor.newest and time_of(cursor.newest) > oldest:
            return cursor.newest, ""
        begin = min(max(cursor.horizon, oldest), now - SETTLED)
        return f"{begin:%Y-%m-%dT%H:%M:%SZ}", ""

    def _parameters(self, since: str, token: str) -> dict[str, Any]:
        begin = {"since_id": since} if since.isdigit() else {"start_time": datetime.fromisoformat(since)}
        more = {"next_token": token} if token else {}
        return {"query": self.query, "max_results": PAGE_SIZE, **begin, **more}


def sources(
    account: str, hashtags: Sequence[str], kinds: Sequence[Wanted], ask: Ask, clock: Clock
) -> list[SearchSource]:
    """As few questions as hold all hashtags, one where they fit X's 512 characters."""
    ending = _ending(kinds)
    groups = list(_groups([tag.removeprefix("#") for tag in hashtags], LONGEST_QUERY - len(ending)))
    names = [
        f"x search {account}" if number == 1 else f"x search {account} {number}" for number in range(1, 1 + len(groups))
    ]
    return [
        SearchSource(name, _any_of(group) + ending, group, ask, clock)
        for name, group in zip(names, groups, strict=True)
    ]


def _any_of(tags: Sequence[str]) -> str:
    return "(" + " OR ".join(f"#{tag}" for tag in tags) + ")"


def _groups(tags: Sequence[str], room: int) -> Iterator[list[str]]:
    group: list[str] = []
    for tag in tags:
        if group and len(_any_of([*group, tag])) > room:
            yield group
            group = []
        group.append(tag)
    if group:
        yield group


def _ending(kinds: Sequence[Wanted]) -> str:
    """What narrows the search to posts that the campaign can use: each post that comes back is billed."""
    wanted = [] if Wanted.ANY in kinds else [_HAS[kind] for kind in dict.fromkeys(kinds)]
    narrowed = f" ({' OR '.join(wanted)})" if len(wanted) > 1 else "".join(f" {has}" for has in wanted)
    return f"{narrowed} -is:retweet"


def _posts(listing: Listing) -> Iterator[SeenPost]:
    """The page's posts; one that has an unknown shape is passed over, or the source would stand still at it."""
    for raw in listing.data or []:
        try:
            post = json.decode(raw, type=Post)
            yield seen_post(post, listing.includes)
        except (DecodeError, ValueError, PlatformError):
            log.warning("X gave a post of a shape that is not known; it is passed over")


def _after(cursor: Cursor, since: str, listing: Listing) -> Cursor:
    newest_here = (listing.meta and listing.meta.newest_id) or ""
    pending = cursor.pending if cursor.resume else newest_here
    if listing.meta and listing.meta.next_token:
        return Cursor(cursor.horizon, cursor.newest, pending, f"{since} {listing.meta.next_token}")
    return Cursor(cursor.horizon, pending or cursor.newest)
