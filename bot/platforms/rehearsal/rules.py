"""How an embedded network speaks: its limits, prices, ids and addresses, after Mastodon or X."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.domain.limits import MASTODON, Limits, X
from bot.domain.links import links_in
from bot.domain.money import Prices, micro
from bot.values import dataclass

Measure = Callable[[str], int]
"""Return a text's length as a platform counts it."""

_HASHTAG = re.compile(r"(?<![\w/&#])#(\w*[^\W\d]\w*)")
_MENTION = re.compile(r"(?<![\w/@])@(\w+)(?:@(\w[\w.-]*\w))?")


def hashtags_in(text: str) -> tuple[str, ...]:
    """Return the hashtags of a text as they were written, without the sign, each spelling once; digits alone
    are none."""
    return tuple(dict.fromkeys(_HASHTAG.findall(text)))


def mentions_in(text: str) -> tuple[tuple[str, str], ...]:
    """Return the names and hosts that a text mentions; the host is empty where only a name was written."""
    return tuple(dict.fromkeys((match.group(1), match.group(2) or "") for match in _MENTION.finditer(text)))


def characters(text: str) -> int:
    """Return the length of a text in characters, each link counted as Mastodon does."""
    links = links_in(text, "mastodon")
    return len(text) + sum(MASTODON.characters_per_url - (link.end - link.start) for link in links)


@dataclass(frozen=True)
class NetworkPrices:
    """What a network bills, in micro-USD: for a call, or (`read`, `own_read`) for every post in an answer.

    `author_read` is for the author who comes with a post that is fetched by itself.
    """

    post: int = 0
    link_post: int = 0
    reshare: int = 0
    undo: int = 0
    read: int = 0
    author_read: int = 0
    own_read: int = 0


def _like_x(prices: Prices) -> NetworkPrices:
    return NetworkPrices(
        post=micro(prices.post),
        link_post=micro(prices.post_with_link),
        reshare=micro(prices.repost),
        undo=micro(prices.delete),
        read=micro(prices.post_read),
        author_read=micro(prices.user_read),
        own_read=micro(prices.own_post_read),
    )


@dataclass(frozen=True)
class Dialect:
    """The rules of one network. Addresses are built from `{name}`, `{host}` and `{id}`.

    `key_lifetime` is how long an idempotency key is honoured and `duplicate_window` how long the same text is
    refused, both zero where that is never. `one_search` says that all hashtags are read by one search of the last
    `search_window`, instead of a timeline for each. `epoch_ms` and `id_shift` place an id in time.
    """

    name: str
    host: str
    limits: Limits
    measure: Measure
    handle_form: str
    url_form: str
    uri_form: str
    page_size: int
    epoch_ms: int
    id_shift: int
    prices: NetworkPrices = NetworkPrices()
    key_lifetime: timedelta = timedelta()
    duplicate_window: timedelta = timedelta()
    search_window: timedelta = timedelta(days=3650)
    one_search: bool = False
    hides_locked: bool = False
    media_attach_once: bool = True
    edits: bool = True

    def handle(self, name: str, host: str = "") -> str:
        """Return how an account is called in our words: "@user@host", or "x:handle"."""
        return self.handle_form.format(name=name, host=host or self.host)

    def url(self, handle: str, post_id: int) -> str:
        """Return the public address of a post."""
        return self._address(self.url_form, handle, post_id)

    def uri(self, handle: str, post_id: int) -> str:
        """Return what names a post everywhere."""
        return self._address(self.uri_form, handle, post_id)

    def _address(self, form: str, handle: str, post_id: int) -> str:
        name, _, host = handle.removeprefix("x:").removeprefix("@").partition("@")
        return form.format(name=name, host=host or self.host, id=post_id)

    def first_id(self, at: datetime) -> int:
        """Return the smallest id that a post of this instant can have."""
        return max(0, int(at.timestamp() * 1000) - self.epoch_ms) << self.id_shift


def mastodon(host: str = "social.example", measure: Measure = characters) -> Dialect:
    """Return a server like Mastodon's: 500 characters, idempotency keys for an hour, a timeline for each hashtag, no
    bill."""
    return Dialect(
        name="mastodon",
        host=host,
        limits=MASTODON,
        measure=measure,
        handle_form="@{name}@{host}",
        url_form="https://{host}/@{name}/{id}",
        uri_form="https://{host}/users/{name}/statuses/{id}",
        page_size=40,
        epoch_ms=0,
        id_shift=16,
        key_lifetime=timedelta(hours=1),
    )


def x(measure: Measure = characters) -> Dialect:
    """Return a network like X: 280 by the weight that is handed in, no key, no same text twice in a day, every call
    billed."""
    return Dialect(
        name="x",
        host="x.com",
        limits=X,
        measure=measure,
        handle_form="x:{name}",
        url_form="https://x.com/{name}/status/{id}",
        uri_form="https://x.com/i/status/{id}",
        page_size=10,
        epoch_ms=1_288_834_974_657,
        id_shift=22,
        prices=_like_x(Prices()),
        duplicate_window=timedelta(hours=24),
        search_window=timedelta(days=7),
        one_search=True,
        hides_locked=True,
        media_attach_once=False,
        edits=False,
    )
