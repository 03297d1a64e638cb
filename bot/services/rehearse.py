"""Plays a whole campaign on a simulated clock and embedded networks, by the very services that run the real one.

Nothing is left out but the waiting: it steps from one instant at which something can happen to the next.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.content.drafts import expand
from bot.content.length import offline_limits
from bot.content.library import Library
from bot.domain.campaign import Config
from bot.domain.delivery import Delivery, Draft
from bot.domain.sighting import Sighting
from bot.services import identity, media, publish
from bot.services.plan import plan
from bot.services.rehearse_listening import Listening
from bot.services.rehearse_moderator import Moderator
from bot.services.rehearse_setting import Setting, SimulatedClock, set_up
from bot.services.rehearse_story import Moment, Story, What
from bot.services.work import Event, Work
from bot.store import control, deliveries, sightings, upcoming
from bot.store.locks import FileLocks
from bot.store.store import Store, sqlite_url

KNOWN_BEFORE = timedelta(minutes=15)
"""How long before the first post that waits for a link somebody fills that link in."""

STAND_IN = "https://stand-in.example"
"""Where the links lead that nobody knows yet."""

AGAIN = timedelta(seconds=1)
"""How soon a worker looks again after it did something: its own longest sleep."""

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made inside
ROOM = 64 * 1024 * 1024


@contextmanager
def rehearsing(config: Config, library: Library, root: Path, tell: Callable[[Moment], None]) -> Iterator[Rehearsal]:
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
    """One campaign being played. `begins` and `ends` (UTC) are its first midnight and its last known instant."""

    def __init__(
        self,
        config: Config,
        library: Library,
        root: Path,
        store: Store,
        locks: FileLocks,
        tell: Callable[[Moment], None],
    ) -> None:
        self._library, self._tell = library, tell
        self._drafts = _drafts(config, library)
        self.begins = _begin(config, self._drafts)
        self._clock = SimulatedClock(self.begins)
        setting = set_up(config, self._clock)
        self.networks, self._stage = setting.networks, setting.stage
        self._events: list[Event] = []
        self.work = Work(config, store, setting.platforms, locks, self._clock, root, self._events.append)
        self.instants = _instants(self.begins, self._drafts, setting)
        self.ends = max(self.instants, default=self.begins)
        self.tally: Counter[What] = Counter()
        self._story, self._moderator = Story(store), Moderator(self._stage)
        self._open()

    def _open(self) -> None:
        """What a worker does when it starts."""
        plan(self.work.store, self._drafts, self.begins)
        identity.learn(self.work)
        self._listening = Listening(self.work)
        self._uploads = _uploads(self._drafts)
        self._busy: set[str] = set()
        self._stage.advance(self.begins)

    @property
    def now(self) -> datetime:
        """The simulated instant (UTC)."""
        return self._clock.now

    def next_at(self) -> datetime | None:
        """When something can happen next (UTC); None when all is played."""
        known = (
            self._stage.next_event(),
            self._listening.next_at(self.now),
            self._moderator.next_at(),
            self._uploads[0][0] if self._uploads else None,
            self._next_link()[0],
            self._next_delivery(),
        )
        coming = min((at for at in known if at is not None), default=None)
        return None if coming is None else max(coming, self.now + AGAIN)

    def step(self, at: datetime) -> None:
        """Put the clock on to `at`, which `next_at` gave, and do all that is due then."""
        self._clock.now = at
        self._stage.advance(at)
        self._fill_in_links()
        self._listening.read(self.work)
        self._moderator.notice(self.work, self._events)
        self._moderator.speak(self.work)
        self._upload()
        self._deliver()
        self._report()

    def ledger(self) -> tuple[list[Delivery], list[Sighting]]:
        """Every delivery and every sighting, in every state."""
        with self.work.store.read() as tx:
            return deliveries.listed(tx), sightings.listed(tx)

    def _next_link(self) -> tuple[datetime | None, str]:
        """When somebody fills in the next link that posts wait for, and its name."""
        waiting = [(draft.due_at - KNOWN_BEFORE, draft.waiting_for) for draft in self._drafts if draft.waiting_for]
        return min(waiting, default=(None, ""))

    def _fill_in_links(self) -> None:
        """A person writes into [links] what has become known, and the worker plans again."""
        at, name = self._next_link()
        while at is not None and at <= self.now:
            config, address = self.work.config, f"{STAND_IN}/{name}"
            links = {**config.campaign.links, name: address}
            config = replace(config, campaign=replace(config.campaign, links=links))
            self.work = replace(self.work, config=config)
            self._drafts = _drafts(config, self._library)
            plan(self.work.store, self._drafts, self.now)
            self.work.tell("filled_in", f"{name} in [links] of bot.toml", url=address)
            at, name = self._next_link()

    def _upload(self) -> None:
        accounts = set()
        while self._uploads and self._uploads[0][0] <= self.now:
            accounts.add(self._uploads.pop(0)[1])
        for account in sorted(accounts):
            media.prepare(self.work, account)

    def _next_delivery(self) -> datetime | None:
        """When an account has something to send, to look for, or to give up as too late."""
        with self.work.store.read() as tx:
            due, late = upcoming.earliest(tx), upcoming.expiries(tx)
            held_up = [account for account, at in due.items() if at <= self.now]
            paused = [control.account(tx, account).paused_until for account in held_up]
            later = deliveries.next_due(tx, after=self.now) if held_up else None
        again = self.now + AGAIN if self._busy.intersection(held_up) else None
        too_late = [at + AGAIN for at in late.values()]
        known = (*due.values(), *paused, *too_late, later)
        return min((at for at in (*known, again) if at is not None and at > self.now), default=None)

    def _deliver(self) -> None:
        with self.work.store.read() as tx:
            due, late = upcoming.earliest(tx), upcoming.expiries(tx)
        self._busy.clear()
        for account in self.work.platforms:
            if any(when.get(account, _NEVER) <= self.now for when in (due, late)):
                before = len(self._events)
                publish.deliver(self.work, account)
                if len(self._events) > before:
                    self._busy.add(account)

    def _report(self) -> None:
        events = list(self._events)
        self._events.clear()
        for moment in self._story.moments(events):
            self.tally[moment.what] += 1
            self._tell(moment)


_NEVER = datetime.max.replace(tzinfo=UTC)


def _drafts(config: Config, library: Library) -> list[Draft]:
    return expand(config, library, offline_limits(config))[0]


def _begin(config: Config, drafts: Sequence[Draft]) -> datetime:
    """The midnight before the first post."""
    zone = config.campaign.timezone
    first = min((draft.due_at.astimezone(zone).date() for draft in drafts), default=config.campaign.day_of_action)
    return datetime.combine(first, time.min, tzinfo=zone).astimezone(UTC)


def _instants(begins: datetime, drafts: Sequence[Draft], setting: Setting) -> list[datetime]:
    """When something is sure to happen: posts, arrivals, decisions."""
    return sorted(at for at in (*(draft.due_at for draft in drafts), *setting.instants) if at >= begins)


def _uploads(drafts: Sequence[Draft]) -> list[tuple[datetime, str]]:
    """When each account begins to upload what its posts carry."""
    carrying = (draft for draft in drafts if any(part.media for part in draft.content.parts))
    return sorted({(draft.due_at - media.AHEAD, draft.account) for draft in carrying})
