"""A machine whose clock tests set, while a worker runs on it: Debian's libfaketime between the worker and the time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.harness.bot_process import PipedBot, piped
from tests.harness.live_campaign import LiveCampaign

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))

PROGRAM = """\
import threading
import time

time.sleep = lambda seconds: threading.Event().wait(seconds)

from bot.__main__ import main

main()
"""
"""libfaketime up to 0.9.10 breaks Python's own sleep, and no other waiting."""


class Clock:
    """The clock of one process: as far off the machine's own as a file says."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(timedelta())

    def set(self, ahead: timedelta) -> None:
        """Within a second it is so far ahead of the true time; negative: behind."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{ahead.total_seconds():+.0f}\n")
        os.replace(new, self._file)

    @property
    def environment(self) -> dict[str, str]:
        """What a process must find in its surroundings to go by this clock. Its waiting goes by the true time."""
        return {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # else Python's threads wait for each other by spinning
        }


@contextmanager
def working(live: LiveCampaign, clock: Clock) -> Iterator[PipedBot]:
    """A worker that goes by this clock, once it works."""
    with piped(live.own(clock.environment), live.root, ("-c", PROGRAM)) as worker:
        worker.waits_for(" working ")
        yield worker
