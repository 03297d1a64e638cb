"""The monitor in a rehearsal: reads each source when the real one would, save for readings that would find nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.campaign import MonitorRules
from bot.domain.post import Cursor, Page
from bot.platforms.rehearsal.sources import TimelineSource
from bot.services.watching import monitor
from bot.services.watching.monitor import Watch
from bot.services.work import Work
from bot.store import control

SHORTEST = timedelta(seconds=1)
"""No two readings of a source are closer than this, whatever `[monitor]` says."""


class _Noted:
    """A source that remembers how far it was read."""

    def __init__(self, source: TimelineSource, horizon: datetime) -> None:
        self.name, self.page_cost = source.name, source.page_cost
        self._source = source
        self._cursor = Cursor(horizon)

    def read(self, cursor: Cursor) -> Page:
        page = self._source.read(cursor)
        self._cursor = page.cursor
        return page

    @property
    def has_news(self) -> bool:
        return self._source.has_news(self._cursor)


class Listening:
    """All sources of all accounts. Months of readings without a find pass in no time."""

    def __init__(self, work: Work) -> None:
        self._rules = work.config.monitor
        horizon = work.clock() - self._rules.backfill
        self._watches = [(watch, _noted(watch, horizon)) for watch in monitor.watches(work)]
        self._watches = [(replace(watch, source=source), source) for watch, source in self._watches]

    def next_at(self, now: datetime) -> datetime | None:
        """When a source is read next that has something to give (UTC)."""
        return min((_next_reading(watch, now, self._rules) for watch in self._with_news()), default=None)

    def read(self, work: Work) -> None:
        """Read the sources whose turn it is."""
        now = work.clock()
        for watch in self._with_news():
            if _next_reading(watch, now, self._rules) <= now:
                monitor.read(work, watch)
                if watch.is_broke:
                    watch.next_at = max(watch.next_at, control.next_budget(now))

    def _with_news(self) -> list[Watch]:
        return [watch for watch, source in self._watches if source.has_news]


def _noted(watch: Watch, horizon: datetime) -> _Noted:
    if not isinstance(watch.source, TimelineSource):
        raise TypeError(f"{watch.source.name} is no source of an embedded network")
    return _Noted(watch.source, horizon)


def _next_reading(watch: Watch, now: datetime, rules: MonitorRules) -> datetime:
    """Pass over the readings before `now`, which found nothing, as the monitor would have made them."""
    while watch.next_at < now and watch.interval < rules.poll_max:
        watch.interval = max(SHORTEST, min(watch.interval * 3 / 2, rules.poll_max))
        watch.next_at += watch.interval
    if watch.next_at < now:
        interval = max(SHORTEST, watch.interval)
        watch.next_at += interval * -((watch.next_at - now) // interval)
    return watch.next_at
