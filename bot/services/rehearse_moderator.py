"""The person in a rehearsal who looks at what was seen, and says yes or no by the script."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import heappop, heappush

from bot.errors import Refused
from bot.platforms.rehearsal.arrival import Says
from bot.platforms.rehearsal.stage import Stage
from bot.services import moderate
from bot.services.work import Event, Work
from bot.store import sightings

NAME = "moderator"


class Moderator:
    """Decides on each sighting at the sitting that the script names, or as soon as it is seen after that."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._agenda: list[tuple[datetime, int, Says]] = []

    def next_at(self) -> datetime | None:
        """When there is something to decide next (UTC)."""
        return self._agenda[0][0] if self._agenda else None

    def notice(self, work: Work, events: Iterable[Event]) -> None:
        """Put what was just seen on the agenda, where the script has an opinion."""
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
            decide = moderate.approve if says is Says.APPROVE else moderate.reject
            try:
                decide(work, sighting_id, NAME)
            except Refused as error:
                work.tell("not_decided", str(error), sighting=sighting_id)
