"""Polls the sources: forward from each one's cursor, so that nothing is skipped; and when each is due again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.causes import CauseCode, because
from bot.domain import polling
from bot.domain.delivery import backoff
from bot.domain.money import Purpose
from bot.domain.post import Blind, Cursor, Page
from bot.domain.source_name import SourceKind
from bot.errors import PlatformError
from bot.platforms.base import FeedSource, Instance, Platform, Source
from bot.services import money, own_accounts
from bot.services.events import EventName
from bot.services.money import Reservation
from bot.services.watching.duplicates import KnownPosts
from bot.services.watching.watched import host_of, is_watched
from bot.services.work import Work, is_ours
from bot.store import control, sources
from bot.store.engine import Serialize, source_lock
from bot.store.sources import PollState

LEAST_GAP = timedelta(minutes=1)
"""A source that fails for less than this has no gap: the next reading goes on where the last one was."""

_LONGEST_REASON = 160
"""Letters of a platform's words that a gap keeps."""


@dataclass
class SourcePoll:
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
        """Return whether it is to be read; a clock that was set back must not keep it waiting."""
        return self.next_at <= now or now < self.set_at

    def rest(self, now: datetime, until: datetime) -> None:
        """Read it no sooner than `until` (UTC)."""
        self.set_at, self.next_at = now, until


@dataclass
class PollProgress:
    """What one reading has brought so far. `known` is how its source stood before; `found` counts new sightings;
    `posts` are those that a next page may be like."""

    known: PollState
    cursor: Cursor
    found: int = 0
    heard: Counter[datetime] = field(default_factory=Counter)
    newest_at: datetime | None = None
    has_read: bool = False
    is_caught_up: bool = False
    posts: KnownPosts = field(default_factory=KnownPosts)

    def take_in(self, page: Page, now: datetime) -> None:
        """Count a page's posts by their hours, those that came before not again; nobody posts in the future."""
        seen_until = self.known.newest_at or self.known.horizon
        for post in page.posts:
            at = min(post.created_at, now)
            if at > seen_until:
                self.heard[polling.hour_of(at)] += 1
                self.newest_at = max(at, self.newest_at or at)
        self.cursor, self.has_read, self.is_caught_up = page.cursor, True, not page.more


def begin(work: Work, poll: SourcePoll) -> PollProgress:
    """Begin a reading where the last one ended, whoever made it; a time in which nobody came is a gap."""
    now, rules, name = work.clock(), work.config.monitor, poll.source.name
    with work.store.begin() as tx:
        cursor = sources.cursor_of(tx, name, not_purged(tx, poll.source.kind, now - rules.backfill))
        state = sources.poll_state(tx, name) or PollState(name, cursor.horizon)
        expected = state.next_at or state.read_at
        is_late = expected is not None and now - not_purged(tx, poll.source.kind, expected) > rules.poll_max
        if state.read_at and is_late and not state.failing_since:
            sources.begin_gap(
                tx, name, not_purged(tx, poll.source.kind, state.read_at), because(CauseCode.NOBODY_WORKED)
            )
    if poll.set_at.year == 1 and state.interval:  # a worker that has just begun goes on with what others have learnt
        poll.interval = min(max(state.interval, rules.poll_min), rules.poll_max)
    return PollProgress(state, cursor)


def not_purged(tx: Connection, kind: SourceKind | None, at: datetime) -> datetime:
    """Return the instant itself (UTC), or that of the purge before which nothing of a source is read any more."""
    before = None if kind is SourceKind.MENTIONS else control.purged_before(tx)
    return max(at, before) if before else at


def go_on(kind: SourceKind, cursor: Cursor, purged: datetime | None) -> Cursor:
    """Return where a reading goes on: nothing from before the last purge, which may have been a moment ago, is read."""
    if purged is None or kind is SourceKind.MENTIONS or purged <= cursor.horizon:
        return cursor
    return replace(cursor, horizon=purged)


def purge(tx: Connection, before: datetime, now: datetime) -> None:
    """Read nothing any more that was posted before then (UTC): it would only be purged again. What no source had shown
    of that time is a gap for good."""
    control.purge_before(tx, before)
    for name, state in sources.all_poll_states(tx).items():
        through = state.caught_up_at
        if state.kind is not SourceKind.MENTIONS:
            since = through if through is not None and before - through >= LEAST_GAP else None
            sources.purged(tx, name, since, before, because(CauseCode.PURGED_UNREAD), now)


def ended(work: Work, poll: SourcePoll, reading: PollProgress) -> None:
    """Set the next reading: at once where more waits, by the rate of the source where it is caught up."""
    if poll.is_broke:
        _ran_out(work, poll, reading)
        return
    now, name = work.clock(), poll.source.name
    poll.failures, poll.is_behind = 0, not reading.is_caught_up and poll.paid_from is None
    _tell_back(work, poll, reading, now)
    with work.store.begin() as tx:
        sources.count_posts(tx, name, reading.heard, now)
        if not reading.is_caught_up:
            poll.rest(now, min(poll.paid_from, money.again(now)) if poll.paid_from else now)
            (sources.note_success if reading.has_read else sources.postpone_poll)(tx, name, poll.next_at)
            return
        poll.interval = _next_interval(tx, work, poll, reading, now)
        poll.rest(now, now + poll.interval)
        sources.mark_gaps_filled(tx, name, now)
        newest_at = reading.newest_at or reading.known.newest_at
        seconds = round(poll.interval.total_seconds())
        sources.note_success(tx, name, poll.next_at, caught_up_at=now, newest_at=newest_at, interval_s=seconds)


def _tell_back(work: Work, poll: SourcePoll, reading: PollProgress, now: datetime) -> None:
    """Tell whoever was told that a source cannot be read that it can."""
    since = reading.known.failing_since
    if since is not None and reading.has_read:
        work.tell(EventName.SOURCE_BACK, account=poll.account, source=poll.source.name, after=now - since)


def _next_interval(tx: Connection, work: Work, poll: SourcePoll, reading: PollProgress, now: datetime) -> timedelta:
    rules, state = work.config.monitor, reading.known
    recent = sources.posts_since(tx, poll.source.name, polling.hour_of(now) - polling.LOOK_BACK)
    return polling.next_interval(
        poll.interval,
        found=bool(reading.found or reading.heard),
        posts_per_hour=polling.rate(recent, now),
        silence=max(timedelta(0), now - (reading.newest_at or state.newest_at or state.horizon)),
        poll_min=rules.poll_min,
        poll_max=rules.poll_max,
    )


def failed(work: Work, poll: SourcePoll, reading: PollProgress, error: PlatformError) -> None:
    """Set the next reading after a failed one: when the server says, or ever later; what it does not show meanwhile is
    a gap."""
    now = work.clock()
    poll.failures = reading.known.failures + 1
    poll.rest(now, max(error.retry_at or now, now + backoff(poll.failures)))
    try:
        with work.store.begin() as tx:
            _not_read(tx, poll, reading, error.cause, now, gap=_short(error))
    finally:
        alarming = poll.failures == 1
        work.tell(
            EventName.SOURCE_FAILED,
            alarming=alarming,
            account=poll.account,
            source=poll.source.name,
            error=error.cause,
        )


def _ran_out(work: Work, poll: SourcePoll, reading: PollProgress) -> None:
    """Set the next reading soon where there was no money: a person may raise the budget, and tomorrow there is a new
    one."""
    now, why = work.clock(), money.none_left(work, poll.account)
    poll.failures = 0
    poll.rest(now, money.again(now))
    with work.store.begin() as tx:
        _not_read(tx, poll, reading, why, now, gap=because(CauseCode.BUDGET_SPENT, account=poll.account))
    if reading.known.error != why:
        source = poll.source.name
        work.tell(EventName.NO_MONEY, alarming=True, account=poll.account, source=source, error=why)


def _not_read(tx: Connection, poll: SourcePoll, reading: PollProgress, why: str, now: datetime, *, gap: str) -> None:
    name = poll.source.name
    state = sources.poll_state(tx, name) or reading.known
    since = state.failing_since or now
    sources.count_posts(tx, name, reading.heard, now)
    sources.note_failure(tx, name, why, since, poll.failures, poll.next_at)
    if poll.next_at - since >= LEAST_GAP:
        sources.begin_gap(tx, name, not_purged(tx, poll.source.kind, state.read_at or since), gap)


def _short(error: PlatformError) -> str:
    """Return what happened, without what to do about it."""
    return because(error.code, what=error.what[:_LONGEST_REASON].rstrip(". "))


def heed(work: Work, source: Source, state: PollState) -> None:
    """Ask what a source cannot see, and tell it once for its server: when it begins, and when it is over."""
    blind = source.blind() if isinstance(source, FeedSource) else None
    if blind is None or blind is state.blind:
        return
    host = host_of(source.name)
    with work.store.begin(serialize=Serialize.FEEDS) as tx:
        sources.set_blind(tx, source.name, blind)
        rest = {name: state.blind for name, state in sources.all_poll_states(tx).items() if name != source.name}
    blinds = [blind for name, blind in rest.items() if host_of(name) == host and is_watched(work.config, name)]
    if blind is not Blind.NOTHING and blind not in blinds:
        work.tell(EventName.FEEDS_OFF, alarming=True, blind=blind, host=host)
    elif blind is Blind.NOTHING and not any(blinds):
        work.tell(EventName.FEEDS_ON, host=host)


MOST_TOGETHER = 8
"""How many pages of a backlog are stored in one transaction: what each statement and each commit costs is shared."""

TOGETHER = timedelta(seconds=2)
"""For no longer than this a page waits for others to be stored with it."""

BACKLOG = 20
"""A page with as many posts is one of several; fewer are news, and stored at once."""

MOST_PAGES = 500
"""How many pages one reading takes in before it lets other sources have their turn."""


LONGEST_REST = timedelta(days=1)
"""A source that is to be left alone for longer was told so by a clock that went wrong."""

BUSY_AGAIN = timedelta(seconds=5)
"""How soon to come back to a source that another worker is just reading: it may be dead before it is through."""


def source_polls(work: Work) -> list[SourcePoll]:
    """Return every source of every account and instance, to be read at once."""
    now, rules = work.clock(), work.config.monitor
    places: list[tuple[str, Platform | Instance]] = [*work.platforms.items()]
    places += [("", instance) for instance in work.instances]
    return [
        SourcePoll(source, name, now, rules.poll_min, origin=where)
        for name, where in places
        for source in where.sources(work.config.watched_hashtags)
    ]


def read_in_turn(work: Work, poll: SourcePoll) -> int:
    """Read a source unless another worker has just done so: there is one reading for all, and one bill.

    Whoever comes first when it is due reads it, so that nothing is missed when one of them has died.
    """
    now, longest = work.clock(), work.config.monitor.poll_max
    with work.store.read() as tx:
        state = sources.poll_state(tx, poll.source.name)
    until = state.next_at if state else None
    if until is not None and now < until <= now + max(poll.interval, longest):  # later was a clock that went wrong
        poll.rest(now, until)
        return 0
    return read(work, poll)


def read_all(work: Work, poll: SourcePoll) -> int:
    """Read a source until it is caught up, cannot be read, or has no more money. Return the new sightings.

    One that could not be read is left alone until its time has come, whoever has tried: so it was told, perhaps.
    """
    if _is_left_alone(work, poll):
        return 0
    count = read(work, poll)
    while poll.is_behind and not work.stopping.is_set():
        count += read(work, poll)
    return count


def _is_left_alone(work: Work, poll: SourcePoll) -> bool:
    now = work.clock()
    with work.store.read() as tx:
        state = sources.poll_state(tx, poll.source.name)
    until = state.next_at if state is not None and state.failures else None
    return until is not None and now < until <= now + LONGEST_REST


def read(work: Work, poll: SourcePoll) -> int:
    """Read a source, and set its next reading. Return how many new sightings there are."""
    poll.is_behind = False
    with work.locks.hold(source_lock(poll.source.name)) as ours:
        if not ours or _is_over(work):
            now = work.clock()
            poll.rest(now, now + min(poll.interval, BUSY_AGAIN))
            return 0
        if poll.account in work.platforms and poll.account not in work.memory.handles and not poll.failures:
            own_accounts.learn(work, poll.account)  # or our own posts would be taken for somebody's
        if not _is_ours(work, poll):
            poll.rest(work.clock(), work.clock() + BUSY_AGAIN)
            return 0
        reading = begin(work, poll)
        try:
            _read_on(work, poll, reading)
        except PlatformError as error:
            failure: PlatformError | None = error
        else:
            failure = None
        if _is_over(work):  # purged meanwhile: nothing is kept of what was read, not even how it went
            poll.rest(work.clock(), work.clock() + poll.interval)
        elif failure is not None:
            failed(work, poll, reading, failure)
        else:
            ended(work, poll, reading)
            heed(work, poll.source, reading.known)
    return reading.found


def _is_ours(work: Work, poll: SourcePoll) -> bool:
    """Return whether the source's account still has its name: another one may have it by now, or this source another
    name."""
    if poll.account not in work.platforms:
        return True
    with work.store.read() as tx:
        return is_ours(work, poll.account, control.account(tx, poll.account))


def _is_over(work: Work) -> bool:
    """Return whether the campaign was purged after it was over: then nothing is read until somebody resumes."""
    with work.store.read() as tx:
        return control.has_ended(tx)


def _note_slowness(work: Work, poll: SourcePoll, is_slow: bool) -> None:
    if is_slow and not poll.is_slow:
        budget = money.budget(work, poll.account) or 0
        work.tell(EventName.SLOWED, account=poll.account, source=poll.source.name, budget_micro_usd=budget)
    poll.is_slow = is_slow


def _read_on(work: Work, poll: SourcePoll, reading: PollProgress) -> None:
    goes_on, count = True, 0
    while goes_on and count < MOST_PAGES:
        pages: list[Page] = []
        try:
            goes_on = _read_together(work, poll, reading.cursor, pages, min(MOST_TOGETHER, MOST_PAGES - count))
        finally:
            _take_in(work, poll, reading, pages)
        count += len(pages)


def _read_together(work: Work, poll: SourcePoll, cursor: Cursor, pages: list[Page], most: int) -> bool:
    """Read pages that are stored in one transaction, `most` of them at most. Return whether more waits that may be read
    now.

    It is one, unless it is full, costs nothing and moves the cursor, so that a crash has all of them read again, and
    the next come quickly.
    """
    begun = work.clock()
    while True:
        onward = None if work.stopping.is_set() else _where(work, poll, cursor)
        reservation = _set_aside(work, poll) if onward else None
        if onward is None or reservation is None:
            return False
        page = _read_page(work, poll, onward, reservation)
        pages.append(page)
        is_backlog = page.more and len(page.posts) >= BACKLOG and page.cursor != cursor and not poll.source.page_cost
        cursor = page.cursor
        if not is_backlog or len(pages) == most or not begun <= work.clock() < begun + TOGETHER:
            return page.more


def _take_in(work: Work, poll: SourcePoll, reading: PollProgress, pages: Sequence[Page]) -> None:
    if not pages:
        return
    posts = tuple(post for page in pages for post in page.posts)
    unreadable = tuple(entry for page in pages for entry in page.unreadable)
    merged = replace(pages[-1], posts=posts, unreadable=unreadable)
    if posts or unreadable:
        from bot.services.watching import ingest  # all that judges posts takes 5 ms to load, and most pages bring none

        reading.found += len(ingest.ingest(work, poll.source.name, merged, reading.posts))
    else:
        _move_on(work, poll.source.name, merged.cursor)
    for page in pages:
        reading.take_in(page, work.clock())
        if page.gap:
            _note_loss(work, reading, page.gap)


def _move_on(work: Work, source: str, cursor: Cursor) -> None:
    """Move the cursor past pages that brought nothing, unless the campaign was purged after it was over."""
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        has_ended, _ = control.purges(tx)
        if not has_ended:
            sources.save_cursor(tx, source, cursor, work.clock())


def _where(work: Work, poll: SourcePoll, cursor: Cursor) -> Cursor | None:
    """Return where the next page is read; None once the campaign was purged after it was over."""
    has_ended, purged = control.purges_of(work.store.read_row(control.PURGES))
    return None if has_ended else go_on(poll.source.kind, cursor, purged)


def _note_loss(work: Work, reading: PollProgress, reason: str) -> None:
    """Mark what a source does not give any more as lost. Posts from before it was watched were never promised."""
    state = reading.known
    if state.read_at is not None:
        with work.store.begin() as tx:
            began_at = not_purged(tx, state.kind, state.caught_up_at or state.read_at)
            sources.mark_gaps_lost(tx, state.source, began_at, reason, work.clock())


def _read_page(work: Work, poll: SourcePoll, cursor: Cursor, reservation: Reservation) -> Page:
    """Make one request, its price reserved before and settled after."""
    try:
        page = poll.source.read(cursor)
    except PlatformError as error:
        if reservation.amount:
            with work.store.begin() as tx:
                money.settle_failed(tx, reservation, error)
        raise
    if reservation.amount:
        with work.store.begin() as tx:
            money.settle(tx, reservation, page.cost)
    return page


def _set_aside(work: Work, poll: SourcePoll) -> Reservation | None:
    """Reserve the price of a page, and return the reservation; None where there is no money for it, or not yet."""
    now, cost, purpose = work.clock(), poll.source.page_cost, purpose_of(poll.source)
    poll.is_broke, poll.paid_from = False, None
    if not cost:
        return Reservation(poll.account, 0, now, purpose)
    with work.store.begin() as tx:
        today = money.budget_status(tx, work, poll.account, now)
        if today.budget is not None and today.left >= cost:
            at = polling.paid_from(today.used, cost, today.share, control.next_budget(now))
            poll.paid_from = at if at > now else None
        _note_slowness(work, poll, today.is_slow or poll.paid_from is not None)
        reservation = (
            None if poll.paid_from else money.reserve(tx, work, poll.account, cost, now, purpose, poll.source.name)
        )
    poll.is_broke = reservation is None and poll.paid_from is None
    return reservation


def purpose_of(source: Source) -> Purpose:
    """Return what reading a source is for, on the bill."""
    return Purpose.MENTIONS if source.kind is SourceKind.MENTIONS else Purpose.SEARCH
