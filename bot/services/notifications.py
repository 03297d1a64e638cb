"""Keeps what events tell as notifications, for people who were not there, and says when each is over."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.causes import cause_code
from bot.domain.text import rfc3339
from bot.errors import Fault, StoreError
from bot.services.events import ALL_CLEAR, TOLD_TO_PEOPLE, Event, EventName
from bot.store import notifications
from bot.store.engine import Serialize
from bot.store.notifications import KeptNotification
from bot.store.store import Store

EVERY = timedelta(seconds=1)
"""How often a worker writes down what was told."""

_MOST_WAITING = 1_000
"""How many are remembered while the store cannot be written; then the earliest go."""

_SUBJECTS = ("account", "delivery", "sighting", "source", "link", "host")
"""What an event is about: another one that says it is over is about the same, as far as both say."""

_ENDED_BY: Mapping[EventName, tuple[EventName, ...]] = {
    after: tuple(name for name, ends in ALL_CLEAR.items() if after in ends)
    for after in {after for ends in ALL_CLEAR.values() for after in ends}
}


class Notifier:
    """Hands events on, and keeps those for people until `flush` writes them down. Safe to use from several threads."""

    def __init__(self, store: Store, report: Callable[[Event], None]) -> None:
        self._store, self._report = store, report
        self._waiting: deque[Event] = deque(maxlen=_MOST_WAITING)
        self._flushing = threading.Lock()

    def report(self, event: Event) -> None:
        """Report an event. It may be in the middle of a transaction, so that nothing is written here."""
        self._report(event)
        if event.name in TOLD_TO_PEOPLE or event.name in _ENDED_BY:
            self._waiting.append(event)

    def flush(self) -> None:
        """Write down what was told since the last time; what cannot be written now is kept for the next."""
        if not self._waiting or self._store.only_reads:
            return
        with self._flushing:
            events = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                with self._store.begin(serialize=Serialize.NOTIFICATIONS) as tx:
                    for event in events:
                        _keep(tx, event)
            except StoreError:
                self._waiting.extendleft(reversed(events))


def _keep(tx: Any, event: Event) -> None:
    """Keep an event as a notification. What goes on is told once, however often it is met: until it is over, the first
    notification of it stands."""
    facts = kept_facts(event.fields)
    if ended := _ENDED_BY.get(event.name, ()):
        over = [lasting.id for lasting in notifications.lasting(tx, ended) if _is_over(lasting, event, facts)]
        if over:
            notifications.end(tx, over, event.at)
    if event.name not in TOLD_TO_PEOPLE:
        return
    made = _notification(event, facts)
    is_lasting = event.name in ALL_CLEAR
    if is_lasting and any(_is_same(known, made) for known in notifications.lasting(tx, [event.name])):
        return
    notifications.add(tx, made)


def _notification(event: Event, facts: Mapping[str, Any]) -> KeptNotification:
    return KeptNotification(
        id=0,
        at=event.at,
        name=str(event.name),
        code=str(facts.get("code") or next(filter(None, _codes(facts)), "")),
        facts=facts,
        alarming=event.alarming,
        delivery=facts.get("delivery"),
        sighting=facts.get("sighting"),
        account=str(facts.get("account", "")),
    )


def _codes(facts: Mapping[str, Any]) -> Iterable[str]:
    return (str(cause_code(facts[name]) or "") for name in ("error", "reason") if isinstance(facts.get(name), str))


def _is_same(known: KeptNotification, made: KeptNotification) -> bool:
    subjects = [[each.facts.get(name) for name in (*_SUBJECTS, "fault", "place")] for each in (known, made)]
    return subjects[0] == subjects[1] and known.code == made.code


def _is_over(lasting: KeptNotification, event: Event, facts: Mapping[str, Any]) -> bool:
    """Return whether an event ends what was told: it is about the same; of a failure, of the same one."""
    if event.name is EventName.AUTOMATIC_SWITCHED and not facts.get("is_on"):
        return False
    if event.name is EventName.WORKS_AGAIN:
        return all(lasting.facts.get(name) == fact for name, fact in facts.items())
    return all(lasting.facts[name] == facts[name] for name in _SUBJECTS if name in lasting.facts and name in facts)


def kept_facts(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of an event as they are kept: what is no plain fact is left out, of a fault its text stays."""
    facts = {name: _plain(value) for name, value in fields.items()}
    return {name: value for name, value in facts.items() if value is not None}


def _plain(value: object) -> Any:
    match value:
        case StrEnum():
            return str(value)
        case str() | bool() | int() | float():
            return value
        case datetime():
            return rfc3339(value.astimezone(UTC))
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Fault():
            return value.as_cause
        case list() | tuple():
            return [plain for each in value if (plain := _plain(each)) is not None]
        case Mapping():
            return kept_facts({str(name): each for name, each in value.items()})
    return None


def expire(store: Store, now: datetime) -> None:
    """Delete the notifications that are too old; `now` is in UTC."""
    with suppress(StoreError), store.begin() as tx:
        notifications.expire(tx, now)
