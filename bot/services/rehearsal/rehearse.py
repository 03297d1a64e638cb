"""Plays a whole campaign on a simulated clock and embedded networks, by the very services that run the real one.

Nothing is left out but the waiting: it steps from one instant at which something can happen to the next.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.content.library import Library
from bot.domain.campaign import Config
from bot.domain.delivery import Delivery
from bot.domain.sighting import Sighting
from bot.services import identity
from bot.services.rehearsal.listening import Listening
from bot.services.rehearsal.moderator import Moderator
from bot.services.rehearsal.moment import Moment, What
from bot.services.rehearsal.planning import Planning
from bot.services.rehearsal.sending import Sending, Uploading
from bot.services.rehearsal.setting import SimulatedClock, set_up
from bot.services.rehearsal.story import Story
from bot.services.rehearsal.upkeep import Upkeep
from bot.services.work import Event, Work
from bot.store import deliveries, sightings
from bot.store.locks import FileLocks
from bot.store.store import Store, sqlite_url

SHORTEST = timedelta(seconds=1)
"""The least by which the clock is put on."""

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made inside
ROOM = 64 * 1024 * 1024

Tell = Callable[[Moment], None]


@contextmanager
def rehearsing(config: Config, library: Library, root: Path, tell: Tell) -> Iterator[Rehearsal]:
    """A rehearsal of the campaign under `root`, its store in a folder that is thrown away. Raises StoreError."""
    with TemporaryDirectory(prefix="groundswell-", dir=_fast_folder()) as name:
        folder = Path(name)
        with closing(Store.open(sqlite_url(folder / "rehearsal.db"))) as store:
            yield Rehearsal(config, library, root, store, FileLocks(folder / "locks"), tell)


def _fast_folder() -> Path | None:
    """Memory where there is some, else the usual place: what is thrown away need not survive a power cut."""
    usable = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK | os.X_OK)
    return IN_MEMORY if usable and shutil.disk_usage(IN_MEMORY).free > ROOM else None


class Rehearsal:
    """One campaign being played. `begins` and `ends` (UTC) are the midnight before it and its last known instant."""

    def __init__(
        self, config: Config, library: Library, root: Path, store: Store, locks: FileLocks, tell: Tell
    ) -> None:
        self._tell = tell
        self._planning = Planning(config, library)
        due = [draft.due_at for draft in self._planning.drafts]
        self.begins = _midnight_before(config, due)
        self._clock = SimulatedClock(self.begins)
        setting = set_up(config, self._clock)
        self.networks, self._stage = setting.networks, setting.stage
        self.instants = sorted(at for at in (*due, *setting.instants) if at >= self.begins)
        self.ends = max(self.instants, default=self.begins)
        self._events: list[Event] = []
        self.work = Work(config, store, setting.platforms, locks, self._clock, root, self._events.append)
        self._uploading, self._sending = Uploading(self._planning.drafts), Sending()
        self._moderator, self._story = Moderator(self._stage), Story(store)
        self._upkeep = Upkeep(self._stage, self.begins)
        self.tally: Counter[What] = Counter()
        self.reasons: Counter[tuple[What, str]] = Counter()
        self._open()

    def _open(self) -> None:
        """What a worker does when it starts."""
        self._stage.advance(self.begins)
        self._planning.plan(self.work)
        identity.learn(self.work)
        self._listening = Listening(self.work)
        self._sending.look_ahead(self.work)

    @property
    def now(self) -> datetime:
        """The simulated instant (UTC)."""
        return self._clock.now

    def next_at(self) -> datetime | None:
        """When something can happen next (UTC); None when all is played."""
        known = (
            self._stage.next_event(),
            self._planning.next_at(),
            self._listening.next_at(self.now),
            self._moderator.next_at(),
            self._uploading.next_at(),
            self._sending.next_at(),
            self._upkeep.next_at(),
        )
        coming = min((at for at in known if at is not None), default=None)
        return None if coming is None else max(min(coming, self._upkeep.routine_at), self.now + SHORTEST)

    def step(self, at: datetime) -> None:
        """Put the clock on to `at`, which `next_at` gave, and do all that is due then."""
        self._clock.now = at
        self._stage.advance(at)
        self.work = self._planning.fill_in(self.work)
        self._listening.read(self.work)
        self._moderator.notice(self.work, self._events)
        self._moderator.speak(self.work)
        self._upkeep.keep(self.work)
        self._uploading.upload(self.work)
        self._sending.deliver(self.work, self._events)
        self._report()

    def _report(self) -> None:
        events = list(self._events)
        self._events.clear()
        for moment in self._story.moments(events):
            self.tally[moment.what] += 1
            self.reasons[moment.what, moment.why] += 1
            self._tell(moment)

    def ledger(self) -> tuple[list[Delivery], list[Sighting]]:
        """Every delivery and every sighting, in every state, what has expired too; not who asked to be forgotten."""
        with self.work.store.read() as tx:
            sent, seen = deliveries.listed(tx), sightings.listed(tx)
        return self._upkeep.with_expired(sent, seen)


def _midnight_before(config: Config, due: list[datetime]) -> datetime:
    """The midnight, in the campaign's zone, before the first post."""
    zone = config.campaign.timezone
    first = min(due).astimezone(zone).date() if due else config.campaign.day_of_action
    return datetime.combine(first, time.min, tzinfo=zone).astimezone(UTC)
