"""Statuses taken in per second: from a hashtag's pages, asked for over HTTP, into SQLite."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from bot.domain.campaign import Account, Campaign, Config, PlatformName
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.mastodon.entities import Status
from bot.services import monitor
from bot.services.work import Work
from bot.store.locks import FileLocks
from bot.store.store import Store, sqlite_url
from tests.bench.figures import Figure
from tests.bench.pages import TAG, Replay, multiplied, real_pages
from tests.servers.mastodon.handle import MastodonServer

PAGES = 12
TIMES = 10
RUNS = 3
AIM = 5000

Rows = list[tuple[Any, ...]]


def measured(server: MastodonServer, folder: Path) -> list[Figure]:
    """Ours and the bare cost, in turn, on the same pages and the same disk."""
    pages = multiplied(real_pages(server, PAGES), TIMES)
    ours, bares, rows = [], [], Rows()
    with Replay(pages) as replay:
        for run in range(RUNS):
            seconds, rows = _taken_in(replay.url, folder / f"ours-{run}")
            ours.append(len(rows) / seconds)
            bares.append(len(rows) / _bare(pages, rows, folder / f"bare-{run}"))
    rate, bare = statistics.median(ours), statistics.median(bares)
    what = f"taken in, {len(pages)} pages of 40 over HTTP, judged, committed page by page"
    limit = f"{bare:,.0f}/s decoding and inserting alone"
    return [Figure(what, f"{rate:,.0f}/s", f">= {AIM:,}/s", limit, rate >= AIM)]


def _taken_in(url: str, folder: Path) -> tuple[float, Rows]:
    """Seconds for one reading of the source until it is caught up, and the rows that it made."""
    store = Store.open(sqlite_url(folder / "groundswell.db"))
    work = _work(store, url, folder)
    (watch,) = monitor.watches(work)
    begin = time.perf_counter()
    found = monitor.read(work, watch)
    seconds = time.perf_counter() - begin
    with store.read() as tx:
        rows = [tuple(row) for row in tx.exec_driver_sql("SELECT * FROM sighting ORDER BY id")]
    assert found == len(rows), f"{found} sightings were found and {len(rows)} stored"
    work.platforms["ours"].close()
    store.close()
    return seconds, rows


def _work(store: Store, url: str, folder: Path) -> Work:
    campaign = Campaign("The benchmark", date(2030, 4, 16), ZoneInfo("UTC"), ("en",), (TAG,))
    config = Config(campaign, {"ours": Account("ours", PlatformName.MASTODON, url)})
    platform = MastodonPlatform("ours", url, "token", _now)
    work = Work(config, store, {"ours": platform}, FileLocks(folder / "locks"), _now, folder, lambda _: None)
    work.own_handles["ours"] = "@campaign@mastodon.example"
    return work


def _now() -> datetime:
    return datetime.now(UTC)


def _bare(pages: Sequence[bytes], rows: Rows, folder: Path) -> float:
    """Seconds for what cannot be saved: the same pages decoded, the same rows inserted, each page committed."""
    Store.open(sqlite_url(folder / "bare.db")).close()
    decoder = msgspec.json.Decoder(list[Status], strict=False)
    insert = f"INSERT INTO sighting VALUES ({', '.join('?' * len(rows[0]))})"
    database = sqlite3.connect(folder / "bare.db", isolation_level=None)
    database.execute("PRAGMA synchronous = FULL")
    begin, done = time.perf_counter(), 0
    for page in pages:
        count = len(decoder.decode(page))
        database.execute("BEGIN IMMEDIATE")
        database.executemany(insert, rows[done : done + count])
        database.execute("COMMIT")
        done += count
    seconds = time.perf_counter() - begin
    database.close()
    return seconds
