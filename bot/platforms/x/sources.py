"""X's recent search and our mentions as sources: narrow questions, read forward, each post paid for once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.causes import CauseCode, because
from bot.domain.campaign import WantedKind
from bot.domain.post import Cursor, Page, SeenPost, Unread, Unreadable
from bot.domain.source_name import SourceKind, SourceName, X
from bot.domain.text import digest, tracked
from bot.errors import PlatformError
from bot.platforms.base import Clock
from bot.platforms.x.entities import Listing, Meta, first_id_at, post_in, time_of
from bot.platforms.x.errors import XRefusal
from bot.platforms.x.parse import seen_post
from bot.platforms.x.prices import CallCosts
from bot.values import dataclass

LONGEST = 512
"""Characters of a question of X's recent search, without a contract of its own."""

LINKS = (
    'url:"youtube.com/watch"',
    'url:"youtu.be"',
    'url:"tiktok.com"',
    'url:"instagram.com/reel"',
    'url:"facebook.com/watch"',
    'url:"youtube.com/shorts"',
    "url:peertube",
    'url:"fb.watch"',
    'url:"vimeo.com"',
    'url:"youtube.com/live"',
    'url:"videos/watch"',
    'url:"facebook.com/reel"',
    '(url:"facebook.com" url:videos)',
)
"""Links to videos elsewhere, what is posted most first; what does not fit is left out, from the end.

X compares whole words of an address. PeerTube is on any host, so that only addresses which say so can be asked for: its
name in the host, or the way in which it writes longer addresses. All links would be found too, and paid for.
"""

_LONGEST_ID = 19
_LONGEST_NAME = 15


class SearchQuery:
    """One question about some hashtags that always fits; who we are may be known later, and its room is kept free.

    Our own posts are left out, and where they are read as mentions, so are posts that mention us.
    """

    def __init__(self, tags: Sequence[str], kinds: Sequence[WantedKind], *, without_mentions: bool) -> None:
        self._without_mentions = without_mentions
        self._start = _any_of([f"#{tag}" for tag in tags])
        self._start += _narrowed(kinds, LONGEST - len(self._start) - _room_of_ending(without_mentions))

    def text(self, user_id: str, username: str) -> str:
        """Return the question; `username` is "" while it is not known."""
        return self._start + _ending(user_id, username if self._without_mentions else "")


def quotes_of(user_id: str, username: str) -> str:
    """Return the question for posts that quote one of ours; those that name us are mentions anyway."""
    ours = _any_of([f'url:"{host}/{username}/status"' for host in ("x.com", "twitter.com")])
    return f"{ours} is:quote{_ending(user_id, username)}"


def questions(tags: Sequence[str], kinds: Sequence[WantedKind], *, without_mentions: bool) -> list[tuple[str, ...]]:
    """Return as few groups of hashtags as fit one search each, also where they are only narrowed by what is native to
    X."""
    native = _either(_native(kinds))
    room = LONGEST - len(native) - _room_of_ending(without_mentions)
    return [tuple(group) for group in _groups([tag.removeprefix("#") for tag in tags], room)]


def _groups(tags: Sequence[str], room: int) -> Iterator[list[str]]:
    group: list[str] = []
    for tag in tags:
        if group and len(_any_of([f"#{name}" for name in (*group, tag)])) > room:
            yield group
            group = []
        group.append(tag)
    if group:
        yield group


def _any_of(parts: Sequence[str]) -> str:
    return "(" + " OR ".join(parts) + ")"


def _narrowed(kinds: Sequence[WantedKind], room: int) -> str:
    """Return the kinds that are wanted, with as many links to videos as there is room for."""
    parts = _native(kinds)
    for link in LINKS if parts and WantedKind.VIDEO in kinds else ():
        if len(_either([*parts, link])) > room:
            break
        parts.append(link)
    return _either(parts)


def _native(kinds: Sequence[WantedKind]) -> list[str]:
    """Return the operators for these kinds of media. X has none for GIFs: whoever wants them pays for every post with
    media."""
    if not kinds or WantedKind.ANY in kinds:
        return []
    if WantedKind.GIF in kinds:
        return ["has:media"]
    operators = {WantedKind.VIDEO: "has:video_link", WantedKind.IMAGE: "has:images"}
    return [operators[kind] for kind in dict.fromkeys(kinds)]


def _either(parts: Sequence[str]) -> str:
    if len(parts) > 1:
        return " " + _any_of(parts)
    return f" {parts[0]}" if parts else ""


def _ending(user_id: str, username: str) -> str:
    return f" -is:retweet -from:{user_id}" + (f" -@{username}" if username else "")


def _room_of_ending(without_mentions: bool) -> int:
    return len(_ending("0" * _LONGEST_ID, "_" * _LONGEST_NAME if without_mentions else ""))


log = logging.getLogger(__name__)

PAGE_SIZE = 20
"""Posts in a page, of 10 to 100. X bills by the post, so small pages cost no more, and a page fits a small budget."""

REACH = timedelta(days=6, hours=23)
"""X searches seven days and refuses a beginning before them; an hour is left for clocks and slow requests."""

OUT_OF_REACH = because(CauseCode.SEARCH_TOO_SHORT)
"""Why posts were lost, when nobody had read the search for too long."""

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
    """Where reading begins: an id, or a time in RFC 3339; the token of its next page, which fits no other beginning.

    `until` is the id before which it goes on that a purge has shortened, `oldest` that of the last post it has given.
    """

    since: str
    token: str = ""
    gap: str = ""
    until: str = ""
    oldest: str = ""

    @classmethod
    def resumed(cls, text: str) -> Begin:
        """Return the reading that `resume` wrote down."""
        since, token, oldest, until, *_ = (*text.split(" "), "", "", "")
        return cls(since, token, until=until, oldest=oldest)

    def resume(self, token: str, oldest: str) -> str:
        """Return how reading is written down that goes on at a token, below a post."""
        return f"{self.since} {token} {oldest or self.oldest} {self.until}".rstrip()

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the parameters as X takes them, but for the token."""
        if self.since.isdigit():
            return {"since_id": self.since} | ({"until_id": self.until} if self.until else {})
        return {"start_time": datetime.fromisoformat(self.since)}

    @property
    def at(self) -> datetime:
        """The beginning as an instant (UTC)."""
        return time_of(self.since) if self.since.isdigit() else datetime.fromisoformat(self.since)


class Pagination:
    """Pages come newest first: `Cursor.resume` walks back until none is left, and only then does `newest` move up to
    the first page's newest post, so that a reading cut short loses nothing. `reach` is how far back X goes, if it says.
    Where a purge moved the horizon on meanwhile, it goes back no further than that, and ends where it has been there.
    """

    def __init__(
        self, ask: Ask, clock: Clock, bill: CallCosts, token_name: str, reach: timedelta | None = None
    ) -> None:
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
        """Return the next page, oldest first. `to_us` is our user id where its posts mention us. Raise
        PlatformError."""
        begin = self._begin(cursor)
        if begin is None:
            return Page((), Cursor(cursor.horizon, cursor.pending or cursor.newest), to_us=bool(to_us))
        token = {self._token_name: begin.token} if begin.token else {}
        try:
            listing = self._ask({**question, "max_results": PAGE_SIZE, **begin.parameters, **token})
        except XRefusal as refusal:
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
        """Return where the next page begins; None where all that is left to read was purged."""
        if cursor.resume:
            return _within(Begin.resumed(cursor.resume), cursor.horizon)
        now = self._clock()
        newest_known = max(cursor.horizon, time_of(cursor.newest)) if cursor.newest else cursor.horizon
        oldest = now - self._reach if self._reach else newest_known
        if newest_known >= oldest and (cursor.newest or newest_known > now - SETTLED):
            return Begin(max(cursor.newest or "0", _before(cursor.horizon), key=int))
        begin = max(newest_known, oldest)
        return Begin(f"{begin:%Y-%m-%dT%H:%M:%SZ}", gap=OUT_OF_REACH if newest_known < oldest else "")

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
    """Return the largest id of a post from before an instant (UTC)."""
    return str(max(0, int(first_id_at(at)) - 1))


def _within(start: Begin, horizon: datetime) -> Begin | None:
    """Return reading that has begun, no further back than the horizon; None where it has been there."""
    if horizon - start.at < timedelta(seconds=1):  # its own beginning, as X takes it
        return start
    if start.oldest and time_of(start.oldest) <= horizon:
        return None
    return Begin(_before(horizon), until=start.oldest)


def _given_up(listing: Listing) -> Iterator[Unreadable]:
    """Yield the entries that cannot be read, named by their own bytes where they hold nothing else, or are nobody's."""
    for raw in listing.data or []:
        post = post_in(raw)
        if post is None:
            yield Unreadable(digest(bytes(raw).hex())[:32], Unread.SHAPE)
        elif not post.author_id:
            yield Unreadable(post.id, Unread.AUTHOR)


def _posts(listing: Listing, to_us: str) -> Iterator[SeenPost]:
    """Yield the page's posts, no reposts; one of an unknown shape is passed over, or the source would stand still at
    it."""
    for raw in listing.data or []:
        post = post_in(raw)
        if post is None:
            log.warning("X gave a post of a shape that is not known; it is passed over")
        elif post.author_id and not post.referenced("retweeted"):
            read_post = seen_post(post, listing.includes)
            yield replace(read_post, answers_us=post.in_reply_to_user_id == to_us) if to_us else read_post


Us = Callable[[], tuple[str, str]]
"""Our user id and username there, the latter "" while it is not known. Raise PlatformError."""


class SearchSource:
    """One question that fits X's limit."""

    kind = SourceKind.SEARCH

    def __init__(self, name: str, question: SearchQuery, hashtags: Sequence[str], us: Us, pages: Pagination) -> None:
        self.name = name
        self.page_cost = pages.page_cost
        self._question = question
        self._hashtags = tuple(hashtags)
        self._us = us
        self._pages = pages

    @property
    def query(self) -> str:
        """The question as it is put now. Raise PlatformError."""
        return self._question.text(*self._us())

    def read(self, cursor: Cursor) -> Page:
        """Return the next page, oldest first. What other posts than ours it finds are paid for and left out."""
        page = self._pages.read(cursor, {"query": self.query})
        return replace(page, posts=tuple(post for post in page.posts if tracked(post.hashtags, self._hashtags)))


def sources(
    account: str,
    hashtags: Sequence[str],
    kinds: Sequence[WantedKind],
    us: Us,
    pages: Pagination,
    *,
    without_mentions: bool,
) -> list[SearchSource]:
    """Return as few searches as hold all hashtags, one where they fit X's 512 characters."""
    groups = questions(hashtags, kinds, without_mentions=without_mentions)
    names = [SourceName(SourceKind.SEARCH, X, account, number=number) for number in range(1, 1 + len(groups))]
    return [
        SearchSource(str(name), SearchQuery(group, kinds, without_mentions=without_mentions), group, us, pages)
        for name, group in zip(names, groups, strict=True)
    ]


_BETWEEN = "|"
"""Between how far the mentions were read and how far the quotes, in each part of the cursor."""

_QUOTES_NEXT = "quotes"
"""Stands for how far the quotes were read while the first page of them is to be read next."""


class MentionsSource:
    """Mentions, of which X gives the newest 800 at most, however old they are; and once these are read, the posts that
    quote one of ours without naming us. Of those X has no list but its search, which is billed by the post."""

    kind = SourceKind.MENTIONS

    def __init__(self, account: str, us: Us, mentions: Pagination, quotes: Pagination) -> None:
        self.name = str(SourceName(self.kind, X, account))
        self.page_cost = max(mentions.page_cost, quotes.page_cost)
        self._us = us
        self._mentions = mentions
        self._quotes = quotes

    def read(self, cursor: Cursor) -> Page:
        """Return the next page, oldest first, whatever its posts hold."""
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
        """Read who quotes us. While that cannot be read, mentions are all the same: quotes are asked for once these
        were read again."""
        try:
            return self._quotes.read(cursor, {"query": quotes_of(user_id, username)}, to_us=user_id)
        except PlatformError:
            return Page((), replace(cursor, resume="", pending=""), to_us=True)


def _apart(cursor: Cursor) -> tuple[Cursor, Cursor]:
    """Return how far each of the two was read."""
    parts = [part.partition(_BETWEEN) for part in (cursor.newest, cursor.pending, cursor.resume)]
    return Cursor(cursor.horizon, *(part[0] for part in parts)), Cursor(cursor.horizon, *(part[2] for part in parts))


def _together(mentions: Cursor, quotes: Cursor) -> Cursor:
    def joined(first: str, other: str) -> str:
        return f"{first}{_BETWEEN}{other}" if other else first

    return Cursor(
        mentions.horizon,
        joined(mentions.newest, quotes.newest),
        joined(mentions.pending, quotes.pending),
        joined(mentions.resume, quotes.resume),
    )
