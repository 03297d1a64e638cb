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
    """Print the table; what could not be measured is said, and ends nothing but itself."""
    begin = time.monotonic()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as made:
        try:
            _measure(Path(made), figures)
        except Exception as error:
            print(f"not all could be measured: {type(error).__name__}: {error}", file=sys.stderr)
    print("\n".join(table(figures)))
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(
        f"\nPython {platform.python_version()}, {os.cpu_count()} cores, load at the end {load}; "
        f"{time.monotonic() - begin:.0f} s. Other work on the machine shows in every figure, and in its limit."
    )


def _measure(folder: Path, figures: list[Figure]) -> None:
    _say("starting")
    figures.append(start.help_figure())
    with MastodonServer() as mastodon, XSimulator() as x:
        (folder / "campaign").mkdir()
        servers = settled(mastodon, x)
        config = copied_campaign(folder / "campaign", servers, datetime.now(UTC) + FIRST_POST)
        with RunningWorker(config, servers.environment) as worker:
            _say("from due to the door")
            door.wait_for(lambda: all(servers.accepted().values()), "the first post")
            before = worker.memory()
            figures += door.measured(servers, config)
            figures += memory.measured(worker, before)
        _say("taking in hashtag pages")
        figures += intake.measured(mastodon, folder)
    _say("the whole rehearsal")
    figures += start.campaign_figures(config.parent)
    figures.append(disk.figure(folder))


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
