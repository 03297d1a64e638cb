"""Troubles that were told already: whoever runs once a minute, from cron, is not alarmed of the same each minute."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.text import digest
from bot.errors import StoreError
from bot.services.work import Event
from bot.store import told
from bot.store.store import Store

LASTING = frozenset(
    {
        *("account_barred", "account_closed", "account_failed", "doubt", "failed", "faulty_files", "held_back"),
        *("no_money", "out_of_reach", "postponed", "source_failed", "still_in_doubt", "undo_failed", "upload_failed"),
    }
)
"""Events of troubles that last: a worker, which remembers, tells each once when it begins."""

OVER_AFTER = timedelta(hours=1)
"""A trouble that was not met for so long is over, and tells again when it comes back."""

AGAIN_AFTER = timedelta(days=1)
"""One that never ends is told again after this."""

_NUMBER = re.compile(r"\d+")


class ToldOnce:
    """Reports events, those of a trouble that was told already without alarm. `keep` writes down what was met."""

    def __init__(self, store: Store, report: Callable[[Event], None], now: datetime) -> None:
        self._store, self._report = store, report
        self._met: dict[str, told.Told] = {}
        self._known: dict[str, told.Told] = {}
        with suppress(StoreError), store.read() as tx:
            self._known = told.all_since(tx, now - OVER_AFTER)

    def report(self, event: Event) -> None:
        """Report an event; it may be in the middle of a transaction, so that nothing is written here."""
        if not event.alarming or event.name not in LASTING:
            self._report(event)
            return
        ids = (str(event.fields.get(name, "")) for name in ("account", "delivery", "sighting"))
        key = digest(event.name, _NUMBER.sub("", event.text), *ids)
        known = self._met.get(key) or self._known.get(key)
        is_told = known is not None and event.at - known.told_at < AGAIN_AFTER
        self._met[key] = told.Told(known.told_at if known and is_told else event.at, event.at)
        self._report(replace(event, alarming=False) if is_told else event)

    def keep(self) -> None:
        """Write down what was met, for the next process."""
        with suppress(StoreError), self._store.begin(turn="told") as tx:
            told.keep(tx, self._met)
