"""What X bills: a price for each call or thing read, taken from the user's credits."""

from collections.abc import Iterable

from tests.servers.x.model import Post, User
from tests.servers.x.problems import out_of_credits
from tests.servers.x.settings import Prices

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


def charge_reads(user: User, posts: Iterable[Post], prices: Prices, now: float) -> None:
    """Bill each post once per UTC day, or every time where the prices say so; keeps count of what was billed."""
    today = int(now // DAY)
    read = [(today, post.id) for post in posts]
    if prices.reads_once_a_day:
        read = [one for one in dict.fromkeys(read) if one not in user.reads_of_day]
    charge(user, prices.post_read, len(read))
    user.reads_of_day |= set(read)
    for _, number in read:
        user.billed_reads[number] = user.billed_reads.get(number, 0) + 1
