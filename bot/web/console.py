"""What all requests share: the campaign as it is now, its clock, and what the console listens to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.app import App
from bot.domain.campaign import ConsoleRules
from bot.errors import FaultyFiles
from bot.files.config import load as configuration
from bot.services import band
from bot.services.band import Swell
from bot.services.work import Work
from bot.web.live import Watcher

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_LOOKED_EVERY = timedelta(seconds=2)
_SWELL_LASTS = timedelta(seconds=15)


@dataclass
class Console:
    """One campaign, served. `hosts` are the names (without ports) by which browsers may reach it.

    `without_tls` says that whoever serves it has said that nobody reads along; `is_rehearsal` that clock and networks
    are simulated.
    """

    app: App
    clock: Callable[[], datetime]
    hosts: frozenset[str]
    without_tls: bool = False
    is_rehearsal: bool = False
    stopping: threading.Event = field(default_factory=threading.Event)
    watcher: Watcher = field(init=False)
    _looking: threading.Lock = field(default_factory=threading.Lock)
    _seen: tuple[datetime, int] | None = None
    _swell: tuple[datetime, Swell] | None = None

    def __post_init__(self) -> None:
        self.watcher = Watcher(self.app.work.store)

    @property
    def work(self) -> Work:
        """What services are handed, by the files as they are now; as they were before, where they have a fault."""
        now = self.clock()
        with self._looking:
            if self._seen is None or not timedelta() <= now - self._seen[0] < _LOOKED_EVERY:
                self._look(now)
        return self.app.work

    def swell(self) -> Swell:
        """Return the campaign's swell, as it was at most a quarter of a minute ago."""
        now = self.clock()
        if self._swell is None or not timedelta() <= now - self._swell[0] < _SWELL_LASTS:
            self._swell = now, band.read_swell(self.work, now)
        return self._swell[1]

    @property
    def rules(self) -> ConsoleRules:
        """Return `[console]` of the campaign's bot.toml."""
        return self.app.work.config.console

    def _look(self, now: datetime) -> None:
        try:
            changed_at = self.app.path.stat().st_mtime_ns
        except OSError:
            changed_at = 0
        if self._seen is not None and changed_at != self._seen[1]:
            with suppress(FaultyFiles):  # Today says so; what is decided meanwhile goes by the files as they were
                self.app.take_up(configuration.read(self.app.path))
        self._seen = now, changed_at
