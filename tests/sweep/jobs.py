"""What the tests and the fork servers tell each other: one JSON document a line."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from tests.sweep.trace import Point, Step


class Design(StrEnum):
    """Ours, and two that must be found out."""

    OURS = "ours"
    RETRY_BLINDLY = "retry blindly"
    FORGET_FIRST = "forget first, then send"


class Life(msgspec.Struct, frozen=True):
    """One run of the process: killed at a line, killed by us while it waits for an answer, or watched to its end."""

    dies_at: Point | None = None
    dies_waiting: bool = False
    is_watched: bool = False


class Job(msgspec.Struct, frozen=True):
    """One case: `lives` that end early, and after them one that goes on until nothing moves any more.

    `store` is the file to copy; `access` says how to reach the platform, as the place that made it wants it.
    """

    store: str
    access: dict[str, str]
    now: datetime
    lives: tuple[Life, ...] = ()
    design: Design = Design.OURS


class Outcome(msgspec.Struct, frozen=True):
    """What the process believes in the end; `failed` is the traceback of what should not have been raised."""

    state: str = ""
    error: str = ""
    url: str = ""
    sent: tuple[str, ...] = ()
    attempts: int = 0
    steps: tuple[Step, ...] = ()
    failed: str = ""


class Result(msgspec.Struct, frozen=True):
    """How the early lives ended (minus the signal, 0 for by itself), what was watched, and the last one's outcome."""

    ends: tuple[int, ...]
    outcome: Outcome
    steps: tuple[Step, ...] = ()
