"""What is stored of posters expires: by itself every hour, or when a person says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from bot.services.keys import post_key
from bot.services.watching import coverage
from bot.services.work import SIGHTINGS, Work
from bot.store import control, retention
from bot.store.control import OURSELVES

EVERY = timedelta(hours=1)
"""How often a worker looks for what has expired."""


def expire(work: Work) -> int:
    """Remove what the rules of `[retention]` say, and what is gone where it was posted. Gives how many sightings."""
    rules = work.config.retention
    count = purge(work, rules.decided, rules.undecided, OURSELVES)
    work.store.scrub()
    return count


def purge(work: Work, decided: timedelta, undecided: timedelta, by: str) -> int:
    """Remove sightings decided so long ago, and those that were seen so long ago and nobody decided.

    Figures stay without people, the uri as a keyed hash; of a reshare that is out, what it takes to take it back. What
    was posted before all that and was not read yet is not read any more, where a person says so: it would be removed
    with the next purge like this one, and X is paid for it.
    """
    now = work.clock()
    if by != OURSELVES:
        with work.store.begin(turn=SIGHTINGS) as tx:
            coverage.purge(tx, now - undecided, now)
    count = _purge(work, decided, undecided)
    if count or by != OURSELVES:
        with work.store.begin() as tx:
            control.write_down(tx, now, by, "purge", f"{count} sightings")
    return count


def purge_quietly(work: Work) -> int:
    """The same by the rules of `[retention]`, for a copy of the store that nobody works on."""
    return _purge(work, work.config.retention.decided, work.config.retention.undecided)


def _purge(work: Work, decided: timedelta, undecided: timedelta) -> int:
    now, count = work.clock(), 0
    while not work.stopping.is_set():
        removed = _remove_some(work, now - decided, now - undecided)
        count += removed
        if not removed:
            break
    return count


def _remove_some(work: Work, decided: datetime, undecided: datetime) -> int:
    """A page of them in a transaction of its own: nobody else waits for long."""
    with work.store.begin(turn=SIGHTINGS) as tx:
        ids = retention.expired(tx, decided, undecided)
        retention.remove(tx, ids, partial(post_key, work))
    return len(ids)
