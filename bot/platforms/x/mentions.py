"""Posts that mention our account, or quote it, as a source: people tag the organisers, and ask them to stop."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.post import Cursor, Page
from bot.errors import PlatformError
from bot.platforms.x.query import quotes_of
from bot.platforms.x.search import Us
from bot.platforms.x.walk import Walk

_BETWEEN = "|"
"""Between how far the mentions were read and how far the quotes, in each part of the cursor."""

_QUOTES_NEXT = "quotes"
"""Stands for how far the quotes were read while the first page of them is to be read next."""


class MentionsSource:
    """Mentions, of which X gives the newest 800 at most, however old they are; and once these are read, the posts that
    quote one of ours without naming us. Of those X has no list but its search, which is billed by the post."""

    def __init__(self, account: str, us: Us, mentions: Walk, quotes: Walk) -> None:
        self.name = f"x mentions {account}"
        self.page_cost = max(mentions.page_cost, quotes.page_cost)
        self._us = us
        self._mentions = mentions
        self._quotes = quotes

    def read(self, cursor: Cursor) -> Page:
        """The next page, oldest first, whatever its posts hold."""
        user_id, username = self._us()
        of_mentions, of_quotes = _apart(cursor)
        if username and of_quotes.resume:
            begun = "" if of_quotes.resume == _QUOTES_NEXT else of_quotes.resume
            page = self._read_quotes(replace(of_quotes, resume=begun), user_id, username)
            return replace(page, cursor=_together(of_mentions, page.cursor))
        page = self._mentions.read(of_mentions, {}, to_us=user_id)
        if page.more or not username:
            return replace(page, cursor=_together(page.cursor, replace(of_quotes, resume="")))
        return replace(page, cursor=_together(page.cursor, replace(of_quotes, resume=_QUOTES_NEXT)), more=True)

    def _read_quotes(self, cursor: Cursor, user_id: str, username: str) -> Page:
        """While they cannot be read, mentions are all the same: quotes are asked for once these were read again."""
        try:
            return self._quotes.read(cursor, {"query": quotes_of(user_id, username)}, to_us=user_id)
        except PlatformError:
            return Page((), replace(cursor, resume="", pending=""), to_us=True)


def _apart(cursor: Cursor) -> tuple[Cursor, Cursor]:
    """How far each of the two was read."""
    parts = [part.partition(_BETWEEN) for part in (cursor.newest, cursor.pending, cursor.resume)]
    return Cursor(cursor.horizon, *(part[0] for part in parts)), Cursor(cursor.horizon, *(part[2] for part in parts))


def _together(mentions: Cursor, quotes: Cursor) -> Cursor:
    def joined(one: str, other: str) -> str:
        return f"{one}{_BETWEEN}{other}" if other else one

    return Cursor(
        mentions.horizon,
        joined(mentions.newest, quotes.newest),
        joined(mentions.pending, quotes.pending),
        joined(mentions.resume, quotes.resume),
    )
