"""What should have left while nobody was at work: its turns, so that not all of it leaves at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam

from bot.domain.delivery import Delivery, Kind, State
from bot.services.events import EventName
from bot.services.work import Work
from bot.store import deliveries, past_requests
from bot.store import schema as t
from bot.store.batch import answers
from bot.store.deliveries import DeliveriesAsked
from bot.values import dataclass

OVERDUE = timedelta(minutes=5)
"""What is later than this was kept back by more than a hiccup, and leaves spaced out."""

APART = timedelta(seconds=30)
"""At least this lies between two overdue posts of an account."""


@dataclass(frozen=True)
class Overdue:
    """A post that should have left long ago; `expires_at` is when its late rule turns it into a missed one.

    `was_put_off` says that its last try came to nothing.
    """

    key: int
    due_at: datetime
    expires_at: datetime | None
    was_put_off: bool = False


@dataclass(frozen=True)
class OverdueSlot:
    """The instant (UTC) at which an overdue post leaves."""

    key: int
    at: datetime


def spaced(overdue: Sequence[Overdue], last: datetime | None, now: datetime) -> list[OverdueSlot]:
    """Return the turn of every overdue post after `last`, when one left: the oldest first, `APART` from each other.

    What would be too late before all of them are through takes the first turns, whatever ends soonest before the
    others: as many as possible are posted. One whose last try came to nothing takes nobody's turn: it goes behind them
    all, and at once where it would be too late by then. A post that is on time has no part in this; it leaves at its
    second.
    """
    first = now if last is None else max(now, last + APART)
    through = first + APART * len(overdue)

    def is_urgent(overdue_post: Overdue) -> bool:
        return overdue_post.expires_at is not None and overdue_post.expires_at < through

    def turn(overdue_post: Overdue) -> tuple[bool, bool, datetime, datetime, int]:
        first_by = (
            overdue_post.expires_at if is_urgent(overdue_post) and overdue_post.expires_at else overdue_post.due_at
        )
        return (overdue_post.was_put_off, not is_urgent(overdue_post), first_by, overdue_post.due_at, overdue_post.key)

    at_once = [
        OverdueSlot(overdue_post.key, now)
        for overdue_post in overdue
        if overdue_post.was_put_off and is_urgent(overdue_post)
    ]
    in_turn = sorted(
        (overdue_post for overdue_post in overdue if not (overdue_post.was_put_off and is_urgent(overdue_post))),
        key=turn,
    )
    return at_once + [
        OverdueSlot(overdue_post.key, first + APART * place) for place, overdue_post in enumerate(in_turn)
    ]


def space_out(tx: Connection, work: Work, account: str, now: datetime) -> None:
    """Write the turns of the account's overdue posts; only for the holder of its lock, right before it claims."""
    waiting, slots = overdue_slots(tx, account, now, lock=True)
    for slot in slots:
        if waiting[slot.key].not_before != slot.at:
            deliveries.change(tx, slot.key, [State.PLANNED], not_before=slot.at)
    _tell(work, account, slots, waiting, now)


def overdue_slots(
    tx: Connection, account: str, now: datetime, *, lock: bool = False
) -> tuple[dict[int, Delivery], list[OverdueSlot]]:
    """Return the account's overdue posts by their ids, and the turns that they have if nobody was at work until now.

    A thread that has begun goes on at once, and what was put off waits as long as it has to by itself.
    """
    listed = deliveries.listed(tx, *_late(account, now - OVERDUE), lock=lock)
    out = past_requests.of_posts_out(tx, account, now - APART, now) if listed else []
    return _turns(listed, out, now)


def foreseen_slots(tx: Connection, account: str, now: datetime) -> list[OverdueSlot]:
    """Return the turns that the account's overdue posts have if nobody was at work until now: one query."""
    late = _late_asked().given({"late_account": account, "late_before": now - OVERDUE})
    out = past_requests.posts_out_question(account, now - APART, now)
    answered = answers(tx, late.rows, late.parts, out)
    return _turns(late.among(answered), answered[out], now)[1]


@cache
def _late_asked() -> DeliveriesAsked:
    return deliveries.asked(*_late(bindparam("late_account"), bindparam("late_before")))


def _late(
    account: str | BindParameter[str], before: datetime | BindParameter[datetime]
) -> tuple[ColumnElement[bool], ...]:
    return (
        t.delivery.c.account == account,
        t.delivery.c.state == State.PLANNED,
        t.delivery.c.kind == Kind.POST,
        t.delivery.c.due_at < before,
        t.delivery.c.waiting_for == "",
        t.delivery.c.undo_asked_at.is_(None),
    )


def _turns(
    listed: Sequence[Delivery], out: Sequence[tuple[datetime, datetime]], now: datetime
) -> tuple[dict[int, Delivery], list[OverdueSlot]]:
    is_put_off = {delivery.id: delivery.put_off_until is not None for delivery in listed}
    waiting = {
        delivery.id: delivery for delivery in listed if not delivery.begun and (delivery.put_off_until or now) <= now
    }
    if not waiting:
        return {}, []
    late_ones = [
        Overdue(delivery.id, delivery.due_at, delivery.expires_at, is_put_off[delivery.id])
        for delivery in waiting.values()
    ]
    return waiting, spaced(late_ones, _last(out), now)


def in_order(claimed: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Return them in order: on time first, then by due times, so that what was tried before does not lose its place."""
    return sorted(claimed, key=lambda delivery: (delivery.due_at < now - OVERDUE, delivery.due_at, delivery.id))


def _last(recent: Sequence[tuple[datetime, datetime]]) -> datetime | None:
    """Return when an overdue post of the account left last, or may have; None where that is long enough ago."""
    return max((started for started, due in recent if due < started - OVERDUE), default=None)


def _tell(work: Work, account: str, slots: Sequence[OverdueSlot], waiting: dict[int, Delivery], now: datetime) -> None:
    """Tell that several are overdue when they are found at once, not at each one's turn."""
    later = [slot for slot in slots if slot.at > now]
    if not later or sum(delivery.not_before <= now for delivery in waiting.values()) < 2:
        return
    too_late = sum((waiting[slot.key].expires_at or slot.at) < slot.at for slot in slots)
    work.tell(
        EventName.CATCHING_UP,
        alarming=bool(too_late),
        account=account,
        overdue=len(later),
        apart=APART,
        next_at=later[0].at,
        last_at=later[-1].at,
        too_late=too_late,
    )
