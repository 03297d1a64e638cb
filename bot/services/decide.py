"""What a person decides about a delivery: hold, release, cancel, retry, resolve."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from bot.domain.delivery import CancelledBy, Delivery, Kind, SentPart, State
from bot.errors import Refused
from bot.services import money
from bot.services.moderation import moderate
from bot.services.sending.reconcile import proved
from bot.services.sending.record import must_get, purpose_of
from bot.services.work import LOCK_WAIT, SIGHTINGS, Work, account_lock, name_of
from bot.store import attempts, control, deliveries


def hold(work: Work, delivery_id: int, by: str) -> Delivery:
    """Keep a delivery back until it is released. Raises Refused where it is under way or out."""
    return _move(work, delivery_id, [State.PLANNED, State.CLAIMED], State.HELD, by, "hold", error=f"held by {by}")


def release(work: Work, delivery_id: int, by: str) -> Delivery:
    """Let a held delivery go at its time; what is too late by then is missed by its own rule.

    Of one that planning held and asked about, a person has said yes: what it came near to (`near_to`) is not asked
    about again, and it goes however long the answer took.
    """
    values: dict[str, Any] = {"error": "", "held_for": ""}
    with work.store.read() as tx:
        if _existing(tx, delivery_id, lock=False).held_for:
            values["expires_at"] = None
    return _move(work, delivery_id, [State.HELD], State.PLANNED, by, "release", **values)


def cancel(work: Work, delivery_id: int, by: str) -> Delivery:
    """Call a delivery off for good; planning again does not bring it back."""
    start = [State.PLANNED, State.CLAIMED, State.HELD, State.REJECTED, State.MISSED]
    values = {"cancelled_by": CancelledBy.PERSON, "held_for": "", "error": f"cancelled by {by}"}
    return _move(work, delivery_id, start, State.CANCELLED, by, "cancel", **values)


def retry(work: Work, delivery_id: int, by: str) -> Delivery:
    """Send a rejected, missed, cancelled or taken-back delivery after all: at its time, or now where that is past."""
    now = work.clock()
    values: dict[str, Any] = {"error": "", "cancelled_by": "", "held_for": ""}
    values |= {"undone_at": None, "undo_asked_at": None, "failed_looks": 0, "sent_at": None}
    start = [State.REJECTED, State.MISSED, State.CANCELLED]
    with work.store.begin(turn=SIGHTINGS) as tx:
        one = _existing(tx, delivery_id)
        values["url"] = one.sent_parts[0].url if one.begun else ""
        is_to_come = one.due_at > now
        values |= {"not_before": max(now, one.due_at), "expires_at": one.expires_at if is_to_come else None}
        _take(tx, one, start, State.PLANNED, "retry", **values)
        if one.kind is Kind.RESHARE:
            moderate.approve_again(tx, work, one, now, by)
        control.write_down(tx, now, by, "retry", f"delivery {delivery_id}")
        return must_get(tx, delivery_id)


def _move(
    work: Work, delivery_id: int, start: Collection[State], to: State, by: str, action: str, **values: Any
) -> Delivery:
    with work.store.begin() as tx:
        _take(tx, _existing(tx, delivery_id), start, to, action, **values)
        control.write_down(tx, work.clock(), by, action, f"delivery {delivery_id}")
        return must_get(tx, delivery_id)


def _take(tx: Connection, one: Delivery, start: Collection[State], to: State, action: str, **values: Any) -> None:
    if not deliveries.step(tx, one.id, start, to, **values):
        raise Refused(_not_from_here(one, action))


def _existing(tx: Connection, delivery_id: int, *, lock: bool = True) -> Delivery:
    one = deliveries.get(tx, delivery_id, lock=lock)
    if one is None:
        raise Refused(f"There is no delivery {delivery_id}. Run: bot queue")
    return one


_ADVICE = {
    State.SENT: "It is out: to take it back, run: bot undo {id}",
    State.SENDING: "It was being sent when it was last heard of: look again in a minute with: bot show {id}",
    State.UNKNOWN: "Nobody knows yet whether it is out: wait, or run: bot resolve {id} --sent URL | --not-sent",
    State.NEEDS_DECISION: "Look at the account, then run: bot resolve {id} --sent URL | --not-sent",
    State.HELD: "To let it go, run: bot release {id}",
    State.CANCELLED: "To send it after all, run: bot retry {id}",
    State.REJECTED: "To try again, run: bot retry {id}",
    State.MISSED: "To send it late, run: bot retry {id}",
    State.PLANNED: "It waits for its time; to keep it back, run: bot hold {id}",
    State.CLAIMED: "It was about to be sent when it was last heard of: look again with: bot show {id}",
}


def advice(one: Delivery) -> str:
    """What comes next for a delivery in its state, or what to do."""
    return _ADVICE[one.state].format(id=one.id)


def _not_from_here(one: Delivery, action: str) -> str:
    return f"Delivery {one.id} is {one.state}, so you cannot {action} it. {advice(one)}"


def resolve_sent(work: Work, delivery_id: int, url: str, by: str, post_id: str = "") -> Delivery:
    """A person has seen it there: `url` is its address, believed as it is. A thread goes on with its next part."""
    post_id = post_id or urlsplit(url).path.rstrip("/").rpartition("/")[2]
    if urlsplit(url).scheme not in {"http", "https"} or not post_id:
        raise Refused(f'"{url}" is not the address of a post. Copy it from the browser, beginning with https://')
    with _settling(work, delivery_id) as tx:
        one = _undecided(tx, delivery_id)
        if one.kind is Kind.POST and post_id in attempts.known_post_ids(tx, one.account):
            raise Refused(f'"{url}" is another post of ours. Copy the address of this one: {name_of(one)}')
        part = len(one.sent_parts)
        last = attempts.of_part(tx, one, part)[-1][0]
        proved(tx, one, last, SentPart(part, post_id, url), work)
        where = f": {url}" if one.kind is Kind.POST else ""  # of a reshare it names whose post that is
        _write_down(tx, work.clock(), by, f"resolve as sent{where}", delivery_id)
        after = must_get(tx, delivery_id)
    work.tell_of(after, "settled", f"{name_of(after)} is out: {by} has said so")
    return after


def resolve_not_sent(work: Work, delivery_id: int, by: str) -> Delivery:
    """A person has looked and it is not there: it may be sent again."""
    now = work.clock()
    with _settling(work, delivery_id) as tx:
        one = _undecided(tx, delivery_id)
        tried = attempts.of_part(tx, one, len(one.sent_parts), every_revision=True)
        money.give_back(tx, one.account, purpose_of(one), tried)
        deliveries.step(tx, one.id, one.state, State.PLANNED, not_before=now, error="", looks=0, failed_looks=0)
        _write_down(tx, now, by, "resolve as not sent", delivery_id)
        after = must_get(tx, delivery_id)
    work.tell_of(after, "settled", f"{name_of(after)} is not out: {by} has said so")
    return after


@contextmanager
def _settling(work: Work, delivery_id: int) -> Iterator[Connection]:
    """A transaction while no worker looks for the outcome: what it finds must not cross what a person says."""
    with work.store.read() as tx:
        account = _undecided(tx, delivery_id, lock=False).account
    with work.locks.hold(account_lock(account), LOCK_WAIT) as ours:
        if not ours:
            raise Refused(f"A worker is busy on {account}. Try again in a minute.")
        with work.store.begin(turn=SIGHTINGS) as tx:
            yield tx


def _undecided(tx: Connection, delivery_id: int, *, lock: bool = True) -> Delivery:
    one = _existing(tx, delivery_id, lock=lock)
    if one.state not in {State.NEEDS_DECISION, State.UNKNOWN}:
        raise Refused(f"Delivery {delivery_id} is {one.state}: there is nothing to resolve.")
    return one


def _write_down(tx: Connection, now: datetime, by: str, action: str, delivery_id: int) -> None:
    control.write_down(tx, now, by, action, f"delivery {delivery_id}")
