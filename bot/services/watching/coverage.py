"""What a reading means for its source: when to come back, how much it gives, and what it does not cover."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.domain import polling
from bot.domain.circuit import backoff
from bot.domain.post import Cursor, Page
from bot.errors import PlatformError
from bot.platforms.base import Instance, Platform, Source
from bot.services import money
from bot.services.sending.circuit import in_words as length_in_words
from bot.services.work import Work
from bot.store import control, cursors, gaps, heard
from bot.store.cursors import Known

LEAST_GAP = timedelta(minutes=1)
"""A source that fails for less than this has no gap: the next reading goes on where the last one was."""

NOBODY = "no worker was running"
PURGED = "purged before it was read"
_LONGEST_REASON = 160


@dataclass
class Watch:
    """A source and its next reading (UTC): sooner while it gives something, later while it gives nothing.

    `account` is ours that reads it, "" for a server that is read without one. `is_behind` says that the last reading
    left something that is to be read at once, `is_broke` that the day's money was gone, `is_slow` that it is short, and
    `paid_from` (UTC) when there will be some for the next page.
    """

    source: Source
    account: str
    next_at: datetime
    interval: timedelta
    failures: int = 0
    is_broke: bool = False
    set_at: datetime = field(default=datetime.min.replace(tzinfo=UTC))
    origin: Platform | Instance | None = None
    is_slow: bool = False
    paid_from: datetime | None = None
    is_behind: bool = False

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be read; a clock that was set back must not keep it waiting."""
        return self.next_at <= now or now < self.set_at

    def rest(self, now: datetime, until: datetime) -> None:
        """Read it no sooner than `until` (UTC)."""
        self.set_at, self.next_at = now, until


@dataclass
class Reading:
    """What one reading has brought so far. `known` is how its source stood before; `found` counts new sightings."""

    known: Known
    cursor: Cursor
    found: int = 0
    heard: Counter[datetime] = field(default_factory=Counter)
    newest_at: datetime | None = None
    has_read: bool = False
    is_caught_up: bool = False

    def take_in(self, page: Page, now: datetime) -> None:
        """Count a page's posts by their hours, those that came before not again; nobody posts in the future."""
        seen_until = self.known.newest_at or self.known.horizon
        for post in page.posts:
            at = min(post.created_at, now)
            if at > seen_until:
                self.heard[polling.hour_of(at)] += 1
                self.newest_at = max(at, self.newest_at or at)
        self.cursor, self.has_read, self.is_caught_up = page.cursor, True, not page.more


def begin(work: Work, watch: Watch) -> Reading:
    """Begin a reading where the last one ended, whoever made it; a time in which nobody came is a gap."""
    now, rules, name = work.clock(), work.config.monitor, watch.source.name
    with work.store.begin() as tx:
        cursor = cursors.get(tx, name, not_purged(tx, name, now - rules.backfill))
        known = cursors.known(tx, name) or Known(name, cursor.horizon)
        expected = known.next_at or known.read_at
        is_late = expected is not None and now - not_purged(tx, name, expected) > rules.poll_max
        if known.read_at and is_late and not known.failing_since:
            gaps.begin(tx, name, not_purged(tx, name, known.read_at), NOBODY)
    if watch.set_at.year == 1 and known.interval:  # a worker that has just begun goes on with what others have learnt
        watch.interval = min(max(known.interval, rules.poll_min), rules.poll_max)
    return Reading(known, cursor)


def is_to_us(source: str) -> bool:
    """Whether a source shows what was written to us. Somebody may ask for something there: no purge ends reading it."""
    return " mentions " in f"{source} "


def not_purged(tx: Connection, source: str, at: datetime) -> datetime:
    """The instant itself (UTC), or that of the purge before which nothing of a source is read any more."""
    before = None if is_to_us(source) else control.purged_before(tx)
    return max(at, before) if before else at


def go_on(tx: Connection, source: str, cursor: Cursor) -> Cursor:
    """Where a reading goes on: nothing from before the last purge, which may have been a moment ago, is read."""
    return replace(cursor, horizon=not_purged(tx, source, cursor.horizon))


def purge(tx: Connection, before: datetime, now: datetime) -> None:
    """Read nothing any more that was posted before then (UTC): it would only be purged again. What no source had shown
    of that time is a gap for good."""
    control.purge_before(tx, before)
    for name, known in cursors.all_known(tx).items():
        through = known.caught_up_at
        if not is_to_us(name):
            since = through if through is not None and before - through >= LEAST_GAP else None
            gaps.purged(tx, name, since, before, PURGED, now)


def ended(work: Work, watch: Watch, reading: Reading) -> None:
    """Set the next reading: at once where more waits, by the rate of the source where it is caught up."""
    if watch.is_broke:
        _ran_out(work, watch, reading)
        return
    now, name = work.clock(), watch.source.name
    watch.failures, watch.is_behind = 0, not reading.is_caught_up and watch.paid_from is None
    _tell_back(work, watch, reading, now)
    with work.store.begin() as tx:
        heard.add(tx, name, reading.heard, now)
        if not reading.is_caught_up:
            watch.rest(now, min(watch.paid_from, money.again(now)) if watch.paid_from else now)
            (cursors.works if reading.has_read else cursors.rest)(tx, name, watch.next_at)
            return
        watch.interval = _next_interval(tx, work, watch, reading, now)
        watch.rest(now, now + watch.interval)
        gaps.filled(tx, name, now)
        newest_at = reading.newest_at or reading.known.newest_at
        seconds = round(watch.interval.total_seconds())
        cursors.works(tx, name, watch.next_at, caught_up_at=now, newest_at=newest_at, interval_s=seconds)


def _tell_back(work: Work, watch: Watch, reading: Reading, now: datetime) -> None:
    """Whoever was told that a source cannot be read is told that it can."""
    since = reading.known.failing_since
    if since is not None and reading.has_read:
        text = f"{watch.source.name} can be read again, after {length_in_words(now - since)}"
        work.tell("source_back", text, account=watch.account)


def _next_interval(tx: Connection, work: Work, watch: Watch, reading: Reading, now: datetime) -> timedelta:
    rules, known = work.config.monitor, reading.known
    recent = heard.since(tx, watch.source.name, polling.hour_of(now) - polling.LOOK_BACK)
    return polling.next_interval(
        watch.interval,
        found=bool(reading.found or reading.heard),
        posts_per_hour=polling.rate(recent, now),
        silence=max(timedelta(0), now - (reading.newest_at or known.newest_at or known.horizon)),
        poll_min=rules.poll_min,
        poll_max=rules.poll_max,
    )


def failed(work: Work, watch: Watch, reading: Reading, error: PlatformError) -> None:
    """Come back when the server says, or ever later; what it does not show meanwhile is a gap."""
    now = work.clock()
    watch.failures = reading.known.failures + 1
    watch.rest(now, max(error.retry_at or now, now + backoff(watch.failures)))
    try:
        with work.store.begin() as tx:
            _not_read(tx, watch, reading, str(error), now)
    finally:
        alarming = watch.failures == 1
        work.tell("source_failed", f"{watch.source.name}: {error}", alarming=alarming, account=watch.account)


def _ran_out(work: Work, watch: Watch, reading: Reading) -> None:
    """Without money it is tried again soon: a person may raise the budget, and tomorrow there is a new one."""
    now, why = work.clock(), money.none_left(work, watch.account)
    watch.failures = 0
    watch.rest(now, money.again(now))
    with work.store.begin() as tx:
        _not_read(tx, watch, reading, why, now, gap=f"the day's budget of {watch.account} is spent")
    if reading.known.error != why:
        text = f"{watch.source.name} is not read: {why}"
        work.tell("no_money", text, alarming=True, account=watch.account)


def _not_read(tx: Connection, watch: Watch, reading: Reading, why: str, now: datetime, gap: str = "") -> None:
    name = watch.source.name
    known = cursors.known(tx, name) or reading.known
    since = known.failing_since or now
    heard.add(tx, name, reading.heard, now)
    cursors.failed(tx, name, plain(why), since, watch.failures, watch.next_at)
    if watch.next_at - since >= LEAST_GAP:
        gaps.begin(tx, name, not_purged(tx, name, known.read_at or since), gap or in_short(why))


def in_short(why: str) -> str:
    """The first sentence of an error: what happened, without what to do."""
    return plain(why).partition(". ")[0][:_LONGEST_REASON].rstrip(". ")


def plain(text: str) -> str:
    """On one line, and without what a database refuses."""
    return " ".join(text.replace("\0", "").split())
