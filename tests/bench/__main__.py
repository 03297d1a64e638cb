"""`make bench`: takes a minute, judges nothing, and always ends well."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench import disk, door, intake, memory, start
from tests.bench.figures import Figure, table
from tests.bench.servers import copied_campaign, settled
from tests.bench.worker import RunningWorker
from tests.servers.mastodon.handle import MastodonServer
from tests.servers.x.handle import XSimulator

FIRST_POST = timedelta(seconds=5)
"""How long after the worker's start its first post is due: it has to be up by then."""


def main() -> None:
    """Print the table."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        figures = _all_figures(Path(made))
    print("\n".join(table(figures)))
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"\nPython {platform.python_version()}, {os.cpu_count()} cores, load at the end {load}. "
        f"Taken in {time.monotonic() - begin:.0f} s. Other work on the machine shows in every figure, and in its limit."
    )


def _all_figures(folder: Path) -> list[Figure]:
    _say("starting, and the command line")
    figures = [start.help_figure()]
    with MastodonServer() as mastodon, XSimulator() as x:
        (folder / "campaign").mkdir()
        servers = settled(mastodon, x)
        config = copied_campaign(folder / "campaign", servers, datetime.now(UTC) + FIRST_POST)
        with RunningWorker(config, servers.environment) as worker:
            _say("due to door")
            door.wait_for(lambda: all(servers.accepted().values()), "the first post")
            before = worker.memory()
            figures += door.measured(servers, config)
            figures += memory.measured(worker, before)
        _say("taking in hashtag pages")
        figures += intake.measured(mastodon, folder)
    _say("the whole rehearsal")
    return [*figures, *start.campaign_figures(config.parent), disk.figure(folder)]


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
