"""From due to the door with the console beside the worker, and without it: pairs of rounds in turn, of one worker."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from bot.store.store import Store
from tests.bench.console_process import TABS, RunningConsole, signed_in, tabs
from tests.bench.door import JUDGED, worker_round
from tests.bench.figures import Figure, ms, spread
from tests.bench.servers import Campaign
from tests.bench.worker import RunningWorker

PAIRS = 9
MOST_SHARE = 1.05


@dataclass(frozen=True)
class Round:
    """What a round took (seconds): the median and the 99th percentile from due to the door, and the worker's
    processor."""

    p50: float
    p99: float
    processor: float


def measured(campaign: Campaign, worker: RunningWorker) -> Iterator[Figure]:
    """Judged is the pair in the middle: what else the machine does meanwhile is in both of a pair, or in the pairs at
    the ends. Which round of a pair comes first changes from one to the next."""
    store, numbers = Store.open(campaign.url), count()
    pairs: list[tuple[Round, Round]] = []
    for pair in range(PAIRS):
        rounds: dict[bool, Round] = {}
        for has_console in (False, True) if pair % 2 else (True, False):
            name = f"beside, round {next(numbers)}"
            if has_console:
                with _console_beside(campaign, store, f"Tab {pair}"):
                    rounds[has_console] = _round(campaign, worker, name)
            else:
                rounds[has_console] = _round(campaign, worker, name)
        pairs.append((rounds[False], rounds[True]))
    store.close()
    p99s = [beside.p99 / alone.p99 for alone, beside in pairs]
    p50s = [beside.p50 / alone.p50 for alone, beside in pairs]
    work = [beside.processor / alone.processor for alone, beside in pairs]
    alone, beside = (statistics.median(pair[place].p99 for pair in pairs) for place in range(2))
    yield Figure(
        f"{JUDGED.deliveries} at once, {campaign.kind}, with the console and {TABS} tabs / alone (p99)",
        f"{statistics.median(p99s):.2f} times, {ms(beside)} / {ms(alone)} ms",
        f"<= {MOST_SHARE} times",
        f"each pair: {_each(p99s)}",
        statistics.median(p99s) <= MOST_SHARE,
    )
    yield Figure(
        "  the same, half of them out / the worker's processor",
        f"{statistics.median(p50s):.2f} / {statistics.median(work):.2f} times",
        "",
        f"each pair: {_each(p50s)} / {_each(work)}",
    )


@contextmanager
def _console_beside(campaign: Campaign, store: Store, name: str) -> Iterator[None]:
    with (
        RunningConsole(campaign.config, campaign.environment) as running,
        signed_in(running.address, store, name) as visitor,
        tabs(visitor),
    ):
        yield


def _round(campaign: Campaign, worker: RunningWorker, name: str) -> Round:
    processor = worker.processor()
    took = spread(worker_round(campaign, JUDGED, name))
    return Round(took.median, took.p99, worker.processor() - processor)


def _each(shares: list[float]) -> str:
    return ", ".join(f"{share:.2f}" for share in sorted(shares))
