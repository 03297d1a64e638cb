"""What X bills for what the adapter does, by the campaign's own table of prices."""

from __future__ import annotations

from bot.domain.links import ON_X, has_link
from bot.domain.money import Prices, micro
from bot.domain.post import Outgoing
from bot.values import dataclass


@dataclass(frozen=True)
class CallCosts:
    """The cost of each call in micro-USD; what may be cheaper is calculated at its full price."""

    prices: Prices

    def post(self, post: Outgoing) -> int:
        """Return the price of creating this post, in micro-USD, the alternative text of its media included; a link
        makes it 13 times dearer."""
        usd = self.prices.post_with_link if has_link(post.text, ON_X) else self.prices.post
        return micro(usd) + micro(self.prices.alt_text) * len(post.media_ids)

    def posts_read(self, count: int) -> int:
        """Return the price of an answer that holds `count` posts of others, in micro-USD; that one may be free the
        second time on a day is not counted on."""
        return micro(self.prices.post_read) * count

    def own_posts_read(self, count: int) -> int:
        """Return the price of an answer that holds `count` posts of our own timeline, in micro-USD."""
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
