"""A worker is killed in the middle of its posts: from a new one's start to its first post at the server's door."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime

from tests.bench import queue
from tests.bench.door import ACCOUNTS, wait_for
from tests.bench.figures import Figure
from tests.bench.memory import LIBRARIES
from tests.bench.servers import Campaign
from tests.bench.worker import RunningWorker

KILLS = 3
POSTS, FIRST = 40, 5
"""On each account, and how many are out in all when it is killed: enough are left."""


def measured(campaign: Campaign, worker: RunningWorker) -> list[Figure]:
    """The worker must be running; every post goes out once in the end, or it is Broken."""
    taken, bares = [], []
    for number in range(KILLS):
        taken.append(_killed(campaign, worker, number))
        bares.append(_imports())
    whole = " / ".join(f"{one:.2f}" for one in sorted(taken))
    limit = f"{statistics.median(bares):.2f} s importing the same libraries"
    what = f"killed: from start to its first post, {campaign.kind}, {KILLS} times"
    return [Figure(what, f"{whole} s", limit=limit)]


def _killed(campaign: Campaign, worker: RunningWorker, number: int) -> float:
    texts = [f"Killed: {campaign.kind}, {number}, {post}" for post in range(POSTS)]

    def walls() -> list[float]:
        """When those of this time were accepted. Raises Broken for one that was so twice."""
        return [posts[text] for posts in campaign.servers.accepted().values() for text in texts if text in posts]

    queue.put(campaign.url, campaign.config, dict.fromkeys(ACCOUNTS, texts), datetime.now(UTC))
    wait_for(lambda: len(walls()) >= FIRST, "the first posts")
    worker.kill()
    assert len(walls()) < len(ACCOUNTS) * POSTS, "all was out before it was killed"
    worker.start()
    try:
        wait_for(lambda: len(walls()) == len(ACCOUNTS) * POSTS, "the rest of the posts")
    except TimeoutError as error:
        raise TimeoutError(f"{error}; the worker's log ends with {worker.events()[-3:]}") from error
    return min(wall for wall in walls() if wall > worker.started) - worker.started


def _imports() -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {LIBRARIES}"], check=True)
    return time.perf_counter() - begin
