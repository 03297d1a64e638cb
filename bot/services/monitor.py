"""Reading the sources: forward from each one's cursor until it is caught up, so that nothing is skipped."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.domain.circuit import backoff
from bot.domain.hashtag import tracked
from bot.domain.moderation import judge
from bot.domain.post import Cursor, Page, SeenPost
from bot.domain.sighting import Seen
from bot.errors import Answer, PlatformError
from bot.platforms.base import Source
from bot.services import identity, money
from bot.services.keys import author_key
from bot.services.moderate import house, queue_approved
from bot.services.money import Aside
from bot.services.work import SIGHTINGS, Work
from bot.store import cursors, sightings

MOST_PAGES = 500
"""How many pages one reading takes in before it lets other sources have their turn."""


BUSY_AGAIN = timedelta(seconds=5)
"""How soon to come back to a source that another worker is just reading: it may be dead before it is through."""


@dataclass
class Watch:
    """A source and its next reading (UTC): sooner while it gives something, later while it gives nothing."""

    source: Source
    account: str
    next_at: datetime
    interval: timedelta
    failures: int = 0
    is_broke: bool = False
    set_at: datetime = field(default=datetime.min.replace(tzinfo=UTC))

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be read; a clock that was set back must not keep it waiting."""
        return self.next_at <= now or now < self.set_at

    def rest(self, now: datetime, until: datetime) -> None:
        """Read it no sooner than `until` (UTC)."""
        self.set_at, self.next_at = now, until


def watches(work: Work) -> list[Watch]:
    """Every source of every account, to be read at once."""
    now, rules = work.clock(), work.config.monitor
    return [
        Watch(source, name, now, rules.poll_min)
        for name, platform in work.platforms.items()
        for source in platform.sources(work.config.campaign.hashtags)
    ]


def read_in_turn(work: Work, watch: Watch) -> int:
    """Read a source unless another worker has just done so: there is one reading for all, and one bill.

    Whoever comes first when it is due reads it, so that nothing is missed when one of them has died.
    """
    now = work.clock()
    with work.store.read() as tx:
        until = cursors.next_at(tx, watch.source.name)
    longest = max(watch.interval, work.config.monitor.poll_max)
    if until is not None and now < until <= now + longest:  # later than that was a clock that went wrong
        watch.rest(now, until)
        return 0
    return read(work, watch)


def read(work: Work, watch: Watch) -> int:
    """Read a source until it is caught up, and set its next reading. Gives how many new sightings there are."""
    name = watch.source.name
    with work.locks.hold(f"source-{name}") as ours:
        if not ours:
            now = work.clock()
            watch.rest(now, now + min(watch.interval, BUSY_AGAIN))
            return 0
        if watch.account not in work.own_handles and not watch.failures:
            identity.learn(work, watch.account)  # or our own posts would be taken for somebody's
        try:
            found = _catch_up(work, watch)
        except PlatformError as error:
            _failed(work, watch, error)
            return 0
        _succeeded(work, watch, found)
    return found


def _catch_up(work: Work, watch: Watch) -> int:
    now, rules = work.clock(), work.config.monitor
    with work.store.begin() as tx:
        cursor = cursors.get(tx, watch.source.name, now - rules.backfill)
    found = 0
    for _ in range(MOST_PAGES):
        aside = None if work.stopping.is_set() else _set_aside(work, watch)
        if aside is None:
            break
        page = _read_page(work, watch, cursor, aside)
        found += _take_in(work, watch, page)
        cursor = page.cursor
        if not page.more:
            break
    return found


def _read_page(work: Work, watch: Watch, cursor: Cursor, aside: Aside) -> Page:
    """One request, its price set aside before and settled after."""
    try:
        page = watch.source.read(cursor)
    except PlatformError as error:
        if error.answer is not Answer.AMBIGUOUS:  # one that went unanswered may be on the bill
            with work.store.begin() as tx:
                money.settle(tx, aside, billed=0)
        raise
    if page.cost != aside.amount:
        with work.store.begin() as tx:
            money.settle(tx, aside, page.cost)
    return page


def _set_aside(work: Work, watch: Watch) -> Aside | None:
    if not watch.source.page_cost:
        return Aside(watch.account, 0, work.clock())
    with work.store.begin() as tx:
        aside = money.set_aside(tx, work, watch.account, watch.source.page_cost, work.clock())
        if aside is None:
            cursors.failed(tx, watch.source.name, money.none_left(work, watch.account))
    if aside is None and not watch.is_broke:
        text = f"{watch.source.name} is not read: {money.none_left(work, watch.account)}"
        work.tell("no_money", text, alarming=True, account=watch.account)
    watch.is_broke = aside is None
    return aside


def _take_in(work: Work, watch: Watch, page: Page) -> int:
    """Posts and cursor in one transaction: neither can be without the other."""
    now = work.clock()
    seen = _judged(work, page.posts)
    with work.store.begin(turn=SIGHTINGS) as tx:
        wanted = _without_forgotten(tx, work, seen)
        found = sightings.take_in(tx, wanted, watch.source.name, now)
        queue_approved(tx, work, found, now)
        cursors.save(tx, watch.source.name, page.cursor, now)
    for one in found:
        text = f"sighting {one.id}: {one.judgement.verdict} ({', '.join(one.judgement.reasons)})"
        work.tell("seen", text, sighting=one.id, verdict=str(one.judgement.verdict))
    return len(found)


def _judged(work: Work, posts: tuple[SeenPost, ...]) -> list[Seen]:
    us, tags = house(work), work.config.campaign.hashtags
    carried = ((post, tracked(post.hashtags, tags)) for post in posts)
    return [Seen(post, own, judge(post, us)) for post, own in carried if own]


def _without_forgotten(tx: Connection, work: Work, seen: list[Seen]) -> list[Seen]:
    if sightings.nobody_is_forgotten(tx):
        return seen
    keys = {one.post.uri: author_key(work, one.post.author.handle) for one in seen}
    gone = sightings.forgotten_among(tx, set(keys.values()))
    return [one for one in seen if keys[one.post.uri] not in gone]


def _succeeded(work: Work, watch: Watch, found: int) -> None:
    """Soon again after a find, ever later after none, within the limits of `[monitor]`."""
    rules = work.config.monitor
    watch.failures = 0
    watch.interval = rules.poll_min if found else min(watch.interval * 3 / 2, rules.poll_max)
    now = work.clock()
    watch.rest(now, now + watch.interval)
    with work.store.begin() as tx:
        cursors.rest(tx, watch.source.name, watch.next_at)


def _failed(work: Work, watch: Watch, error: PlatformError) -> None:
    watch.failures += 1
    now = work.clock()
    watch.rest(now, max(error.retry_at or now, now + backoff(watch.failures)))
    try:
        with work.store.begin() as tx:
            cursors.failed(tx, watch.source.name, str(error))
            cursors.rest(tx, watch.source.name, watch.next_at)
    finally:
        work.tell("source_failed", f"{watch.source.name}: {error}", alarming=watch.failures == 1, account=watch.account)
