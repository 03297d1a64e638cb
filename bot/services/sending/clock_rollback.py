"""A clock that was ahead and is set right: what it has put off, or missed, does not stay so."""

from __future__ import annotations

from datetime import timedelta

from bot.services.events import EventName
from bot.services.work import Work
from bot.store import due, identity
from bot.store.engine import Serialize

_NOTICED = "clock_was_ahead"

LEAST = timedelta(minutes=1)
"""Less than this is how clocks are kept right; nothing that waits is harmed by it."""


def ask_again(work: Work, by: timedelta) -> None:
    """Take up again what waits by a clock that has been set back since, by this much."""
    now = work.clock()
    with work.store.begin(serialize=Serialize.CLOCK) as tx:
        count = due.end_waits(tx, now)
    work.tell(EventName.CLOCK_SET_BACK, alarming=True, length=by, planned_again=count)


def notice(work: Work) -> None:
    """Take up again what waits by a clock that was set back while no process was there: something is written down of a
    time to come."""
    now = work.clock()
    with work.store.begin(serialize=Serialize.CLOCK) as tx:
        last = identity.last_event(tx)
        if last is None or last <= now + LEAST or identity.read_metadata(tx).raw.get(_NOTICED) == last.isoformat():
            return
        identity.put_metadata(tx, {_NOTICED: last.isoformat()})
    ask_again(work, last - now)


def tell_forward(work: Work, by: timedelta) -> None:
    """Say that the clock went forward: it was set right, or this computer slept. What is due by it now goes."""
    work.tell(EventName.CLOCK_SET_FORWARD, length=by)
