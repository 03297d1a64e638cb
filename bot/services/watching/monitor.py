"""Reading the sources: forward from each one's cursor until it is caught up, so that nothing is skipped."""

from __future__ import annotations

from datetime import timedelta

from bot.domain import polling
from bot.domain.money import Purpose, dollars
from bot.domain.post import Cursor, Page
from bot.errors import PlatformError
from bot.platforms.base import Instance, Platform, Source
from bot.services import identity, money
from bot.services.money import Aside
from bot.services.watching import coverage, feeds, intake
from bot.services.watching.coverage import Reading
from bot.services.watching.coverage import Watch as Watch
from bot.services.work import Work
from bot.store import control, cursors, gaps

MOST_PAGES = 500
"""How many pages one reading takes in before it lets other sources have their turn."""


LONGEST_REST = timedelta(days=1)
"""A source that is to be left alone for longer was told so by a clock that went wrong."""

BUSY_AGAIN = timedelta(seconds=5)
"""How soon to come back to a source that another worker is just reading: it may be dead before it is through."""


def watches(work: Work) -> list[Watch]:
    """Every source of every account and instance, to be read at once."""
    now, rules = work.clock(), work.config.monitor
    watched: list[tuple[str, Platform | Instance]] = [*work.platforms.items()]
    watched += [("", instance) for instance in work.instances]
    return [
        Watch(source, name, now, rules.poll_min, origin=where)
        for name, where in watched
        for source in where.sources(work.config.campaign.hashtags)
    ]


def read_in_turn(work: Work, watch: Watch) -> int:
    """Read a source unless another worker has just done so: there is one reading for all, and one bill.

    Whoever comes first when it is due reads it, so that nothing is missed when one of them has died.
    """
    now, longest = work.clock(), work.config.monitor.poll_max
    with work.store.read() as tx:
        known = cursors.known(tx, watch.source.name)
    until = known.next_at if known else None
    if until is not None and now < until <= now + max(watch.interval, longest):  # later was a clock that went wrong
        watch.rest(now, until)
        return 0
    return read(work, watch)


def read_all(work: Work, watch: Watch) -> int:
    """Read a source until it is caught up, cannot be read, or has no more money. Gives the new sightings.

    One that could not be read is left alone until its time has come, whoever has tried: so it was told, perhaps.
    """
    if _is_left_alone(work, watch):
        return 0
    found = read(work, watch)
    while watch.is_behind and not work.stopping.is_set():
        found += read(work, watch)
    return found


def _is_left_alone(work: Work, watch: Watch) -> bool:
    now = work.clock()
    with work.store.read() as tx:
        known = cursors.known(tx, watch.source.name)
    until = known.next_at if known is not None and known.failures else None
    return until is not None and now < until <= now + LONGEST_REST


def read(work: Work, watch: Watch) -> int:
    """Read a source, and set its next reading. Gives how many new sightings there are."""
    watch.is_behind = False
    with work.locks.hold(f"source-{watch.source.name}") as ours:
        if not ours or _is_over(work):
            now = work.clock()
            watch.rest(now, now + min(watch.interval, BUSY_AGAIN))
            return 0
        if watch.account in work.platforms and watch.account not in work.own_handles and not watch.failures:
            identity.learn(work, watch.account)  # or our own posts would be taken for somebody's
        if not _is_ours(work, watch):
            watch.rest(work.clock(), work.clock() + BUSY_AGAIN)
            return 0
        reading = coverage.begin(work, watch)
        try:
            _read_on(work, watch, reading)
        except PlatformError as error:
            failure: PlatformError | None = error
        else:
            failure = None
        if _is_over(work):  # purged meanwhile: nothing is kept of what was read, not even how it went
            watch.rest(work.clock(), work.clock() + watch.interval)
        elif failure is not None:
            coverage.failed(work, watch, reading, failure)
        else:
            coverage.ended(work, watch, reading)
            feeds.heed(work, watch.source, reading.known)
    return reading.found


def _is_ours(work: Work, watch: Watch) -> bool:
    """Whether the source's account still has its name: another one may have it by now, or this source another name."""
    if watch.account not in work.platforms:
        return True
    with work.store.read() as tx:
        return identity.is_ours(work, watch.account, control.account(tx, watch.account))


def _is_over(work: Work) -> bool:
    """Whether the campaign was purged after it was over: then nothing is read until somebody resumes."""
    with work.store.read() as tx:
        return control.has_ended(tx)


def _note_slowness(work: Work, watch: Watch, is_slow: bool) -> None:
    if is_slow and not watch.is_slow:
        budget = dollars(money.budget(work, watch.account) or 0)
        text = (
            f"{watch.source.name} gets what is left of today's money bit by bit until midnight (UTC): most of the "
            f"budget of {watch.account} ({budget}) is spent, or needed for posts planned today"
        )
        work.tell("slowed", text, account=watch.account)
    watch.is_slow = is_slow


def _read_on(work: Work, watch: Watch, reading: Reading) -> None:
    for _ in range(MOST_PAGES):
        cursor = None if work.stopping.is_set() else _where(work, watch, reading)
        aside = _set_aside(work, watch) if cursor else None
        if cursor is None or aside is None:
            return
        page = _read_page(work, watch, cursor, aside)
        reading.found += len(intake.take_in(work, watch.source.name, page))
        reading.take_in(page, work.clock())
        if page.gap:
            _note_loss(work, reading, page.gap)
        if reading.is_caught_up:
            return


def _where(work: Work, watch: Watch, reading: Reading) -> Cursor | None:
    """Where the next page is read; None once the campaign was purged after it was over."""
    with work.store.read() as tx:
        return None if control.has_ended(tx) else coverage.go_on(tx, watch.source.name, reading.cursor)


def _note_loss(work: Work, reading: Reading, reason: str) -> None:
    """Posts from before a source was watched were never promised; those after are lost."""
    known = reading.known
    if known.read_at is not None:
        with work.store.begin() as tx:
            began_at = coverage.not_purged(tx, known.source, known.caught_up_at or known.read_at)
            gaps.lost(tx, known.source, began_at, reason, work.clock())


def _read_page(work: Work, watch: Watch, cursor: Cursor, aside: Aside) -> Page:
    """One request, its price set aside before and settled after."""
    try:
        page = watch.source.read(cursor)
    except PlatformError as error:
        if aside.amount:
            with work.store.begin() as tx:
                money.settle_failed(tx, aside, error)
        raise
    if aside.amount:
        with work.store.begin() as tx:
            money.settle(tx, aside, page.cost)
    return page


def _set_aside(work: Work, watch: Watch) -> Aside | None:
    """The price of a page; None where there is no money for it, or not yet."""
    now, cost, purpose = work.clock(), watch.source.page_cost, purpose_of(watch.source)
    watch.is_broke, watch.paid_from = False, None
    if not cost:
        return Aside(watch.account, 0, now, purpose)
    with work.store.begin() as tx:
        purse = money.purse(tx, work, watch.account, now)
        if purse.budget is not None and purse.left >= cost:
            at = polling.paid_from(purse.used, cost, purse.share, control.next_budget(now))
            watch.paid_from = at if at > now else None
        _note_slowness(work, watch, purse.is_slow or watch.paid_from is not None)
        aside = (
            None if watch.paid_from else money.set_aside(tx, work, watch.account, cost, now, purpose, watch.source.name)
        )
    watch.is_broke = aside is None and watch.paid_from is None
    return aside


def purpose_of(source: Source) -> Purpose:
    """What reading a source is for, on the bill."""
    return Purpose.MENTIONS if coverage.is_to_us(source.name) else Purpose.SEARCH
