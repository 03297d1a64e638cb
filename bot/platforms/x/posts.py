"""Reading posts from X: our own timeline, one post, a search. Each costs money."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.matching import CLOCK_SKEW
from bot.domain.post import OwnPost, SeenPost
from bot.errors import Answer, PlatformError
from bot.platforms.x.answers import Listing, Lookup, Post, read, require
from bot.platforms.x.client import Clients
from bot.platforms.x.errors import Refusal, Reply, server_time
from bot.platforms.x.ids import checked_id, id_in
from bot.platforms.x.reading import edited_unseen, own_post, seen_post

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
LONGEST_READING = OWN_PAGE * OWN_PAGES
"""How far our own timeline is read: each post is billed, and reconciling rarely looks back more than minutes."""

_GONE = ("resource-not-found", "not-authorized-for-resource", "resource-unavailable", "disallowed-resource")


class Posts:
    """What one account reads of X."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def own(self, since: datetime, username: str) -> list[OwnPost]:
        """Our timeline back to `since`. Raises PlatformError rather than show a part: a part proves nothing."""
        access = self._clients.access
        found: list[OwnPost] = []
        token = None
        for _ in range(OWN_PAGES):
            reply = self._clients.mine.get_users_tweets(
                access.user_id,
                max_results=OWN_PAGE,
                pagination_token=token,
                tweet_fields=POST_FIELDS,
                user_auth=True,
            )
            listing = _listing(reply)
            read_at = server_time(reply)
            posts = [own_post(_post(reply, raw), username, read_at) for raw in listing.data or []]
            found += posts
            token = listing.meta and listing.meta.next_token
            if not token or (posts and posts[-1].created_at < since - CLOCK_SKEW):
                return found
        message = f"Account {access.account} has more than {LONGEST_READING} posts since {since:%Y-%m-%d %H:%M} UTC"
        raise PlatformError(f"{message}: look at its timeline yourself", Answer.AMBIGUOUS)

    def one(self, uri: str) -> SeenPost | None:
        """The post in its newest version: X may keep the old one, text and all, under the old id after an edit."""
        post_id = id_in(uri)
        found = self._look_up(post_id)
        if found is None or found.data is None:
            return None
        newest = found.data.newest_version
        if newest == post_id:
            return seen_post(found.data, found.includes)
        edited = self._look_up(newest)
        if edited is None or edited.data is None:
            return edited_unseen(seen_post(found.data, found.includes), newest)
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
            require(reply, bool(found.errors))
            require(reply, all(str(problem.type).endswith(_GONE) for problem in found.errors or ()))
            return None
        authors = {user.id for user in (found.includes and found.includes.users) or ()}
        require(reply, found.data.author_id in authors)
        return found

    def search(self, parameters: dict[str, Any]) -> Listing:
        """A page of the recent search. Raises PlatformError."""
        reply = self._clients.mine.search_recent_tweets(**parameters, **WHOLE_POST)
        return _listing(reply)


def _listing(reply: Reply) -> Listing:
    """A page of posts; one without `meta` is no page, though its `errors` may say why."""
    listing = read(reply, Listing)
    require(reply, listing.meta is not None)
    return listing


def _post(reply: Reply, raw: bytes) -> Post:
    return read(Reply(reply.status, reply.headers, raw), Post)
