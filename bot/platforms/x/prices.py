"""What X bills, in micro-USD.

Source: docs.x.com/x-api/getting-started/pricing, as of November 2026; the Developer Console shows what an account pays.
Prices not stated there are the higher of those that are likely, so that a budget errs on the safe side.
"""

from __future__ import annotations

import re

from bot.domain.money import micro
from bot.domain.post import Outgoing

POST = micro(0.015)
POST_WITH_LINK = micro(0.200)
REPOST = micro(0.015)
ALT_TEXT = micro(0.005)
POST_READ = micro(0.005)
"""Each post returned, once per UTC day; that it may be free the second time is not counted on."""

USER_READ = micro(0.010)
OWN_POST_READ = micro(0.001)

_LIKE_A_LINK = re.compile(r"://|(?:[^\W_]|[^\x00-\x7f\s])\.[^\W\d_](?:[^\W\d_]|[^\x00-\x7f\s])")
"""Anything with a dot between two words, in any script: X's list of domains grows, and a link taken for none costs 13
times more. Asking X's own parser as well would find nothing else, and cost the worker 12 MB."""


def has_link(text: str) -> bool:
    """Whether X may turn a part of the text into a link; in doubt it does."""
    return _LIKE_A_LINK.search(text) is not None


def post_cost(post: Outgoing) -> int:
    """What creating this post is billed, the alternative text of its media included."""
    return (POST_WITH_LINK if has_link(post.text) else POST) + ALT_TEXT * len(post.media_ids)


RESHARE = POST_READ + USER_READ + REPOST
"""The post and its author are read once more before the repost itself."""
