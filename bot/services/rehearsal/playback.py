"""Plays a rehearsal in real time: how fast it goes, where it rests, and what a person asks of it meanwhile."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from datetime import time as wall_time
from typing import Protocol

from bot.domain.campaign import Campaign
from bot.domain.delivery import State
from bot.services.rehearsal.rehearse import Rehearsal
from bot.services.rehearsal.story import Moment, What
from bot.services.rehearsal.tempo import Passage, Tempo
from bot.store import deliveries, overview
from bot.store import schema as t

FRAME = 1 / 12
"""Seconds between two pictures."""

BY_EVENTS = 0.75
"""How much of the time goes to what happens rather than to the days: the day of action deserves a closer look."""

HOUR = timedelta(hours=1)


class PlaybackPace:
    """Says when each simulated instant is due in real time, and waits for it.

    `speed` is in simulated hours per second, 0 for full speed; `seconds` is how long it shall take until `ends` (UTC),
    by default the end of the whole.
    """

    def __init__(
        self, rehearsal: Rehearsal, speed: float | None, seconds: float | None, ends: datetime | None = None
    ) -> None:
        self._begins, self._ends = rehearsal.begins, ends or rehearsal.ends
        self._instants = [at for at in rehearsal.instants if at <= self._ends]
        self._speed, self._seconds = speed, seconds
        self._started = time.monotonic()

    def wait(self, now: datetime, at: datetime, interrupted: Callable[[], bool]) -> Iterator[datetime]:
        """Wait until `at` is due, giving simulated instants on the way, a picture's time apart."""
        due = self._started + self._due(at)
        began = time.monotonic()
        while (left := due - time.monotonic()) > 0:
            yield now + (at - now) * min(1.0, (time.monotonic() - began) / (due - began))
            if interrupted():
                return
            time.sleep(min(left, FRAME))

    def _due(self, at: datetime) -> float:
        """Return when an instant is due, in seconds after the start."""
        if self._speed:
            return (at - self._begins) / HOUR / self._speed
        if not self._seconds:
            return 0.0
        by_time = min(1.0, (at - self._begins) / max(self._ends - self._begins, HOUR))
        by_events = bisect_right(self._instants, at) / max(1, len(self._instants))
        return self._seconds * (BY_EVENTS * by_events + (1 - BY_EVENTS) * by_time)


class Spectator(Protocol):
    """Who watches a playback."""

    def begin(self, rehearsal: Rehearsal) -> None:
        """Take up a rehearsal that is played from now on."""
        ...

    def show(self, moment: Moment) -> None:
        """Show something that happened."""
        ...

    def tick(self, now: datetime) -> None:
        """Show that the simulated time has moved on (UTC)."""
        ...


_LOOKS_EVERY_S = 0.5
_REST_AT = -7, wall_time(14, 32)
_MORNING = wall_time(9)
_OPENING_S = 10.0
_DECIDES_BEFORE = timedelta(minutes=91)
"""How long before the first rest the script's moderator decides for the last time."""


def first_rest(campaign: Campaign) -> datetime:
    """Return where a playback rests first: in an afternoon a week before the day of action."""
    day, wall = _REST_AT
    return datetime.combine(campaign.day_of_action + timedelta(days=day), wall, campaign.timezone)


def person_from(campaign: Campaign) -> datetime:
    """Return from when on a person decides."""
    return first_rest(campaign) - _DECIDES_BEFORE


class Playback:
    """Plays rehearsals, one after the other, as a person asks for it. Asking is safe from any thread; one plays.

    `begin` opens a rehearsal, whose moments go to `note`; it is called again for each new beginning. `speed` is that
    of the opening, in simulated hours per second; `rest_at` (UTC) is where it rests first.
    """

    def __init__(
        self, begin: Callable[[Callable[[Moment], None]], Rehearsal], speed: float | None, rest_at: datetime
    ) -> None:
        self._begin, self._speed, self._rest_at = begin, speed, rest_at
        self._changed = threading.Condition()
        self._wanted: Tempo | None = None
        self._has_acted = False
        self._beginnings = 0
        self._told = 0
        self._spectator: Spectator | None = None
        self.tempo = Tempo.OPENING
        self.passage: Passage | None = None
        self.is_over = False
        self.rehearsal = begin(self._note)

    @property
    def is_before_the_day(self) -> bool:
        """Return whether there is still a morning of the day of action to go to."""
        return self.rehearsal.now < self._morning

    def ask(self, tempo: Tempo) -> None:
        """Ask for another way of going on, from now on."""
        with self._changed:
            self._wanted = tempo
            self._changed.notify_all()

    def acted(self) -> None:
        """Hear that a person has done something, which may have to be told, and things to follow from it."""
        with self._changed:
            self._has_acted = True
            self._changed.notify_all()

    def wait_for_rest(self, seconds: float) -> None:
        """Wait until the playback rests, or for this many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.tempo is Tempo.PAUSED and self._wanted is None, seconds)

    def wait_for_beginning(self, seconds: float) -> None:
        """Ask for a new beginning, and wait until it is there, or for this many seconds."""
        with self._changed:
            before, self._wanted = self._beginnings, Tempo.AGAIN
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._beginnings > before, seconds)

    def play(self, spectator: Spectator, is_over: Callable[[], bool]) -> None:
        """Play until somebody says that it is over."""
        self._spectator = spectator
        while not is_over():
            self._take_up()
            match self.tempo:
                case Tempo.PAUSED:
                    self._rest()
                case Tempo.OPENING:
                    self._open(is_over)
                case Tempo.HOURLY:
                    self._go_hourly(is_over)
                case Tempo.TO_NEXT:
                    self._go_to_next(is_over)
                case Tempo.TO_THE_DAY:
                    self._go(self._morning, is_over)
                case Tempo.TO_THE_END:
                    self._go(None, is_over)
                case Tempo.AGAIN:
                    self._begin_again()

    def _take_up(self) -> None:
        with self._changed:
            if self._wanted is not None:
                self.tempo, self._wanted = self._wanted, None
                self.passage = None

    def _is_interrupted(self) -> bool:
        return self._wanted is not None

    def _pause(self) -> None:
        with self._changed:
            self.tempo = Tempo.PAUSED
            self._changed.notify_all()

    def _rest(self) -> None:
        with self._changed:
            if self._wanted is None and not self._has_acted:
                self._changed.wait(_LOOKS_EVERY_S)
        if self._heed():
            self._tick()

    def _heed(self) -> bool:
        """Take note of what a person has done, and return whether there was anything."""
        with self._changed:
            has_acted, self._has_acted = self._has_acted, False
        if has_acted:
            self.rehearsal.heed()
        return has_acted

    def _open(self, is_over: Callable[[], bool]) -> None:
        pace = PlaybackPace(self.rehearsal, self._speed, _OPENING_S if self._speed is None else None, self._rest_at)

        def is_interrupted() -> bool:
            return self._is_interrupted() or is_over()

        while not is_interrupted():
            at = self.rehearsal.next_at()
            is_last = at is None or at > self._rest_at
            at = self._rest_at if at is None or is_last else at
            for moment in pace.wait(self.rehearsal.now, at, is_interrupted):
                self._pass_to(moment)
            if is_interrupted():
                return
            if is_last:
                self._pass_to(at)
                self._pause()
                return
            self._step(at)

    def _go_hourly(self, is_over: Callable[[], bool]) -> None:
        since, before = self.rehearsal.now, self._counts()
        last = time.monotonic()
        while not is_over() and not self._is_interrupted():
            self._heed()
            time.sleep(FRAME)
            now = time.monotonic()
            until = self.rehearsal.now + (now - last) * HOUR
            last = now
            while (at := self.rehearsal.next_at()) is not None and at <= until and not self._is_interrupted():
                self._step(at)
            if at is None:
                self._end()
                break
            if not self._is_interrupted():
                self._pass_to(until)
        self._look_back(since, before)

    def _go_to_next(self, is_over: Callable[[], bool]) -> None:
        self._heed()
        told_before = self._told
        self._go(None, lambda: self._told > told_before or is_over())

    def _go(self, until: datetime | None, is_there: Callable[[], bool]) -> None:
        """Go on as fast as can be, to an instant (UTC), or until somebody says that it is enough; and rest there."""
        since, before = self.rehearsal.now, self._counts()
        while not is_there() and not self._is_interrupted():
            self._heed()
            at = self.rehearsal.next_at()
            if at is None:
                self._end()
                break
            if until is not None and at > until:
                self._pass_to(until)
                break
            self._step(at)
        self._look_back(since, before)
        self._pause()

    def _end(self) -> None:
        self.is_over = True
        self._pause()

    def _begin_again(self) -> None:
        self.rehearsal = self._begin(self._note)
        if self._spectator is not None:
            self._spectator.begin(self.rehearsal)
        self.is_over, self.passage = False, None
        with self._changed:
            self.tempo = Tempo.OPENING
            self._beginnings += 1
            self._changed.notify_all()

    def _step(self, at: datetime) -> None:
        self.is_over = False
        self.rehearsal.step(at)
        self._tick()

    def _pass_to(self, at: datetime) -> None:
        self.rehearsal.pass_to(at)
        self._tick()

    def _tick(self) -> None:
        if self._spectator is not None:
            self._spectator.tick(self.rehearsal.now)

    def _note(self, moment: Moment) -> None:
        self._told += 1
        if self._spectator is not None:
            self._spectator.show(moment)

    @property
    def _morning(self) -> datetime:
        campaign = self.rehearsal.work.config.campaign
        return datetime.combine(campaign.day_of_action, _MORNING, campaign.timezone)

    def _counts(self) -> tuple[int, int, int, int]:
        tally = self.rehearsal.tally
        return tally[What.POSTED], tally[What.RESHARED], tally[What.MISSED], self.rehearsal.second_yeses

    def _look_back(self, since: datetime, before: tuple[int, int, int, int]) -> None:
        posts, reshares, missed, yeses = (now - then for now, then in zip(self._counts(), before, strict=True))
        with self.rehearsal.work.store.read() as tx:
            waiting = overview.approvals_waiting(tx).count
            unanswered = len(deliveries.listed(tx, t.delivery.c.state == State.NEEDS_DECISION))
        self.passage = Passage(since, self.rehearsal.now, posts, reshares, missed, waiting, unanswered, yeses)
