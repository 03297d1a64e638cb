"""The campaign as calendars of others show it: our posts without their words, and reshares counted by days."""

from __future__ import annotations

from datetime import date, timedelta

from bot.domain.reshare_queue import midnight
from bot.services.work import Work
from bot.store import calendar_rows, delivery_counts
from bot.store.batch import answers
from bot.store.calendar_rows import CalendarRow
from bot.store.delivery_counts import DueSpan
from bot.values import dataclass

DAYS_BACK = 30
MOST_AHEAD, MOST_BEHIND = 1_500, 500
"""How many posts to come, and past ones, are given at most: those nearest to now."""

_DAYS_COUNTED = 62
"""On how many days reshares are counted, from the first of those back: their turns are given days ahead, not months."""


@dataclass(frozen=True)
class ReshareDay:
    """A day in the campaign's zone: how many of the reshares that are not called off are due, and how many are out."""

    day: date
    out: int
    count: int


@dataclass(frozen=True)
class CalendarFeed:
    """What goes and what went, the earliest first; `is_cut` where there is more than `MOST_AHEAD` or `MOST_BEHIND`."""

    posts: tuple[CalendarRow, ...]
    is_cut: bool
    reshares: tuple[ReshareDay, ...]


def read(work: Work) -> CalendarFeed:
    """Return our posts from `DAYS_BACK` days ago to the end, and on which days there are how many reshares: one query.

    Of whom a reshare is does not go into it: a calendar is kept where others read along.
    """
    zone, now = work.config.campaign.timezone, work.clock()
    first = now.astimezone(zone).date() - timedelta(days=DAYS_BACK)
    days = [first + timedelta(days=number) for number in range(_DAYS_COUNTED)]
    spans = [DueSpan(midnight(day, zone), midnight(day + timedelta(days=1), zone)) for day in days]
    nearest = calendar_rows.nearest_question(spans[0].begin, now, MOST_AHEAD + 1, MOST_BEHIND + 1)
    reshares = delivery_counts.reshares_question(spans)
    with work.store.read() as tx:
        answered = answers(tx, nearest, reshares)
    past = [row for row in answered[nearest] if row.due_at < now]
    to_come = [row for row in answered[nearest] if row.due_at >= now]
    posts = (*past[-MOST_BEHIND:], *to_come[:MOST_AHEAD])
    counted = (ReshareDay(day, each.out, each.total) for day, each in zip(days, answered[reshares], strict=True))
    return CalendarFeed(posts, len(posts) < len(answered[nearest]), tuple(each for each in counted if each.count))
