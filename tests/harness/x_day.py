"""A day on X with all that a campaign meets there, watched by a worker, and what X billed for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bot.domain.campaign import MonitorRules
from bot.domain.sighting import Sighting
from bot.platforms.x.adapter import XPlatform
from bot.services.events import Event
from bot.services.watching import poll
from bot.services.work import ProcessMemory, Work
from bot.store import control, sightings
from bot.store.store import Store, locks_of
from tests.harness.campaign import TAG, config
from tests.harness.rehearsal_networks import ManualClock
from tests.servers.x.handle import XSimulator

MIDNIGHT = datetime(2025, 4, 16, tzinfo=UTC)
DAY = timedelta(days=1)

US = "GroundswellBot"
_FILM = [{"type": "video"}]
_MET: tuple[tuple[str, str, str, list[dict[str, str]]], ...] = (
    ("video", "Worker", f"Our film #{TAG}", _FILM),
    ("noise", "Reader", f"Just words #{TAG}", []),
    ("video", "Union", f"https://youtu.be/dQw4w9WgXcQ #{TAG}", []),
    ("noise", "Painter", f"A picture #{TAG}", [{"type": "photo"}]),
    ("both", "Singer", f"A song for @{US} #{TAG}", _FILM),
    ("noise", "Blogger", f"Read https://example.org/ #{TAG}", []),
    ("video", "Miner", f"From the shaft #{TAG.upper()}", _FILM),
    ("own", US, f"We show #{TAG}", _FILM),
    ("mention", "Asker", f"@{US} what is this about?", []),
    ("noise", "Passer", f"Another tag #{TAG}2025", _FILM),
)
"""What, by whom, its words and its media, in turn; "both" carries the hashtag, a video and a mention of us."""


class XDay:
    """`posts` is what was posted, by its id: "video", "both", "mention", "noise" or "own"."""

    def __init__(
        self, x: XSimulator, folder: Path, store: Store, many: int, poll_min: timedelta, **prices: Any
    ) -> None:
        x.reset()
        x.settings(prices=prices)
        self.x, self.clock = x, ManualClock()
        self.us = x.add_user(US)
        self.posts: dict[str, str] = {}
        self._coming = deque(_timetable(many))
        self._set(MIDNIGHT)
        keys = (self.us.api_key, self.us.api_secret, self.us.access_token, self.us.access_token_secret)
        rules = config(budget=1000.0, monitor=MonitorRules(poll_min=poll_min, backfill=timedelta(hours=1)))
        platform = XPlatform("x", x.url, *keys, self.clock, kinds=rules.monitor.kinds)
        rules = replace(rules, accounts={"x": rules.accounts["x"]})
        self.events: list[Event] = []
        locks = locks_of(store, folder)
        self.work = Work(rules, store, {"x": platform}, locks, self.clock, folder, self.events.append, ProcessMemory())

    def play(self) -> None:
        """Play the whole day, and long enough after it for X to show its last minute."""
        watches, end = poll.source_polls(self.work), MIDNIGHT + DAY - timedelta(minutes=1)
        while self.clock() < end:
            for watch in (one for one in watches if one.is_due(self.clock())):
                poll.read_all(self.work, watch)
            self._set(min(end, *(one.next_at for one in watches)))
        for watch in watches:
            poll.read_all(self.work, watch)

    def close(self) -> None:
        """Let go of connections."""
        self.work.platforms["x"].close()
        self.work.locks.close()

    def found(self) -> list[Sighting]:
        """Return what the worker has stored."""
        with self.work.store.read() as tx:
            return sightings.listed(tx)

    def reckoned(self) -> int:
        """Return what the worker believes it has spent, in micro-USD."""
        with self.work.store.read() as tx:
            return control.spent(tx, "x", MIDNIGHT)

    def billed(self) -> dict[str, int]:
        """Return how often X billed each post."""
        reads: dict[str, int] = self.x.ledger()["billed_reads"][self.us.id]
        return reads

    def of(self, *kinds: str) -> set[str]:
        """Return the ids of what was posted of these kinds."""
        return {number for number, kind in self.posts.items() if kind in kinds}

    def _set(self, now: datetime) -> None:
        """Move the clock, and let people post what they posted until then."""
        self.clock.now = now
        self.x.set_clock(now)
        while self._coming and self._coming[0][0] <= now:
            at, kind, user, text, media = self._coming.popleft()
            self.posts[self.x.seed_post(user, text, media=media, created_at=at)] = kind


def _timetable(many: int) -> Iterator[tuple[datetime, str, str, str, list[dict[str, str]]]]:
    """When each post comes: most around noon, none in the last ten minutes."""
    length = DAY - timedelta(minutes=10)
    for number, (kind, user, text, media) in enumerate(islice(cycle(_MET), many)):
        at = 4 * (number / many - 0.5) ** 3 + 0.5
        yield MIDNIGHT + length * at, kind, user, f"{text} {number}", media
