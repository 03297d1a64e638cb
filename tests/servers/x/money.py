"""What X bills: a price for each call or thing read, taken from the user's credits."""

from collections.abc import Iterable

from tests.servers.x.model import Post, User
from tests.servers.x.problems import out_of_credits

DAY = 86_400


def micros(usd: float) -> int:
    """Micro-dollars, so that prices add up exactly."""
    return round(usd * 1_000_000)


def require_credits(user: User) -> None:
    """Raise the 402 Refusal when nothing is left at all."""
    if user.credits_micros <= 0:
        raise out_of_credits()


def charge(user: User, usd: float, times: int = 1) -> None:
    """Take `times` times `usd`; raises the 402 Refusal, and takes nothing, when that is more than there is."""
    amount = micros(usd) * times
    if amount > user.credits_micros:
        raise out_of_credits()
    user.credits_micros -= amount
    user.spent_micros += amount


def charge_reads(user: User, posts: Iterable[Post], usd: float, now: float) -> None:
    """Bill each post once per UTC day."""
    today = int(now // DAY)
    fresh = {(today, post.id) for post in posts} - user.reads_of_day
    charge(user, usd, len(fresh))
    user.reads_of_day |= fresh
