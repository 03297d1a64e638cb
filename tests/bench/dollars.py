"""What a video found on X costs, by the simulator's own bill, beside the least that it can: one billed reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from bot.domain.money import Prices
from tests.bench import stores
from tests.bench.figures import Broken, Figure
from tests.harness.x_day import XDay
from tests.servers.x.handle import XSimulator

MANY = 300
POLL_MIN = timedelta(minutes=2)


def measured(x: XSimulator, folder: Path) -> Iterator[Figure]:
    """A simulated day, billed in both of the ways in which X may count. Raises Broken: something was missed."""
    for once, way in ((True, "a post once a day"), (False, "every reading")):
        store = stores.opened(stores.SQLITE, folder)
        with closing(XDay(x, folder, store, MANY, POLL_MIN, reads_once_a_day=once)) as day:
            day.play()
            yield from _figures(day, way)
        store.close()


def _figures(day: XDay, way: str) -> Iterator[Figure]:
    videos, billed = day.of("video", "both"), day.billed()
    missed = videos - {one.post.native_id for one in day.found()}
    if missed:
        raise Broken(f"{len(missed)} of {len(videos)} videos on X were not found")
    floor = Prices().post_read
    for_videos = sum(times for post, times in billed.items() if post in videos) * floor
    for_nothing = sum(times for post, times in billed.items() if post in day.of("own", "noise")) * floor
    said = sum(times for post, times in billed.items() if post in day.of("mention")) * floor
    spent = float(day.x.ledger()["spent"])
    count = f"{len(videos)} videos among {len(day.posts)} posts"
    search = (for_videos + for_nothing) / len(videos)
    yield Figure(
        f"X, a day, {way}: for a video found", f"${search:.4f}", f"${floor:.4f}", count, round(search, 6) <= floor
    )
    rest = f"${said:.3f} for what else was said to us, ${spent - for_videos - for_nothing - said:.3f} for who we are"
    yield Figure(f"X, a day, {way}: all readings", f"${spent:.3f}", limit=rest)
