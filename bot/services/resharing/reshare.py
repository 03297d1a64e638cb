"""Approved sightings take their turn: by pace, fairly, and only as they are at that very moment."""

from __future__ import annotations

from bot.domain.delivery import Delivery, State
from bot.domain.post import SeenPost, looked_at
from bot.errors import PlatformError
from bot.services import money
from bot.services.known_ids import known_ids
from bot.services.moderation import objection
from bot.services.money import Aside
from bot.services.resharing import turns
from bot.services.sending import circuit, record
from bot.services.work import SIGHTINGS, Work, name_of, nameless
from bot.store import control, deliveries


def claim_next(work: Work, account: str) -> Delivery | None:
    """Claim the reshare whose turn it is now; also writes the next ones' turns into their `due_at`."""
    now = work.clock()
    with work.store.read() as tx:
        if not turns.are_stale(tx, work, account, now) or control.reshares_rest(tx, account, now):
            return None
    with work.store.begin(turn=SIGHTINGS) as tx:
        if not record.is_open(tx, work, account, now):
            return None
        for slot in turns.write(tx, work, account, now):
            if slot.at > now:
                return None
            if deliveries.step(tx, slot.key, State.PLANNED, State.CLAIMED):
                return record.must_get(tx, slot.key)
    return None


def fetch_again(work: Work, one: Delivery, aside: Aside | None = None) -> SeenPost | None:
    """The post as it is now, if it may still be reshared; else the delivery has been put off or called off.

    What was set `aside` for it is settled to what the look has cost: the reshare itself is paid for when it leaves.
    """
    with work.store.read() as tx:
        known = known_ids(tx, work, one.account, [one.post_uri])
    try:
        post = work.platforms[one.account].fetch(one.post_uri, *known.values())
    except PlatformError as error:
        nameless(work, one, error)
        if aside is not None:
            with work.store.begin() as tx:
                money.settle_failed(tx, aside, error)
        record.postponed(work, one, error.as_not_sent())
        work.tell_of(one, "postponed", f"{name_of(one)}: {error}")
        return None
    circuit.answered(work, one.account)
    with work.store.begin(turn=SIGHTINGS) as tx:
        if aside is not None:
            money.settle(tx, aside, looked_at([post]) * work.platforms[one.account].fetch_cost)
        against = objection.objection(tx, work, one, post)
        if against is None:
            return post
        objection.heed(tx, work, one, against)
    work.tell_of(one, "called_off", f"{name_of(one)}: {against.text}", reason=against.text)
    return None
