"""Planned posts as they will look: what each part costs, what keeps a post from going out, and its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from bot.domain.delivery import LEFT_TO_A_PERSON, Delivery, Kind, State
from bot.domain.message import Media
from bot.files.media import OutgoingFile
from bot.services import money
from bot.services.work import Work
from bot.values import dataclass

LARGEST_PICTURE = 16 * 1024 * 1024
"""Bytes: what Mastodon takes. A larger picture is named and not shown."""


@dataclass(frozen=True)
class Preview:
    """A post as it will go out; `prices` are of its parts, in micro-USD."""

    delivery: Delivery
    prices: tuple[int, ...]
    is_translated: bool = False
    """Whether its parts are one text in several languages."""

    @property
    def price(self) -> int:
        """Return the price of the whole, in micro-USD."""
        return sum(self.prices)

    @property
    def is_dropped(self) -> bool:
        """Return whether it is called off, and so neither counted nor paid for."""
        return self.delivery.state is State.CANCELLED

    @property
    def is_open(self) -> bool:
        """Return whether a person has to do something, or somebody has kept it back."""
        state = self.delivery.state
        return state in LEFT_TO_A_PERSON or (
            state is State.PLANNED and bool(self.delivery.waiting_for or self.delivery.trouble)
        )


def previews(work: Work, posts: Iterable[Delivery]) -> list[Preview]:
    """Return the previews of these posts, by time."""
    return [preview(work, post) for post in sorted(posts, key=lambda post: (post.due_at, post.id))]


def preview(work: Work, delivery: Delivery) -> Preview:
    """Return a delivery as it will look; a reshare is one part without words of ours."""
    parts = range(1 if delivery.kind is Kind.RESHARE else len(delivery.content.parts))
    prices = tuple(money.price_of_part(work, delivery, part) for part in parts)
    return Preview(delivery, prices, is_translated=len(parts) > 1 and _threads_translations(work, delivery))


def _threads_translations(work: Work, post: Delivery) -> bool:
    account = work.config.accounts.get(post.account)
    return account is not None and account.threads_translations


@dataclass(frozen=True)
class Totals:
    """How many posts there are on each account, and what they cost there, in micro-USD; none that is called off."""

    posts: dict[str, int]
    prices: dict[str, int]


def totals(posts: Sequence[Preview]) -> Totals:
    """Return the sums of posts."""
    counts: dict[str, int] = {}
    prices: dict[str, int] = {}
    for post in posts:
        if not post.is_dropped:
            account = post.delivery.account
            counts[account] = counts.get(account, 0) + 1
            prices[account] = prices.get(account, 0) + post.price
    return Totals(counts, {account: price for account, price in prices.items() if price})


class PictureProblem(StrEnum):
    """Why a picture cannot be shown."""

    GONE = "gone"
    CHANGED = "changed"
    TOO_LARGE = "too_large"


def picture(work: Work, media: Media) -> bytes | PictureProblem:
    """Return a picture's bytes as they go out, without the place it was taken at, or why it cannot be shown."""
    if media.size > LARGEST_PICTURE:
        return PictureProblem.TOO_LARGE
    try:
        with OutgoingFile(work.root / media.path) as file:
            if file.digest() != media.sha256:
                return PictureProblem.CHANGED
            if work.config.strip_location:
                file.without_place(media.mime_type)
            return file.read()
    except OSError:
        return PictureProblem.GONE
