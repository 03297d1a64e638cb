"""The run-up as a calendar that people can read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date
from itertools import groupby

from bot.domain.delivery import Delivery, Kind, Origin
from bot.domain.money import dollars
from bot.domain.schedule import counted
from bot.services import money
from bot.services.status import waits
from bot.services.work import Work
from bot.store import deliveries
from bot.store.schema import delivery


def scheduled(work: Work) -> list[Delivery]:
    """Every delivery of the schedules, in every state, by due time."""
    with work.store.read() as tx:
        return deliveries.listed(tx, delivery.c.kind == Kind.POST, delivery.c.origin == Origin.SCHEDULE)


def lines(work: Work, found: Sequence[Delivery]) -> list[str]:
    """The calendar, a line for each day and below it a line for each post."""
    zone = work.config.campaign.timezone
    by_due = sorted(found, key=lambda one: (one.due_at, one.id))
    printed = [f"{work.config.campaign.name}, times in {zone.key}"]
    for day, posts in groupby(by_due, key=lambda one: one.due_at.astimezone(zone).date()):
        printed += ["", _heading(work, day), *(_line(work, one) for one in posts)]
    return printed


def _heading(work: Work, day: date) -> str:
    offset = (day - work.config.campaign.day_of_action).days
    return f"{counted(offset):>5}  {day:%A %d %B %Y}"


def _line(work: Work, one: Delivery) -> str:
    local = one.due_at.astimezone(work.config.campaign.timezone)
    cost = money.price(work, one, whole=True)
    notes = [f"waits for {{{one.waiting_for}}}"] if one.waiting_for else []
    notes += [f"{len(one.content.parts)} parts"] if len(one.content.parts) > 1 else []
    notes += [dollars(cost)] if cost else []
    return (
        f"       {local:%H:%M}  {one.due_at.astimezone(UTC):%H:%MZ}  {one.account:<12} {one.language:<3} "
        f"{one.message:<24} {one.length:>4}/{one.limit:<4} {one.state:<10} {', '.join(notes)}"
    ).rstrip()


def past_day(work: Work) -> str:
    """What to say when the day of action is over; "" while it is not."""
    campaign, now = work.config.campaign, work.clock()
    today = now.astimezone(campaign.timezone).date()
    days = (today - campaign.day_of_action).days
    if days <= 0:
        return ""
    with work.store.read() as tx:
        is_left = any(waits(one) for one in deliveries.listed(tx))
    nothing = "" if is_left else " Nothing is left to post."
    return (
        f"The day of action, {campaign.day_of_action:%d %B %Y}, is {days} days past.{nothing} For the next one, change "
        f"day_of_action in bot.toml and start with an empty var/ folder; to see this one played, run: bot rehearse"
    )
