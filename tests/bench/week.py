"""A week of the soak's script in a process of its own: what it holds at the end of each day, in MB, as JSON."""

from __future__ import annotations

import gc
import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from bot.services.watching.language import language_of
from tests.bench.memory import TEXTS
from tests.bench.worker import memory_of
from tests.harness.rehearsal_networks import START
from tests.servers.mastodon.handle import MastodonServer
from tests.servers.x.handle import XSimulator
from tests.soak.places import Places
from tests.soak.play import Play
from tests.soak.script import Script, Where

DAYS, STEPS_A_DAY, POSTS_A_DAY, SEED = 7, 8, 20, 7


class Week(Play):
    """The play in longer steps. What is told is not kept: that is the tests' own."""

    def days(self) -> Iterator[float]:
        """Play all of it; yield what the process holds at the end of each day."""
        happenings = sorted(self._happenings(), key=lambda one: (one[0], one[1].number))
        for step in range(1, DAYS * STEPS_A_DAY + 1):
            self.now += timedelta(days=1) / STEPS_A_DAY
            self.places.set_clocks(self.now)
            while happenings and happenings[0][0] <= self.now:
                self._happens(*happenings.pop(0)[1:])
            self._work()
            self.events.clear()
            for text in TEXTS.values():
                language_of(text)
            if step % STEPS_A_DAY == 0:
                gc.collect()
                yield memory_of("self")[0]


def main() -> None:
    """Print the figures."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        home, red, green, far = (held.enter_context(MastodonServer()) for _ in range(4))
        others = {Where.RED: red, Where.GREEN: green, Where.FAR: far}
        places = Places(home, others, held.enter_context(XSimulator()))
        week = held.enter_context(Week(folder, places, Script(SEED, START, DAYS, POSTS_A_DAY), "sqlite"))
        print(json.dumps(list(week.days())))


if __name__ == "__main__":
    main()
