"""When each planned delivery will go, and why then: the one answer for the queue, a delivery's story, and scripts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from heapq import merge
from itertools import islice

from sqlalchemy import Connection

from bot.domain.delivery import DUE, Delivery, Kind, State
from bot.services import money, resharing
from bot.services.money import BudgetLeft
from bot.services.resharing import SlotInfo
from bot.services.sending import overdue
from bot.services.sending.overdue import OVERDUE
from bot.services.work import Work
from bot.store import control, deliveries, reshares
from bot.store.batch import answers
from bot.values import dataclass

_MINUTE = timedelta(minutes=1)

PAGE = 1000
"""Deliveries that are read at once of those that are settled, of which there may be a hundred thousand."""


class WhyCode(StrEnum):
    """What decides when a delivery goes, or keeps it from going by itself."""

    TURN = "turn"
    OVERDUE = "overdue"
    PUT_OFF = "put_off"
    RESHARES_REST = "reshares_rest"
    ACCOUNT_RESTS = "account_rests"
    NO_MONEY = "no_money"
    TOO_LATE = "too_late"
    BEING_TAKEN_BACK = "being_taken_back"
    WAITS_FOR_LINK = "waits_for_link"
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_CLOSED = "account_closed"
    IN_DOUBT = "in_doubt"
    ACCOUNT_BARRED = "account_barred"
    STOPPED = "stopped"
    NO_TURN = "no_turn"


@dataclass(frozen=True)
class Why:
    """One of the things that decide when a delivery goes, with its facts.

    `reason` is what was answered or found, or the link that is waited for; `until` (UTC) when it is over; `slot` the
    turn that a reshare has.
    """

    code: WhyCode
    account: str = ""
    reason: str = ""
    until: datetime | None = None
    slot: SlotInfo | None = None


@dataclass(frozen=True)
class Forecast:
    """A delivery as people are shown it: a reshare has its turn as `due_at`.

    `at` (UTC) is when it goes if nothing changes, as it looks at `now`, None while it does not go by itself; `why`
    tells what decides that, in no entry where it simply goes at its time.
    """

    delivery: Delivery
    at: datetime | None
    now: datetime
    why: tuple[Why, ...] = ()


def queue(work: Work, states: Collection[State], limit: int | None = None) -> Iterator[Forecast]:
    """Yield the deliveries in these states, in the order in which they go or were due: those that are still to go are
    read at once, the others page by page."""
    with work.store.read() as tx:
        going = of(tx, work, deliveries.in_states(tx, [state for state in states if state in DUE]))
    settled = _settled_by_due_time(work, [state for state in states if state not in DUE], min(limit or PAGE, PAGE))
    return islice(merge(sorted(going, key=_moment), settled, key=_moment), limit)


def _moment(forecast: Forecast) -> tuple[datetime, int]:
    return (forecast.at or forecast.delivery.due_at, forecast.delivery.id)


def _settled_by_due_time(work: Work, states: Collection[State], most: int) -> Iterator[Forecast]:
    now, last = work.clock(), None
    while states:
        with work.store.read() as tx:
            page = deliveries.page_by_due_time(tx, states, most, last)
        yield from (_settled(delivery, now) for delivery in page)
        if len(page) < most:
            return
        last = page[-1]


def counts(work: Work) -> dict[State, int]:
    """Return how many deliveries there are in each state."""
    with work.store.read() as tx:
        by_state = deliveries.count_by_state(tx)
    return {state: by_state.get(state, 0) for state in State}


def of_one(work: Work, delivery: Delivery) -> Forecast:
    """Return the forecast of one delivery."""
    with work.store.read() as tx:
        return of(tx, work, [delivery])[0]


def of(tx: Connection, work: Work, listed: Sequence[Delivery]) -> list[Forecast]:
    """Return the forecasts of these deliveries, in the same order."""
    waiting = {delivery.account for delivery in listed if delivery.state is State.PLANNED}
    accounts = {name: _Account(tx, work, name) for name in waiting}
    now = work.clock()
    return [
        accounts[delivery.account].forecast(delivery) if delivery.state is State.PLANNED else _settled(delivery, now)
        for delivery in listed
    ]


def _settled(delivery: Delivery, now: datetime) -> Forecast:
    return Forecast(delivery, delivery.not_before if delivery.state is State.UNKNOWN else None, now)


class _Account:
    """What decides when the deliveries of one account go, as one moment's store has it; the turns of reshares, and of
    posts that are overdue, are asked for only where one of them is wanted."""

    def __init__(self, tx: Connection, work: Work, name: str) -> None:
        self._tx, self._work, self._name, self._now = tx, work, name, work.clock()
        billed = [name] if money.budget(work, name) is not None else []
        states, rest = control.accounts_question([name], self._now), control.reshares_rest_question(name, self._now)
        line, posts = reshares.waiting_summary_question(name), money.posts_of_day(billed, self._now)
        answered = answers(tx, states, rest, line, posts.rows, posts.parts)
        self._state, spent = answered[states][name]
        self._reshares_rest, self._line = answered[rest], answered[line]
        self._rests_until = self._state.resting(self._now)
        self._money = BudgetLeft.of(work, name, spent, posts.among(answered), self._now)

    @cached_property
    def _turns(self) -> Mapping[int, SlotInfo]:
        rests = [at for at in (self._rests_until, self._reshares_rest) if at is not None]
        begins = max(rests) if rests else self._last_minute()
        is_known = self._name in self._work.config.accounts
        return resharing.slots(self._tx, self._work, self._name, begins) if is_known else {}

    @cached_property
    def _overdue(self) -> Mapping[int, datetime]:
        return {slot.key: slot.at for slot in overdue.foreseen_slots(self._tx, self._name, self._spaced_from)}

    @property
    def _spaced_from(self) -> datetime:
        return self._rests_until or self._now.replace(second=0, microsecond=0)

    def _last_minute(self) -> datetime:
        """Return from when turns are calculated while somebody's has come: the last whole minute since then.

        Two commands in a row tell the same, whether a worker runs or not.
        """
        line = self._line
        if line is None or line.first_at >= self._now:
            return self._now
        return self._now - (self._now - line.first_at) % _MINUTE

    def forecast(self, delivery: Delivery) -> Forecast:
        """Return when a planned delivery goes."""
        turn = self._turns.get(delivery.id) if delivery.kind is Kind.RESHARE else None
        if turn is not None:
            delivery = replace(delivery, due_at=turn.at, not_before=turn.at)
        stays = self._stays(delivery, has_turn=turn is not None)
        if stays:
            return Forecast(delivery, None, self._now, tuple(stays))
        at, why = self._usual(delivery, turn)
        if self._rests_until is not None and at <= self._rests_until:
            at = self._rests_until
            why.append(Why(WhyCode.ACCOUNT_RESTS, self._name, until=at))
        paid_at = self._money.paid_at(money.price(self._work, delivery), delivery.kind, at)
        if paid_at > at:
            at = paid_at
            why.append(Why(WhyCode.NO_MONEY, self._name, money.none_left(self._work, self._name)))
        if not delivery.begun and delivery.expires_at is not None and delivery.expires_at < at:
            why.append(Why(WhyCode.TOO_LATE, self._name, until=delivery.expires_at))
            return Forecast(delivery, None, self._now, tuple(why))
        return Forecast(replace(delivery, not_before=at), at, self._now, tuple(why))

    def _stays(self, delivery: Delivery, *, has_turn: bool) -> list[Why]:
        """Return what keeps it from going by itself at all."""
        name, state, barred = self._name, self._state, self._work.memory.barred.get(self._name, "")
        is_known = name in self._work.config.accounts
        reasons = {
            Why(WhyCode.BEING_TAKEN_BACK, name): delivery.undo_asked_at is not None,
            Why(WhyCode.WAITS_FOR_LINK, name, delivery.waiting_for): bool(delivery.waiting_for),
            Why(WhyCode.ACCOUNT_UNKNOWN, name): not is_known,
            Why(WhyCode.ACCOUNT_CLOSED, name, state.reason): state.closed,
            Why(WhyCode.IN_DOUBT, name): state.in_doubt,
            Why(WhyCode.ACCOUNT_BARRED, name, barred): bool(barred),
            Why(WhyCode.STOPPED, name): state.stopped,
            Why(WhyCode.NO_TURN, name): delivery.kind is Kind.RESHARE and not has_turn and is_known,
        }
        return [why for why, is_so in reasons.items() if is_so]

    def _usual(self, delivery: Delivery, turn: SlotInfo | None) -> tuple[datetime, list[Why]]:
        """Return when it would go if neither its account nor money were in the way, and why then."""
        if delivery.kind is Kind.RESHARE:
            why = [Why(WhyCode.TURN, self._name, slot=turn)] if turn is not None else []
            if self._reshares_rest:
                why.append(Why(WhyCode.RESHARES_REST, self._name, until=self._reshares_rest))
            return delivery.not_before, why
        if delivery.put_off_until is not None and delivery.put_off_until > self._now:
            return delivery.put_off_until, [Why(WhyCode.PUT_OFF, self._name, delivery.error)]
        at = delivery.not_before
        if delivery.due_at < self._spaced_from - OVERDUE:
            at = self._overdue.get(delivery.id, at)
        return at, [Why(WhyCode.OVERDUE, self._name)] if at > delivery.due_at else []
