"""An account on X, behind the one door of `bot.platforms.base`: posts, files, reshares, deletions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.domain.campaign import WantedKind
from bot.domain.copied_addresses import x_id
from bot.domain.limits import Limits, X, refusals
from bot.domain.message import Media, Visibility
from bot.domain.money import Prices
from bot.domain.post import AccountFacts, Edit, Outgoing, OwnPost, Published, SeenPost, Upload
from bot.errors import FailureDetail, Outcome, PlatformError, Remedy, to_do
from bot.platforms.base import READ_TIMEOUT, Clock, OpenedFile, Source, Stream
from bot.platforms.http_client import HttpAnswer
from bot.platforms.x import sources as sources_x
from bot.platforms.x.account import LONGEST_READING, Posts
from bot.platforms.x.client import Access, Clients, Keys
from bot.platforms.x.entities import (
    Creation,
    Described,
    Done,
    Me,
    Processing,
    UploadAnswer,
    UploadedMedia,
    checked_id,
    id_in,
    read,
    require,
    url_of,
)
from bot.platforms.x.errors import HOST, XRefusal, rejected
from bot.platforms.x.prices import CallCosts
from bot.platforms.x.sources import REACH, MentionsSource, Pagination
from bot.text_display import printable

MEGABYTE = 1024 * 1024
SEGMENT_BYTES = MEGABYTE
CATEGORIES = {
    "image/jpeg": "tweet_image",
    "image/png": "tweet_image",
    "image/webp": "tweet_image",
    "image/gif": "tweet_gif",
    "video/mp4": "tweet_video",
    "video/quicktime": "tweet_video",
}
LIFE_UNTOLD = timedelta(hours=23)
"""How long a media id is good for when X does not say: "about a day"."""

_START = "/2/media/upload/initialize"
_CHECK_UNTOLD = 5


class Uploads:
    """The uploads of one account; remembers when X wants to be asked again about each."""

    def __init__(self, clients: Clients, limits: Limits) -> None:
        self._clients = clients
        self._limits = limits
        self._ask_again: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def give(self, file: OpenedFile, media: Media) -> Upload:
        """Upload the file and its alternative text. Raise PlatformError; without the words there is no upload."""
        size = _checked_size(file, media, self._limits)
        client = self._clients.mine
        begin = {"media_type": media.mime_type, "media_category": CATEGORIES[media.mime_type], "total_bytes": size}
        media_id = checked_id(read(client.request("POST", _START, json=begin), UploadAnswer).data.id)
        for index, segment in enumerate(_segments(file)):
            form = {"segment_index": (None, str(index)), "media": ("media", segment, "application/octet-stream")}
            client.request("POST", f"/2/media/upload/{media_id}/append", files=form)
        uploaded = read(client.request("POST", f"/2/media/upload/{media_id}/finalize"), UploadAnswer).data
        self._describe(media_id, media.alt)
        return Upload(media_id, self._is_done(media_id, uploaded.processing_info), self._expiry(uploaded))

    def is_ready(self, media_id: str) -> bool:
        """Return whether X has finished processing; asks X no sooner than X said. Raise PlatformError when it
        failed."""
        with self._lock:
            ask_at = self._ask_again.get(media_id)
        if ask_at is not None and self._clients.access.clock() < ask_at:
            return False
        query = {"media_id": checked_id(media_id), "command": "STATUS"}
        answer = read(self._clients.mine.request("GET", "/2/media/upload", params=query), UploadAnswer)
        return self._is_done(media_id, answer.data.processing_info)

    def require_ready(self, media_ids: Sequence[str]) -> None:
        """Raise PlatformError (not sent) while one of them is known to be processed still: X would refuse the post."""
        with self._lock:
            waiting = [self._ask_again[media_id] for media_id in media_ids if media_id in self._ask_again]
        if waiting:
            message = "X is still processing the post's media, so the post was not sent"
            detail = FailureDetail.FILES_PROCESSED
            raise PlatformError(message, Outcome.NOT_SENT, retry_at=max(waiting), host=HOST, detail=detail)

    @staticmethod
    def gone() -> PlatformError:
        """Return the error (not sent) for a post whose media X does not have any more."""
        message = "X does not have the post's media any more; nothing was posted"
        gone = PlatformError(message, Outcome.NOT_SENT, status=400, host=HOST, detail=FailureDetail.FILES_GONE)
        gone.has_lost_media = True
        return gone

    def _describe(self, media_id: str, alt: str) -> None:
        words = {"id": media_id, "metadata": {"alt_text": {"text": alt}}}
        answer = read(self._clients.mine.request("POST", "/2/media/metadata", json=words), Described)
        if answer.data is None:
            why = answer.errors[0].words if answer.errors else "no reason given"
            raise _unusable(f"X did not take the alternative text, so the file is not used: {why}")

    def _is_done(self, media_id: str, processing: Processing | None) -> bool:
        state = "succeeded" if processing is None else processing.state
        if state == "failed":
            raise rejected(_why_failed(processing), Remedy.RETRY, detail=FailureDetail.FILE_UNUSABLE)
        with self._lock:
            self._ask_again.pop(media_id, None)
            if processing is None or state == "succeeded":
                return True
            wait = _CHECK_UNTOLD if processing.check_after_secs is None else processing.check_after_secs
            self._ask_again[media_id] = self._clients.access.clock() + timedelta(seconds=wait)
        return False

    def _expiry(self, uploaded: UploadedMedia) -> datetime:
        seconds = uploaded.expires_after_secs
        return self._clients.access.clock() + (timedelta(seconds=seconds) if seconds else LIFE_UNTOLD)


def _why_failed(processing: Processing | None) -> str:
    """Return X's own reason where it gives one: it knows better than we do what is wrong with the file."""
    error, retry = processing.error if processing else None, to_do(Remedy.RETRY)
    reason = " ".join(filter(None, (error.message or error.name or "",))) if error else ""
    if reason:
        return f'X could not process the file: "{printable(reason)[:300]}". Mend the file, then run: {retry}'
    return f"X could not process the file and does not say why: save it as MP4 (H.264, AAC), then run: {retry}"


def _unusable(message: str) -> PlatformError:
    return rejected(message, detail=FailureDetail.FILE_UNUSABLE)


def _checked_size(file: OpenedFile, media: Media, limits: Limits) -> int:
    """Return the file's size in bytes, once it is known that X would take it. Raise PlatformError (rejected)."""
    if not media.alt.strip():
        raise _unusable(f"{media.path} has no alternative text: write `alt` in the message's head")
    size = file.seek(0, 2)
    file.seek(0)
    if not size:
        raise _unusable(f"{media.path} is empty: save it again")
    refusal = next(refusals(replace(media, size=size), "X", limits), None)
    if refusal is not None or media.mime_type not in CATEGORIES:
        raise _unusable(f"{refusal.what}. {refusal.instead}" if refusal else f"X takes no {media.mime_type}")
    return size


def _segments(file: OpenedFile) -> Iterator[bytes]:
    while segment := file.read(SEGMENT_BYTES):
        yield segment


class XPlatform:
    """Writes and reads as one user by OAuth 1.0a. Each method raises PlatformError and nothing else."""

    platform = "x"
    can_edit = False

    def __init__(
        self,
        account: str,
        api_base_url: str,
        api_key: str,
        api_secret: str,
        access_token: str,
        access_token_secret: str,
        clock: Clock,
        *,
        kinds: Sequence[WantedKind] = (),
        mentions: bool = True,
        prices: Prices | None = None,
        limits: Limits = X,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        keys = Keys(api_key, api_secret, access_token, access_token_secret)
        self.account = account
        self._access = Access(account, api_base_url.rstrip("/"), keys, clock, read_timeout)
        self._clients = Clients(self._access)
        self._limits = limits
        self._uploads = Uploads(self._clients, limits)
        self._kinds = tuple(kinds)
        self._mentions = mentions
        self._bill = CallCosts(prices or Prices())
        self._posts = Posts(self._clients, self._bill)
        self._username = ""
        self._reshared: set[str] = set()

    def facts(self) -> AccountFacts:
        """Return who we are there; one user read is billed. Whether X labels the account as automated, X does
        not tell."""
        reply = self._clients.mine.get_me(user_fields=["description", "name", "protected", "username"], user_auth=True)
        user = read(reply, Me).data
        self._username = user.username
        notes = ["X does not tell whether the account carries its automated label: look at the account's settings."]
        if user.protected:
            notes.append("The account's posts are protected: nobody but its followers sees them.")
        return AccountFacts(
            handle=f"x:{user.username}",
            account_id=user.id,
            is_bot=False,
            can_write="write" in reply.headers.get("x-access-level", "read-write"),
            server_time=reply.server_time,
            notes=tuple(notes),
            name=user.name or "",
            bio=user.description or "",
        )

    def known_as(self, handle: str) -> None:
        """Take our name, which is part of our posts' addresses, and of what the search leaves out."""
        self._username = self._username or handle.removeprefix("x:")

    def limits(self, *, fresh: bool = False) -> Limits:
        """Return X's limits as its documentation has them; there is no call to ask for them."""
        return self._limits

    def upload(self, file: OpenedFile, media: Media) -> Upload:
        """Upload a file to X with its alternative text, without which there is no upload."""
        return self._uploads.give(file, media)

    def is_ready(self, media_id: str) -> bool:
        """Return whether an upload can be attached; False without a request until X wants to be asked again."""
        return self._uploads.is_ready(media_id)

    def publish(self, post: Outgoing) -> Published:
        """Publish one post. X has public posts only, so one for followers is refused."""
        if post.visibility is Visibility.PRIVATE:
            message = "X has no posts for followers only: leave X out of this message's accounts"
            raise rejected(message, detail=FailureDetail.FOLLOWERS_ONLY)
        self._uploads.require_ready(post.media_ids)
        media_ids = [checked_id(media_id) for media_id in post.media_ids] or None
        reply_to = checked_id(post.reply_to) if post.reply_to else None
        try:
            with self._clients.leaving(post.leave_by) as client:
                reply = client.create_tweet(
                    text=post.text or None, media_ids=media_ids, in_reply_to_tweet_id=reply_to, user_auth=True
                )
        except XRefusal as refusal:
            if not (refusal.lacks_media and media_ids):
                raise
            raise self._uploads.gone() from None
        post_id = read(reply, Creation).data.id
        return Published(post_id, url_of(self._username, post_id))

    def edit(self, post_id: str, edit: Edit) -> None:
        """Raise PlatformError: X lets people change posts with a browser, and no programs of ours."""
        raise rejected("X does not let programs change posts", detail=FailureDetail.CANNOT_EDIT)

    def reshare(self, post: SeenPost, leave_by: datetime | None = None) -> Published:
        """Repost. "Already reposted" may come as success or as a refusal; both are done.

        X does not tell which posts we reposted, so this adapter remembers its own as long as it lives.
        """
        post_id = id_in(post.uri)
        try:
            with self._clients.leaving(leave_by) as client:
                reply = client.retweet(post_id, user_auth=True)
        except XRefusal as refusal:
            if not refusal.already:
                raise
        else:
            require(reply, read(reply, Done).data.retweeted is True)
        self._reshared.add(post_id)
        return Published(post_id, post.url)

    def undo_post(self, post_id: str) -> None:
        """Delete a post of ours; one that is gone already counts as done."""
        self._undo(self._clients.mine.delete_tweet, checked_id(post_id), lambda done: done.data.deleted is True)

    def undo_reshare(self, uri: str) -> None:
        """Take a repost back; one that is gone already counts as done."""
        post_id = id_in(uri)
        self._undo(self._clients.mine.unretweet, post_id, lambda done: done.data.retweeted is False)
        self._reshared.discard(post_id)

    def _undo(self, call: Callable[..., HttpAnswer], post_id: str, is_done: Callable[[Done], bool]) -> None:
        try:
            reply = call(post_id, user_auth=True)
        except XRefusal as refusal:
            if refusal.status == 404 and not refusal.gateway:
                return
            raise
        require(reply, is_done(read(reply, Done)))

    def own_posts(self, since: datetime, after: str = "") -> list[OwnPost]:
        """Return our timeline back to `since`, or to the post `after`. Raise PlatformError rather than show less: a
        part proves nothing."""
        posts: list[OwnPost] = []
        try:
            self._posts.own(since, after, self._username, posts)
        except PlatformError as error:
            error.billed = self._bill.own_posts_read(len(posts))
            raise
        return posts

    def look_up(self, address: str) -> OwnPost | SeenPost | None:
        """Look a post up by its number, which is the same on whatever host shows it."""
        post_id = x_id(address)
        if not post_id:
            raise rejected("that is not the address of a post on X")
        return self._posts.look_up(post_id)

    def fetch(self, uri: str, known_id: str = "") -> SeenPost | None:
        """Return the post in its newest version, with its author."""
        post = self._posts.one(uri)
        return replace(post, reshared_by_us=id_in(uri) in self._reshared) if post else None

    def fetch_all(
        self, uris: Sequence[str], known_ids: Mapping[str, str] = MappingProxyType({})
    ) -> Mapping[str, SeenPost | None]:
        """Return the posts in their newest versions, with their authors; a hundred in one request."""
        posts = self._posts.several(uris)
        return {
            uri: replace(post, reshared_by_us=id_in(uri) in self._reshared) if post else None
            for uri, post in posts.items()
        }

    def sources(self, hashtags: Sequence[str]) -> list[Source]:
        """Return the recent search for all hashtags at once, as narrow as what is wanted; and mentions of us."""
        clock, bill = self._access.clock, self._bill
        pages = Pagination(self._posts.search, clock, bill, "next_token", reach=REACH)
        sources: list[Source] = list(
            sources_x.sources(self.account, hashtags, self._kinds, self._us, pages, without_mentions=self._mentions)
        )
        if self._mentions:
            mentions = Pagination(self._posts.mentions, clock, bill, "pagination_token")
            sources.append(MentionsSource(self.account, self._us, mentions, quotes=pages))
        return sources

    def streams(self, hashtags: Sequence[str]) -> list[Stream]:
        """Return None: X's are not for accounts that pay by the call."""
        return []

    def _us(self) -> tuple[str, str]:
        return self._access.user_id, self._username

    def post_cost(self, post: Outgoing) -> int:
        """Return the price of a post, in micro-USD; a link makes it 13 times dearer."""
        return self._bill.post(post)

    @property
    def reshare_cost(self) -> int:
        """Return the price of a repost, in micro-USD, with that of the fetch right before it and of its author."""
        return self._bill.reshare

    @property
    def fetch_cost(self) -> int:
        """Return the price of reading a post and its author, in micro-USD."""
        return self._bill.fetch

    @property
    def undo_cost(self) -> int:
        """Return the price of one deletion, in micro-USD."""
        return self._bill.undo

    @property
    def facts_cost(self) -> int:
        """Return the price of reading one user, in micro-USD."""
        return self._bill.facts

    @property
    def own_post_cost(self) -> int:
        """Return the price of reading one post of our own timeline, in micro-USD."""
        return self._bill.own_posts_read(1)

    @property
    def reconcile_cost(self) -> int:
        """Return the price of a reading of our timeline as long as it may get, in micro-USD."""
        return self._bill.own_posts_read(LONGEST_READING)

    def close(self) -> None:
        """Close all connections."""
        self._clients.close()
