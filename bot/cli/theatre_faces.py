"""What shows a rehearsal: nothing, for a script; or one plain line for each moment, for a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Protocol

import typer

from bot.cli.theatre_words import day_of
from bot.domain.campaign import Campaign
from bot.services.rehearsal.moment import Moment
from bot.services.rehearsal.rehearse import Rehearsal


class Face(Protocol):
    """Somewhere a rehearsal can be seen."""

    def on(self, rehearsal: Rehearsal) -> AbstractContextManager[object]:
        """Open for the time of the play."""
        ...

    def show(self, moment: Moment) -> None:
        """Something happened."""
        ...

    def tick(self, now: datetime) -> None:
        """The simulated time (UTC) has moved on."""
        ...


class Silent:
    """Shows nothing."""

    def on(self, rehearsal: Rehearsal) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, moment: Moment) -> None:
        pass

    def tick(self, now: datetime) -> None:
        pass


class Lines(Silent):
    """One line for each moment: day, time, what, where, language, message or author, address, why."""

    def __init__(self, campaign: Campaign, accounts: Sequence[str]) -> None:
        self._campaign = campaign
        self._width = max([8, *map(len, accounts)])

    def show(self, moment: Moment) -> None:
        typer.echo(self.line(moment))

    def line(self, moment: Moment) -> str:
        """A moment on one line."""
        local = moment.at.astimezone(self._campaign.timezone)
        start = f"{day_of(moment.at, self._campaign):<5} {local:%a %d %b %H:%M}  {moment.what:<11}"
        where = f"{moment.account or '-':<{self._width}}  {moment.language or '-':<3}"
        return "  ".join(
            part for part in (start, where, f"{moment.subject:<20}", moment.url, moment.why) if part
        ).rstrip()
