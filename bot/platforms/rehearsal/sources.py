"""Where an embedded network shows posts: a timeline for each hashtag, one search for all, and mentions of us."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from bot.domain.addresses import addresses_in, posts_among, video_kinds, videos_in
from bot.domain.message import Visibility
from bot.domain.post import DEEPEST, Author, Cursor, MediaKind, Page, SeenPost, Shown, ShownAs, ShownState
from bot.domain.source_name import SourceKind, SourceName
from bot.domain.text import digest, folded
from bot.hosts import handle_key
from bot.platforms.rehearsal import network as network_rehearsal
from bot.platforms.rehearsal.faults import FaultyAction
from bot.platforms.rehearsal.network import Network
from bot.platforms.rehearsal.rules import hashtags_in
from bot.platforms.rehearsal.state import Joined, Memory, Posted


class TimelineSource:
    """The posts under one or several keys of a network, read forward so that no backlog is ever skipped."""

    def __init__(self, network: Network, name: SourceName, keys: Sequence[str], *, platform: str, handle: str) -> None:
        self.name, self.kind = str(name), name.kind
        self.page_cost = network.dialect.page_size * network.dialect.prices.read
        self._network = network
        self._keys = tuple(keys)
        self._platform = platform
        self._handle = handle

    def read(self, cursor: Cursor) -> Page:
        """Return the next page after the cursor, oldest first. Raise PlatformError only where a fault was injected."""
        network = self._network
        with network.faults.around(FaultyAction.READ):
            with network.reading() as memory:
                ids, more = memory.timeline(self._keys, self._start(cursor), network.dialect.page_size)
                standing = [memory.posts[post_id] for post_id in ids if post_id in memory.posts]
                shown = [post for post in standing if self._shows(memory, post) and post.at >= cursor.horizon]
                posts = tuple(seen(memory, network, post, self._platform, self._handle) for post in shown)
                newest = str(ids[-1]) if ids else cursor.newest
            cost = network.bill_reading(self._handle, shown)
            return Page(posts, replace(cursor, newest=newest), more, cost, self.kind is SourceKind.MENTIONS)

    def has_news(self, cursor: Cursor) -> bool:
        """Return whether anybody else has posted something after the cursor; no other network tells beforehand."""
        with self._network.reading() as memory:
            ids, more = memory.timeline(self._keys, self._start(cursor), self._network.dialect.page_size)
            standing = (memory.posts[post_id] for post_id in ids if post_id in memory.posts)
            return more or any(post.handle != self._handle for post in standing)

    def _shows(self, memory: Memory, post: Posted) -> bool:
        return memory.is_under(post, self._keys) and network_rehearsal.is_visible(memory, self._network.dialect, post)

    def _start(self, cursor: Cursor) -> int:
        """Return the id after which reading goes on: the cursor's, or its horizon's, or where the search's window
        begins."""
        first = self._first_before(cursor.horizon)
        if cursor.newest:
            first = max(first, network_rehearsal.number(cursor.newest))
        return max(first, self._first_before(self._network.clock() - self._network.dialect.search_window))

    def _first_before(self, at: datetime) -> int:
        return self._network.dialect.first_id(at) - 1


def seen(
    memory: Memory, network: Network, post: Posted, platform: str, viewer: str, deepest: int = DEEPEST
) -> SeenPost:
    """Return what an account sees of a post now; `platform` is what the account calls the network."""
    dialect = network.dialect
    links = addresses_in(post.text)
    videos = videos_in(links)
    seen_post = SeenPost(
        platform=platform,
        uri=dialect.uri(post.handle, post.post_id),
        url=dialect.url(post.handle, post.post_id),
        native_id=str(post.post_id),
        author=_author(memory.profile(post.handle)),
        text=post.text,
        created_at=post.at,
        hashtags=hashtags_in(post.text),
        language=post.language,
        kinds=video_kinds(tuple(dict.fromkeys(file.kind for file in post.media)) or (MediaKind.TEXT,), videos),
        media_ids=tuple(file.media_id for file in post.media),
        public=post.visibility is Visibility.PUBLIC,
        sensitive=post.sensitive,
        is_reply=_answers_somebody_else(memory, post),
        reshared_by_us=memory.reshare_by(viewer, post.post_id) is not None,
        videos=videos,
        links=len(links),
        lacks_alt=any(not file.alt for file in post.media),
        alts=tuple(file.alt for file in post.media if file.alt),
    )
    return (
        replace(seen_post, shows=tuple(_shown(memory, network, seen_post, viewer, deepest))) if deepest else seen_post
    )


def _shown(memory: Memory, network: Network, post: SeenPost, viewer: str, deepest: int) -> Iterator[Shown]:
    """Yield the posts that a post links to, as the network shows them beside it: "RE: " and an address is a quote.

    All servers that there are, are on the network: what is not on it was deleted.
    """
    for link in posts_among(addresses_in(post.text)):
        if link.author and handle_key(link.author) == handle_key(post.author.handle):
            continue
        how = ShownAs.QUOTE if f"RE: {link.address}" in post.text else ShownAs.LINK
        number = link.address.rstrip("/").rpartition("/")[2]
        is_here = link.is_readable or urlsplit(link.address).hostname == network.dialect.host
        posted = memory.named(link.address) or (memory.posts.get(network_rehearsal.number(number)) if is_here else None)
        if posted is not None and network_rehearsal.is_visible(memory, network.dialect, posted):
            other = seen(memory, network, posted, post.platform, viewer, deepest - 1)
            yield Shown(how, ShownState.READ, other.uri, other.url, native_id=other.native_id, post=other)
        else:
            state = ShownState.GONE if posted is not None or is_here else ShownState.UNREAD
            yield Shown(how, state, url=link.address, named=link.author)


def _author(profile: Joined) -> Author:
    return Author(
        profile.handle,
        account_id(profile.handle),
        profile.bio,
        profile.locked,
        joined_at=profile.joined_at,
        followers=profile.followers,
    )


def _answers_somebody_else(memory: Memory, post: Posted) -> bool:
    """Return whether a post answers somebody else. A thread of one's own is no reply; whom a post answered that is
    gone, nobody knows."""
    answered = memory.posts.get(network_rehearsal.number(post.reply_to))
    return bool(post.reply_to) and (answered is None or answered.handle != post.handle)


def account_id(handle: str) -> str:
    """Return the number an account has on its network, the same in every run."""
    return str(int(digest(folded(handle))[:12], 16))
