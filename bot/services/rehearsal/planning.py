"""The people in a rehearsal who write the files: all is planned from them, and a link is filled in once it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.content.drafts import expand
from bot.content.library import Library
from bot.domain.campaign import Config
from bot.domain.delivery import Draft
from bot.domain.limits import default_limits
from bot.services.plan import plan
from bot.services.work import Work

KNOWN_BEFORE = timedelta(minutes=15)
"""How long before the first post that waits for a link somebody fills it in."""

STAND_IN = "https://stand-in.example"
"""Where the links lead that nobody knows yet."""


class Planning:
    """The files as they are at this moment of the rehearsal; those on the disk stay as they are."""

    def __init__(self, config: Config, library: Library) -> None:
        self._library = library
        self.drafts: Sequence[Draft] = _drafts(config, library)

    def plan(self, work: Work) -> None:
        """Bring the deliveries in line with the files."""
        plan(work.store, self.drafts, work.clock())

    def next_at(self) -> datetime | None:
        """When somebody fills in a link next (UTC)."""
        return self._next()[0]

    def _next(self) -> tuple[datetime | None, str]:
        waiting = ((draft.due_at - KNOWN_BEFORE, draft.waiting_for) for draft in self.drafts if draft.waiting_for)
        return min(waiting, default=(None, ""))

    def fill_in(self, work: Work) -> Work:
        """Write what has become known into [links], and plan again. Gives the work with its new configuration."""
        at, name = self._next()
        while at is not None and at <= work.clock():
            work = replace(work, config=_with_link(work.config, name))
            self.drafts = _drafts(work.config, self._library)
            self.plan(work)
            work.tell("filled_in", f"{name} in [links] of bot.toml", url=work.config.campaign.links[name])
            at, name = self._next()
        return work


def _with_link(config: Config, name: str) -> Config:
    links = {**config.campaign.links, name: f"{STAND_IN}/{name}"}
    return replace(config, campaign=replace(config.campaign, links=links))


def _drafts(config: Config, library: Library) -> list[Draft]:
    return expand(config, library, default_limits(config))[0]
