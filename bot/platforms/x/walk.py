"""Reading a listing of X's that comes newest first as if it came forward: nothing twice, nothing lost between pages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.post import Cursor, Page, SeenPost, Unread, Unreadable
from bot.domain.text import digest
from bot.platforms.base import Clock
from bot.platforms.x.answers import Listing, Meta
from bot.platforms.x.entities import post_in
from bot.platforms.x.errors import Refusal
from bot.platforms.x.ids import first_id_at, time_of
from bot.platforms.x.prices import Bill
from bot.platforms.x.reading import seen_post

log = logging.getLogger(__name__)

PAGE_SIZE = 20
"""Posts in a page, of 10 to 100. X bills by the post, so small pages cost no more, and a page fits a small budget."""

REACH = timedelta(days=6, hours=23)
"""X searches seven days and refuses a beginning before them; an hour is left for clocks and slow requests."""

OUT_OF_REACH = "7-day window passed"
"""Why posts were lost, when nobody had read the search for so long."""

SETTLED = timedelta(seconds=60)
"""X's answers end about 30 s ago, and it refuses a time to begin at that is after its end."""

QUIET = timedelta(hours=26)
"""How long nothing has come before a beginning moves on without a post, lest it fall behind X's seven days."""

SURE = timedelta(hours=1)
"""How long X may take to show a post in a listing that was read to its end."""

Ask = Callable[[dict[str, Any]], Listing]
"""Sends a question with these parameters."""


@dataclass(frozen=True)
class Begin:
    """Where a walk begins: an id, or a time in RFC 3339; the token of its next page, which fits no other beginning.

    `until` is the id before which it goes on that a purge has shortened, `oldest` that of the last post it has given.
    """

    since: str
    token: str = ""
    gap: str = ""
    until: str = ""
    oldest: str = ""

    @classmethod
    def resumed(cls, text: str) -> Begin:
        """As `resume` wrote it."""
        since, token, oldest, until, *_ = (*text.split(" "), "", "", "")
        return cls(since, token, until=until, oldest=oldest)

    def resume(self, token: str, oldest: str) -> str:
        """How a walk is written down that goes on at a token, below a post."""
        return f"{self.since} {token} {oldest or self.oldest} {self.until}".rstrip()

    @property
    def parameters(self) -> dict[str, Any]:
        """As X takes them, but for the token."""
        if self.since.isdigit():
            return {"since_id": self.since} | ({"until_id": self.until} if self.until else {})
        return {"start_time": datetime.fromisoformat(self.since)}

    @property
    def at(self) -> datetime:
        """The beginning as an instant (UTC)."""
        return time_of(self.since) if self.since.isdigit() else datetime.fromisoformat(self.since)


class Walk:
    """Pages come newest first: `Cursor.resume` walks back until none is left, and only then does `newest` move up to
    the first page's newest post, so that a reading cut short loses nothing. `reach` is how far back X goes, if it says.
    Where a purge moved the horizon on meanwhile, it goes back no further than that, and ends where it has been there.
    """

    def __init__(self, ask: Ask, clock: Clock, bill: Bill, token_name: str, reach: timedelta | None = None) -> None:
        self._ask = ask
        self._clock = clock
        self._bill = bill
        self._token_name = token_name
        self._reach = reach

    @property
    def page_cost(self) -> int:
        """The most that a page costs, in micro-USD."""
        return self._bill.posts_read(PAGE_SIZE)

    def read(self, cursor: Cursor, question: dict[str, Any], *, to_us: str = "") -> Page:
        """The next page, oldest first. `to_us` is our user id where its posts mention us. Raises PlatformError."""
        begin = self._begin(cursor)
        if begin is None:
            return Page((), Cursor(cursor.horizon, cursor.pending or cursor.newest), to_us=bool(to_us))
        token = {self._token_name: begin.token} if begin.token else {}
        try:
            listing = self._ask({**question, "max_results": PAGE_SIZE, **begin.parameters, **token})
        except Refusal as refusal:
            is_too_new = begin.at > self._clock() - SETTLED
            if (begin.token or is_too_new) and refusal.status == 400 and not refusal.gateway:
                # X has forgotten the token, or shows nothing from after the beginning yet: the next one begins anew
                return Page((), Cursor(cursor.horizon, cursor.newest), more=False, to_us=bool(to_us))
            raise
        return Page(
            posts=tuple(reversed(list(_posts(listing, to_us)))),
            cursor=self._after(cursor, begin, listing),
            more=bool(listing.meta and listing.meta.token),
            cost=self._bill.posts_read(len(listing.data or [])),
            to_us=bool(to_us),
            gap=begin.gap,
            unreadable=tuple(_given_up(listing)),
        )

    def _begin(self, cursor: Cursor) -> Begin | None:
        """Where the next page begins; None where all that is left to read was purged."""
        if cursor.resume:
            return _within(Begin.resumed(cursor.resume), cursor.horizon)
        now = self._clock()
        known = max(cursor.horizon, time_of(cursor.newest)) if cursor.newest else cursor.horizon
        oldest = now - self._reach if self._reach else known
        if known >= oldest and (cursor.newest or known > now - SETTLED):
            return Begin(max(cursor.newest or "0", _before(cursor.horizon), key=int))
        begin = max(known, oldest)
        return Begin(f"{begin:%Y-%m-%dT%H:%M:%SZ}", gap=OUT_OF_REACH if known < oldest else "")

    def _after(self, cursor: Cursor, begin: Begin, listing: Listing) -> Cursor:
        meta = listing.meta or Meta()
        pending = cursor.pending if cursor.resume else meta.newest
        if meta.token:
            return Cursor(cursor.horizon, cursor.newest, pending, begin.resume(meta.token, meta.oldest))
        now = self._clock()
        if not pending and begin.at < now - QUIET:
            pending = first_id_at(now - SURE)
        return Cursor(cursor.horizon, pending or cursor.newest)


def _before(at: datetime) -> str:
    """The largest id of a post from before an instant (UTC)."""
    return str(max(0, int(first_id_at(at)) - 1))


def _within(begun: Begin, horizon: datetime) -> Begin | None:
    """A walk that has begun, no further back than the horizon; None where it has been there."""
    if horizon - begun.at < timedelta(seconds=1):  # its own beginning, as X takes it
        return begun
    if begun.oldest and time_of(begun.oldest) <= horizon:
        return None
    return Begin(_before(horizon), until=begun.oldest)


def _given_up(listing: Listing) -> Iterator[Unreadable]:
    """The entries that cannot be read, named by their own bytes where they hold nothing else, or are nobody's."""
    for raw in listing.data or []:
        post = post_in(raw)
        if post is None:
            yield Unreadable(digest(bytes(raw).hex())[:32], Unread.SHAPE)
        elif not post.author_id:
            yield Unreadable(post.id, Unread.AUTHOR)


def _posts(listing: Listing, to_us: str) -> Iterator[SeenPost]:
    """The page's posts, no reposts; one of an unknown shape is passed over, or the source would stand still at it."""
    for raw in listing.data or []:
        post = post_in(raw)
        if post is None:
            log.warning("X gave a post of a shape that is not known; it is passed over")
        elif post.author_id and not post.referenced("retweeted"):
            seen = seen_post(post, listing.includes)
            yield replace(seen, answers_us=post.in_reply_to_user_id == to_us) if to_us else seen
