"""One hashtag's timeline on one server, read forward without gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from bot.domain.hashtag import folded
from bot.domain.post import Cursor, Page, SeenPost
from bot.errors import Answer
from bot.platforms.base import Clock, Source
from bot.platforms.mastodon.entities import Status, list_in, status_in
from bot.platforms.mastodon.errors import Explainer
from bot.platforms.mastodon.posts import seen_post
from bot.platforms.mastodon.reading import Reader
from bot.platforms.mastodon.server import Server, full_address, host_of

LIMIT = 40
"""Posts to a page: the most Mastodon gives."""

SHORT = 20
"""A page with fewer posts is all there is: no server gives less at a time."""

LOOK_BACK_EVERY = timedelta(minutes=1)


class HashtagTimeline:
    """A source. Where it starts, it walks back to the horizon page by page; from then on it walks forward.

    Going forward, `min_id` skips nothing that comes in order. A post that reaches the server late takes its place by
    the time it was written, behind the cursor; hence once a minute the newest page is read instead, and gives what has
    not been given before (after a restart, all of it once more). Only the order of the answers counts: ids are opaque.
    """

    page_cost = 0

    def __init__(self, reader: Reader, server: Server, hashtag: str, clock: Clock) -> None:
        self._tag = hashtag.removeprefix("#")
        self._folded = folded(hashtag)
        self.name = f"{server.host} #{self._tag}"
        self._reader = reader
        self._server = server
        self._clock = clock
        self._looked_back: datetime | None = None
        self._known: set[str] = set()
        self._given: tuple[Cursor, frozenset[str]] | None = None

    def read(self, cursor: Cursor) -> Page:
        """The next posts after the cursor, oldest first, in one request. Raises PlatformError."""
        if self._given and self._given[0] == cursor:
            self._known |= self._given[1]
        page, keys = self._next(cursor)
        self._given = (page.cursor, keys)
        return page

    def _next(self, cursor: Cursor) -> tuple[Page, frozenset[str]]:
        if not cursor.newest:
            return self._walk_back(cursor)
        now = self._clock()
        if self._looked_back is None or now - self._looked_back >= LOOK_BACK_EVERY or now < self._looked_back:
            self._looked_back = now
            return self._look_back(cursor)
        return self._walk_forward(cursor)

    def _walk_back(self, cursor: Cursor) -> tuple[Page, frozenset[str]]:
        """From the newest post towards the horizon: ends at a page that holds nothing younger."""
        items = self._items(max_id=cursor.resume) if cursor.resume else self._items()
        young = [item for item in items if item is None or item.created >= cursor.horizon]
        pending = cursor.pending or _first_id(items)
        last = _first_id(items[::-1])
        if young and last and last != cursor.resume:
            onward = replace(cursor, pending=pending, resume=last)
            return self._page(young, onward, more=True)
        return self._page(young, replace(cursor, newest=pending, pending="", resume=""), more=False)

    def _walk_forward(self, cursor: Cursor) -> tuple[Page, frozenset[str]]:
        """What follows the newest post. A server that ignores `min_id` gives its newest page: that is cut off."""
        items = _above(self._items(min_id=cursor.newest), cursor.newest)
        onward = replace(cursor, newest=_first_id(items) or cursor.newest)
        return self._page(items, onward, more=bool(items))

    def _look_back(self, cursor: Cursor) -> tuple[Page, frozenset[str]]:
        """The newest page, late arrivals included, if it reaches the cursor; else only word that more waits."""
        items = self._items()
        fresh = _above(items, cursor.newest)
        if len(fresh) == len(items):
            if len(items) >= SHORT:
                return Page((), cursor, more=True), frozenset()
            fresh = []
        late = [item for item in items[len(fresh) :] if item and _key(item) not in self._known]
        self._known &= {_key(item) for item in items if item}
        mark = _key(late[0]) if late else cursor.resume
        onward = replace(cursor, newest=_first_id(items) or cursor.newest, resume=mark)
        return self._page([*fresh, *late], onward, more=False)

    def _items(self, **place: str) -> list[Status | None]:
        """One answer, newest first, with None for what cannot be read. A tag that is unknown there has no posts."""
        doing = f"show #{self._tag}"
        path = f"/api/v1/timelines/tag/{quote(self._tag, safe='')}"
        answer = self._reader.ask(path, doing, limit=str(LIMIT), **place)
        if answer.status == 404:
            return []
        if not answer.is_success:
            raise self._reader.explain.refused_read(answer, doing)
        raws = list_in(answer.body)
        if raws is None:
            raise self._reader.explain.unreadable(doing, Answer.NOT_SENT)
        return [status_in(raw) for raw in raws]

    def _page(self, items: Sequence[Status | None], cursor: Cursor, *, more: bool) -> tuple[Page, frozenset[str]]:
        wanted = [item for item in reversed(items) if item and self._is_wanted(item)]
        domain = self._server.domain() if any("@" not in item.account.acct for item in wanted) else ""
        posts: list[SeenPost] = [post for item in wanted if (post := seen_post(item, domain))]
        return Page(tuple(posts), cursor, more), frozenset(_key(item) for item in items if item)

    def _is_wanted(self, status: Status) -> bool:
        """No boost, and really under this tag: some servers match parts of tags."""
        return status.reblog is None and any(folded(tag.name or "") == self._folded for tag in status.tags or ())


def public_sources(base_url: str, hashtags: Sequence[str], clock: Clock) -> list[Source]:
    """The hashtags on a server where we have no account, by its host or its full address. Nothing needs closing."""
    address = full_address(base_url)
    reader = Reader(address, "", Explainer(host_of(address), "", "", clock), keeps_connections=False)
    server = Server(address, reader)
    return [HashtagTimeline(reader, server, tag, clock) for tag in hashtags]


def _above(items: list[Status | None], newest: str) -> list[Status | None]:
    """The items of a page, newest first, that come before the one that is known."""
    for place, item in enumerate(items):
        if item and str(item.id) == newest:
            return items[:place]
    return items


def _first_id(items: Sequence[Status | None]) -> str:
    return next((str(item.id) for item in items if item), "")


def _key(status: Status) -> str:
    """Another one after an edit, so that an edited post is given again."""
    return f"{status.id} {status.edited_at or ''}"
