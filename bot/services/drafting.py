"""What can be planned of the files; a process that lives long has it found in another, which loads what reads them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bot.domain.delivery import Draft
from bot.domain.limits import Limits
from bot.errors import Fault, FaultyFiles, GroundswellError, Remedy, Severity, to_do
from bot.files.config import load as configuration
from bot.files.config.same_accounts import account_faults
from bot.shapes import resolve_shapes
from bot.values import dataclass


@dataclass(frozen=True)
class Sound:
    """What can be planned of the files, and what keeps the rest from it.

    The drafts are those of files without an error. What belongs to `messages_at_fault` (their names), or to any
    schedule where `schedules_at_fault`, and is not among the drafts, is to stay as it was planned before.
    """

    drafts: tuple[Draft, ...]
    errors: tuple[Fault, ...] = ()
    messages_at_fault: frozenset[str] = frozenset()
    schedules_at_fault: bool = False


LONGEST = 60.0
"""Seconds after which reading the files is given up: it takes about one."""

_READER = "bot.services.campaign_files"
"""The module that process runs."""


@dataclass(frozen=True)
class FoundDrafts:
    """What that process answers: the drafts, or what is wrong in `bot.toml`."""

    sound: Sound | None = None
    faults: tuple[Fault, ...] = ()


resolve_shapes(FoundDrafts)


def drafts_in_subprocess(path: Path, limits: Mapping[str, Limits]) -> Sound:
    """Return what `sound_drafts` gives, found in another process, which is told no secret. Raise FaultyFiles, and
    GroundswellError if that fails.

    `limits` are all that servers told, those that the store remembers too: that process does not open it.
    """
    answered = _answer(path, limits)
    config, _ = configuration.load(path)
    ours = {fault for fault in account_faults(config, path) if fault.severity is Severity.ERROR} if config else set()
    if answered.sound is None or ours:
        raise FaultyFiles(sorted({*ours, *(answered.sound.errors if answered.sound else answered.faults)}))
    return answered.sound


def _answer(path: Path, limits: Mapping[str, Limits]) -> FoundDrafts:
    """Return what that process answers. It is told where its modules and programs are, and nothing else."""
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-m", _READER, str(path)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, input=msgspec.json.encode(limits), capture_output=True, env=environment, timeout=LONGEST
        )
        return msgspec.json.decode(done.stdout, type=FoundDrafts)
    except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError) as error:
        look = to_do(Remedy.CHECK_FILES)
        raise GroundswellError(f"The files could not be read ({type(error).__name__}). Run: {look}") from error
