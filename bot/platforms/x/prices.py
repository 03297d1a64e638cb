"""What X bills for what the adapter does, by the campaign's own table of prices."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.money import Prices, micro
from bot.domain.post import Outgoing

_LIKE_A_LINK = re.compile(r"://|(?:[^\W_]|[^\x00-\x7f\s])\.[^\W\d_](?:[^\W\d_]|[^\x00-\x7f\s])")
"""Anything with a dot between two words, in any script: X's list of domains grows, and a link taken for none costs 13
times more. Asking X's own parser as well would find nothing else, and cost the worker 12 MB."""


def has_link(text: str) -> bool:
    """Whether X may turn a part of the text into a link; in doubt it does."""
    return _LIKE_A_LINK.search(text) is not None


@dataclass(frozen=True)
class Bill:
    """The cost of each deed in micro-USD; what may be cheaper is reckoned at its full price."""

    prices: Prices

    def post(self, post: Outgoing) -> int:
        """Creating this post, the alternative text of its media included; a link makes it 13 times dearer."""
        usd = self.prices.post_with_link if has_link(post.text) else self.prices.post
        return micro(usd) + micro(self.prices.alt_text) * len(post.media_ids)

    def posts_read(self, count: int) -> int:
        """Posts of others that an answer holds; that one may be free the second time on a day is not counted on."""
        return micro(self.prices.post_read) * count

    def own_posts_read(self, count: int) -> int:
        """Posts on our own timeline."""
        return micro(self.prices.own_post_read) * count

    @property
    def fetch(self) -> int:
        """A post with its author, looked up by its id."""
        return micro(self.prices.post_read) + self.facts

    @property
    def reshare(self) -> int:
        """The post and its author are read once more before the repost itself."""
        return self.fetch + micro(self.prices.repost)

    @property
    def facts(self) -> int:
        """A user, read."""
        return micro(self.prices.user_read)

    @property
    def undo(self) -> int:
        """A post of ours deleted, or a repost taken back."""
        return micro(self.prices.delete)
