"""From due to the door with the console beside the worker, and without it: rounds in turn, of one worker."""

from __future__ import annotations

import statistics
from contextlib import ExitStack

from bot.store.store import Store
from tests.bench.console_process import TABS, RunningConsole, signed_in, tabs
from tests.bench.door import JUDGED, worker_round
from tests.bench.figures import Figure, ms, spread
from tests.bench.servers import Campaign

ROUNDS = 5
MOST_SHARE = 1.05


def measured(campaign: Campaign) -> Figure:
    """Judged is the round in the middle of each; the worker must be running."""
    p99s: dict[bool, list[float]] = {False: [], True: []}
    store = Store.open(campaign.url)
    for number in range(ROUNDS * 2):
        has_console = bool(number % 2)
        with ExitStack() as opened:
            if has_console:
                running = opened.enter_context(RunningConsole(campaign.config, campaign.environment))
                visitor = opened.enter_context(signed_in(running.address, store, f"Tab {number}"))
                opened.enter_context(tabs(visitor))
            took = worker_round(campaign, JUDGED, f"beside, round {number}")
        p99s[has_console].append(spread(took).p99)
    store.close()
    alone, beside = (statistics.median(p99s[has_console]) for has_console in (False, True))
    rounds = "; ".join(", ".join(ms(p99) for p99 in sorted(each)) for each in p99s.values())
    return Figure(
        f"{JUDGED.deliveries} at once, {campaign.kind}, with the console and {TABS} tabs / alone (p99)",
        f"{ms(beside)} / {ms(alone)} ms, {beside / alone:.2f} times",
        f"<= {MOST_SHARE} times",
        f"alone {rounds.partition('; ')[0]}; with it {rounds.partition('; ')[2]} ms",
        beside <= MOST_SHARE * alone,
    )
