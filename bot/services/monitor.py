"""Reading the sources: forward from each one's cursor until it is caught up, so that nothing is skipped."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.hashtag import tracked
from bot.domain.moderation import judge
from bot.domain.post import Cursor, Page, SeenPost
from bot.domain.sighting import Seen
from bot.errors import Answer, PlatformError
from bot.platforms.base import Source
from bot.services.moderate import house, queue_approved
from bot.services.record import backoff, can_afford
from bot.services.work import Work
from bot.store import control, cursors, sightings

MOST_PAGES = 500
"""How many pages one reading takes in before it lets other sources have their turn."""


@dataclass
class Watch:
    """A source and its next reading (UTC): sooner while it gives something, later while it gives nothing."""

    source: Source
    account: str
    next_at: datetime
    interval: timedelta
    failures: int = field(default=0)


def watches(work: Work) -> list[Watch]:
    """Every source of every account, to be read at once."""
    now, rules = work.clock(), work.config.monitor
    return [
        Watch(source, name, now, rules.poll_min)
        for name, platform in work.platforms.items()
        for source in platform.sources(work.config.campaign.hashtags)
    ]


def read(work: Work, watch: Watch) -> int:
    """Read a source until it is caught up, and set its next reading. Gives how many new sightings there are."""
    name = watch.source.name
    with work.locks.hold(f"source-{name}") as ours:
        if not ours:
            watch.next_at = work.clock() + watch.interval
            return 0
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
        if work.stopping.is_set() or not _set_aside(work, watch):
            break
        page = _read_page(work, watch, cursor)
        found += _take_in(work, watch, page)
        cursor = page.cursor
        if not page.more:
            break
    return found


def _read_page(work: Work, watch: Watch, cursor: Cursor) -> Page:
    """One request, its price set aside before and settled after."""
    source = watch.source
    try:
        page = source.read(cursor)
    except PlatformError as error:
        if error.answer is not Answer.AMBIGUOUS:  # one that went unanswered may be on the bill
            with work.store.begin() as tx:
                control.spend(tx, watch.account, -source.page_cost, work.clock())
        raise
    with work.store.begin() as tx:
        control.spend(tx, watch.account, page.cost - source.page_cost, work.clock())
    return page


def _set_aside(work: Work, watch: Watch) -> bool:
    now, cost = work.clock(), watch.source.page_cost
    with work.store.begin() as tx:
        if not can_afford(tx, work.config.accounts[watch.account], cost, now):
            cursors.failed(tx, watch.source.name, "today's budget is spent; reading goes on tomorrow (UTC)")
            return False
        control.spend(tx, watch.account, cost, now)
        return True


def _take_in(work: Work, watch: Watch, page: Page) -> int:
    """Posts and cursor in one transaction: neither can be without the other."""
    now = work.clock()
    seen = _judged(work, page.posts)
    with work.store.begin() as tx:
        wanted = _without_forgotten(tx, work, seen)
        fresh = sightings.take_in(tx, wanted, watch.source.name, now)
        found = sightings.of_uris(tx, fresh)
        queue_approved(tx, work, found, now)
        cursors.save(tx, watch.source.name, page.cursor, now)
    for one in found:
        text = f"{one.post.url}: {one.judgement.verdict} ({', '.join(one.judgement.reasons)})"
        work.tell("seen", text, sighting=one.id, verdict=str(one.judgement.verdict))
    return len(found)


def _judged(work: Work, posts: tuple[SeenPost, ...]) -> list[Seen]:
    us, tags = house(work), work.config.campaign.hashtags
    carried = ((post, tracked(post.hashtags, tags)) for post in posts)
    return [Seen(post, own, judge(post, us)) for post, own in carried if own]


def _without_forgotten(tx: Connection, work: Work, seen: list[Seen]) -> list[Seen]:
    keys = {one.post.uri: author_key(work, one.post.author.handle) for one in seen}
    gone = sightings.forgotten_among(tx, set(keys.values()))
    return [one for one in seen if keys[one.post.uri] not in gone]


def author_key(work: Work, handle: str) -> str:
    """A keyed hash of a handle: enough to know a forgotten author again, and nothing else."""
    return hmac.new(work.store.instance_key.encode(), handle.casefold().encode(), hashlib.sha256).hexdigest()


def _succeeded(work: Work, watch: Watch, found: int) -> None:
    """Soon again after a find, ever later after none, within the limits of `[monitor]`."""
    rules = work.config.monitor
    watch.failures = 0
    watch.interval = rules.poll_min if found else min(watch.interval * 3 / 2, rules.poll_max)
    watch.next_at = work.clock() + watch.interval


def _failed(work: Work, watch: Watch, error: PlatformError) -> None:
    watch.failures += 1
    now = work.clock()
    watch.next_at = max(error.retry_at or now, now + backoff(watch.failures))
    try:
        with work.store.begin() as tx:
            cursors.failed(tx, watch.source.name, str(error))
    finally:
        work.tell("source_failed", f"{watch.source.name}: {error}", alarming=watch.failures == 1, account=watch.account)
