"""`make bench`: takes some minutes, judges speed only in words, and fails where a promise was broken.

`python -m tests.bench door attempts` runs these sections alone.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tests.bench import (
    accounts,
    attempts,
    beside,
    claims,
    commands,
    console,
    disk,
    dollars,
    door,
    hostile,
    intake,
    memory,
    reach,
    reconcile,
    restart,
    scale,
    start,
    stores,
)
from tests.bench.figures import Broken, Figure, table
from tests.bench.servers import Campaign, copied_campaign, on_store, settled
from tests.bench.worker import RunningWorker
from tests.servers.mastodon.handle import MastodonServer
from tests.servers.x.handle import XSimulator

FIRST_POST = timedelta(seconds=5)
"""How long after the worker's start its first post is due: it has to be up by then."""

NEVER = timedelta(days=30)


class Bench:
    """The sections, each with servers and a folder for whatever it needs."""

    def __init__(self, mastodon: MastodonServer, x: XSimulator, folder: Path) -> None:
        self._mastodon, self._x, self._folder = mastodon, x, folder
        self.sections: dict[str, tuple[str, Callable[[], Iterable[Figure]]]] = {
            "start": ("starting", self._start),
            "memory": ("what a worker holds in memory", self._memory),
            "door": ("from due to the door", self._door),
            "accounts": ("fifty accounts on thirty servers", lambda: accounts.measured(x, folder)),
            "attempts": ("what an attempt costs", lambda: attempts.measured(folder)),
            "claims": ("claims by several workers", lambda: claims.measured(folder)),
            "reconcile": ("proving what nobody knows", self._reconcile),
            "restart": ("killed and started again", self._restart),
            "intake": ("taking in hashtag pages", lambda: intake.measured(mastodon, folder)),
            "hostile": ("posts that mean harm", lambda: hostile.measured(folder)),
            "reach": ("from visible to reshared", self._reach),
            "dollars": ("what a video on X costs", lambda: dollars.measured(x, folder)),
            "rehearsal": ("the whole rehearsal", self._rehearsal),
            "scale": ("a hundred thousand deliveries, a million sightings", lambda: scale.measured(folder)),
            "commands": ("whole commands on as large a store", lambda: commands.measured(mastodon, x, folder)),
            "console": ("the console's pages", lambda: console.measured(folder)),
            "beside": ("the console beside a worker", self._beside),
            "disk": ("the disk", lambda: [disk.figure(folder)]),
        }

    def _campaigns(self, first_post: timedelta = NEVER) -> Iterator[Campaign]:
        for kind in stores.BOTH:
            at = datetime.now(UTC) + first_post
            yield on_store(kind, self._mastodon, self._x, self._folder, at)

    def _start(self) -> list[Figure]:
        campaign = on_store(stores.SQLITE, self._mastodon, self._x, self._folder, datetime.now(UTC) + NEVER)
        return [start.help_figure(), *start.own_figures(campaign.config, campaign.environment)]

    def _memory(self) -> Iterator[Figure]:
        campaign = on_store(stores.SQLITE, self._mastodon, self._x, self._folder, datetime.now(UTC) + FIRST_POST)
        with RunningWorker(campaign.config, campaign.environment) as worker:
            door.wait_for(partial(_has_begun, campaign), "the first post")
            yield from memory.measured(worker, campaign)
        yield memory.week_figure()

    def _door(self) -> Iterator[Figure]:
        for campaign in self._campaigns(FIRST_POST):
            with RunningWorker(campaign.config, campaign.environment):
                door.wait_for(partial(_has_begun, campaign), "the first post")
                yield from door.measured(campaign)

    def _beside(self) -> Iterator[Figure]:
        for campaign in self._campaigns(FIRST_POST):
            with RunningWorker(campaign.config, campaign.environment) as worker:
                door.wait_for(partial(_has_begun, campaign), "the first post")
                yield from beside.measured(campaign, worker)

    def _reconcile(self) -> Iterator[Figure]:
        for campaign in self._campaigns():
            with RunningWorker(campaign.config, campaign.environment) as worker:
                yield from reconcile.measured(campaign, worker)

    def _restart(self) -> Iterator[Figure]:
        for campaign in self._campaigns():
            with RunningWorker(campaign.config, campaign.environment) as worker:
                yield from restart.measured(campaign, worker)

    def _reach(self) -> Iterator[Figure]:
        for kind in stores.BOTH:
            yield from reach.measured(kind, self._mastodon, self._x, self._folder)

    def _rehearsal(self) -> list[Figure]:
        folder = self._folder / "rehearsal"
        folder.mkdir()
        servers = settled(self._mastodon, self._x)
        copied_campaign(folder, servers, datetime.now(UTC) + NEVER)
        return start.campaign_figures(folder)


def main() -> int:
    """Print each section's table as soon as it is measured; what could not be is said, and ends its section alone.
    1: a promise was broken."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as made, MastodonServer() as mastodon, XSimulator() as x:
        broken = _measure(Bench(mastodon, x, Path(made)), sys.argv[1:])
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"\nPython {platform.python_version()}, {os.cpu_count()} cores, load at the end {load}; "
        f"{time.monotonic() - begin:.0f} s. Other work on the machine shows in every figure, and in its limit."
    )
    return 1 if broken else 0


def _has_begun(campaign: Campaign) -> bool:
    """Whether each account has posted."""
    return all(campaign.servers.accepted().values())


def _measure(bench: Bench, wanted: list[str]) -> bool:
    broken = False
    for name, (heading, section) in bench.sections.items():
        if wanted and name not in wanted:
            continue
        print(f"\n{heading}", flush=True)
        figures: list[Figure] = []
        try:
            figures.extend(section())
        except Broken as error:
            broken = True
            print(f"A PROMISE WAS BROKEN: {error}", file=sys.stderr)
        except Exception as error:
            print(f"not all could be measured: {type(error).__name__}: {error}", file=sys.stderr)
        print("\n".join(table(figures)), flush=True)
    return broken


if __name__ == "__main__":
    sys.exit(main())
