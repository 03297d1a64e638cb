"""Every command and service that a face calls, and a worker's waking, on 100,000 deliveries and a million sightings."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import event

from bot.domain.delivery import State
from bot.domain.sighting import SightingState
from bot.services import budget, decisions, explain, forecast, report, selection, stop
from bot.services.checks import preflight
from bot.services.moderation import review_queue
from bot.services.protection import forget
from bot.services.selection import DeliveryFilter, SightingFilter
from bot.services.sending import deliver, media
from bot.services.status import status
from bot.services.watching import duplicates
from bot.services.work import Work
from bot.store import authors, sightings
from bot.store.store import Store
from bot.worker import upkeep
from bot.worker.jobs import LONGEST
from tests.bench import stores
from tests.bench.crowd import DELIVERIES, MILLION, crowd, crowd_of_deliveries
from tests.bench.embedded import work_on
from tests.bench.figures import Figure, ms

ACCOUNT = "one"
LONGEST_S = 1.0
"""A person waits no longer than this for what a face asks of the services."""

WAKING_S = 0.05
"""What a worker does each second may take so long."""

MOST_MB = 60
"""What a service may take beside what there was before: nothing loads a table."""


@dataclass(frozen=True)
class Call:
    """What a face, or with `is_waking` the worker, asks."""

    what: str
    run: Callable[[], object]
    is_waking: bool = False


def measured(folder: Path) -> Iterator[Figure]:
    """The slowest statement of each call stands beside it: that is where to look first."""
    for kind in stores.BOTH:
        own = folder / f"scale-{kind}"
        own.mkdir()
        store = stores.opened(kind, own)
        work = work_on(store, own, [ACCOUNT])
        crowd(store, work.clock() - timedelta(days=2))
        crowd_of_deliveries(store, ACCOUNT, work.clock())
        yield from _on(kind, work)
        store.close()


def _on(kind: str, work: Work) -> Iterator[Figure]:
    deliver.deliver(work, ACCOUNT)  # the first one of a worker takes up what others have left
    slowest: list[tuple[float, str]] = []
    _time_statements(work.store, slowest)
    for call in _calls(work):
        slowest.clear()
        begin, before = time.perf_counter(), _most_mb()
        call.run()
        seconds, grown = time.perf_counter() - begin, _most_mb() - before
        aim = WAKING_S if call.is_waking else LONGEST_S
        longest, statement = max(slowest, default=(0.0, "none"))
        limit = f"{len(slowest)} statements, the slowest {ms(longest)} ms: {statement[:90]}"
        value = f"{ms(seconds)} ms" + (f", {grown:.0f} MB" if grown >= 1 else "")
        is_met = seconds < aim and grown < MOST_MB
        yield Figure(f"{kind}, {DELIVERIES:,} and {MILLION:,}: {call.what}", value, f"< {ms(aim)} ms", limit, is_met)


def _calls(work: Work) -> list[Call]:
    return [
        Call("a waking", partial(deliver.next_wake, work, work.clock(), LONGEST), is_waking=True),
        Call("an account's waking", partial(deliver.deliver, work, ACCOUNT), is_waking=True),
        Call("rechecks", partial(upkeep.look_again, work, ACCOUNT)),
        Call("expiry, with nothing to expire", partial(upkeep.expire, work)),
        Call("a look ahead", partial(preflight.look_ahead, work, ACCOUNT)),
        Call("uploads", partial(media.prepare, work, ACCOUNT)),
        Call("status", partial(status, work)),
        Call("report", partial(report.report, work)),
        Call("the day that is past", partial(report.past_day, work)),
        Call("budget", partial(budget.budget_forecasts, work)),
        Call("queue, the first 50", lambda: list(forecast.queue(work, list(State), 50))),
        Call("queue, 50 that are sent", lambda: list(forecast.queue(work, [State.SENT], 50))),
        Call("the story of a delivery", partial(explain.story, work, DELIVERIES)),
        Call("sightings, 50 that wait", partial(_sightings, work)),
        Call("the review queue", partial(_review, work)),
        Call("deliveries chosen by message", partial(_chosen_deliveries, work)),
        Call("sightings chosen by author", partial(_chosen_sightings, work)),
        Call("stop and resume", partial(_stop_and_resume, work)),
        Call("hold and release", partial(_hold_and_release, work)),
        Call("forget an author", partial(_forget, work)),
    ]


def _sightings(work: Work) -> None:
    with work.store.read() as tx:
        stored = sightings.listed(tx, [SightingState.HELD], 50)
        duplicates.same_text(tx, work, {sighting.id: sighting.post for sighting in stored})
        authors.sightings_asking_to_stop(tx)
        sightings.count_by_state(tx)


def _review(work: Work) -> None:
    review_queue.card(work, review_queue.waiting(work)[0])


def _chosen_deliveries(work: Work) -> None:
    selection.chosen_deliveries(work, DeliveryFilter(messages=("message-1",)), [State.PLANNED])


def _chosen_sightings(work: Work) -> None:
    selection.chosen_sightings(work, SightingFilter(authors=("@a2000@h.example",)), [SightingState.HELD])


def _stop_and_resume(work: Work) -> None:
    stop.stop(work, "ana")
    stop.resume(work, "ana")


def _hold_and_release(work: Work) -> None:
    decisions.hold(work, DELIVERIES, "ana")
    decisions.release(work, DELIVERIES, "ana")


def _forget(work: Work) -> None:
    forget.forget(work, "@a2001@h.example", "ana")


def _time_statements(store: Store, timed: list[tuple[float, str]]) -> None:
    begun: list[float] = []

    def begins(*_: object) -> None:
        begun.append(time.perf_counter())

    def ends(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        timed.append((time.perf_counter() - begun.pop(), " ".join(statement.split())))

    event.listen(store.engine, "before_cursor_execute", begins)
    event.listen(store.engine, "after_cursor_execute", ends)


def _most_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1.024e-3
