"""Reads the files in a process of its own, so that a worker never carries what that takes: 20 MB, a second of work.

What Babel and twitter-text have once loaded stays for as long as the process lives; and while one thread reckons, a
post that is due in another waits for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bot.domain.limits import Limits
from bot.errors import Fault, FaultyFiles, GroundswellError
from bot.services.files import Sound, sound_drafts

LONGEST = 60.0
"""Seconds after which reading the files is given up: it takes about one."""


@dataclass(frozen=True)
class _Found:
    sound: Sound | None = None
    faults: tuple[Fault, ...] = ()


def drafts_aside(path: Path, limits: Mapping[str, Limits]) -> Sound:
    """What `sound_drafts` gives, found in another process. Raises FaultyFiles, and GroundswellError if that fails."""
    command = [sys.executable, "-P", "-m", __name__, str(path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, input=msgspec.json.encode(limits), capture_output=True, env=environment, timeout=LONGEST
        )
        found = msgspec.json.decode(done.stdout, type=_Found)
    except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError) as error:
        raise GroundswellError(f"The files could not be read ({type(error).__name__}). Run: bot check") from error
    if found.sound is None:
        raise FaultyFiles(list(found.faults))
    return found.sound


def _main() -> None:
    limits = msgspec.json.decode(sys.stdin.buffer.read(), type=dict[str, Limits])
    try:
        found = _Found(sound_drafts(Path(sys.argv[1]), limits))
    except FaultyFiles as error:
        found = _Found(faults=tuple(error.faults))
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    _main()
