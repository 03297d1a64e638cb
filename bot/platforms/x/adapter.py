"""An account on X, behind the one door of `bot.platforms.base`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from bot.domain.campaign import Wanted
from bot.domain.matching import CLOCK_SKEW
from bot.domain.message import Media, Visibility
from bot.domain.post import AccountFacts, Limits, Outgoing, OwnPost, Published, SeenPost, Upload
from bot.errors import Answer, PlatformError
from bot.platforms.base import READ_TIMEOUT, Clock, Source
from bot.platforms.x import media, prices, search
from bot.platforms.x.answers import Creation, Done, Listing, Lookup, Me, Post, read
from bot.platforms.x.client import Access, Clients, Keys
from bot.platforms.x.errors import Refusal, Reply, rejected, unreadable
from bot.platforms.x.reading import checked_id, id_in, own_post, seen_post, url_of

POST_FIELDS = [
    "attachments",
    "author_id",
    "created_at",
    "entities",
    "in_reply_to_user_id",
    "lang",
    "note_tweet",
    "possibly_sensitive",
    "referenced_tweets",
]
WHOLE_POST: dict[str, Any] = {
    "tweet_fields": POST_FIELDS,
    "expansions": ["author_id", "attachments.media_keys"],
    "user_fields": ["description", "protected", "username"],
    "media_fields": ["type"],
    "user_auth": True,
}
OWN_PAGE = 25
OWN_PAGES = 4
"""How far our own timeline is read: each post is billed, and reconciling rarely looks back more than minutes."""

_GONE = ("resource-not-found", "not-authorized-for-resource", "resource-unavailable", "disallowed-resource")

LIMITS = Limits(
    max_characters=280,
    characters_per_url=23,
    max_media=4,
    image_bytes=media.LARGEST["tweet_image"],
    video_bytes=media.LARGEST["tweet_video"],
    mime_types=frozenset(media.CATEGORIES),
    alt_characters=media.LONGEST_ALT,
)


class XPlatform:
    """Writes and reads as one user by OAuth 1.0a. Each method raises PlatformError and nothing else."""

    platform = "x"

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
        kinds: Sequence[Wanted] = (),
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        keys = Keys(api_key, api_secret, access_token, access_token_secret)
        self.account = account
        self._access = Access(account, api_base_url.rstrip("/"), keys, clock, read_timeout)
        self._clients = Clients(self._access)
        self._uploads = media.Uploads(self._clients)
        self._kinds = tuple(kinds)
        self._username = ""

    def facts(self) -> AccountFacts:
        """Who we are there; one user read is billed. Whether X labels the account as automated, X does not tell."""
        reply = self._clients.mine.get_me(user_fields=["protected", "username"], user_auth=True)
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
            server_time=_server_time(reply),
            notes=tuple(notes),
        )

    def limits(self) -> Limits:
        """X's limits are in its documentation; there is no call to ask for them."""
        return LIMITS

    def upload(self, file: Path, media: Media) -> Upload:
        """Give X a file with its alternative text, without which there is no upload."""
        return self._uploads.give(file, media)

    def is_ready(self, media_id: str) -> bool:
        """Whether an upload can be attached; False without a request until X wants to be asked again."""
        return self._uploads.is_ready(media_id)

    def publish(self, post: Outgoing) -> Published:
        """Publish one post. X has public posts only, so one for followers is refused."""
        if post.visibility is Visibility.PRIVATE:
            raise rejected("X has no posts for followers only: leave X out of this message's accounts")
        reply = self._clients.mine.create_tweet(
            text=post.text or None,
            media_ids=[checked_id(media_id) for media_id in post.media_ids] or None,
            in_reply_to_tweet_id=checked_id(post.reply_to) if post.reply_to else None,
            user_auth=True,
        )
        post_id = read(reply, Creation).data.id
        return Published(post_id, url_of(self._username, post_id))

    def reshare(self, post: SeenPost) -> Published:
        """Repost. "Already reposted" may come as success or as a refusal; both are done."""
        post_id = id_in(post.uri)
        try:
            reply = self._clients.mine.retweet(post_id, user_auth=True)
        except Refusal as refusal:
            if not refusal.already:
                raise
        else:
            _require(reply, read(reply, Done).data.retweeted is True)
        return Published(post_id, post.url)

    def undo_post(self, post_id: str) -> None:
        """Delete a post of ours; one that is gone already counts as done."""
        self._undo(self._clients.mine.delete_tweet, checked_id(post_id), lambda done: done.data.deleted is True)

    def undo_reshare(self, uri: str) -> None:
        """Take a repost back; one that is gone already counts as done."""
        self._undo(self._clients.mine.unretweet, id_in(uri), lambda done: done.data.retweeted is False)

    def _undo(self, deed: Callable[..., Reply], post_id: str, is_done: Callable[[Done], bool]) -> None:
        try:
            reply = deed(post_id, user_auth=True)
        except Refusal as refusal:
            if refusal.status == 404:
                return
            raise
        _require(reply, is_done(read(reply, Done)))

    def own_posts(self, since: datetime) -> list[OwnPost]:
        """Our timeline back to `since`. Raises PlatformError rather than show a part: a part proves nothing."""
        found: list[OwnPost] = []
        token = None
        for _ in range(OWN_PAGES):
            reply = self._clients.mine.get_users_tweets(
                self._access.user_id,
                max_results=OWN_PAGE,
                pagination_token=token,
                tweet_fields=POST_FIELDS,
                user_auth=True,
            )
            listing = _listing(reply)
            posts = [own_post(_post(reply, raw), self._username) for raw in listing.data or []]
            found += posts
            token = listing.meta and listing.meta.next_token
            if not token or (posts and posts[-1].created_at < since - CLOCK_SKEW):
                return found
        message = f"Account {self.account} has more than {OWN_PAGE * OWN_PAGES} posts since {since:%Y-%m-%d %H:%M} UTC"
        raise PlatformError(f"{message}: look at its timeline yourself", Answer.AMBIGUOUS)

    def fetch(self, uri: str) -> SeenPost | None:
        """The post in its newest version: X keeps the old one, text and all, under the old id after an edit."""
        post_id = id_in(uri)
        found = self._look_up(post_id)
        if found is None or found.data is None:
            return None
        newest = found.data.newest_version
        if newest == post_id:
            return seen_post(found.data, found.includes)
        edited = self._look_up(newest)
        if edited is None or edited.data is None:
            return None
        edited.data.id = post_id
        return seen_post(edited.data, edited.includes)

    def _look_up(self, post_id: str) -> Lookup | None:
        """The answer for one post with its author; None when it is gone or hidden from us."""
        try:
            reply = self._clients.mine.get_tweet(checked_id(post_id), **WHOLE_POST)
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise
        found = read(reply, Lookup)
        if found.data is None:
            _require(reply, bool(found.errors))
            _require(reply, all(str(problem.type).endswith(_GONE) for problem in found.errors or ()))
            return None
        authors = {user.id for user in (found.includes and found.includes.users) or ()}
        _require(reply, found.data.author_id in authors)
        return found

    def sources(self, hashtags: Sequence[str]) -> list[Source]:
        """Recent search for all hashtags at once, narrowed to the kinds of media that are wanted."""
        found = search.sources(self.account, hashtags, self._kinds, self._search, self._access.clock)
        return list(found)

    def _search(self, parameters: dict[str, Any]) -> Listing:
        reply = self._clients.mine.search_recent_tweets(**parameters, **WHOLE_POST)
        return _listing(reply)

    def post_cost(self, post: Outgoing) -> int:
        """In micro-USD; a link makes it 13 times dearer."""
        return prices.post_cost(post)

    @property
    def reshare_cost(self) -> int:
        """In micro-USD: the fetch right before it, its author, and the repost."""
        return prices.RESHARE

    @property
    def reconcile_cost(self) -> int:
        """In micro-USD: a reading as long as it may get."""
        return prices.OWN_POST_READ * OWN_PAGE * OWN_PAGES

    def close(self) -> None:
        """Let go of connections."""
        self._clients.close()


def _listing(reply: Reply) -> Listing:
    """A page of posts; one without `meta` is no page, though its `errors` may say why."""
    listing = read(reply, Listing)
    _require(reply, listing.meta is not None)
    return listing


def _post(reply: Reply, raw: bytes) -> Post:
    return read(Reply(reply.status, reply.headers, raw), Post)


def _require(reply: Reply, is_so: bool) -> None:
    """Raise PlatformError (ambiguous) when a success does not say what a success says."""
    if not is_so:
        raise unreadable(reply)


def _server_time(reply: Reply) -> datetime | None:
    try:
        return parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
