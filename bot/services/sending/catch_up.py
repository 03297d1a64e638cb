"""After a downtime what is overdue leaves one by one, so that nobody's timeline is flooded.

Each turn is written into the delivery's `not_before`, and reckoned anew at every claim from what the store says left
last: a restart, a second worker and a clock that was set change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.delivery import Delivery, Kind, State
from bot.domain.overdue import APART, OVERDUE, Overdue, Slot, spaced
from bot.services.work import Work
from bot.store import attempts, deliveries
from bot.store.schema import delivery


def space_out(tx: Connection, work: Work, account: str, now: datetime) -> None:
    """Give the account's overdue posts their turns; only for the holder of its lock, right before it claims."""
    waiting, slots = turns(tx, account, now, lock=True)
    for slot in slots:
        if waiting[slot.key].not_before != slot.at:
            deliveries.change(tx, slot.key, [State.PLANNED], not_before=slot.at)
    _tell(work, account, slots, waiting, now)


def turns(tx: Connection, account: str, now: datetime, *, lock: bool = False) -> tuple[dict[int, Delivery], list[Slot]]:
    """Return the account's overdue posts by their ids, and the turns that they have if nobody was at work until now.

    A thread that has begun goes on at once, and what was put off waits as long as it has to by itself.
    """
    late = (
        delivery.c.account == account,
        delivery.c.state == State.PLANNED,
        delivery.c.kind == Kind.POST,
        delivery.c.due_at < now - OVERDUE,
        delivery.c.waiting_for == "",
        delivery.c.undo_asked_at.is_(None),
    )
    found = deliveries.listed(tx, *late, lock=lock)
    is_put_off = {one.id: one.put_off_until is not None for one in found}
    waiting = {one.id: one for one in found if not one.begun and (one.put_off_until or now) <= now}
    if not waiting:
        return {}, []
    overdue = [Overdue(one.id, one.due_at, one.expires_at, is_put_off[one.id]) for one in waiting.values()]
    return waiting, spaced(overdue, _last(tx, account, now), now)


def in_order(claimed: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """What is on time goes first, then by due times: what was tried before does not lose its place."""
    return sorted(claimed, key=lambda one: (one.due_at < now - OVERDUE, one.due_at, one.id))


def _last(tx: Connection, account: str, now: datetime) -> datetime | None:
    """When an overdue post of the account left last, or may have; None where that is long enough ago."""
    recent = attempts.of_posts_out(tx, account, now - APART, now)
    return max((started for started, due in recent if due < started - OVERDUE), default=None)


def _tell(work: Work, account: str, slots: Sequence[Slot], waiting: dict[int, Delivery], now: datetime) -> None:
    """Said when several are found at once, not at each one's turn."""
    later = [slot for slot in slots if slot.at > now]
    if not later or sum(one.not_before <= now for one in waiting.values()) < 2:
        return
    times = f"the next at {later[0].at:%H:%M:%S} UTC, the last at {later[-1].at:%H:%M:%S} UTC"
    text = f"{len(later)} overdue posts wait on {account}: they leave {APART.seconds} seconds apart, {times}"
    missed = [slot for slot in slots if (waiting[slot.key].expires_at or slot.at) < slot.at]
    if missed:
        text += f"; {len(missed)} of them will be too late by then. To send one late all the same: bot retry ID"
    work.tell("catching_up", text, alarming=bool(missed), account=account)
