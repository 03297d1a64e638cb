"""Statuses taken in per second: from a hashtag's pages, asked for over HTTP, into an empty store and a crowded one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.domain.campaign import Account, Campaign, Config, PlatformName
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.services.watching import poll
from bot.services.work import ProcessMemory, Work
from bot.store import schema as t
from bot.store.store import Store, locks_of
from bot.worker.jobs import spare_what_stays
from tests.bench import stores
from tests.bench.bare_intake import bare
from tests.bench.crowd import MILLION, crowd
from tests.bench.figures import Broken, Figure
from tests.bench.pages import TAG, Replay, real_pages
from tests.servers.mastodon.handle import MastodonServer

PAGES = 60
RUNS = 3
AIM = 0.25
SLOWER = 0.9
"""How fast a store with a million sightings must still be, beside an empty one."""

_numbers = count(1)


def measured(server: MastodonServer, folder: Path) -> Iterator[Figure]:
    """Ours and the bare cost, in turn, on the same pages and the same disk; then with a million sightings there."""
    pages = real_pages(server, PAGES)
    spare_what_stays()  # as a worker does when it starts
    for kind in stores.BOTH:
        with Replay(pages) as replay:
            ours, bares = [], []
            for _ in range(RUNS):
                store = stores.opened(kind, folder)
                ours.append(_rate(replay.url, store, folder, len(pages)))
                bares.append(bare(kind, pages, store, stores.new(kind, folder)))
                store.close()
            empty, alone = statistics.median(ours), statistics.median(bares)
            what = f"{kind}: taken in, {len(pages)} pages of 40 over HTTP, judged, stored"
            limit = f"{alone:,.0f}/s decoding and inserting alone ({empty / alone:.0%} of it)"
            yield Figure(what, f"{empty:,.0f}/s", f">= {alone * AIM:,.0f}/s", limit, empty >= alone * AIM)
            crowded = _crowded(kind, replay.url, folder, len(pages))
            what = f"{kind}: the same with {MILLION:,} sightings in the store"
            limit = f"{empty:,.0f}/s into an empty store"
            yield Figure(what, f"{crowded:,.0f}/s", f">= {empty * SLOWER:,.0f}/s", limit, crowded >= empty * SLOWER)


def _crowded(kind: str, url: str, folder: Path, pages: int) -> float:
    store = stores.opened(kind, folder)
    crowd(store)
    rate = _rate(url, store, folder, pages)
    store.close()
    return rate


def _rate(url: str, store: Store, folder: Path, pages: int) -> float:
    """Statuses a second, in one reading of the source until it is caught up."""
    work = work_on(store, url, folder)
    (watch,) = poll.source_polls(work)
    with store.read() as tx:
        before = tx.execute(select(func.count()).select_from(t.sighting)).scalar_one()
    begin = time.perf_counter()
    poll.read(work, watch)
    seconds = time.perf_counter() - begin
    with store.read() as tx:
        found = tx.execute(select(func.count()).select_from(t.sighting)).scalar_one() - before
    work.platforms["ours"].close()
    work.locks.close()
    if found != pages * 40:
        raise Broken(f"{pages * 40} posts were there, and {found} were stored")
    return found / seconds


def work_on(store: Store, url: str, folder: Path) -> Work:
    """A worker that reads one hashtag from a server at `url`."""
    campaign = Campaign("The benchmark", date(2030, 4, 16), ZoneInfo("UTC"), ("en",), (TAG,))
    config = Config(campaign, {"ours": Account("ours", PlatformName.MASTODON, url)})
    platform = MastodonPlatform("ours", url, "token", _now, mentions=False)
    locks = locks_of(store, folder / f"locks-{next(_numbers)}")
    work = Work(config, store, {"ours": platform}, locks, _now, folder, lambda _: None, ProcessMemory())
    work.memory.handles["ours"] = "@campaign@mastodon.example"
    return work


def _now() -> datetime:
    return datetime.now(UTC)
