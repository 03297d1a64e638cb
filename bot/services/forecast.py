"""When each planned delivery will go, and why then: the one answer for the queue, a delivery's story, and scripts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.domain.delivery import Delivery, Kind, State
from bot.domain.text import instant
from bot.services import money, resharing
from bot.services.report import delivery_json, sight_json
from bot.services.sending import deliver
from bot.services.status import CampaignStatus, status
from bot.services.status_text import at_words
from bot.services.work import Work
from bot.store import control, deliveries, reshares

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Forecast:
    """A delivery as people are shown it: a reshare has its turn as `due_at`.

    `at` (UTC) is when it goes if nothing changes, None while it does not go by itself; `why` tells what decides that,
    "" where it simply goes at its time.
    """

    delivery: Delivery
    at: datetime | None
    why: str = ""


def queue(work: Work, states: Collection[State], limit: int | None = None) -> list[Forecast]:
    """Return the deliveries in these states, in the order in which they go."""
    with work.store.read() as tx:
        found = of(tx, work, deliveries.in_states(tx, states))
    found.sort(key=lambda one: (one.at or one.delivery.due_at, one.delivery.id))
    return found[:limit]


def counts(work: Work) -> dict[State, int]:
    """Return how many deliveries there are in each state."""
    with work.store.read() as tx:
        found = deliveries.count_by_state(tx)
    return {state: found.get(state, 0) for state in State}


def of_one(work: Work, one: Delivery) -> Forecast:
    """Return the forecast of one delivery."""
    with work.store.read() as tx:
        return of(tx, work, [one])[0]


def of(tx: Connection, work: Work, found: Sequence[Delivery]) -> list[Forecast]:
    """Return the forecasts of these deliveries, in the same order."""
    waiting = {one.account for one in found if one.state is State.PLANNED}
    accounts = {name: _Account(tx, work, name) for name in waiting}
    return [accounts[one.account].forecast(one) if one.state is State.PLANNED else _settled(one) for one in found]


def _settled(one: Delivery) -> Forecast:
    return Forecast(one, one.not_before if one.state is State.UNKNOWN else None)


class _Account:
    """What decides when the deliveries of one account go, as one moment's store has it."""

    def __init__(self, tx: Connection, work: Work, name: str) -> None:
        self._work, self._name, self._now = work, name, work.clock()
        self._state = control.account(tx, name)
        self._rests_until = self._state.resting(self._now)
        self._reshares_rest = control.reshares_rest(tx, name, self._now)
        rests = [at for at in (self._rests_until, self._reshares_rest) if at is not None]
        begins = max(rests) if rests else self._last_minute(tx)
        self._turns = resharing.slots(tx, work, name, self._now, begins) if name in work.config.accounts else {}
        since = self._rests_until or self._now.replace(second=0, microsecond=0)
        self._overdue = {slot.key: slot.at for slot in deliver.turns(tx, name, since)[1]}
        self._money = money.left(tx, work, name, self._now)

    def _last_minute(self, tx: Connection) -> datetime:
        """From when turns are reckoned while somebody's has come: the last whole minute since then.

        Two commands in a row tell the same, whether a worker runs or not.
        """
        line = reshares.line(tx, self._name)
        if line is None or line.first_at >= self._now:
            return self._now
        return self._now - (self._now - line.first_at) % _MINUTE

    def forecast(self, one: Delivery) -> Forecast:
        """Return when a planned delivery goes."""
        turn = self._turns.get(one.id)
        if turn is not None:
            one = replace(one, due_at=turn.at, not_before=turn.at)
        stays = self._stays(one, has_turn=turn is not None)
        if stays:
            return Forecast(one, None, stays)
        at, why = self._usual(one, turn.why if turn else "")
        if self._rests_until is not None and at <= self._rests_until:
            at, why = self._rests_until, _joined(why, f"{self._name} rests until {self._words(self._rests_until)}")
        paid_at = self._money.paid_at(money.price(self._work, one), one.kind, at)
        if paid_at > at:
            at, why = paid_at, _joined(why, money.none_left(self._work, self._name))
        if not one.begun and one.expires_at is not None and one.expires_at < at:
            return Forecast(one, None, _joined(why, f"too late by then: it is missed at {self._words(one.expires_at)}"))
        return Forecast(replace(one, not_before=at), at, why)

    def _stays(self, one: Delivery, *, has_turn: bool) -> str:
        """What keeps it from going by itself at all, "" where nothing does."""
        name, state, barred = self._name, self._state, self._work.barred.get(self._name, "")
        is_left_out = one.kind is Kind.RESHARE and not has_turn and name in self._work.config.accounts
        found = {
            "it is being taken back": one.undo_asked_at is not None,
            f"waits for {{{one.waiting_for}}}": bool(one.waiting_for),
            f"{name} is not in bot.toml any more": name not in self._work.config.accounts,
            f"{name} is closed: {state.reason}": state.closed,
            f"{name} is paused until its timeline was read": state.in_doubt,
            barred: bool(barred),
            "sending is stopped": state.stopped,
            "the pace lets nothing out": is_left_out,
        }
        return _joined(*(why for why, is_so in found.items() if is_so))

    def _usual(self, one: Delivery, why: str) -> tuple[datetime, str]:
        """When it would go if neither its account nor money were in the way."""
        if one.kind is Kind.RESHARE:
            rests = self._reshares_rest
            until = f"{self._name} may ask for no more before {self._words(rests)}" if rests else ""
            return one.not_before, _joined(why, until)
        if one.put_off_until is not None and one.put_off_until > self._now:
            return one.put_off_until, one.error
        at = self._overdue.get(one.id, one.not_before)
        return at, "overdue" if at > one.due_at else ""

    def _words(self, at: datetime) -> str:
        return at_words(at, self._now)


def _joined(*texts: str) -> str:
    return "; ".join(dict.fromkeys(text.rstrip(".") for text in texts if text))


def document(work: Work, found: Sequence[Delivery]) -> list[dict[str, Any]]:
    """Return these deliveries for scripts."""
    now = status(work)
    with work.store.read() as tx:
        return [forecast_json(one, now) for one in of(tx, work, found)]


def forecast_json(one: Forecast, now: CampaignStatus | None = None) -> dict[str, Any]:
    """Return a delivery with the fields that scripts may rely on; `not_before` is when it goes, if that is known.

    `sources` is of the campaign as it stands, in each: a list in JSON stays a list.
    """
    found = delivery_json(one.delivery, one.why, now) | {"not_before": instant(one.at)}
    return found | {"sources": sight_json(now.sight)} if now else found
