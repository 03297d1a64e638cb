"""From due to accepted at the server's door: 50 posts due in the same second on two accounts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bot.app import open_app
from bot.scheduler import system_clock
from bot.services import compose
from tests.bench import bare
from tests.bench.figures import Figure, Spread, spread
from tests.bench.servers import Servers

ACCOUNTS = ("mastodon", "x")
POSTS = 25
ROUNDS = 3
AIM_S = 0.25
PATIENCE_S = 30.0
_LEAD_S = 6.0
"""How long before they are due the posts of a round are queued."""

_QUIET_S = 2.0
"""For how long after that the servers are not asked for their ledgers, which would take their time."""


def measured(servers: Servers, config: Path) -> list[Figure]:
    """The worker's rounds and the bare client's, in turn; the worker must be running."""
    ours: list[list[float]] = []
    bares: list[list[float]] = []
    for number in range(ROUNDS):
        ours.append(_worker_round(servers, config, number))
        bares.append(_bare_round(servers, number))
    return _figures(ours, bares)


def _worker_round(servers: Servers, config: Path, number: int) -> list[float]:
    texts = list(_texts("worker", number))
    due = float(math.ceil(time.time() + _LEAD_S))
    app = open_app(config, system_clock, lambda _: None)
    at = datetime.fromtimestamp(due, UTC).isoformat()
    for text in texts:
        for account in ACCOUNTS:
            compose.post(app.work, text, account, at, "en", "1h", "bench")
    app.close()
    assert time.time() < due - 1.0, "queueing the posts took too long for this round to mean anything"
    return _after(servers, texts, due)


def _bare_round(servers: Servers, number: int) -> list[float]:
    texts = list(_texts("bare", number))
    start = time.time() + 1.0
    bare.post_all(servers, texts, start)
    return _after(servers, texts, start)


def _texts(whose: str, number: int) -> Iterator[str]:
    for post in range(POSTS):
        yield f"Freedom for the union leaders in prison: {whose}, round {number}, post {post}. #FreeBelarusUnionists"


def _after(servers: Servers, texts: list[str], start: float) -> list[float]:
    """Seconds from `start` to each acceptance: the accounts one after the other, each in the order of acceptance."""

    def walls() -> list[list[float]]:
        accepted = servers.accepted()
        return [sorted(accepted[name][text] for text in texts if text in accepted[name]) for name in ACCOUNTS]

    time.sleep(max(0.0, start + _QUIET_S - time.time()))
    wait_for(lambda: all(len(one) == len(texts) for one in walls()), "the posts of a round")
    return [wall - start for account in walls() for wall in account]


def wait_for(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {PATIENCE_S:.0f} s")
        time.sleep(0.2)


def _figures(ours: list[list[float]], bares: list[list[float]]) -> list[Figure]:
    """The k-th post of an account is held against the bare client's k-th, the median of its rounds.

    Judged is the round in the middle: on a shared machine the worst one tells of the others at work on it.
    """
    usual = [sorted(kth)[len(kth) // 2] for kth in zip(*bares, strict=True)]
    beyond = [[mine - theirs for mine, theirs in zip(one, usual, strict=True)] for one in ours]
    middle = sorted((spread(one) for one in beyond), key=lambda one: one.p99)[len(beyond) // 2]
    whole = spread([second for one in ours for second in one])
    limit = spread([second for one in bares for second in one])
    rounds = ", ".join(f"{spread(one).p99 * 1000:.0f}" for one in beyond)
    head = f"due to door, {POSTS} posts on each of {len(ACCOUNTS)} accounts (p50/p99/max)"
    first = spread([one[place] for one in ours for place in (0, POSTS)])
    return [
        Figure(head, str(whole), limit=f"{limit} bare client"),
        Figure(
            "  beyond the server's own time, the middle round",
            str(middle),
            "p99 < 250 ms",
            f"rounds: {rounds} ms",
            _met(middle),
        ),
        Figure("  the first post of each account", str(first)),
    ]


def _met(beyond: Spread) -> bool:
    return beyond.p99 < AIM_S
