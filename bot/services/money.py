"""The day's money: set aside before a request leaves, settled once its answer says what was billed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.causes import CauseCode, because
from bot.domain.delivery import BILL_KNOWN, Attempt, AttemptAnswer, Delivery, Kind
from bot.domain.limits import traits_of
from bot.domain.money import FIRST, Purpose, day_of, micro
from bot.domain.polling import is_slow
from bot.domain.post import Outgoing
from bot.errors import Outcome, PlatformError
from bot.platforms.x.prices import CallCosts
from bot.services.work import Work
from bot.store import control, deliveries, due
from bot.store.deliveries import DeliveriesAsked
from bot.values import dataclass

BUDGET_AGAIN = timedelta(minutes=10)
"""How soon what had no money is tried again: a person may raise the budget before the day is over."""

_NOT_KNOWN = re.compile(r"\{[\w-]+\}")
_ANY_LINK = "https://example.org/"
"""Stands for each link that is not known yet while a post's price is calculated."""


@dataclass(frozen=True)
class Reservation:
    """What was set aside for one request, in micro-USD; `at` (UTC) tells from which day's budget it came.

    `about` names what a reading is of: the next one of the same takes over what one without an answer has left.
    """

    account: str
    amount: int
    at: datetime
    purpose: Purpose
    about: str = ""


@dataclass(frozen=True)
class BudgetStatus:
    """The money of an account's day (UTC), in micro-USD; `budget` is None where there is no limit.

    `reserved` is for the posts still to go out on it; `used` is the part of `spent` that went to what can wait.
    """

    budget: int | None
    spent: int
    reserved: int
    used: int

    @property
    def share(self) -> int:
        """What the day's posts leave to all that can wait; of no use where there is no limit."""
        return max(0, (self.budget or 0) - self.reserved - (self.spent - self.used))

    @property
    def left(self) -> int:
        """What is left of that share."""
        return max(0, self.share - self.used)

    @property
    def is_slow(self) -> bool:
        """Return whether what is left comes bit by bit."""
        return self.budget is not None and is_slow(self.used, self.share)


def budget_status(tx: Connection, work: Work, account: str, now: datetime) -> BudgetStatus:
    """Return how an account's money stands."""
    today = control.charges_since(tx, account, now)
    used = sum(charge.amount for charge in today if charge.purpose not in FIRST and charge.day == day_of(now))
    return BudgetStatus(budget(work, account), control.spent(tx, account, now), reserved(tx, work, account, now), used)


def reserve(
    tx: Connection, work: Work, account: str, amount: int, now: datetime, purpose: Purpose, about: str = ""
) -> Reservation | None:
    """Set a request's price aside; None where the day's budget (UTC) does not cover it.

    What can wait leaves what the posts planned for this day will need. What an unanswered reading about the same has
    left set aside, or a process that died over it, is taken over, and not booked once more: an outage costs one
    reading of a thing, not one each minute, and X bills nobody twice a day for the same posts.
    """
    left_over = control.reserved_amount(tx, account, purpose, about, day_of(now)) if about and amount else 0
    limit = budget(work, account)
    if limit is not None and amount and purpose not in FIRST:
        limit -= reserved(tx, work, account, now)
    more = max(0, amount - left_over)
    if not control.spend(tx, account, more, now, None if purpose is Purpose.UNDO else limit):
        return None
    control.add_charge(tx, account, now, purpose, more, calls=1 if amount and not left_over else 0)
    if about and amount:
        control.keep_reservation(tx, account, purpose, about, day_of(now), left_over + more)
    return Reservation(account, left_over + more if amount else 0, now, purpose, about)


def settle(tx: Connection, reservation: Reservation, billed: int) -> None:
    """Put right what a request really cost, in the budget it came from."""
    held = reservation.amount
    if reservation.about and reservation.amount:
        held = control.reserved_amount(
            tx, reservation.account, reservation.purpose, reservation.about, day_of(reservation.at)
        )
        control.drop_reservation(tx, reservation.account, reservation.purpose, reservation.about)
    if billed == held:
        return
    control.spend(tx, reservation.account, billed - held, reservation.at)
    calls = bool(billed) - bool(held)
    control.add_charge(tx, reservation.account, reservation.at, reservation.purpose, billed - held, calls)


def settle_failed(tx: Connection, reservation: Reservation, error: PlatformError) -> None:
    """Settle a reading that failed: X bills what it gives, so that a refusal, or an apology of its gateway, is free.

    One without an answer may be on the bill, and stays set aside for the next try of the same.
    """
    if error.answer is not Outcome.AMBIGUOUS or error.status >= 300:
        settle(tx, reservation, error.billed)


def release_reservation(
    tx: Connection, account: str, purpose: Purpose, tried: Iterable[tuple[Attempt, AttemptAnswer]]
) -> None:
    """Release the money that was reserved for requests of which it is known by now that none was carried out."""
    for attempt, answer in tried:
        if attempt.cost and answer not in BILL_KNOWN:
            settle(tx, Reservation(account, attempt.cost, attempt.started_at, purpose), billed=0)
            deliveries.forget_attempt_cost(tx, attempt.id)


def book(tx: Connection, account: str, amount: int, at: datetime, purpose: Purpose) -> None:
    """Write down what was, or will be, billed whatever the budget says."""
    control.spend(tx, account, amount, at)
    control.add_charge(tx, account, at, purpose, amount, calls=1 if amount else 0)


def budget(work: Work, account: str) -> int | None:
    """Return what an account may spend on a day, in micro-USD; None where there is no limit."""
    configured = work.config.accounts.get(account)
    usd = configured.budget_usd_per_day if configured else None
    return None if usd is None else micro(usd)


def reserved(tx: Connection, work: Work, account: str, now: datetime) -> int:
    """Return what the posts that are still to go out on this day (UTC) will need, in micro-USD, overdue ones
    included."""
    if not _is_billed(work, account):
        return 0
    return reserved_by_account(work, posts_of_day([account], now).answer(tx), now).get(account, 0)


def posts_of_day(accounts: Collection[str], now: datetime) -> DeliveriesAsked:
    """Ask for the posts of these accounts that are still to go out on this day (UTC)."""
    return due.posts_to_send_asked(accounts, control.next_budget(now))


def reserved_by_account(work: Work, posts: Iterable[Delivery], now: datetime) -> Counter[str]:
    """Return what these posts will need, in micro-USD, by account; what is too late to go needs nothing."""
    needed: Counter[str] = Counter()
    for post in posts:
        if post.expires_at is None or post.expires_at > now:
            needed[post.account] += price(work, post)
    return needed


def price(work: Work, delivery: Delivery, *, whole: bool = False) -> int:
    """Return what is still to be billed for a delivery, or was for the `whole` of it, in micro-USD."""
    if delivery.kind is Kind.RESHARE:
        return price_of_part(work, delivery, 0)
    parts = range(0 if whole else len(delivery.sent_parts), len(delivery.content.parts))
    return sum(price_of_part(work, delivery, part) for part in parts)


def price_of_part(work: Work, delivery: Delivery, part: int) -> int:
    """Return what the request for one part of a delivery is billed, in micro-USD; a reshare has one part.

    A post that waits for an address is priced with it.
    """
    if not _is_billed(work, delivery.account):
        return 0
    platform, costs = work.platforms.get(delivery.account), CallCosts(work.config.prices)
    if delivery.kind is Kind.RESHARE:
        return platform.reshare_cost if platform else costs.reshare
    words = delivery.content.parts[part]
    text = _NOT_KNOWN.sub(_ANY_LINK, words.text) if delivery.waiting_for else words.text
    post = Outgoing(text, delivery.content.language, media_ids=("",) * len(words.media))
    return platform.post_cost(post) if platform else costs.post(post)


def cheapest_post(work: Work) -> int:
    """Return the least that a post on X is billed, in micro-USD."""
    return CallCosts(work.config.prices).post(Outgoing("", ""))


def _is_billed(work: Work, account: str) -> bool:
    """Return whether an account may cost anything: X bills, and so may an embedded account that stands for one."""
    configured = work.config.accounts.get(account)
    return account in work.platforms or (configured is not None and traits_of(configured.platform).is_billed)


@dataclass(frozen=True)
class BudgetLeft:
    """What is left of an account's day (UTC) for posts and for reshares, in micro-USD; None where there is no limit."""

    posts: int | None
    reshares: int
    next_budget: datetime

    def paid_at(self, cost: int, kind: Kind, at: datetime) -> datetime:
        """Return when what costs this much, and would go at `at`, has its money (UTC)."""
        if self.posts is None or not cost or at >= self.next_budget:
            return at
        return at if cost <= (self.posts if kind is Kind.POST else self.reshares) else self.next_budget

    @classmethod
    def of(cls, work: Work, account: str, spent: int, posts: Iterable[Delivery], now: datetime) -> BudgetLeft:
        """Return what an account may still spend today that has spent this much (micro-USD) and has these posts to
        go."""
        limit = budget(work, account)
        if limit is None:
            return cls(None, 0, control.next_budget(now))
        rest = limit - spent
        return cls(rest, rest - reserved_by_account(work, posts, now)[account], control.next_budget(now))


def again(now: datetime) -> datetime:
    """Return when to ask again for money that was not there (UTC)."""
    return min(control.next_budget(now), now + BUDGET_AGAIN)


def none_left(work: Work, account: str) -> str:
    """Return why something waits for money, as it is kept with it."""
    return because(CauseCode.NO_MONEY, account=account, budget=budget(work, account) or 0)
