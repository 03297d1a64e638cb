"""What all requests share: the campaign as it is now, its clock, and what the console listens to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from markupsafe import Markup

from bot.app import App
from bot.domain.campaign import ConsoleRules
from bot.errors import FaultyFiles, Refused
from bot.files.config import load as configuration
from bot.platforms.web.user_agent import agent_of
from bot.services import band
from bot.services.band import Swell
from bot.services.notifications import Notifier
from bot.services.passkeys import Challenges
from bot.services.work import Work
from bot.values import dataclass
from bot.web.live import Watcher
from bot.web.relay import Relay

if TYPE_CHECKING:
    import httpx

    from bot.platforms.web.remote_file import RemoteFiles
    from bot.services.rehearsal.playback import Playback

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_LOOKED_EVERY = timedelta(seconds=2)
_SWELL_LASTS = timedelta(seconds=15)


@dataclass(frozen=True)
class SwellKept:
    """The campaign's swell as it was at an instant (UTC) by the campaign's and by the real clock, and how it was drawn:
    by language and by whether it is slim."""

    at: datetime
    real_at: datetime
    swell: Swell
    drawn: dict[tuple[str, bool], Markup] = field(default_factory=dict)


class Served(Protocol):
    """A campaign that a console shows: an `App`, or a rehearsal."""

    work: Work
    notifier: Notifier


@dataclass(frozen=True)
class PlayedRehearsal:
    """What a console needs of the rehearsal that it shows. Who has the `key` is let in as `person`, in all roles.

    `files` gives those of other people's posts.
    """

    playback: Playback
    key: str
    person: str
    files: httpx.BaseTransport


@dataclass
class Console:
    """One campaign, served. `hosts` are the names (without ports) by which browsers may reach it.

    `clock` is the campaign's; `door_clock` is the one that sessions are counted by, where that is another one.
    `without_tls` says that whoever serves it has said that nobody reads along; `rehearsal` is set where clock and
    networks are simulated.
    """

    app: Served
    clock: Callable[[], datetime]
    hosts: frozenset[str]
    without_tls: bool = False
    rehearsal: PlayedRehearsal | None = None
    door_clock: Callable[[], datetime] | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    challenges: Challenges = field(default_factory=Challenges)
    writing_calendar: asyncio.Lock = field(default_factory=asyncio.Lock)
    watcher: Watcher = field(init=False)
    relay: Relay = field(init=False)
    _looking: threading.Lock = field(default_factory=threading.Lock)
    _seen: tuple[datetime, int] | None = None
    _swell: SwellKept | None = None

    def __post_init__(self) -> None:
        self.watcher = Watcher(self.app.work.store)
        self.relay = Relay()

    @cached_property
    def remote_files(self) -> RemoteFiles:
        """What opens files of others; the servers of our accounts may be this machine, where bot.toml says so."""
        from bot.platforms.web.remote_file import RemoteFiles  # an HTTP client takes 6 MB, and few ever look at a film

        config = self.app.work.config
        written = [account.api_base_url for account in config.accounts.values()]
        return RemoteFiles(agent_of(config), written, network=self.rehearsal.files if self.rehearsal else None)

    def turn_to(self, app: Served) -> None:
        """Show another campaign from now on: a rehearsal that begins again has a store of its own."""
        watched = self.watcher
        self.app, self._swell, self.watcher, self.relay = app, None, Watcher(app.work.store), Relay()
        watched.close()

    @property
    def work(self) -> Work:
        """What services are handed, by the files as they are now; as they were before, where they have a fault."""
        if isinstance(self.app, App):
            now = self.clock()
            with self._looking:
                if self._seen is None or not timedelta() <= now - self._seen[0] < _LOOKED_EVERY:
                    self._look(self.app, now)
        return self.app.work

    def look_at_files(self) -> None:
        """Read bot.toml again for the next request, whenever it was looked at last."""
        self._seen = None if self._seen is None else (datetime.min.replace(tzinfo=UTC), self._seen[1])

    @property
    def connected(self) -> Work:
        """What services are handed that ask a platform: the accounts' adapters are made when they are first needed.

        An account without its secrets has none; where all lack them, services say so.
        """
        with self._looking:
            if isinstance(self.app, App) and not self.app.work.platforms:
                with suppress(Refused):
                    self.app.connect()
        return self.work

    def real_now(self) -> datetime:
        """Return the instant (UTC) that sessions are counted by: no simulated one."""
        return (self.door_clock or self.clock)()

    def swell(self) -> Swell:
        """Return the campaign's swell, as it was at most a quarter of a minute ago by either clock."""
        return self._swell_kept().swell

    def _swell_kept(self) -> SwellKept:
        now, real, kept = self.clock(), self.real_now(), self._swell
        if kept is None or not all(timedelta() <= age < _SWELL_LASTS for age in (now - kept.at, real - kept.real_at)):
            kept = self._swell = SwellKept(now, real, band.read_swell(self.work, now))
        return kept

    def swell_drawn(self, way: tuple[str, bool], draw: Callable[[Swell], Markup]) -> Markup:
        """Return the campaign's swell, drawn in this way."""
        kept = self._swell_kept()
        if way not in kept.drawn:
            kept.drawn[way] = draw(kept.swell)
        return kept.drawn[way]

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds a session. Browsers do not tell the ports of a host apart."""
        return "gs-rehearsal" if self.rehearsal else "gs"

    @property
    def rules(self) -> ConsoleRules:
        """Return what `[console]` of the campaign's bot.toml says."""
        return self.app.work.config.console

    def _look(self, app: App, now: datetime) -> None:
        try:
            changed_at = app.path.stat().st_mtime_ns
        except OSError:
            changed_at = 0
        if self._seen is not None and changed_at != self._seen[1]:
            with suppress(FaultyFiles):  # Today says so; what is decided meanwhile goes by the files as they were
                app.take_up(configuration.read(app.path))
        self._seen = now, changed_at
