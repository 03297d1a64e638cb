"""From due to accepted at the server's door: 1, 50 and 500 deliveries due in the same second, on two accounts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.bench import bare, queue
from tests.bench.figures import Figure, spread
from tests.bench.servers import Campaign, Servers

ACCOUNTS = ("mastodon", "x")
AIM_S, AIM_TIMES = 0.25, 2.0
PATIENCE_S, LOOK_S = 120.0, 0.05
_LEAD_S = 2.5
"""How long before they are due the posts of a round are queued: the worker looks every second."""


@dataclass(frozen=True)
class Size:
    """So many deliveries in one second, so many rounds of them.

    For `quiet` seconds after that second the servers are not asked for their ledgers, which would take their time.
    """

    deliveries: int
    rounds: int
    quiet: float

    @property
    def shares(self) -> dict[str, int]:
        """How many are each account's; a single one is the first account's."""
        each = self.deliveries // len(ACCOUNTS)
        return dict.fromkeys(ACCOUNTS, each) if each else {ACCOUNTS[0]: self.deliveries}


FEW, JUDGED, MANY = Size(1, 3, 0.5), Size(50, 3, 1.5), Size(500, 1, 5.0)
SIZES = (FEW, JUDGED, MANY)


def measured(campaign: Campaign) -> list[Figure]:
    """The worker's rounds and the bare client's, in turn; the worker must be running."""
    return [figure for size in SIZES for figure in _of_size(campaign, size)]


def _of_size(campaign: Campaign, size: Size) -> list[Figure]:
    ours: list[list[float]] = []
    bares: list[list[float]] = []
    for number in range(size.rounds):
        ours.append(worker_round(campaign, size, f"worker, round {number}"))
        bares.append(_bare_round(campaign, size, number))
    return _figures(campaign.kind, size, ours, bares)


def worker_round(campaign: Campaign, size: Size, name: str) -> list[float]:
    """Return how many seconds after its second each post of a round was accepted; no two rounds have one `name`."""
    texts = _texts(f"{campaign.kind} {name}", size)
    due = float(math.ceil(time.time() + _LEAD_S))
    queue.put(campaign.url, campaign.config, texts, datetime.fromtimestamp(due, UTC))
    assert time.time() < due - 1.0, "queueing the posts took too long for this round to mean anything"
    return _after(campaign.servers, size, texts, due)


def _bare_round(campaign: Campaign, size: Size, number: int) -> list[float]:
    texts = _texts(f"{campaign.kind} bare, round {number}", size)
    start = time.time() + 0.5 + size.deliveries / 500  # the requests are made ready before
    bare.post_all(campaign.servers, texts, start)
    return _after(campaign.servers, size, texts, start)


def _texts(whose: str, size: Size) -> dict[str, list[str]]:
    text = f"Freedom for the union leaders in prison: {whose}, {size.deliveries}, post {{}}. #FreeThem"
    return {account: [text.format(post) for post in range(share)] for account, share in size.shares.items()}


def _after(servers: Servers, size: Size, texts: dict[str, list[str]], start: float) -> list[float]:
    """Seconds from `start` to each acceptance: the accounts one after the other, each in the order of acceptance."""

    def walls() -> list[list[float]]:
        accepted = servers.accepted()
        return [
            sorted(accepted[name][text] for text in those if text in accepted[name]) for name, those in texts.items()
        ]

    time.sleep(max(0.0, start + size.quiet - time.time()))
    wait_for(lambda: [len(one) for one in walls()] == list(size.shares.values()), "the posts of a round")
    return [wall - start for account in walls() for wall in account]


def wait_for(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {PATIENCE_S:.0f} s")
        time.sleep(LOOK_S)


def _figures(kind: str, size: Size, ours: list[list[float]], bares: list[list[float]]) -> list[Figure]:
    """The k-th post of an account is held against the bare client's k-th, the median of its rounds.

    Judged is the round in the middle: on a shared machine the worst one tells of the others at work on it.
    """
    usual = [sorted(kth)[len(kth) // 2] for kth in zip(*bares, strict=True)]
    beyond = [[mine - theirs for mine, theirs in zip(one, usual, strict=True)] for one in ours]
    middle = sorted((spread(one) for one in beyond), key=lambda one: one.p99)[len(beyond) // 2]
    whole = spread([second for one in ours for second in one])
    limit = spread([second for one in bares for second in one])
    rounds = ", ".join(f"{spread(one).p99 * 1000:.0f}" for one in beyond)
    is_judged, times = size is JUDGED, whole.most / limit.most
    return [
        Figure(
            f"due to door, {size.deliveries} at once, {kind} (p50/p99/last)",
            str(whole),
            f"<= {AIM_TIMES:.0f}x" if size is MANY else "",
            f"{limit} bare client ({times:.1f}x)",
            times <= AIM_TIMES if size is MANY else None,
        ),
        Figure(
            "  beyond the server's own time, the middle round",
            str(middle),
            "p99 < 250 ms" if is_judged else "",
            f"rounds: {rounds} ms",
            middle.p99 < AIM_S if is_judged else None,
        ),
    ]
