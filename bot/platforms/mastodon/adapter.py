"""A Mastodon account of ours as a platform: written to through Mastodon.py, read from directly."""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bot.domain.message import Media
from bot.domain.post import AccountFacts, Limits, Outgoing, OwnPost, Published, SeenPost, Upload
from bot.errors import Answer, PlatformError
from bot.platforms.base import Clock, Source
from bot.platforms.mastodon.account import OwnAccount
from bot.platforms.mastodon.answers import Answered
from bot.platforms.mastodon.entities import Accepted, Found, Status, status_in
from bot.platforms.mastodon.errors import Explainer, reason_of
from bot.platforms.mastodon.posts import seen_post
from bot.platforms.mastodon.reading import Reader
from bot.platforms.mastodon.server import Server, full_address, host_of
from bot.platforms.mastodon.timeline import HashtagTimeline
from bot.platforms.mastodon.writing import Unanswered, Writer

UPLOAD_LIFETIME = timedelta(hours=20)
"""Mastodon sweeps unattached uploads away after a day; we stop relying on them before."""

PROCESSING_PAUSE = timedelta(seconds=5)
"""How soon a post is tried again whose media the server is still processing."""

_GONE = frozenset({404, 410})
_log = logging.getLogger(__name__)


class MastodonPlatform:
    """The platform protocol for one account. Safe to use from several threads; its representation holds no token."""

    platform = "mastodon"
    reshare_cost = 0
    reconcile_cost = 0

    def __init__(self, account: str, api_base_url: str, access_token: str, clock: Clock) -> None:
        self.account = account
        self._clock = clock
        address, token = full_address(api_base_url), access_token.strip()
        self._explain = Explainer(host_of(address), account, token, clock)
        if not (token.isascii() and token.isprintable()) or " " in token:
            words = f'The token of account "{account}" holds characters that no token has. Run: bot login {account}'
            raise PlatformError(words, Answer.REJECTED, closes_account=True)
        self._reader = Reader(address, token, self._explain)
        self._writer = Writer(address, token)
        self._server = Server(address, self._reader)
        self._own = OwnAccount(self._reader, self._server)

    def facts(self) -> AccountFacts:
        return self._own.facts()

    def limits(self) -> Limits:
        return self._server.limits()

    def upload(self, file: Path, media: Media) -> Upload:
        """An upload that fails publishes nothing, so none is ambiguous: it is not sent, or rejected."""
        doing = f"take {media.path}"
        try:
            with file.open("rb") as opened:
                name = f"media{mimetypes.guess_extension(media.mime_type) or file.suffix}"
                answer = self._write(
                    doing, lambda client: client.media_post(opened, media.mime_type, media.alt, file_name=name)
                )
                accepted = self._accepted(answer, doing)
        except OSError as error:
            problem = self._explain.error(f"{media.path} cannot be read: {error.strerror}", Answer.NOT_SENT)
        except PlatformError as error:
            problem = _publishing_nothing(error)
        else:
            return Upload(str(accepted.id), answer.status != 202, self._clock() + UPLOAD_LIFETIME)
        raise problem

    def is_ready(self, media_id: str) -> bool:
        return self._reader.get(f"/api/v1/media/{media_id}", "attach our file").status != 206

    def publish(self, post: Outgoing) -> Published:
        """Publish one post. Repeated with the same key within the hour, Mastodon gives the first one back.

        Should a server accept the post and yet leave out its media, it is out: it counts as published, and the log
        says so, since taking it back unasked would be the greater surprise.
        """
        doing = "publish a post"
        answer = self._send(doing, lambda client: _status_post(client, post))
        if not answer.is_success:
            raise self._too_early(answer, post) or self._explain.refused_write(answer, doing)
        accepted = self._accepted(answer, doing)
        if accepted.media_attachments is not None and len(accepted.media_attachments) < len(post.media_ids):
            _log.warning("%s published post %s without its media", self._server.host, accepted.id)
        return Published(str(accepted.id), accepted.url or accepted.uri or "")

    def reshare(self, post: SeenPost) -> Published:
        """Boost a post. What is boosted already needs no request: on some servers it would be boosted twice."""
        if post.reshared_by_us:
            return Published("", post.url)
        doing = "boost a post"
        answer = self._write(doing, lambda client: client.status_reblog(post.native_id, visibility="public"))
        return Published(str(self._accepted(answer, doing).id), post.url)

    def undo_post(self, post_id: str) -> None:
        self._undo("delete our post", lambda client: client.status_delete(post_id))

    def undo_reshare(self, uri: str) -> None:
        """A post that search does not find may only be out of reach, so our own timeline is looked through too."""
        post = self.fetch(uri)
        if post is not None and not post.reshared_by_us:
            return
        native_id = post.native_id if post else self._own.boosted_id(uri)
        if native_id:
            self._undo("take back a boost", lambda client: client.status_unreblog(native_id))

    def own_posts(self, since: datetime) -> list[OwnPost]:
        return self._own.posts(since)

    def fetch(self, uri: str) -> SeenPost | None:
        """The server is made to look the post up at its origin, so that an edit or a deletion there shows."""
        doing = "look up a post"
        query = {"q": uri, "type": "statuses", "resolve": "true"}
        found = self._reader.read(Found, "/api/v2/search", doing, **query)
        statuses = (status_in(raw) for raw in found.statuses or ())
        known = next((status for status in statuses if status and uri in (status.uri, status.url)), None)
        return self._fresh(known, doing) if known else None

    def sources(self, hashtags: Sequence[str]) -> list[Source]:
        return [HashtagTimeline(self._reader, self._server, tag, self._clock) for tag in hashtags]

    def post_cost(self, post: Outgoing) -> int:
        return 0

    def close(self) -> None:
        self._reader.close()

    def _fresh(self, known: Status, doing: str) -> SeenPost | None:
        """The post by its id on our server; search may answer from an index that is behind."""
        answer = self._reader.ask(f"/api/v1/statuses/{known.id}", doing)
        if answer.status in _GONE:
            return None
        if not answer.is_success:
            raise self._explain.refused_read(answer, doing)
        status = status_in(answer.body)
        post = seen_post(status, self._server.domain()) if status else None
        if post is None:
            raise self._explain.unreadable(doing, Answer.NOT_SENT)
        return post

    def _undo(self, doing: str, request: Callable[[Any], object]) -> None:
        answer = self._send(doing, request)
        if not answer.is_success and answer.status not in _GONE:
            raise self._explain.refused_write(answer, doing)

    def _write(self, doing: str, request: Callable[[Any], object]) -> Answered:
        answer = self._send(doing, request)
        if not answer.is_success:
            raise self._explain.refused_write(answer, doing)
        return answer

    def _send(self, doing: str, request: Callable[[Any], object]) -> Answered:
        try:
            return self._writer.send(request)
        except Unanswered as silence:
            problem = self._explain.unanswered(doing, silence.why, silence.proved)
        raise problem

    def _accepted(self, answer: Answered, doing: str) -> Accepted:
        """What a success gave back; one without an id may have done anything."""
        try:
            accepted = msgspec.json.decode(answer.body, type=Accepted, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError):
            accepted = Accepted("")
        if accepted.id in ("", 0):
            raise self._explain.unreadable(doing, Answer.AMBIGUOUS)
        return accepted

    def _too_early(self, answer: Answered, post: Outgoing) -> PlatformError | None:
        """A refusal that only means that media is still being processed; the words depend on the account's language,
        so the media is asked about as well."""
        if answer.status not in (400, 422) or not post.media_ids:
            return None
        if "not finished processing" not in reason_of(answer) and not self._is_processing(post.media_ids):
            return None
        words = f"{self._server.host} is still processing the media of this post."
        return PlatformError(words, Answer.NOT_SENT, retry_at=self._clock() + PROCESSING_PAUSE)

    def _is_processing(self, media_ids: Sequence[str]) -> bool:
        try:
            return not all(self.is_ready(media_id) for media_id in media_ids)
        except PlatformError:
            return False


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


def _publishing_nothing(error: PlatformError) -> PlatformError:
    if error.answer is not Answer.AMBIGUOUS:
        return error
    return PlatformError(str(error), Answer.NOT_SENT, retry_at=error.retry_at, closes_account=error.closes_account)
