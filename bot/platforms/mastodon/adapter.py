"""A Mastodon account of ours as a platform: written to through Mastodon.py, read from directly."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.limits import Limits
from bot.domain.message import Media
from bot.domain.post import (
    DEEPEST,
    AccountFacts,
    Outgoing,
    OwnPost,
    Published,
    SeenPost,
    Shown,
    ShownAs,
    ShownState,
    Upload,
)
from bot.domain.post_address import posts_among
from bot.errors import Answer, PlatformError
from bot.platforms.base import USER_AGENT, Clock, OpenedFile, Source, Stream
from bot.platforms.mastodon.account import OwnAccount
from bot.platforms.mastodon.entities import Found, Status, status_in
from bot.platforms.mastodon.errors import PUBLISH, Explainer, reason_of
from bot.platforms.mastodon.media import MediaDesk
from bot.platforms.mastodon.origin import Origin
from bot.platforms.mastodon.posts import seen_post, web_address
from bot.platforms.mastodon.reading import Reader
from bot.platforms.mastodon.sending import Request, Sender
from bot.platforms.mastodon.server import Server, full_address, host_of
from bot.platforms.mastodon.streaming import Streaming
from bot.platforms.mastodon.timeline import hashtag_timeline, mentions
from bot.platforms.several import fetch_each

_GONE = frozenset({404, 410})

MOST_SHOWN = 4
"""So many posts that one post shows are looked up; what shows more is for a person in any case."""

_log = logging.getLogger(__name__)


class MastodonPlatform:
    """The platform protocol for one account. Safe to use from several threads; its representation holds no token.

    `agent` says who reads; with `mentions` the posts that mention the account are a source too.
    """

    platform = "mastodon"
    reshare_cost = 0
    reconcile_cost = 0
    facts_cost = 0
    fetch_cost = 0
    undo_cost = 0

    def __init__(
        self,
        account: str,
        api_base_url: str,
        access_token: str,
        clock: Clock,
        *,
        mentions: bool = True,
        agent: str = USER_AGENT,
    ) -> None:
        self.account = account
        self._clock = clock
        self._has_mentions = mentions
        address, token = full_address(api_base_url), access_token.strip()
        self._explain = Explainer(host_of(address), account, token, clock)
        if not (token.isascii() and token.isprintable()) or " " in token:
            words = f'The token of account "{account}" holds characters that no token has. Run: bot login {account}'
            raise PlatformError(words, Answer.REJECTED, closes_account=True)
        self._reader = Reader(address, token, self._explain, agent=agent)
        self._origin = Origin(address, agent)
        self._sender = Sender(address, token, self._explain, clock)
        self._desk = MediaDesk(self._reader, self._sender, clock)
        self._server = Server(address, self._reader)
        self._own = OwnAccount(self._reader, self._server)
        self._streaming = Streaming(address, token, self._server, self._explain)

    def facts(self) -> AccountFacts:
        return self._own.facts()

    def known_as(self, handle: str) -> None:
        """Nothing here depends on it: asking costs nothing."""

    def limits(self, *, fresh: bool = False) -> Limits:
        return self._server.limits(fresh=fresh)

    def upload(self, file: OpenedFile, media: Media) -> Upload:
        return self._desk.upload(file, media)

    def is_ready(self, media_id: str) -> bool:
        return self._desk.is_ready(media_id)

    def publish(self, post: Outgoing) -> Published:
        """Publish one post. Repeated with the same key within the hour, Mastodon gives the first one back.

        Should a server accept the post and yet leave out its media, it is out: it counts as published, and the log
        says so, since taking it back unasked would be the greater surprise.
        """
        answer = self._sender.ask(PUBLISH, lambda client: _status_post(client, post), post.leave_by)
        not_attached = self._desk.not_attached(answer, post.media_ids)
        if not_attached is not None:
            raise not_attached
        if answer.status == 404:
            raise self._explain.not_there(reason_of(answer))
        accepted = self._sender.accepted(answer, PUBLISH)
        if accepted.media_attachments is not None and len(accepted.media_attachments) < len(post.media_ids):
            _log.warning("%s published post %s without its media", self._server.host, accepted.id)
        return Published(str(accepted.id), web_address(accepted.url) or web_address(accepted.uri))

    def reshare(self, post: SeenPost, leave_by: datetime | None = None) -> Published:
        """Boost a post. What is boosted already needs no request: on some servers it would be boosted twice."""
        if post.reshared_by_us:
            return Published("", post.url)
        _, boost = self._sender.send(
            "boost a post", lambda client: client.status_reblog(post.native_id, visibility="public"), leave_by
        )
        return Published(str(boost.id), post.url)

    def undo_post(self, post_id: str) -> None:
        self._undo("delete our post", lambda client: client.status_delete(post_id))

    def undo_reshare(self, uri: str) -> None:
        """A post that search does not find may only be out of reach, so our own timeline is looked through too."""
        post = self._known_here(uri)
        if post is not None and not post.reshared_by_us:
            return
        native_id = post.native_id if post else self._own.boosted_id(uri)
        if native_id:
            self._undo("take back a boost", lambda client: client.status_unreblog(native_id))

    def own_posts(self, since: datetime) -> list[OwnPost]:
        return self._own.posts(since)

    def fetch(self, uri: str) -> SeenPost | None:
        """A post that our server does not find may be gone, or only its origin be out of reach for now; hence the
        origin itself is asked whether it is gone. What it shows of others is looked up in the same way."""
        post = self._as_it_is(uri)
        return self._with_shown(post) if post else None

    def fetch_all(self, uris: Sequence[str]) -> Mapping[str, SeenPost | None]:
        return fetch_each(self.fetch, uris)

    def sources(self, hashtags: Sequence[str]) -> list[Source]:
        ours = self._reader, self._server
        timelines: list[Source] = [hashtag_timeline(*ours, tag, self._clock) for tag in hashtags]
        return [*timelines, mentions(*ours, self.account, self._clock)] if self._has_mentions else timelines

    def streams(self, hashtags: Sequence[str]) -> list[Stream]:
        """One for each source, by its name."""
        names = [source.name for source in self.sources(hashtags)]
        streaming = self._streaming
        found: list[Stream] = [streaming.of_hashtag(name, tag) for name, tag in zip(names, hashtags, strict=False)]
        return [*found, *map(streaming.of_notifications, names[len(hashtags) :])]

    def post_cost(self, post: Outgoing) -> int:
        return 0

    def close(self) -> None:
        self._origin.close()
        self._reader.close()
        self._streaming.close()

    def _known_here(self, uri: str) -> SeenPost | None:
        """The server is made to look the post up at its origin, so that an edit or a deletion there shows."""
        doing = "look up a post"
        query = {"q": uri, "type": "statuses", "resolve": "true"}
        found = self._reader.read(Found, "/api/v2/search", doing, **query)
        statuses = [status_in(raw) for raw in found.statuses]
        known = next((status for status in statuses if status and uri in (status.uri, status.url)), None)
        if known is None and None in statuses:
            raise self._explain.unreadable(doing, Answer.NOT_SENT)
        return self._fresh(known, doing) if known else None

    def _fresh(self, known: Status, doing: str) -> SeenPost | None:
        """The post by its id on our server; search may answer from an index that is behind."""
        return self._status(str(known.id), doing)

    def _status(self, native_id: str, doing: str) -> SeenPost | None:
        answer = self._reader.ask(f"/api/v1/statuses/{native_id}", doing)
        if answer.status in _GONE:
            return None
        if not answer.is_success:
            raise self._explain.refused_read(answer, doing)
        status = status_in(answer.body)
        if status and status.created_at is None:
            status.created_at = answer.server_time or self._clock()
        post = seen_post(status, self._server.domain(), view=self._server.host) if status else None
        if post is None:
            raise self._explain.unreadable(doing, Answer.NOT_SENT)
        return post

    def _as_it_is(self, uri: str) -> SeenPost | None:
        """A post as our server knows it after asking for it; None when it is gone. Raises PlatformError."""
        post = self._known_here(uri)
        if post is None and not self._origin.has_gone(uri):
            words = f"{self._server.host} does not find a post, and its own server does not say that it is gone."
            raise self._explain.error(words, Answer.NOT_SENT, status=200)
        return post

    def _with_shown(self, post: SeenPost, deepest: int = DEEPEST) -> SeenPost:
        """The post with all that it shows of others as it is now, as far as our server can tell."""
        if not post.shows or not deepest:
            return post
        shows = (self._looked_at(one, deepest - 1) for one in post.shows[:MOST_SHOWN])
        return replace(post, shows=(*shows, *post.shows[MOST_SHOWN:]))

    def _looked_at(self, one: Shown, deepest: int) -> Shown:
        """A post that another one shows. What our server shows of it stays where nothing else can be found out."""
        if one.state in {ShownState.PENDING, ShownState.GONE}:
            return one
        try:
            post = self._shown_post(one)
        except PlatformError as error:
            if error.unreachable or error.retry_at is not None or error.closes_account:
                raise
            return one
        if post is None:
            return replace(one, state=ShownState.GONE, named=one.handle, post=None)
        post = self._with_shown(post, deepest)
        return replace(one, state=ShownState.READ, uri=post.uri, url=one.url or post.url, post=post)

    def _shown_post(self, one: Shown) -> SeenPost | None:
        """None where it is gone. Raises PlatformError where nothing can be said of it."""
        addresses = [link.address for link in posts_among(one.addresses) if link.is_readable]
        if one.how is ShownAs.QUOTE:
            addresses = list(one.addresses)
        if addresses:
            return self._as_it_is(addresses[0])
        if one.native_id:
            status = self._status(one.native_id, "look up a quoted post")
            return status and self._as_it_is(status.uri)
        raise self._explain.error("There is no address to look a post up by.", Answer.NOT_SENT)

    def _undo(self, doing: str, request: Request) -> None:
        answer = self._sender.ask(doing, request)
        if not answer.is_success and answer.status not in _GONE:
            raise self._explain.refused_write(answer, doing)


def _status_post(client: Any, post: Outgoing) -> object:
    return client.status_post(
        post.text,
        in_reply_to_id=post.reply_to or None,
        media_ids=list(post.media_ids) or None,
        sensitive=post.sensitive,
        visibility=post.visibility.value,
        spoiler_text=post.content_warning,
        language=post.language,
        idempotency_key=post.idempotency_key or None,
    )
