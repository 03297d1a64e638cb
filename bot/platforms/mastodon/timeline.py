"""What is watched on a server: the timeline of a hashtag, and the posts that mention us."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

import msgspec

from bot.domain.hashtag import folded
from bot.domain.post import Unreadable
from bot.errors import Answer, PlatformError
from bot.platforms.base import Clock
from bot.platforms.mastodon.answers import Answered
from bot.platforms.mastodon.entities import (
    ANSWERING,
    Status,
    entry_in,
    list_in,
    mentioning_status,
    notification_in,
)
from bot.platforms.mastodon.posts import hashtags_of
from bot.platforms.mastodon.reading import Reader
from bot.platforms.mastodon.server import Server
from bot.platforms.mastodon.walking import LIMIT, Entry, Item, Timeline


def hashtag_timeline(reader: Reader, server: Server, hashtag: str, clock: Clock) -> Timeline:
    """The posts that a server knows under a hashtag, as a source."""
    return Timeline(_Hashtag(reader, server.host, hashtag), server, clock)


def mentions(reader: Reader, server: Server, account: str, clock: Clock, own_id: Callable[[], str]) -> Timeline:
    """The posts that mention an account of ours, whoever may see them, as a source; and what else may answer us.

    `own_id` gives the account's id there, and may raise PlatformError.
    """
    return Timeline(_Mentions(reader, server.host, account, own_id), server, clock)


class _Hashtag:
    to_us = False

    def __init__(self, reader: Reader, host: str, hashtag: str) -> None:
        tag = hashtag.removeprefix("#")
        self.name = f"{host} #{tag}"
        self._folded = folded(hashtag)
        self._reader = reader
        self._path = f"/api/v1/timelines/tag/{quote(tag, safe='')}"
        self._doing = f"show #{tag}"

    def ask(self, headers: Mapping[str, str], **place: str) -> Answered:
        """A tag that is unknown there has no posts."""
        answer = self._reader.ask(self._path, self._doing, headers, limit=str(LIMIT), **place)
        if self._reader.explain.is_gone(answer):
            return Answered(200, {}, b"[]")
        if answer.is_success or (answer.status == 304 and headers):
            return answer
        raise self._reader.explain.refused_read(answer, self._doing)

    def items(self, answer: Answered) -> list[Entry]:
        return [self._item(raw) for raw in _listed(self._reader, answer, self._doing)]

    def answers_us(self, status: Status) -> bool | None:
        """It does not matter: nobody speaks to us here."""
        return None

    def _item(self, raw: msgspec.Raw) -> Entry:
        status = entry_in(raw)
        if isinstance(status, Unreadable):
            return status
        return Item(str(status.id), status.created_at, status if self._is_wanted(status) else None)

    def _is_wanted(self, status: Status) -> bool:
        """No boost, and really under this tag: some servers match parts of tags."""
        return not status.is_boost and any(folded(tag) == self._folded for tag in hashtags_of(status))


MENTIONS_ALONE = ("mention",)
_NOT_KNOWN = frozenset({400, 422})


class _Mentions:
    to_us = True
    _doing = "show who mentions us"

    def __init__(self, reader: Reader, host: str, account: str, own_id: Callable[[], str]) -> None:
        self.name = f"{host} mentions {account}"
        self._reader = reader
        self._own_id = own_id
        self._kinds: Sequence[str] = ANSWERING

    def ask(self, headers: Mapping[str, str], **place: str) -> Answered:
        """Those that the server's own filters put aside too: somebody's "stop" may be among them.

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

    def _ask(self, headers: Mapping[str, str], **place: str) -> Answered:
        query = {"include_filtered": "true", "limit": str(LIMIT), **place}
        return self._reader.ask("/api/v1/notifications", self._doing, headers, **{"types[]": self._kinds}, **query)

    def answers_us(self, status: Status) -> bool | None:
        """Return whether a status is a reply to a post of ours; None while it is not known who we are."""
        answered = status.in_reply_to_account_id
        if answered is None:
            return None if status.in_reply_to_id is not None else False
        try:
            return str(answered) == self._own_id()
        except PlatformError:
            return None

    def items(self, answer: Answered) -> list[Entry]:
        return [_mention(raw) for raw in _listed(self._reader, answer, self._doing)]

    def _refused(self, answer: Answered) -> PlatformError:
        """A token without this one scope still posts and reshares: the account is not closed by it."""
        refused = self._reader.explain.refused_read(answer, self._doing)
        if answer.status == 403:
            refused.closes_account = False
        return refused


def _mention(raw: msgspec.Raw) -> Entry:
    """Some servers tell of favourites too, whatever they are asked for."""
    told = notification_in(raw)
    status = mentioning_status(told) if not isinstance(told, Unreadable) else None
    if isinstance(told, Unreadable) or isinstance(status, Unreadable):
        return told if isinstance(told, Unreadable) else status  # type: ignore[return-value]
    return Item(str(told.id), told.created_at, status if status and not status.is_boost else None)


def _listed(reader: Reader, answer: Answered, doing: str) -> list[msgspec.Raw]:
    """The entries of a page. Raises PlatformError for what is no list."""
    raws = list_in(answer.body)
    if raws is None:
        raise reader.explain.unreadable(doing, Answer.NOT_SENT, answer)
    return raws
