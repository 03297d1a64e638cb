"""What the tests and the fork servers tell each other: one JSON document a line."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from tests.sweep.trace import Point, Step


class Design(StrEnum):
    """Ours, and those that must be found out."""

    OURS = "ours"
    RETRY_BLINDLY = "retry blindly"
    FORGET_FIRST = "forget first, then send"
    SEND_HOWEVER_LATE = "send however late"


class Life(msgspec.Struct, frozen=True):
    """One run of the process: killed at a line, killed by us while it waits for an answer, or watched to its end.

    Or it goes on: after its connections to the database were cut at a line, or after it was paused at one, until
    another worker has done all that it may do meanwhile. A paused life keeps its connections unless it `loses_lock`.
    """

    dies_at: Point | None = None
    dies_waiting: bool = False
    is_watched: bool = False
    is_cut_at: Point | None = None
    pauses_at: Point | None = None
    loses_lock: bool = False


class Job(msgspec.Struct, frozen=True):
    """One case: `lives` that end early, and after them one that goes on until nothing moves any more.

    `store` is the file to copy; `access` says how to reach the platform, as the place that made it wants it. `server`
    is the address of the PostgreSQL server that the copy is kept on, "" for a file of its own.
    """

    store: str
    access: dict[str, str]
    now: datetime
    lives: tuple[Life, ...] = ()
    design: Design = Design.OURS
    server: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """What the process believes in the end; `failed` is the traceback of what should not have been raised.

    `struck` is whether a life that lived on came to the line where it was to be struck.
    """

    state: str = ""
    error: str = ""
    url: str = ""
    sent: tuple[str, ...] = ()
    attempts: int = 0
    steps: tuple[Step, ...] = ()
    failed: str = ""
    struck: bool = False


class Result(msgspec.Struct, frozen=True):
    """How the early lives ended (minus the signal, 0 for by itself), what was watched, and the last one's outcome.

    `struck` is whether each of the early lives came to where something was to happen to it.
    """

    ends: tuple[int, ...]
    outcome: Outcome
    steps: tuple[Step, ...] = ()
    struck: bool = True
