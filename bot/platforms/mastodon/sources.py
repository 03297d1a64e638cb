"""What is watched on a server, read forward without gaps: hashtag timelines, and the posts that mention us."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import quote

import msgspec

from bot.domain.post import Blind, Cursor, Page, SeenPost, Unread, Unreadable
from bot.domain.source_name import SourceKind, SourceName
from bot.domain.text import folded
from bot.errors import Outcome, PlatformError
from bot.platforms.base import Clock
from bot.platforms.http_client import HttpAnswer
from bot.platforms.mastodon.client import Reader
from bot.platforms.mastodon.entities import (
    ANSWERING,
    StatusEntity,
    entry_in,
    in_utc,
    is_known_visibility,
    list_in,
    mentioning_status,
    notification_in,
    statuses_in,
)
from bot.platforms.mastodon.parse import hashtags_of, may_quote, seen_post
from bot.platforms.mastodon.server import Server
from bot.values import dataclass

LIMIT = 40
"""Posts to a page: the most Mastodon gives."""

SHORT = 20
"""A page with fewer posts is all there is: no server gives less at a time."""

LOOK_BACK_EVERY = timedelta(minutes=1)
LOOK_DEEP_EVERY = timedelta(hours=1)
DEEP = timedelta(hours=24)
"""How far back is looked for posts that arrived late, page by page; servers that were away deliver within hours."""

_MOST_REMEMBERED = 4
"""Questions whose last answer is known well enough to be asked only for another one."""


@dataclass(frozen=True)
class Item:
    """One entry of a page: its id, when it was made (None where that cannot be read), and the status it shows, None
    where that is not for us."""

    id: str
    created: datetime | None
    status: StatusEntity | None

    @property
    def key(self) -> str:
        """Another one after an edit, so that an edited post is given again."""
        number = self.id or (str(self.status.id) if self.status else "")
        return f"{number} {self.status.edited_at or '' if self.status else ''}"

    def is_from(self, beginning: datetime) -> bool:
        """Return whether it was made then (UTC) or later, as far as is known."""
        return self.created is None or in_utc(self.created) >= beginning


Entry = Item | Unreadable
"""What a page holds: an unreadable one keeps its place, and is counted."""


class TimelineQuery(Protocol):
    """What is asked for again and again; `name` and `kind` are the source's."""

    name: str
    kind: SourceKind

    def ask(self, headers: Mapping[str, str], **place: str) -> HttpAnswer:
        """Return a page, or with `headers` perhaps a 304. Raise PlatformError for any other answer."""
        ...

    def items(self, answer: HttpAnswer) -> list[Entry]:
        """Return the entries of a page, newest first. Raise PlatformError."""
        ...

    def answers_us(self, status: StatusEntity) -> bool | None:
        """Return whether a status is a reply to a post of ours, None where that is not known or does not matter."""
        ...


class Timeline:
    """A source. Where it starts, it walks back to the horizon page by page; from then on it walks forward.

    Going forward, `min_id` skips nothing that comes in order. A post that reaches the server late takes its place by
    the time it was written, behind the cursor; hence once a minute the newest page is read instead, and gives what has
    not been given before (after a restart, all of it once more). Under a busy hashtag that page does not reach far:
    once an hour all pages of the last day are read again. When that was stands in `Cursor.pending`, for all workers.
    Mentions come in the order of their arrival, and need none of this. Only the order of the answers counts: ids are
    opaque.

    A question whose last answer had nothing that is not stored yet is asked conditionally.
    """

    page_cost = 0

    def __init__(self, question: TimelineQuery, server: Server, clock: Clock) -> None:
        self.name, self.kind = question.name, question.kind
        self._to_us = question.kind is SourceKind.MENTIONS
        self._question = question
        self._server = server
        self._clock = clock
        self._looked_back: datetime | None = None
        self._deep: str | None = None
        self._known: set[str] = set()
        self._given: tuple[Cursor, frozenset[str]] | None = None
        self._validators: dict[str, Mapping[str, str]] = {}
        self._last: tuple[str, Mapping[str, str]] = "", {}

    def read(self, cursor: Cursor) -> Page:
        """Return the next posts after the cursor, oldest first, in one request. Raise PlatformError."""
        if self._given and self._given[0] == cursor:
            self._known |= self._given[1]
        else:  # what was given last was not stored, or somebody else has read on
            self._validators.clear()
        page, keys = self._next(cursor)
        self._given = (page.cursor, keys)
        return page

    def blind(self) -> Blind | None:
        """Return what of its posts the server does not show us by its own settings; None while it does not say."""
        return Blind.NOTHING if self._to_us else self._server.blind(self._clock())

    def _next(self, cursor: Cursor) -> tuple[Page, frozenset[str]]:
        if not cursor.newest:
            return self._walk_back(cursor)
        now = self._clock()
        if self._deep is not None or self._is_time_to_look_deep(cursor, now):
            return self._look_deep(cursor, now)
        if self._looked_back is None or now - self._looked_back >= LOOK_BACK_EVERY or now < self._looked_back:
            self._looked_back = now
            return self._look_back(cursor)
        return self._walk_forward(cursor)

    def _walk_back(self, cursor: Cursor) -> tuple[Page, frozenset[str]]:
        """Return a page on the way from the newest post towards the horizon, which ends at a page that holds nothing
        younger."""
        items = (self._items(max_id=cursor.resume) if cursor.resume else self._items()) or []
        young = [item for item in items if isinstance(item, Unreadable) or item.is_from(cursor.horizon)]
        pending = cursor.pending or _first_id(items)
        last = _first_id(items[::-1])
        if young and last and last != cursor.resume:
            onward = replace(cursor, pending=pending, resume=last)
            return self._page(young, onward, more=True)
        looked = self._clock().isoformat() if pending else ""
        return self._page(young, replace(cursor, newest=pending, pending=looked, resume=""), more=False)

    def _is_time_to_look_deep(self, cursor: Cursor, now: datetime) -> bool:
        looked = _instant(cursor.pending)
        return not self._to_us and (looked is None or not now - LOOK_DEEP_EVERY < looked <= now)

    def _look_deep(self, cursor: Cursor, now: datetime) -> tuple[Page, frozenset[str]]:
        """Read one page of the last day after the other, those that are known included.

        After the last one it goes on with what is new.
        """
        self._validators.clear()
        items = (self._items(max_id=self._deep) if self._deep else self._items()) or []
        since = max(now - DEEP, cursor.horizon)
        is_young = any(item.created and item.is_from(since) for item in items if isinstance(item, Item))
        last = _first_id(items[::-1])
        goes_on = bool(is_young and last and last != self._deep)
        self._deep = last if goes_on else None
        onward = cursor if goes_on else replace(cursor, pending=now.isoformat())
        return self._page(items, onward, more=True)

    def _walk_forward(self, cursor: Cursor) -> tuple[Page, frozenset[str]]:
        """Return what follows the newest post. A server that ignores `min_id` gives its newest page: that is cut off.

        A full page of what was purged meanwhile is the last of them: the rest is read from its end back to the horizon.
        """
        items = self._items(min_id=cursor.newest)
        if items is None:
            return self._nothing_new(cursor)
        items = _above(items, cursor.newest)
        if len(items) >= SHORT and not any(isinstance(item, Item) and item.is_from(cursor.horizon) for item in items):
            return Page((), Cursor(cursor.horizon), more=True, to_us=self._to_us), frozenset()
        if not items:
            self._remember()
        onward = replace(cursor, newest=_first_id(items) or cursor.newest)
        return self._page(items, onward, more=bool(items))

    def _look_back(self, cursor: Cursor) -> tuple[Page, frozenset[str]]:
        """Return the newest page, late arrivals included, if it reaches the cursor; else only word that more waits."""
        items = self._items()
        if items is None:
            return self._nothing_new(cursor)
        fresh = _above(items, cursor.newest)
        if len(fresh) == len(items):
            if len(items) >= SHORT:
                return Page((), cursor, more=True, to_us=self._to_us), frozenset()
            fresh = []
        self._remember()
        late = [item for item in items[len(fresh) :] if isinstance(item, Item) and item.key not in self._known]
        self._known &= {item.key for item in items if isinstance(item, Item)}
        mark = late[0].key if late else cursor.resume
        onward = replace(cursor, newest=_first_id(items) or cursor.newest, resume=mark)
        return self._page([*fresh, *late], onward, more=False)

    def _items(self, **place: str) -> list[Entry] | None:
        """Return one answer, newest first; None for the one it gave before."""
        asked = str(place)
        headers = self._validators.get(asked, {})
        answer = self._question.ask(headers, **place)
        self._last = asked, answer.validators
        return None if headers and answer.status == 304 else self._question.items(answer)

    def _remember(self) -> None:
        """Remember that all of the last answer is given out: the same answer again holds nothing new."""
        asked, validators = self._last
        if validators:
            if len(self._validators) >= _MOST_REMEMBERED:
                self._validators.clear()
            self._validators[asked] = validators

    def _nothing_new(self, cursor: Cursor) -> tuple[Page, frozenset[str]]:
        return Page((), cursor, to_us=self._to_us), frozenset()

    def _page(self, items: Sequence[Entry], cursor: Cursor, *, more: bool) -> tuple[Page, frozenset[str]]:
        statuses = _dated([item for item in reversed(items) if isinstance(item, Item)], self._clock())
        is_needed = any("@" not in status.account.acct or may_quote(status) for status in statuses)
        domain, view = self._server.domain() if is_needed else "", self._server.host
        posts: list[SeenPost] = []
        unreadable = [item for item in items if isinstance(item, Unreadable)]
        for status in statuses:
            answers_us = self._question.answers_us(status)
            stand_in = self._stand_in(status)
            post = seen_post(status, domain, stand_in, view=view, answers_us=answers_us, with_files=False)
            if post is None:
                unreadable.append(Unreadable(str(status.id), Unread.ADDRESS))
            else:
                posts.append(post)
                if not self._to_us and not is_known_visibility(status.visibility or ""):
                    unreadable.append(Unreadable(str(status.id), Unread.VISIBILITY))
        keys = frozenset(item.key for item in items if isinstance(item, Item))
        return Page(tuple(posts), cursor, more, to_us=self._to_us, unreadable=tuple(unreadable)), keys

    def _stand_in(self, status: StatusEntity) -> str:
        """Return what a post that mentions us goes by where it has no address: it may ask for something all the
        same."""
        return f"https://{self._server.host}/@{status.account.acct}/{status.id}" if self._to_us else ""


def _dated(items: Sequence[Item], now: datetime) -> list[StatusEntity]:
    """Return the statuses that are for us. One whose own time cannot be read was posted about when its
    neighbour was."""
    latest = next((item.created for item in items if item.created), now)
    statuses: list[StatusEntity] = []
    for item in items:
        latest = item.created or latest
        if item.status is not None:
            item.status.created_at = item.status.created_at or latest
            statuses.append(item.status)
    return statuses


def _above(items: list[Entry], newest: str) -> list[Entry]:
    """Return the items of a page, newest first, that come before the one that is known."""
    for place, item in enumerate(items):
        if isinstance(item, Item) and item.id == newest:
            return items[:place]
    return items


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _first_id(items: Sequence[Entry]) -> str:
    return next((item.id for item in items if isinstance(item, Item) and item.id), "")


def hashtag_timeline(reader: Reader, server: Server, hashtag: str, clock: Clock) -> Timeline:
    """Return the posts that a server knows under a hashtag, as a source."""
    return Timeline(_Hashtag(reader, server.host, hashtag), server, clock)


def mentions(reader: Reader, server: Server, account: str, clock: Clock, own_id: Callable[[], str]) -> Timeline:
    """Return the posts that mention an account of ours, whoever may see them, as a source; and what else may answer us.

    `own_id` gives the account's id there, and may raise PlatformError.
    """
    return Timeline(_Mentions(reader, server.host, account, own_id), server, clock)


class _Hashtag:
    kind = SourceKind.HASHTAG

    def __init__(self, reader: Reader, host: str, hashtag: str) -> None:
        tag = hashtag.removeprefix("#")
        self.name = str(SourceName(self.kind, host, tag=tag))
        self._folded = folded(hashtag)
        self._reader = reader
        self._path = f"/api/v1/timelines/tag/{quote(tag, safe='')}"
        self._doing = f"show #{tag}"

    def ask(self, headers: Mapping[str, str], **place: str) -> HttpAnswer:
        """Return a page of the hashtag; a tag that is unknown there has no posts."""
        answer = self._reader.ask(self._path, self._doing, headers, limit=str(LIMIT), **place)
        if answer.is_success or (answer.status == 304 and headers):
            return answer
        if self._reader.explain.is_gone(answer):
            return HttpAnswer(200, {}, b"[]")
        raise self._reader.explain.refused_read(answer, self._doing)

    def items(self, answer: HttpAnswer) -> list[Entry]:
        statuses = statuses_in(answer.body)
        if statuses is not None:  # as from most servers
            return list(map(self._item, statuses))
        return [self._item(entry_in(raw)) for raw in _listed(self._reader, answer, self._doing)]

    def answers_us(self, status: StatusEntity) -> bool | None:
        """Return None: nobody speaks to us here, so it does not matter."""
        return None

    def _item(self, status: StatusEntity | Unreadable) -> Entry:
        if isinstance(status, Unreadable):
            return status
        return Item(str(status.id), status.created_at, status if self._is_wanted(status) else None)

    def _is_wanted(self, status: StatusEntity) -> bool:
        """Return whether it is no boost, and really under this tag: some servers match parts of tags."""
        return not status.is_boost and self._folded in map(folded, hashtags_of(status))


MENTIONS_ALONE = ("mention",)
_NOT_KNOWN = frozenset({400, 422})


class _Mentions:
    kind = SourceKind.MENTIONS
    _doing = "show who mentions us"

    def __init__(self, reader: Reader, host: str, account: str, own_id: Callable[[], str]) -> None:
        self.name = str(SourceName(self.kind, host, account))
        self._reader = reader
        self._own_id = own_id
        self._kinds: Sequence[str] = ANSWERING

    def ask(self, headers: Mapping[str, str], **place: str) -> HttpAnswer:
        """Return a page of mentions, also those that the server's own filters put aside: somebody's "stop" may be among
        them.

        A server that refuses kinds it does not know is asked for mentions alone from then on.
        """
        answer = self._ask(headers, **place)
        is_refused = answer.status in _NOT_KNOWN and self._reader.explain.is_own(answer)
        if is_refused and self._kinds != MENTIONS_ALONE:
            self._kinds = MENTIONS_ALONE
            answer = self._ask(headers, **place)
        if answer.is_success or (answer.status == 304 and headers):
            return answer
        raise self._refused(answer)

    def _ask(self, headers: Mapping[str, str], **place: str) -> HttpAnswer:
        query = {"include_filtered": "true", "limit": str(LIMIT), **place}
        return self._reader.ask("/api/v1/notifications", self._doing, headers, **{"types[]": self._kinds}, **query)

    def answers_us(self, status: StatusEntity) -> bool | None:
        """Return whether a status is a reply to a post of ours; None while it is not known who we are."""
        answered = status.in_reply_to_account_id
        if answered is None:
            return None if status.in_reply_to_id is not None else False
        try:
            return str(answered) == self._own_id()
        except PlatformError:
            return None

    def items(self, answer: HttpAnswer) -> list[Entry]:
        return [_mention(raw) for raw in _listed(self._reader, answer, self._doing)]

    def _refused(self, answer: HttpAnswer) -> PlatformError:
        """Return the error of a token without this one scope: it still posts and reshares, so the account is not closed
        by it."""
        refused = self._reader.explain.refused_read(answer, self._doing)
        if answer.status == 403:
            refused.closes_account = False
        return refused


def _mention(raw: msgspec.Raw) -> Entry:
    """Some servers tell of favourites too, whatever they are asked for."""
    notification = notification_in(raw)
    status = mentioning_status(notification) if not isinstance(notification, Unreadable) else None
    if isinstance(notification, Unreadable) or isinstance(status, Unreadable):
        return notification if isinstance(notification, Unreadable) else status  # type: ignore[return-value]
    return Item(str(notification.id), notification.created_at, status if status and not status.is_boost else None)


def _listed(reader: Reader, answer: HttpAnswer, doing: str) -> list[msgspec.Raw]:
    """Return the entries of a page. Raise PlatformError for what is no list."""
    raws = list_in(answer.body)
    if raws is None:
        raise reader.explain.unreadable(doing, Outcome.NOT_SENT, answer)
    return raws
