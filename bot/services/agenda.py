"""The campaign by days: what goes, or went, on each day of a month or a week, and one day with all its posts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from bot.domain.delivery import CANCELLABLE, Kind, State
from bot.domain.reshare_queue import midnight
from bot.services.today import Dot, MessageOfDay, dots_of, messages_of
from bot.services.work import Work
from bot.store import delivery_counts, due, rows
from bot.store.batch import answers
from bot.store.delivery_counts import DeliveryCount, DeliverySum, DueSpan
from bot.store.rows import DeliveryQuery, DeliveryRow
from bot.values import dataclass

LONGEST = 62
"""How many days are shown at once at most: two months."""

MOST_POSTS = 500
"""How many posts of one day are shown each by itself."""

CLOSE = timedelta(minutes=5)
"""Posts of one account nearer to each other than this are said: followers see them as one heap."""


@dataclass(frozen=True)
class CalendarDay:
    """A day in the campaign's zone. `days` counts from the day of action (-7 a week before it).

    `posts` counts our own posts by what they are, `reshares` the reshares; `waits` of the posts wait for an address.
    `messages` are those of our own posts, all of them or the first.
    """

    day: date
    days: int
    is_today: bool
    messages: tuple[MessageOfDay, ...]
    posts: Mapping[Dot, int]
    reshares: Mapping[Dot, int]
    waits: int

    @property
    def count(self) -> int:
        """How many of our posts are not called off."""
        return sum(posts for dot, posts in self.posts.items() if dot is not Dot.CANCELLED)


@dataclass(frozen=True)
class CampaignCalendar:
    """Days in a row. `today` is today in the campaign's zone; `languages` and `accounts` are what they may be filtered
    by. `first_due` and `last_due` (UTC) are when the first and the last delivery of all are due, None where none is.
    """

    days: tuple[CalendarDay, ...]
    today: date
    day_of_action: date
    languages: tuple[str, ...]
    accounts: tuple[str, ...]
    first_due: datetime | None
    last_due: datetime | None


def read(
    work: Work,
    first: date,
    last: date,
    *,
    account: str = "",
    language: str = "",
    states: Collection[State] = (),
    first_messages: int | None = None,
) -> CampaignCalendar:
    """Return these days, `LONGEST` at most, with what fits the filters, and each with all of its messages or only so
    many `first_messages`: one query."""
    campaign = work.config.campaign
    today = work.clock().astimezone(campaign.timezone).date()
    days = [first + timedelta(days=number) for number in range(min((last - first).days + 1, LONGEST))]
    with work.store.read() as tx:
        spans, wanted = [_span(work, day) for day in days], DeliveryQuery(states, account, language)
        counts = delivery_counts.counts_question(spans, wanted, first_messages)
        sums, ends = delivery_counts.sums_question(spans, wanted), due.due_ends_question()
        answered = answers(tx, counts, sums, ends)
    counts_of: dict[int, list[DeliveryCount]] = defaultdict(list)
    for count in answered[counts]:
        counts_of[count.span].append(count)
    sums_of: dict[int, list[DeliverySum]] = defaultdict(list)
    for each in answered[sums]:
        sums_of[each.span].append(each)
    return CampaignCalendar(
        tuple(_day(work, day, today, counts_of[place], sums_of[place]) for place, day in enumerate(days)),
        today,
        campaign.day_of_action,
        campaign.languages,
        tuple(work.config.accounts),
        *(answered[ends] or (None, None)),
    )


def _span(work: Work, day: date) -> DueSpan:
    zone = work.config.campaign.timezone
    return DueSpan(midnight(day, zone), midnight(day + timedelta(days=1), zone))


def _day(
    work: Work, day: date, today: date, counts: Sequence[DeliveryCount], sums: Sequence[DeliverySum]
) -> CalendarDay:
    is_today = day == today
    ours = [each for each in sums if each.kind is Kind.POST]
    return CalendarDay(
        day,
        (day - work.config.campaign.day_of_action).days,
        is_today,
        messages_of((count for count in counts if count.kind is Kind.POST), is_today=is_today),
        dots_of(ours, is_today=is_today),
        dots_of((each for each in sums if each.kind is Kind.RESHARE), is_today=is_today),
        sum(each.posts for each in ours if each.waits and each.state is not State.CANCELLED),
    )


@dataclass(frozen=True)
class DayScore:
    """One day with each of its posts, by time, at most `MOST_POSTS` (`is_cut` where there are more).

    `crowded` are posts of one account that are nearer than `CLOSE` to each other; `widest_gap` is the longest time
    between two posts, None where there are fewer than two.
    """

    day: CalendarDay
    posts: tuple[DeliveryRow, ...]
    is_cut: bool
    crowded: tuple[tuple[DeliveryRow, DeliveryRow], ...]
    widest_gap: DueSpan | None


def read_day(
    work: Work, day: CalendarDay, *, account: str = "", language: str = "", states: Collection[State] = ()
) -> DayScore:
    """Return a day of the calendar with each of its posts: one query."""
    span = _span(work, day.day)
    wanted = DeliveryQuery(states, account, language, kind=Kind.POST, begin=span.begin, end=span.end)
    with work.store.read() as tx:
        page = rows.deliveries(tx, wanted, limit=MOST_POSTS)
    posts = tuple(row for row in page.rows if row.state is not State.CANCELLED)
    gaps = (DueSpan(before.due_at, after.due_at) for before, after in pairwise(posts) if before.due_at < after.due_at)
    widest = max(gaps, key=lambda gap: gap.end - gap.begin, default=None)
    return DayScore(day, posts, page.next is not None, tuple(_crowded(posts)), widest)


def _crowded(posts: Sequence[DeliveryRow]) -> Iterator[tuple[DeliveryRow, DeliveryRow]]:
    """Yield posts of one account that follow each other closely; of what is out nothing can be done any more."""
    by_account: dict[str, list[DeliveryRow]] = defaultdict(list)
    for row in posts:
        if row.state in CANCELLABLE:
            by_account[row.account].append(row)
    for listed in by_account.values():
        yield from ((before, after) for before, after in pairwise(listed) if after.due_at - before.due_at < CLOSE)
