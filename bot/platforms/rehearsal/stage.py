"""Plays the script on the embedded networks as the rehearsal's clock moves on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush

from bot.domain.message import Visibility
from bot.platforms.rehearsal.arrival import Arrival, Change, Opinion, Trouble
from bot.platforms.rehearsal.network import Network


@dataclass(frozen=True)
class _Changed:
    """A change of a post that is out."""

    dialect: str
    handle: str
    uri: str
    change: Change


_Event = Arrival | Trouble | _Changed | Opinion


class Stage:
    """The networks by the name of their dialect, and everything that happens on them without our doing.

    `ours` are our own handles by dialect; what belongs to a dialect that is not there is left out. `changes` counts
    what authors did about posts that were out.
    """

    def __init__(
        self,
        networks: Mapping[str, Network],
        arrivals: Iterable[Arrival],
        troubles: Iterable[Trouble] = (),
        ours: Mapping[str, str] | None = None,
    ) -> None:
        self._networks = networks
        self._ours = ours or {}
        self._opinions: dict[str, Opinion] = {}
        self.changes = 0
        self._count = 0
        self._waiting: list[tuple[datetime, int, _Event]] = []
        events: list[Arrival | Trouble] = [*arrivals, *troubles]
        for event in events:
            if event.dialect in networks:
                self._await(event.at, event)

    def _await(self, at: datetime, event: _Event) -> None:
        self._count += 1
        heappush(self._waiting, (at, self._count, event))

    def next_event(self) -> datetime | None:
        """When something happens next (UTC), the moderator's sittings included; None when all is played."""
        return self._waiting[0][0] if self._waiting else None

    def opinion(self, uri: str) -> Opinion | None:
        """What the moderator will say of a post that was played, or says since then."""
        return self._opinions.get(uri)

    def advance(self, now: datetime) -> None:
        """Let happen all that is due by `now` (UTC), in the order of time."""
        while self._waiting and self._waiting[0][0] <= now:
            _, _, event = heappop(self._waiting)
            self._play(event)

    def _play(self, event: _Event) -> None:
        match event:
            case Arrival():
                self._arrive(event)
            case Trouble():
                self._networks[event.dialect].fail_next(event.action, event.how, until=event.until)
            case _Changed():
                self._change(event)
            case Opinion():
                pass  # it only sets the clock for whoever asks `opinion`

    def _arrive(self, arrival: Arrival) -> None:
        network = self._networks[arrival.dialect]
        handle = arrival.handle.replace("{us}", self._us(arrival.dialect))
        network.join(
            handle,
            bio=arrival.bio,
            locked=arrival.locked,
            joined_at=arrival.joined_at,
            followers=arrival.followers,
        )
        uri = network.post(
            handle,
            self._addressed(arrival.dialect, arrival.text),
            at=arrival.at,
            language=arrival.language,
            kinds=arrival.kinds,
            visibility=arrival.visibility,
            sensitive=arrival.sensitive,
            alt=arrival.alt,
            reply_to="1" if arrival.is_reply else "",
        )
        for change in arrival.later:
            self._await(change.at, _Changed(arrival.dialect, handle, uri, change))
        if arrival.opinion is not None:
            self._opinions[uri] = arrival.opinion
            self._await(arrival.opinion.at, arrival.opinion)

    def _us(self, dialect: str) -> str:
        return self._ours.get(dialect, self._networks[dialect].dialect.handle("us"))

    def _addressed(self, dialect: str, text: str) -> str:
        """A text that names us where it wants to."""
        return text.replace("{us}", f"@{self._us(dialect).removeprefix('x:').removeprefix('@')}")

    def _change(self, event: _Changed) -> None:
        self.changes += 1
        network = self._networks[event.dialect]
        if event.change.reply:
            answer = self._addressed(event.dialect, f"{{us}} {event.change.reply}")
            network.post(event.handle, answer, visibility=Visibility.UNLISTED)
        elif event.change.text:
            network.edit(event.uri, event.change.text)
        else:
            network.delete(event.uri)
