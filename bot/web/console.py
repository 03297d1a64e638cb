"""What all requests share: the campaign as it is now, its clock, and what the console listens to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from markupsafe import Markup

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


@dataclass(frozen=True)
class SwellKept:
    """The campaign's swell as it was at an instant (UTC), and how it was drawn: by language and by whether it is
    slim."""

    at: datetime
    swell: Swell
    drawn: dict[tuple[str, bool], Markup] = field(default_factory=dict)


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
    _swell: SwellKept | None = None

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

    def swell_drawn(self, way: tuple[str, bool], draw: Callable[[Swell], Markup]) -> Markup:
        """Return the campaign's swell, as it was at most a quarter of a minute ago, drawn in this way."""
        now, kept = self.clock(), self._swell
        if kept is None or not timedelta() <= now - kept.at < _SWELL_LASTS:
            kept = self._swell = SwellKept(now, band.read_swell(self.work, now))
        if way not in kept.drawn:
            kept.drawn[way] = draw(kept.swell)
        return kept.drawn[way]

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
