"""A worker is killed in the middle of its posts: from a new one's start to its first post at the server's door."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime

from tests.bench import queue
from tests.bench.door import ACCOUNTS, wait_for
from tests.bench.figures import Figure
from tests.bench.servers import Campaign
from tests.bench.start import BOT, HELP_AIM_S, seconds
from tests.bench.worker import RunningWorker

KILLS = 3
AIM = 1.5 / HELP_AIM_S
"""From start to the first post: 1.5 s where `bot --help` takes 0.15 s, on a noisy machine as often."""

POSTS, FIRST = 40, 5
"""On each account, and how many are out in all when it is killed: enough are left, and in the end there are more in a
moment than X shows."""


def measured(campaign: Campaign, worker: RunningWorker) -> list[Figure]:
    """The worker must be running; every post goes out once in the end, or it is Broken."""
    taken, bares = [], []
    for number in range(KILLS):
        taken.append(_killed(campaign, worker, number))
        bares.append(statistics.median(seconds([BOT, "--help"]) for _ in range(3)))
    whole = " / ".join(f"{one:.2f}" for one in sorted(taken))
    ours, bare = statistics.median(taken), statistics.median(bares)
    what = f"killed: from start to its first post, {campaign.kind}, {KILLS} times"
    limit = f"bot --help {bare:.2f} s"
    return [Figure(what, f"{whole} s, {ours / bare:.1f} ×", f"< {AIM:.0f} × --help", limit, ours < AIM * bare)]


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
