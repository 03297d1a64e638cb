"""Runs that begin again every few minutes (`bot run --once`) tell each lasting trouble once."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.text import digest
from bot.errors import StoreError
from bot.services.events import LASTING, Event, EventName
from bot.store import workers
from bot.store.engine import Serialize
from bot.store.store import Store

OVER_AFTER = timedelta(hours=1)
"""A trouble that was not met for this long is over, and is told again when it comes back."""

AGAIN_AFTER = timedelta(days=1)
"""One that never ends is told again after this."""

_NUMBER = re.compile(r"\d+")


_IDS = ("account", "delivery", "sighting")
_PASSING = frozenset({"reason", "error", "since", "until"})


def _trouble_of(event: Event) -> str:
    """Return what is the same each time that a trouble is met: whose it is, and the facts but for their numbers.

    An account that cannot be reached cannot be reached for whatever it is asked, and is tried again at other times.
    """
    passing = _PASSING if event.name in (EventName.HELD_BACK, EventName.OUT_OF_REACH) else frozenset()
    ids = (str(event.fields.get(name, "")) for name in _IDS)
    others = (fact for fact in sorted(event.fields.items()) if fact[0] not in (*_IDS, *passing))
    facts = (f"{name} {_steady(value)}" for name, value in others)
    return digest(event.name, *ids, *facts)


def _steady(fact: object) -> str:
    match fact:
        case str():
            return _NUMBER.sub("", fact)
        case bool():
            return str(fact)
        case int() | float() | datetime() | timedelta():
            return ""
        case list() | tuple():
            return " ".join(map(_steady, fact))
    return _NUMBER.sub("", str(fact))


class ToldOnce:
    """Reports events, those of a trouble that was told already without alarm. `keep` writes down what was met."""

    def __init__(self, store: Store, report: Callable[[Event], None], now: datetime) -> None:
        self._store, self._report = store, report
        self._met: dict[str, workers.ToldTrouble] = {}
        self._known: dict[str, workers.ToldTrouble] = {}
        with suppress(StoreError), store.read() as tx:
            self._known = workers.told_since(tx, now - OVER_AFTER)

    def report(self, event: Event) -> None:
        """Report an event; it may be in the middle of a transaction, so that nothing is written here."""
        if not event.alarming or event.name not in LASTING:
            self._report(event)
            return
        key = _trouble_of(event)
        trouble = self._met.get(key) or self._known.get(key)
        is_told = trouble is not None and event.at - trouble.told_at < AGAIN_AFTER
        self._met[key] = workers.ToldTrouble(trouble.told_at if trouble and is_told else event.at, event.at)
        self._report(replace(event, alarming=False) if is_told else event)

    def keep(self) -> None:
        """Write down what was met, for the next process."""
        with suppress(StoreError), self._store.begin(serialize=Serialize.HEARTBEATS) as tx:
            workers.keep_told(tx, self._met)
