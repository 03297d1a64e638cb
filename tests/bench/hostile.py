"""Posts that were made to stall whoever reads them, a megabyte each: how long the worst keeps a reading busy."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from bot.services.watching import poll
from bot.services.watching.poll import SourcePoll
from bot.services.work import Work
from tests.bench import stores
from tests.bench.figures import Broken, Figure, ms
from tests.bench.intake import work_on
from tests.fuzz.hostile import written
from tests.fuzz.samples import Sample, status
from tests.fuzz.told import Answers, ToldServer, whole

MOST = 0.1
"""Seconds that one item may take, from the question to the commit."""

RUNS = 5
MEGABYTE = 1_000_000
_numbers = count(10**6)
_FILLINGS = {
    "letters": "слово ",
    "signs": "<",
    "links": '<a href="https://x.example/">',
    "blocks": "</p><br>",
    "named letters": "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "marks": "\u0315\u0300",
    "ligatures": "ﷺ",
    "digits": "&#" + "9" * 5000,
    "addresses": "https://a.example/ ",
    "hidden letters": "\u202e\u200b",
}


def measured(folder: Path) -> Iterator[Figure]:
    """The slowest of all items, in the middle of some runs each, on both databases."""
    for kind in stores.BOTH:
        store = stores.opened(kind, folder)
        with ToldServer(lambda _: whole(b"[]")) as server:
            work = work_on(store, server.url, folder)
            (watch,) = poll.source_polls(work)
            taken = {name: _seconds(work, watch, server, name) for name in [*_FILLINGS, *_heaps()]}
            usual = _seconds(work, watch, server, "")
            work.platforms["ours"].close()
            work.locks.close()
        store.close()
        slowest = max(taken, key=lambda name: taken[name])
        what = f"{kind}: the slowest of {len(taken)} hostile posts, a megabyte of {slowest}"
        limit = f"{ms(usual)} ms for a usual post"
        yield Figure(what, f"{ms(taken[slowest])} ms", f"<= {ms(MOST)} ms", limit, taken[slowest] <= MOST)


def _seconds(work: Work, watch: SourcePoll, server: ToldServer, name: str) -> float:
    taken = []
    for _ in range(RUNS):
        server.answers = _once(whole(written([_item(name)])))
        begin = time.perf_counter()
        found = poll.read(work, watch)
        taken.append(time.perf_counter() - begin)
        if found != 1:
            raise Broken(f"a post with a megabyte of {name} was not stored")
    return statistics.median(taken)


def _once(page: bytes) -> Answers:
    pages = [page]
    return lambda _: pages.pop() if pages else whole(b"[]")


def _item(name: str) -> Sample:
    usual = status(next(_numbers)) | {"created_at": datetime.now(UTC).isoformat()}
    if name in _FILLINGS:
        piece = _FILLINGS[name]
        text = piece * (MEGABYTE // len(piece.encode()))
        return usual | {"content": text, "spoiler_text": text[:1000]}
    return usual | _heaps().get(name, {})


def _heaps() -> dict[str, Sample]:
    """Too much of everything but text."""
    files = status(0)["media_attachments"]
    return {
        "hashtags": {"tags": [*status(0)["tags"], *({"name": f"й{number}"} for number in range(MEGABYTE // 20))]},
        "one hashtag": {"tags": [*status(0)["tags"], {"name": "й" * (MEGABYTE // 2)}]},
        "files": {"media_attachments": files * (MEGABYTE // 200)},
        "biography": {"account": status(0)["account"] | {"note": "<p>#no ﷺ" * (MEGABYTE // 12)}},
        "depth": {"card": {"url": "[" * MEGABYTE}},
    }
