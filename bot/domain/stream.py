"""What is known of a stream: a connection over which a server says at once that a source has something new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

HEARD_WITHIN = timedelta(minutes=2)
"""A stream that nothing was heard of for longer is not listened to any more: its worker has died."""


class StreamState(StrEnum):
    """`silent` is open and yet did not announce posts that were there; `off` is left alone for an hour."""

    OPEN = "open"
    SILENT = "silent"
    LOST = "lost"
    OFF = "off"


@dataclass(frozen=True)
class KnownStream:
    """How the stream of a source is doing, since when, and why; all times are UTC.

    `heard_at` is when the server last gave a sign of life, to within a minute, `event_at` when it last announced
    something.
    """

    source: str
    state: StreamState
    since: datetime
    heard_at: datetime | None = None
    event_at: datetime | None = None
    reason: str = ""

    def is_listened_to(self, now: datetime) -> bool:
        """Whether a worker has it open just now."""
        is_open = self.state in (StreamState.OPEN, StreamState.SILENT)
        return is_open and self.heard_at is not None and now - self.heard_at <= HEARD_WITHIN
