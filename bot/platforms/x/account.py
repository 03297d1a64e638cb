"""Reading posts from X: our own timeline, one post, a search. Each costs money."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from bot.domain.matching import CLOCK_SKEW
from bot.domain.post import DEEPEST, OwnPost, SeenPost, Shown, ShownAs, ShownState, all_shown, looked_at, with_shown
from bot.errors import Outcome, PlatformError, at_time
from bot.platforms.http_client import HttpAnswer
from bot.platforms.x.client import Clients
from bot.platforms.x.entities import (
    Listing,
    Lookup,
    Lookups,
    XPost,
    checked_id,
    id_in,
    is_id,
    is_sound,
    post_in,
    read,
    read_lookup,
    read_page,
    require,
    uri_of,
)
from bot.platforms.x.errors import HOST, XRefusal, unreadable
from bot.platforms.x.parse import MOST_SHOWN, called_ones_own, edited_unseen, own_post, seen_post
from bot.platforms.x.prices import CallCosts

log = logging.getLogger(__name__)

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
    "withheld",
]
WHOLE_POST: dict[str, Any] = {
    "tweet_fields": POST_FIELDS,
    "expansions": [
        "author_id",
        "attachments.media_keys",
        "referenced_tweets.id",
        "referenced_tweets.id.author_id",
        "referenced_tweets.id.attachments.media_keys",
    ],
    "user_fields": ["created_at", "description", "protected", "public_metrics", "username", "withheld"],
    "media_fields": ["alt_text", "duration_ms", "type", "url", "variants"],
    "user_auth": True,
}
OWN_PAGE = 25
OWN_PAGES = 4
LONGEST_READING = OWN_PAGE * OWN_PAGES
"""How far our own timeline is read: each post is billed, and reconciling rarely looks back more than minutes."""

MOST_LOOKED_UP = 100
"""Posts that X looks up in one request."""


class Posts:
    """What one account reads of X."""

    def __init__(self, clients: Clients, bill: CallCosts) -> None:
        self._clients = clients
        self._bill = bill

    def own(self, since: datetime, after: str, username: str, own_posts: list[OwnPost]) -> None:
        """Fill in our timeline back to `since`, or to the post `after`. Raise PlatformError where it is too long for
        that: a part proves nothing."""
        access = self._clients.access
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
            read_at = reply.server_time
            posts = [own_post(_post(reply, raw), username, read_at) for raw in listing.data or []]
            own_posts += posts
            token = listing.meta and listing.meta.next_token
            is_behind = posts and posts[-1].created_at < since - CLOCK_SKEW
            if not token or is_behind or any(post.post_id == after for post in posts):
                return
        message = f"Account {access.account} has more than {LONGEST_READING} posts since {at_time(since)}"
        raise PlatformError(f"{message}: look at its timeline yourself", Outcome.AMBIGUOUS, host=HOST)

    def one(self, uri: str) -> SeenPost | None:
        """Return the post in its newest version: X may keep the old one, text and all, under the old id after
        an edit."""
        post_id = id_in(uri)
        lookup = self._look_up(post_id)
        if lookup is None or lookup.data is None:
            return None
        newest = lookup.data.newest_version
        post = _newest(lookup, post_id, None if newest == post_id else self._look_up(newest))
        return self._with_shown({uri: post})[uri]

    def look_up(self, post_id: str) -> OwnPost | SeenPost | None:
        """Return one post by its number, as ours where it is; None where it is gone or hidden."""
        lookup = self._look_up(post_id)
        if lookup is None or lookup.data is None:
            return None
        if lookup.data.author_id != self._clients.access.user_id:
            return seen_post(lookup.data, lookup.includes)
        people = (lookup.includes and lookup.includes.people) or ()
        return own_post(lookup.data, next((user.username for user in people if user.id == lookup.data.author_id), ""))

    def several(self, uris: Sequence[str]) -> dict[str, SeenPost | None]:
        """Return the posts in their newest versions, as `one` does; one of which X says nothing certain is left out."""
        asked = {uri: id_in(uri) for uri in uris}
        lookups = self._look_up_all(list(dict.fromkeys(asked.values())))
        newer = [lookup.data.newest_version for lookup in lookups.values() if lookup and lookup.data]
        edited = lookups | self._look_up_all([newest for newest in newer if newest not in lookups])
        posts: dict[str, SeenPost | None] = {}
        for uri, post_id in asked.items():
            lookup = lookups.get(post_id)
            if lookup is None or lookup.data is None:
                posts |= {uri: None} if post_id in lookups else {}
            elif lookup.data.newest_version in edited:
                posts[uri] = _newest(lookup, post_id, edited[lookup.data.newest_version])
        return self._with_shown(posts)

    def _with_shown(self, posts: dict[str, SeenPost | None]) -> dict[str, SeenPost | None]:
        """Return the posts with what they show by its number alone, each looked up once, all in one request.

        What X does not answer about stays as it is. Raise PlatformError where X could not be asked.
        """
        own = {uri: called_ones_own(post) for uri, post in posts.items() if post}
        asked: set[str] = set()
        lookups: dict[str, Lookup | None] = {}
        for depth in range(DEEPEST):
            numbers = {number for post in posts.values() if post for number in _not_read(post)} - asked
            if not depth:
                numbers |= {number for links in own.values() for number in list(links)[:MOST_SHOWN]}
            if not numbers:
                break
            asked |= numbers
            try:
                lookups |= self._look_up_all(sorted(numbers))
            except PlatformError as error:
                if not error.shows_reach or error.retry_at is not None or error.closes_account:
                    error.billed = self._bill.fetch * looked_at(posts.values())
                    raise
                break
            posts = {uri: post and with_shown(post, partial(_as_found, lookups)) for uri, post in posts.items()}
            if not depth:
                posts = {uri: post and _with_others(post, own.get(uri, {}), lookups) for uri, post in posts.items()}
        return posts

    def _look_up_all(self, post_ids: Sequence[str]) -> dict[str, Lookup | None]:
        """Return the answer for each of these posts; None for one that is gone, nothing for one that X is
        silent about."""
        by_id: dict[str, Lookup | None] = {}
        for start in range(0, len(post_ids), MOST_LOOKED_UP):
            numbers = [checked_id(post_id) for post_id in post_ids[start : start + MOST_LOOKED_UP]]
            reply = self._clients.mine.get_tweets(numbers, **WHOLE_POST)
            lookups = read(reply, Lookups)
            require(reply, lookups.data is not None or bool(lookups.errors))
            gone_ids = {problem.about for problem in lookups.errors or () if problem.is_gone}
            by_id |= {post_id: None for post_id in numbers if post_id in gone_ids}
            by_id |= {lookup.data.id: lookup for lookup in _lookups(lookups) if lookup.data}
        return by_id

    def _look_up(self, post_id: str) -> Lookup | None:
        """Return the answer for one post with its author; None when it is gone or hidden from us."""
        try:
            reply = self._clients.mine.get_tweet(checked_id(post_id), **WHOLE_POST)
        except XRefusal as refusal:
            if refusal.status == 404 and not refusal.gateway:
                return None
            raise
        lookup = read_lookup(reply)
        if lookup.data is None:
            require(reply, bool(lookup.errors))
            require(reply, all(problem.is_gone for problem in lookup.errors or ()))
            return None
        authors = {user.id for user in (lookup.includes and lookup.includes.people) or ()}
        require(reply, lookup.data.author_id in authors and is_sound(lookup.data))
        return lookup

    def search(self, parameters: dict[str, Any]) -> Listing:
        """Return a page of the recent search. Raise PlatformError."""
        reply = self._clients.mine.search_recent_tweets(**parameters, **WHOLE_POST)
        return _page(reply)

    def mentions(self, parameters: dict[str, Any]) -> Listing:
        """Return a page of the posts that mention us. Raise PlatformError."""
        user_id = self._clients.access.user_id
        return _page(self._clients.mine.get_users_mentions(user_id, **parameters, **WHOLE_POST))


def _not_read(post: SeenPost) -> list[str]:
    """Return the numbers of the posts that one shows and that X has not given with it."""
    unread = (shown.native_id for shown in all_shown(post) if shown.state is ShownState.UNREAD)
    return list(filter(is_id, unread))[:MOST_SHOWN]


def _with_others(post: SeenPost, links: dict[str, str], lookups: dict[str, Lookup | None]) -> SeenPost:
    """Return the post with what its links show that only seem to lead to its author's own posts."""
    unread = (
        Shown(ShownAs.LINK, ShownState.UNREAD, uri_of(number), links[number], native_id=number) for number in links
    )
    linked = [
        link for link in (_as_found(lookups, shown) for shown in unread if shown.native_id in lookups) if link.post
    ]
    shown_posts = [link for link in linked if link.post and link.post.author.account_id != post.author.account_id]
    return replace(post, shows=(*post.shows, *shown_posts), own_links=len(linked) - len(shown_posts)) if links else post


def _as_found(lookups: dict[str, Lookup | None], shown: Shown) -> Shown:
    """Return what a post shows, by what X says of it."""
    if shown.state is not ShownState.UNREAD or shown.native_id not in lookups:
        return shown
    lookup = lookups[shown.native_id]
    if lookup is None or lookup.data is None:
        return replace(shown, state=ShownState.GONE)
    post = seen_post(lookup.data, lookup.includes, is_shown=True)
    return replace(shown, state=ShownState.READ, url=shown.url or post.url, post=post)


def _lookups(lookups: Lookups) -> Iterator[Lookup]:
    """Yield each post whose author is there; of one without, or of an unknown shape, nothing is known."""
    authors = {user.id for user in (lookups.includes and lookups.includes.people) or ()}
    for raw in lookups.data or ():
        post = post_in(raw)
        if post is None:
            log.warning("X gave a post of a shape that is not known; it is passed over")
        elif post.author_id in authors:
            yield Lookup(post, lookups.includes)


def _newest(lookup: Lookup, post_id: str, edited: Lookup | None) -> SeenPost:
    """Return the last version of a post, by the id it had first; marked where X does not show that edit."""
    assert lookup.data is not None
    newest = lookup.data.newest_version
    if newest == post_id:
        return seen_post(lookup.data, lookup.includes)
    if edited is None or edited.data is None:
        return edited_unseen(seen_post(lookup.data, lookup.includes), newest)
    edited.data.id = post_id
    return seen_post(edited.data, edited.includes)


def _page(reply: HttpAnswer) -> Listing:
    """Return a page of what others post, in which nothing is proved by what is missing."""
    listing = read_page(reply)
    require(reply, listing.meta is not None)
    return listing


def _listing(reply: HttpAnswer) -> Listing:
    """Return a page of posts; one without `meta` is no page, though its `errors` may say why."""
    listing = read(reply, Listing)
    require(reply, listing.meta is not None)
    return listing


def _post(reply: HttpAnswer, raw: bytes) -> XPost:
    post = post_in(raw)
    if post is None or post.unread:
        raise unreadable(reply)
    return post
