"""Deciding whether a post on our own timeline is the one an unanswered request may have made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.links import ON_X, links_in
from bot.domain.post import OwnPost
from bot.domain.text import normalised
from bot.hosts import canonical_host
from bot.values import dataclass

_SCHEME = re.compile(r"https?://", re.IGNORECASE)

CLOCK_SKEW = timedelta(minutes=2)
"""How far a server's clock may be behind ours before a post that answers a request looks older than it."""


@dataclass(frozen=True)
class WantedPost:
    """What an unanswered request asked for: a post of ours, or the reshare of `reshare_of`.

    It was made after the post `after` of the same timeline; `since` (UTC, by our clock) serves where that one is
    not shown. `age` is how long ago the request left; None where our clock was set back meanwhile, and cannot tell.
    """

    since: datetime
    text: str = ""
    media_count: int = 0
    reply_to: str = ""
    reshare_of: str = ""
    after: str = ""
    age: timedelta | None = None


def find(wanted_post: WantedPost, posts: Sequence[OwnPost], taken: frozenset[str]) -> OwnPost | None:
    """Return the post that is wanted among these (newest first), leaving out ids known to be other deliveries'
    (`taken`).

    The oldest where several fit. A reshare fits whenever it was made: there is only one of each.
    """
    fitting = [post for post in _fitting(wanted_post, posts, taken) if not _is_older(wanted_post, post)]
    return min(fitting, key=lambda post: post.created_at, default=None)


def find_older(wanted_post: WantedPost, posts: Sequence[OwnPost], taken: frozenset[str]) -> OwnPost | None:
    """Return the newest post that fits but is from before the request: somebody made it by hand. None where there is
    none."""
    older = [post for post in _fitting(wanted_post, posts, taken) if _is_older(wanted_post, post)]
    return max(older, key=lambda post: post.created_at, default=None)


def _fitting(wanted_post: WantedPost, posts: Sequence[OwnPost], taken: frozenset[str]) -> list[OwnPost]:
    candidates = posts if wanted_post.reshare_of else _made_since(wanted_post, posts)
    return [post for post in candidates if post.post_id not in taken and _fits(wanted_post, post)]


def _is_older(wanted_post: WantedPost, post: OwnPost) -> bool:
    """Return whether it was there before the request left, by the server's clock; ours only counts what went by
    since."""
    if wanted_post.reshare_of or wanted_post.age is None or post.age is None:
        return False
    return post.age > wanted_post.age + CLOCK_SKEW


def _made_since(wanted_post: WantedPost, posts: Sequence[OwnPost]) -> Sequence[OwnPost]:
    """Return the posts made since the request. The order of a timeline proves more than two clocks, of which one may be
    wrong."""
    for place, post in enumerate(posts):
        if wanted_post.after and post.post_id == wanted_post.after:
            return posts[:place]
    return [post for post in posts if post.created_at >= wanted_post.since - CLOCK_SKEW]


def _fits(wanted_post: WantedPost, post: OwnPost) -> bool:
    if wanted_post.reshare_of:
        return post.reshare_of == wanted_post.reshare_of
    return (
        not post.reshare_of
        and post.media_count == wanted_post.media_count
        and post.reply_to == wanted_post.reply_to
        and _words(post.text) == _words(wanted_post.text)
    )


def says_the_same(text: str, other: str) -> bool:
    """Return whether two texts are the same words, as a platform gives them back."""
    return _words(text) == _words(other)


def _words(text: str) -> str:
    """Return the words, with each link in one form: X gives "Example.org" back as "http://example.org/"."""
    words = normalised(text)
    pieces, end = [], 0
    for link in links_in(words, ON_X):
        pieces += [words[end : link.start], _same_address(link.url)]
        end = link.end
    return "".join([*pieces, words[end:]])


def _same_address(url: str) -> str:
    """Return an address without its scheme, its host as name servers know it, and no slash behind that alone."""
    bare = _SCHEME.sub("", url)
    host, slash, rest = bare.partition("/")
    return canonical_host(host) + (f"{slash}{rest}" if rest else "")


def is_current(newest_own_id: str, posts: Sequence[OwnPost]) -> bool:
    """Return whether a reading shows at least the newest post we know of; one that does not is behind and proves
    nothing."""
    return not newest_own_id or any(post.post_id == newest_own_id for post in posts)
