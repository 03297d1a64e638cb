"""A rehearsal on a terminal: one picture over the other on a screen of its own, so that nothing is left behind."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live

from bot.cli.theatre_frame import Scene, frame
from bot.cli.theatre_pace import FRAME
from bot.domain.campaign import Campaign
from bot.services.rehearsal.moment import Moment
from bot.services.rehearsal.rehearse import Rehearsal

LAST_LOOK = 0.8
"""Seconds for which the last picture stands."""


class Screen:
    """Shows the play on the whole terminal."""

    def __init__(self, console: Console, campaign: Campaign, accounts: Sequence[str]) -> None:
        self._console = console
        self._campaign, self._accounts = campaign, accounts
        self._last = 0.0

    @contextmanager
    def on(self, rehearsal: Rehearsal) -> Iterator[None]:
        """Take the terminal over until the play is over."""
        planned = len(rehearsal.ledger()[0])
        times = (rehearsal.begins, rehearsal.ends)
        self._scene = Scene(self._campaign, self._accounts, *times, planned, rehearsal.begins)
        with Live(self, console=self._console, screen=True, auto_refresh=False) as self._live:
            yield
            self._live.refresh()
            time.sleep(LAST_LOOK)

    def show(self, moment: Moment) -> None:
        """Something happened: it is in the next picture."""
        self._scene.add(moment)

    def tick(self, now: datetime) -> None:
        """Draw a picture, unless the last one is very young."""
        self._scene.now = now
        if time.monotonic() - self._last >= FRAME:
            self._live.refresh()
            self._last = time.monotonic()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = frame(self._scene, options.max_width, options.height or console.height)
        for number, line in enumerate(lines):
            line.end = "" if number == len(lines) - 1 else "\n"
            yield line
