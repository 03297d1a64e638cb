"""The campaign as calendars of others show it: our posts without their words, and reshares counted by days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from bot.domain.delivery import Kind, State
from bot.domain.reshare_queue import midnight
from bot.services.work import Work
from bot.store import calendar_rows, delivery_counts
from bot.store.batch import answers
from bot.store.calendar_rows import CalendarRow
from bot.store.delivery_counts import DueSpan
from bot.store.rows import DeliveryQuery
from bot.values import dataclass

DAYS_BACK = 30
MOST_AHEAD, MOST_BEHIND = 1_500, 500
"""How many posts to come, and past ones, are given at most: those nearest to now."""

_DAYS_COUNTED = 62
"""On how many days reshares are counted, from the first of those back: their turns are given days ahead, not months."""


@dataclass(frozen=True)
class ReshareDay:
    """A day in the campaign's zone: how many reshares are out, and how many are to come or came to nothing."""

    day: date
    out: int
    others: int


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
    sums = delivery_counts.sums_question(spans, DeliveryQuery(kind=Kind.RESHARE))
    with work.store.read() as tx:
        answered = answers(tx, nearest, sums)
    past = [row for row in answered[nearest] if row.due_at < now]
    to_come = [row for row in answered[nearest] if row.due_at >= now]
    posts = (*past[-MOST_BEHIND:], *to_come[:MOST_AHEAD])
    counts: dict[date, list[int]] = {}
    for each in answered[sums]:
        if each.state is not State.CANCELLED:
            counts.setdefault(days[each.span], [0, 0])[each.state is not State.SENT] += each.posts
    return CalendarFeed(posts, len(posts) < len(answered[nearest]), _days(counts))


def _days(counts: Mapping[date, list[int]]) -> tuple[ReshareDay, ...]:
    return tuple(ReshareDay(day, out, others) for day, (out, others) in sorted(counts.items()))
