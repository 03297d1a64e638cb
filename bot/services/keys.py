"""Keyed hashes: enough to know an author or a post again, and nothing else."""

from __future__ import annotations

import hmac

from bot.domain.campaign import PlatformName
from bot.domain.post import Author, SeenPost, all_shown
from bot.hosts import handle_key
from bot.services.work import Work


def author_key(work: Work, handle: str) -> str:
    """Return what stays of an author who asked to be forgotten, the same in whichever way the handle is written."""
    return _keyed(work, handle_key(handle))


def handle_keys(work: Work, handle: str) -> frozenset[str]:
    """Return the key of a handle, and the one that an older version made of it as it was written."""
    return frozenset({author_key(work, handle), _keyed(work, handle.casefold())})


def author_keys(work: Work, platform: str, author: Author) -> frozenset[str]:
    """Return all by which an author may be known again: on X, where handles change, also by the id."""
    keys = set(handle_keys(work, author.handle))
    if platform == PlatformName.X and author.account_id:
        keys.add(_keyed(work, f"x-id:{author.account_id}"))
    return frozenset(keys)


def shown_keys(work: Work, post: SeenPost) -> frozenset[str]:
    """Return all by which those may be known again whose posts a post shows."""
    return frozenset().union(*shown_people(work, post)) - author_keys(work, post.platform, post.author)


def shown_people(work: Work, post: SeenPost) -> list[frozenset[str]]:
    """The same for each of these people alone."""
    people = []
    for shown in all_shown(post):
        if shown.post is not None:
            people.append(author_keys(work, post.platform, shown.post.author))
        elif shown.named:
            people.append(handle_keys(work, shown.named))
    return people


def post_key(work: Work, uri: str) -> str:
    """What stays of the uri of a post that is not stored any more: most name their author."""
    return f"forgotten:{_keyed(work, uri)}"


def trait_key(work: Work, kind: str, text: str) -> str:
    """What a sighting is known by, where that is no name of a video: enough to find it again, and nothing to read."""
    return f"{kind}:{_keyed(work, f'{kind}:{text}')[:32]}"


def _keyed(work: Work, text: str) -> str:
    return hmac.digest(work.store.instance_key.encode(), text.encode(), "sha256").hex()
