"""The person in a rehearsal who looks at what was seen, and says yes or no by the script."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import heappop, heappush

from bot.domain.care import Tick
from bot.domain.sighting import SightingState
from bot.errors import Refused
from bot.platforms.rehearsal.arrival import Says
from bot.platforms.rehearsal.stage import Stage
from bot.services.moderation import alarm, moderate
from bot.services.work import Event, Work
from bot.store import sightings

NAME = "moderator"
SECOND_NAME = "second moderator"

LOOKS_INTO_IT = timedelta(minutes=30)
"""How long the moderator takes until rules may approve again after an alarm."""


class Moderator:
    """Decides on each sighting at the sitting that the script names, or as soon as it is seen after that."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._agenda: list[tuple[datetime, int, Says]] = []
        self._switches_on_at: datetime | None = None

    def next_at(self) -> datetime | None:
        """When there is something to decide next (UTC)."""
        known = (self._agenda[0][0] if self._agenda else None, self._switches_on_at)
        return min((at for at in known if at is not None), default=None)

    def notice(self, work: Work, events: Iterable[Event]) -> None:
        """Put what was just seen on the agenda, where the script has an opinion, and an alarm."""
        events = tuple(events)
        if any(event.name == "hijack" for event in events):
            self._switches_on_at = work.clock() + LOOKS_INTO_IT
        ids = [int(event.fields["sighting"]) for event in events if event.name == "seen"]
        if not ids:
            return
        with work.store.read() as tx:
            found = sightings.of_ids(tx, ids)
        for seen in found:
            opinion = self._stage.opinion(seen.post.uri)
            if opinion is not None:
                heappush(self._agenda, (max(opinion.at, work.clock()), seen.id, opinion.says))

    def speak(self, work: Work) -> None:
        """Decide what is due."""
        while self._agenda and self._agenda[0][0] <= work.clock():
            _, sighting_id, says = heappop(self._agenda)
            decide = _approve if says is Says.APPROVE else _reject
            try:
                decide(work, sighting_id)
            except Refused as error:
                work.tell("not_decided", str(error), sighting=sighting_id)
        if self._switches_on_at is not None and self._switches_on_at <= work.clock():
            self._switches_on_at = None
            alarm.switch(work, NAME, on=True)


def _approve(work: Work, sighting_id: int) -> None:
    """With the whole checklist; where the campaign asks for two people, the second says yes too."""
    seen = moderate.approve(work, sighting_id, NAME, Tick)
    if seen.state is SightingState.HELD:
        moderate.approve(work, sighting_id, SECOND_NAME, Tick)


def _reject(work: Work, sighting_id: int) -> None:
    moderate.reject(work, sighting_id, NAME)
