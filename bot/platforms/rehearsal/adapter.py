"""One of our accounts on an embedded network, behind the door that all platforms share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.domain.copied_addresses import fediverse_id, x_id
from bot.domain.limits import Limits
from bot.domain.message import Media
from bot.domain.post import AccountFacts, Edit, MediaKind, Outgoing, OwnPost, Published, SeenPost, Upload
from bot.domain.source_name import REHEARSAL, SourceKind, SourceName
from bot.platforms.base import OpenedFile, Source, Stream, fetch_each
from bot.platforms.rehearsal import network
from bot.platforms.rehearsal.attachments import attachments
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.platforms.rehearsal.network import Network
from bot.platforms.rehearsal.sources import TimelineSource, account_id, seen
from bot.platforms.rehearsal.state import Memory, Posted, Reshared, hashtag_key, mention_key

VIDEO_PROCESSING = timedelta(seconds=20)
"""How long a network is busy with a video; images are ready at once."""

OWN_PAGE = 20
"""How many of our own posts are read at least, where there are so many."""

OWN_POSTS_BILLED = 100
"""How many own posts one reading is taken to bill at most."""


class RehearsalPlatform:
    """A Platform on a Network. `platform` is what the account is to be called: "mastodon", "x" or "rehearsal"."""

    def __init__(
        self,
        network: Network,
        account: str,
        platform: str = "rehearsal",
        *,
        mentions: bool = True,
        closes_network: bool = False,
    ) -> None:
        self.account = account
        self.platform = platform
        self.handle = network.dialect.handle(re.sub(r"\W", "_", account))
        self._network = network
        self._prices = network.dialect.prices
        self._mentions = mentions
        self._closes_network = closes_network

    def facts(self) -> AccountFacts:
        """Return who we are there: a bot that may write."""
        with self._network.faults.around(FaultyAction.FACTS):
            now = self._network.clock()
            return AccountFacts(self.handle, account_id(self.handle), is_bot=True, can_write=True, server_time=now)

    def known_as(self, handle: str) -> None:
        """Become who posted before, should the account have had another name in bot.toml then."""
        self.handle = handle

    def limits(self, *, fresh: bool = False) -> Limits:
        """Return what the network accepts."""
        return self._network.dialect.limits

    def upload(self, file: OpenedFile, media: Media) -> Upload:
        """Upload a file to the network; a video is processed for `VIDEO_PROCESSING`."""
        with self._network.faults.around(FaultyAction.UPLOAD) as mishap:
            network.check_file(self.limits(), media, file.seek(0, 2))
            now = self._network.clock()
            processing = VIDEO_PROCESSING if media.is_video else timedelta()
            if mishap is not None and mishap.how is How.SLOW:
                processing = mishap.until - now
            uploaded = self._network.upload(self.handle, _kind(media), media.alt, processing)
            return Upload(uploaded.media_id, uploaded.ready_at <= now, uploaded.expires_at)

    def is_ready(self, media_id: str) -> bool:
        """Return whether an upload is processed. Raise PlatformError (rejected) for one that is unknown."""
        with self._network.faults.around(FaultyAction.PROCESSING), self._network.reading() as memory:
            upload = memory.uploads.get(media_id)
            if upload is None or upload.handle != self.handle:
                raise network.refused(f"there is no upload {media_id}")
            return upload.ready_at <= self._network.clock()

    def publish(self, post: Outgoing) -> Published:
        """Publish one post. Raise PlatformError."""
        with self._network.faults.around(FaultyAction.PUBLISH):
            published = self._network.publish(self.handle, post)
            return Published(str(published.post_id), self._network.dialect.url(self.handle, published.post_id))

    @property
    def can_edit(self) -> bool:
        """Return whether posts can be edited, as on the network that this one is like."""
        return self._network.dialect.edits

    def edit(self, post_id: str, edit: Edit) -> None:
        """Change a post of ours. Raise PlatformError."""
        with self._network.faults.around(FaultyAction.EDIT):
            if not self.can_edit:
                raise network.refused("posts cannot be changed here")
            self._network.change(self.handle, post_id, edit)

    def reshare(self, post: SeenPost, leave_by: datetime | None = None) -> Published:
        """Reshare a post; the address is that of the post. Here nothing is ever late. Raise PlatformError."""
        with self._network.faults.around(FaultyAction.RESHARE):
            reshared = self._network.reshare(self.handle, post.uri)
            return Published(str(reshared.post_id), post.url)

    def undo_post(self, post_id: str) -> None:
        """Delete a post of ours. Raise PlatformError."""
        with self._network.faults.around(FaultyAction.UNDO):
            self._network.undo_post(self.handle, post_id)

    def undo_reshare(self, uri: str) -> None:
        """Take a reshare back. Raise PlatformError."""
        with self._network.faults.around(FaultyAction.UNDO):
            self._network.undo_reshare(self.handle, uri)

    def own_posts(self, since: datetime, after: str = "") -> list[OwnPost]:
        """Return our own timeline, newest first: at least `OWN_PAGE`, and back to `since` or to the post `after`. Raise
        PlatformError."""
        with self._network.faults.around(FaultyAction.OWN_POSTS) as mishap:
            posts: list[OwnPost] = []
            is_there = False
            with self._network.reading() as memory:
                for own in memory.own(self.handle):
                    if (own.at < since or is_there) and len(posts) >= OWN_PAGE:
                        break
                    posts.append(self._own_post(memory, own))
                    is_there = is_there or posts[-1].post_id == after
            self._network.bill(self.handle, self._prices.own_read * len(posts))
            is_behind = mishap is not None and mishap.how is How.BEHIND
            return posts[1:] if is_behind else posts

    def _own_post(self, memory: Memory, own: Posted | Reshared) -> OwnPost:
        speech = self._network.dialect
        if isinstance(own, Posted):
            url = speech.url(own.handle, own.post_id)
            return OwnPost(str(own.post_id), url, own.text, own.at, len(own.media), own.reply_to)
        post = memory.posts[own.of]
        url, uri = speech.url(post.handle, own.of), speech.uri(post.handle, own.of)
        return OwnPost(str(own.post_id), url, post.text, own.at, len(post.media), reshare_of=uri)

    def look_up(self, address: str) -> OwnPost | SeenPost | None:
        """Return the post of this address, or of this id among ours. Raise PlatformError only where a fault was
        injected."""
        number = x_id(address) or fediverse_id(address)
        with self._network.faults.around(FaultyAction.FETCH), self._network.reading() as memory:
            owns = (own for own in memory.own(self.handle) if str(own.post_id) == number)
            own = next(owns, None)
            post = memory.named(address)
            if own is not None:
                return self._own_post(memory, own)
            return seen(memory, self._network, post, self.platform, self.handle) if post else None

    def fetch(self, uri: str, known_id: str = "") -> SeenPost | None:
        """Return somebody's post as it is now; None when it is gone or hidden from us. Raise PlatformError."""
        with self._network.faults.around(FaultyAction.FETCH):
            with self._network.reading() as memory:
                post = memory.named(uri)
                if post is None or not network.is_visible(memory, self._network.dialect, post):
                    return None
                seen_post = seen(memory, self._network, post, self.platform, self.handle)
            self._network.bill_reading(self.handle, [post])
            self._network.bill(self.handle, self._prices.author_read)
            return replace(seen_post, files=tuple(attachments(post, seen_post)))

    def fetch_all(
        self, uris: Sequence[str], known_ids: Mapping[str, str] = MappingProxyType({})
    ) -> Mapping[str, SeenPost | None]:
        """Return several posts, asked for one after the other. Raise PlatformError when none can be had."""
        return fetch_each(self.fetch, uris)

    def sources(self, hashtags: Sequence[str]) -> list[Source]:
        """Return a timeline for each hashtag or one search for all, as the dialect has it, and mentions where
        wanted."""
        keys = {self._named(SourceKind.HASHTAG, tag): [hashtag_key(tag)] for tag in hashtags}
        if self._network.dialect.one_search and hashtags:
            keys = {self._named(SourceKind.SEARCH): [key for own in keys.values() for key in own]}
        if self._mentions:
            keys[self._named(SourceKind.MENTIONS)] = [mention_key(self.handle)]
        return [self._source(name, own) for name, own in keys.items()]

    def streams(self, hashtags: Sequence[str]) -> list[Stream]:
        return []

    def _named(self, kind: SourceKind, tag: str = "") -> SourceName:
        return SourceName(kind, REHEARSAL, self.account, tag)

    def _source(self, name: SourceName, keys: Sequence[str]) -> TimelineSource:
        return TimelineSource(self._network, name, keys, platform=self.platform, handle=self.handle)

    def post_cost(self, post: Outgoing) -> int:
        """Return what publishing is billed, in micro-USD."""
        return network.post_cost(self._network.dialect, post)

    @property
    def reshare_cost(self) -> int:
        """What a reshare, and the fetch before it, is billed, in micro-USD."""
        return self._prices.reshare + self.fetch_cost

    @property
    def fetch_cost(self) -> int:
        """What fetching a post with its author is billed, in micro-USD."""
        return self._prices.read + self._prices.author_read

    @property
    def undo_cost(self) -> int:
        """What taking one post or reshare back is billed, in micro-USD."""
        return self._prices.undo

    @property
    def facts_cost(self) -> int:
        """Return 0 micro-USD: the embedded networks do not bill it."""
        return 0

    @property
    def own_post_cost(self) -> int:
        """What reading one post of our own timeline is billed, in micro-USD."""
        return self._prices.own_read

    @property
    def reconcile_cost(self) -> int:
        """What reading our own timeline is billed at most, in micro-USD."""
        return self._prices.own_read * OWN_POSTS_BILLED

    def close(self) -> None:
        """Close the network's file, where the network is the account's own."""
        if self._closes_network:
            self._network.close()


def _kind(media: Media) -> MediaKind:
    if media.is_video:
        return MediaKind.VIDEO
    return MediaKind.GIF if media.facts.is_animated else MediaKind.IMAGE
