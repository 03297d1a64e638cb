"""A Mastodon account of ours as a platform: posts, files, reshares, deletions, and what is read."""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from bot.domain.addresses import posts_among
from bot.domain.copied_addresses import fediverse_id, hosts_in
from bot.domain.limits import Limits
from bot.domain.message import Media
from bot.domain.post import (
    DEEPEST,
    AccountFacts,
    Edit,
    Outgoing,
    OwnPost,
    Published,
    SeenPost,
    Shown,
    ShownAs,
    ShownState,
    Upload,
)
from bot.errors import FailureDetail, Outcome, PlatformError, Remedy, to_do
from bot.hosts import canonical_host, host_of
from bot.platforms.base import USER_AGENT, Clock, OpenedFile, Source, Stream, fetch_each
from bot.platforms.http_client import HttpAnswer, body_of
from bot.platforms.mastodon.account import OwnAccount
from bot.platforms.mastodon.client import Reader, Request, Sender, file_made, post_form, status_made
from bot.platforms.mastodon.entities import SearchResult, StatusEntity, is_plain_id, status_in, web_address
from bot.platforms.mastodon.errors import PUBLISH, Explainer, reason_of
from bot.platforms.mastodon.parse import seen_post
from bot.platforms.mastodon.server import Server, full_address
from bot.platforms.mastodon.sources import hashtag_timeline, mentions

if TYPE_CHECKING:
    from bot.platforms.mastodon.origin import OriginServer
    from bot.platforms.mastodon.streaming import Streaming

UPLOAD_LIFETIME = timedelta(hours=20)
"""Mastodon sweeps unattached uploads away after a day; we stop relying on them before."""

_PROCESSING, _GONE = "is still processing", "does not have any more"

PROCESSING_PAUSE = timedelta(seconds=5)
"""How soon a post is tried again whose media the server is still processing."""


class MediaDesk:
    """Uploads for one account. Raise PlatformError and nothing else."""

    def __init__(self, reader: Reader, sender: Sender, clock: Clock) -> None:
        self._reader = reader
        self._sender = sender
        self._clock = clock

    def upload(self, file: OpenedFile, media: Media) -> Upload:
        """Upload a file. An upload that fails publishes nothing, so none is ambiguous: it is not sent, or rejected."""
        name = f"media{mimetypes.guess_extension(media.mime_type) or PurePath(media.path).suffix}"
        file.seek(0)
        form = {"description": media.alt, "file": (name, file, media.mime_type)}
        try:
            doing = f"take {media.path}"
            answer = self._sender.ask(doing, lambda client: post_form(client, "/api/v2/media", form))
            accepted = self._sender.accepted_file(answer, doing)
        except PlatformError as error:
            problem = error.as_not_sent()
        else:
            return Upload(str(accepted.id), answer.status != 202, self._clock() + UPLOAD_LIFETIME)
        raise problem

    def is_ready(self, media_id: str) -> bool:
        """Return whether it can be attached; rejected when its processing failed (422) or it is gone (404)."""
        doing = "attach our file"
        answer = self._reader.get(f"/api/v1/media/{media_id}", doing)
        if answer.status == 206:
            return False
        if file_made(answer) is None:  # neither a page of a gateway's nor other JSON says anything of the file
            raise self._reader.explain.unreadable(doing, Outcome.NOT_SENT, answer)
        return True

    def not_attached(self, refusal: HttpAnswer, media_ids: Sequence[str]) -> PlatformError | None:
        """Return the error for a post that was refused only because its media is processed still, or is gone; else
        None.

        The words of a refusal depend on the account's language, so the media itself is asked about as well.
        """
        if refusal.status not in (400, 422) or not media_ids or not self._reader.explain.is_own(refusal):
            return None
        trouble = "" if "not finished processing" not in reason_of(refusal) else _PROCESSING
        trouble = trouble or next(filter(None, map(self._trouble, media_ids)), "")
        if not trouble:
            return None
        words = f"{self._reader.explain.host} {trouble} the media of this post; nothing was posted."
        again = self._clock() + PROCESSING_PAUSE if trouble is _PROCESSING else None
        detail = FailureDetail.FILES_PROCESSED if trouble is _PROCESSING else FailureDetail.FILES_GONE
        host = self._reader.explain.host
        return PlatformError(words, Outcome.NOT_SENT, retry_at=again, status=refusal.status, host=host, detail=detail)

    def _trouble(self, media_id: str) -> str:
        """Return what keeps a file from being attached, as far as the server tells."""
        answer = self._reader.ask(f"/api/v1/media/{media_id}", "attach our file")
        return _PROCESSING if answer.status == 206 else _GONE if self._reader.explain.is_gone(answer) else ""


MOST_SHOWN = 4
"""How many posts that one post shows, and that these show, are looked up; what shows more is for a person anyway."""

_NO_SEARCH = frozenset({403, 404, 405})
"""Refusals of a search that leave the post itself to be asked for: it is switched off, or not for our token."""


class _Absence(Enum):
    """Why there is no post: our server says that it is gone, or only does not find it."""

    GONE = "gone"
    NOT_FOUND = "not found"


_NO_EDITS = frozenset({404, 405, 501})
"""What servers answer that have no such request, to one for a post that was there a moment ago."""

_log = logging.getLogger(__name__)


class MastodonPlatform:
    """The platform protocol for one account. Safe to use from several threads; its representation holds no token.

    `agent` says who reads; with `mentions` the posts that mention the account are a source too.
    """

    platform = "mastodon"
    can_edit = True
    reshare_cost = 0
    own_post_cost = 0
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
            login = to_do(Remedy.LOG_IN, account)
            words, more = f'The token of account "{account}" holds characters that no token has', f". Run: {login}"
            raise PlatformError(
                words,
                Outcome.REJECTED,
                more=more,
                remedy=Remedy.LOG_IN,
                closes_account=True,
                host=self._explain.host,
                account=account,
            )
        self._reader = Reader(address, token, self._explain, agent=agent)
        self._sender = Sender(address, token, self._explain, clock)
        self._desk = MediaDesk(self._reader, self._sender, clock)
        self._server = Server(address, self._reader)
        self._explain.writes_pages = self._server.writes_pages
        self._own = OwnAccount(self._reader, self._server)

        def begin_streaming() -> Streaming:  # knows the token, which no attribute of ours shows
            from bot.platforms.mastodon.streaming import Streaming

            return Streaming(address, token, self._server, self._explain)

        self._address, self._agent, self._begin_streaming = address, agent, begin_streaming

    @cached_property
    def _origin(self) -> OriginServer:
        """Asked rarely, by an HTTP client that takes 22 ms to load; and so are streams, by workers alone."""
        from bot.platforms.mastodon.origin import OriginServer

        return OriginServer(self._address, self._agent)

    @cached_property
    def _streaming(self) -> Streaming:
        return self._begin_streaming()

    def facts(self) -> AccountFacts:
        return self._own.facts()

    def known_as(self, handle: str) -> None:
        """Do nothing: asking costs nothing here."""

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
        if not answer.is_success and self._explain.is_gone(answer):
            raise self._explain.not_there(reason_of(answer))
        accepted = self._sender.accepted(answer, PUBLISH)
        if accepted.media_attachments is not None and len(accepted.media_attachments) < len(post.media_ids):
            _log.warning("%s published post %s without its media", self._server.host, accepted.id)
        return Published(str(accepted.id), web_address(accepted.url) or web_address(accepted.uri))

    def edit(self, post_id: str, edit: Edit) -> None:
        """Change a post, looked at first: what it has keeps its files, and what it says already is not sent again."""
        own_status = self._own.as_it_is(post_id)
        attached = [str(file.id) for file in own_status.status.files]
        if len(attached) != edit.media_before and any(file.place is not None for file in edit.media):
            words = f"The post on {self._server.host} has other files than it was sent with. Change it there by hand."
            raise self._explain.error(words, Outcome.REJECTED)
        body = _edit_body(edit, attached, own_status.status)
        if own_status.says(edit) and body["media_ids"] == attached and "media_attributes" not in body:
            return
        answer = self._sender.ask(
            "change a post",
            # Its own `status_update` loses the language, and the order of files.
            lambda client: client._Mastodon__api_request("PUT", f"/api/v1/statuses/{post_id}", body, use_json=True),
            edit.leave_by,
        )
        if answer.status in _NO_EDITS and self._explain.is_own(answer):
            words = f"{self._server.host} does not let posts be changed ({answer.status})"
            raise self._explain.error(words, Outcome.REJECTED, status=answer.status)
        self._sender.accepted(answer, "change a post")

    def reshare(self, post: SeenPost, leave_by: datetime | None = None) -> Published:
        """Boost a post. What is boosted already needs no request: on some servers it would be boosted twice."""
        if post.reshared_by_us:
            return Published("", post.url)
        _, boost = self._sender.send(
            "boost a post", lambda client: client.status_reblog(post.native_id, visibility="public"), leave_by
        )
        return Published(str(boost.id), post.url)

    def undo_post(self, post_id: str) -> None:
        self._undo(
            "delete our post", lambda client: client.status_delete(post_id), lambda: self._own.is_without(post_id)
        )

    def undo_reshare(self, uri: str) -> None:
        """Take a boost back. A post that search does not find may only be out of reach, so our own timeline is looked
        through too."""
        native_id = self._boosted_here(uri)
        if native_id:
            self._undo(
                "take back a boost",
                lambda client: client.status_unreblog(native_id),
                lambda: not self._own.boosted_id(uri, whole=True),
            )

    def _boosted_here(self, uri: str) -> str:
        """Return the id here of a post that we boosted, "" where we did not. Raise PlatformError while nobody
        can say."""
        problem = None
        try:
            post = self._there(uri)
        except PlatformError as error:
            post, problem = _Absence.NOT_FOUND, error
        if isinstance(post, SeenPost):
            return post.native_id if post.reshared_by_us else ""
        status_id = self._own.boosted_id(uri)
        if not status_id and problem is not None:
            raise problem
        return status_id

    def own_posts(self, since: datetime, after: str = "") -> list[OwnPost]:
        return self._own.posts(since, after)

    def look_up(self, address: str) -> OwnPost | SeenPost | None:
        """Return the post at an address. One on our own server holds the id; for a copy on another one, ours is made to
        look it up there."""
        doing = "look up a post"
        own_names = {self._server.host, canonical_host(self._server.domain())}
        named = {canonical_host(host.removeprefix("www.")) for host in hosts_in(address)}
        number = fediverse_id(address)
        if number and (not hosts_in(address) or named & own_names):
            answer = self._reader.ask(f"/api/v1/statuses/{quote(number, safe='')}", doing)
            if answer.is_success:
                return self._ours_or_theirs(status_in(answer.body), answer, doing)
            if not self._explain.is_gone(answer):
                raise self._explain.refused_read(answer, doing)
        if not hosts_in(address):
            return None
        answer = self._reader.get("/api/v2/search", doing, q=address, type="statuses", resolve="true")
        statuses = self._reader.shaped(SearchResult, answer, doing).statuses
        return self._ours_or_theirs(status_in(statuses[0]), answer, doing) if len(statuses) == 1 else None

    def _ours_or_theirs(self, status: StatusEntity | None, answer: HttpAnswer, doing: str) -> OwnPost | SeenPost:
        if status is not None and self._own.is_ours(status):
            return self._own.as_typed(status, answer.server_time)
        post = seen_post(status, self._server.domain(), view=self._server.host) if status else None
        if post is None:
            raise self._explain.unreadable(doing, Outcome.NOT_SENT, answer)
        return post

    def fetch(self, uri: str, known_id: str = "") -> SeenPost | None:
        """Return a post as it is now. One that our server does not find may be gone, or only its origin be out of reach
        for now; hence the origin itself is asked whether it is gone. What it shows of others is looked up in the same
        way."""
        post = self._as_it_is(uri, known_id)
        return self._with_shown(post) if post else None

    def fetch_all(
        self, uris: Sequence[str], known_ids: Mapping[str, str] = MappingProxyType({})
    ) -> Mapping[str, SeenPost | None]:
        return fetch_each(lambda uri: self.fetch(uri, known_ids.get(uri, "")), uris)

    def sources(self, hashtags: Sequence[str]) -> list[Source]:
        ours = self._reader, self._server
        timelines: list[Source] = [hashtag_timeline(*ours, tag, self._clock) for tag in hashtags]
        return (
            [*timelines, mentions(*ours, self.account, self._clock, self._own.known_id)]
            if self._has_mentions
            else timelines
        )

    def streams(self, hashtags: Sequence[str]) -> list[Stream]:
        """Return one for each source, by its name."""
        names = [source.name for source in self.sources(hashtags)]
        streaming = self._streaming
        of_hashtags: list[Stream] = [
            streaming.of_hashtag(name, tag) for name, tag in zip(names, hashtags, strict=False)
        ]
        return [*of_hashtags, *map(streaming.of_notifications, names[len(hashtags) :])]

    def post_cost(self, post: Outgoing) -> int:
        return 0

    def close(self) -> None:
        self._reader.close()
        if "_origin" in vars(self):
            self._origin.close()
        if "_streaming" in vars(self):
            self._streaming.close()

    def _there(self, uri: str, known_id: str = "") -> SeenPost | _Absence:
        """Return a post, which our server is made to look up at its origin, so that an edit or a deletion there shows.

        What it does not find that way counts as gone here by the API's own 404 for its id, and by nothing else. Where
        it does not search for us, the id is enough. Raise PlatformError while nothing can be said.
        """
        known_id = known_id or self._id_here(uri)
        try:
            status = self._found(uri)
        except PlatformError as error:
            if not known_id or error.retry_at is not None or error.status not in _NO_SEARCH or error.gateway:
                raise
            status = None
        number = str(status.id) if status else known_id
        if not number:
            return _Absence.NOT_FOUND
        return self._by_id(number, uri if not status else "")

    def _found(self, uri: str) -> StatusEntity | None:
        doing = "look up a post"
        query = {"q": uri, "type": "statuses", "resolve": "true"}
        answer = self._reader.get("/api/v2/search", doing, **query)
        result = self._reader.shaped(SearchResult, answer, doing)
        statuses = [status_in(raw) for raw in result.statuses]
        status_found = next((status for status in statuses if status and uri in (status.uri, status.url)), None)
        if status_found is None and None in statuses:
            raise self._explain.unreadable(doing, Outcome.NOT_SENT)
        return status_found

    def _by_id(self, number: str, uri: str = "", doing: str = "look up a post") -> SeenPost | _Absence:
        """Return the post by its id on our server; search may answer from an index that is behind. With `uri`, it must
        be the post of that address."""
        answer = self._reader.ask(f"/api/v1/statuses/{quote(number, safe='')}", doing)
        if not answer.is_success:
            if self._explain.is_gone(answer):
                return _Absence.GONE
            raise self._explain.refused_read(answer, doing)
        status = status_in(answer.body)
        if status and status.created_at is None:
            status.created_at = answer.server_time or self._clock()
        post = seen_post(status, self._server.domain(), view=self._server.host) if status else None
        if status is None or post is None:
            raise self._explain.unreadable(doing, Outcome.NOT_SENT, answer)
        return post if not uri or uri in (status.uri, status.url) else _Absence.NOT_FOUND

    def _as_it_is(self, uri: str, known_id: str = "") -> SeenPost | None:
        """Return the present state of a post, which our server fetches when it is asked for it; None when it is gone.
        Raise PlatformError.

        One that it does not find by its address is asked for by its id here, where that is known.
        """
        post = self._there(uri, known_id)
        if isinstance(post, SeenPost):
            return post
        is_ours = host_of(uri) == self._server.host
        if (post is _Absence.GONE) if is_ours else self._origin.has_gone(uri, gone_here=post is _Absence.GONE):
            return None
        words = f"{self._server.host} does not find a post, and its own server does not say that it is gone."
        raise self._explain.error(words, Outcome.NOT_SENT, status=200)

    def _with_shown(self, post: SeenPost, deepest: int = DEEPEST, allowance: Iterator[int] | None = None) -> SeenPost:
        """Return the post with all that it shows of others as it is now, as far as our server can tell.

        `left` ends with the last look that may be had: whoever means harm could show a hundred posts.
        """
        if not post.shows or not deepest:
            return post
        allowance = allowance or iter(range(MOST_SHOWN))
        return replace(post, shows=tuple(self._looked_at(shown, deepest - 1, allowance) for shown in post.shows))

    def _looked_at(self, shown: Shown, deepest: int, allowance: Iterator[int]) -> Shown:
        """Fetch a post that another one shows, and return what was read of it. What our server shows of it stays where
        nothing else can be found out."""
        is_known = shown.state not in {ShownState.PENDING, ShownState.GONE} and bool(
            _asked_by(shown) or shown.native_id
        )
        if not is_known or next(allowance, None) is None:
            return shown
        try:
            post = self._shown_post(shown)
        except PlatformError as error:
            if error.unreachable or error.gateway or error.retry_at is not None or error.closes_account:
                raise
            return shown
        if post is None:
            return replace(shown, state=ShownState.GONE, named=shown.handle, post=None)
        post = self._with_shown(post, deepest, allowance)
        return replace(shown, state=ShownState.READ, uri=post.uri, url=shown.url or post.url, post=post)

    def _shown_post(self, shown: Shown) -> SeenPost | None:
        """Return None where it is gone. Raise PlatformError where nothing can be said of it."""
        if address := _asked_by(shown):
            return self._as_it_is(address, shown.native_id)
        post = self._by_id(shown.native_id, doing="look up a quoted post")
        return self._as_it_is(post.uri, post.native_id) if isinstance(post, SeenPost) else None

    def _id_here(self, uri: str) -> str:
        """Return the id of a post of our own server, which stands at the end of its address; "" for any other post."""
        last = urlsplit(uri).path.rstrip("/").rpartition("/")[2] if host_of(uri) == self._server.host else ""
        return last if is_plain_id(last) else ""

    def _undo(self, doing: str, request: Request, is_absent: Callable[[], bool]) -> None:
        """Undo, counting what is gone already as done, by the server's own word or by a timeline of ours without it.

        A success shows what was taken back. Some servers show nothing (`{}`), as other services' JSON does: then our
        timeline tells.
        """
        answer = self._sender.ask(doing, request)
        if status_made(answer) is not None or self._explain.is_gone(answer):
            return
        if answer.is_success:
            if isinstance(body_of(answer), dict) and is_absent():
                return
            raise self._explain.unreadable(doing, Outcome.AMBIGUOUS, answer)
        refused = self._explain.refused_write(answer, doing)
        if not (refused.gateway and answer.status in (404, 410) and is_absent()):
            raise refused


def _asked_by(shown: Shown) -> str:
    """Return the address by which our server may be asked for a post that another one shows, "" for none."""
    if shown.how is ShownAs.QUOTE:
        return next(iter(shown.addresses), "")
    links = posts_among(shown.addresses)
    readable = (link.address for link in links if link.is_readable)
    return next(readable, "") if links else next(iter(shown.addresses), "")


def _edit_body(edit: Edit, attached: Sequence[str], status: StatusEntity) -> dict[str, Any]:
    """Return what is sent, with the files in their order; the alternative texts of those that stay go along if they
    change."""
    ids = [attached[file.place] if file.place is not None else file.media_id for file in edit.media]
    body: dict[str, Any] = {
        "status": edit.text,
        "spoiler_text": edit.content_warning,
        "sensitive": edit.sensitive,
        "language": edit.language,
        "media_ids": ids,
    }
    alts = {str(file.id): file.description or "" for file in status.files}
    attached_already = [(attached[file.place], file.alt) for file in edit.media if file.place is not None]
    changed = [{"id": media_id, "description": alt} for media_id, alt in attached_already if alts.get(media_id) != alt]
    return {**body, "media_attributes": changed} if changed else body


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
