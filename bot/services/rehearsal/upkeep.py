"""What a worker does for posters, in a rehearsal: posts are looked at again, and what is stored of them expires.

A worker looks every minute. Here the looks are made that can find something, and between them as many as X bills in a
day. There are no backups of a rehearsal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.delivery import Delivery, Kind
from bot.domain.sighting import Sighting
from bot.platforms.rehearsal.stage import Stage
from bot.services.protection import recheck, recheck_stored, retention
from bot.services.work import Work
from bot.store import deliveries, sightings
from bot.store.schema import delivery

LOOKS = timedelta(hours=12)
"""How often all that is out is looked at, whether or not anybody has changed anything."""

EXPIRES = timedelta(days=1)
"""How often what has expired is removed."""

LOOKS_AFTER_A_CHANGE = 3
"""So many looks, as far apart as a worker's, reach all reshares of a busy day."""


class Upkeep:
    """Looks again where an author has changed something, and regularly; what expires is kept for the ledger alone."""

    def __init__(self, stage: Stage, begins: datetime) -> None:
        self._stage = stage
        self._changes = 0
        self._looks: list[datetime] = []
        self._next_look, self._next_expiry = begins + LOOKS, begins + EXPIRES
        self._sightings: dict[int, Sighting] = {}
        self._reshares: dict[int, Delivery] = {}

    def next_at(self) -> datetime | None:
        """When a look that can find something is due next (UTC)."""
        return min(self._looks, default=None)

    @property
    def routine_at(self) -> datetime:
        """When there is something to do next that always goes on (UTC)."""
        return min(self._next_look, self._next_expiry)

    def keep(self, work: Work) -> None:
        """Look at what is out, and let go of what has expired, where it is time."""
        now = work.clock()
        self._notice(work, now)
        if any(at <= now for at in (*self._looks, self._next_look)):
            for account in work.platforms:
                recheck.look(work, account)
                recheck_stored.look(work, account)
            self._looks = [at for at in self._looks if at > now]
        self._next_look = _after(self._next_look, LOOKS, now)
        if self._next_expiry <= now:
            self._expire(work)
        self._next_expiry = _after(self._next_expiry, EXPIRES, now)

    def _notice(self, work: Work, now: datetime) -> None:
        """Whatever was changed is found when every reshare of these days has been looked at once more."""
        if self._stage.changes > self._changes:
            first = now + work.config.recheck.on_the_day
            self._looks += [first + recheck.EVERY * number for number in range(LOOKS_AFTER_A_CHANGE)]
        self._changes = self._stage.changes

    def _expire(self, work: Work) -> None:
        before, reshares = _stored(work)
        retention.expire(work)
        after, _ = _stored(work)
        gone = before.keys() - after.keys()
        self._sightings |= {number: before[number] for number in gone}
        self._reshares |= {one.id: one for one in reshares if one.sighting_id in gone}

    def with_expired(self, sent: Sequence[Delivery], seen: Sequence[Sighting]) -> tuple[list[Delivery], list[Sighting]]:
        """Deliveries and sightings with what has expired of them: everybody in a rehearsal is invented."""
        told = self._sightings | {one.id: one for one in seen}
        return [self._whole(one) for one in sent], [told[number] for number in sorted(told)]

    def _whole(self, one: Delivery) -> Delivery:
        was = self._reshares.get(one.id)
        if was is None:
            return one
        return replace(one, post_uri=was.post_uri, url=was.url, error=was.error, sighting_id=was.sighting_id)


def _after(at: datetime, every: timedelta, now: datetime) -> datetime:
    return at if at > now else at + every * ((now - at) // every + 1)


def _stored(work: Work) -> tuple[dict[int, Sighting], list[Delivery]]:
    with work.store.read() as tx:
        return {one.id: one for one in sightings.listed(tx)}, deliveries.listed(tx, delivery.c.kind == Kind.RESHARE)
