"""The simulator's own time, real or given, and the snowflake ids made from it."""

import time
from datetime import UTC, datetime

SNOWFLAKE_EPOCH_MS = 1_288_834_974_657


class Clock:
    """Unix seconds: real time plus an offset, or a moment that stands still until it is set again."""

    def __init__(self) -> None:
        self._frozen: float | None = None
        self._offset = 0.0
        self._used: dict[int, int] = {}

    def now(self) -> float:
        """The simulated moment, in unix seconds."""
        return time.time() + self._offset if self._frozen is None else self._frozen

    def follow_real_time(self, offset_s: float = 0.0) -> None:
        """Run with real time, `offset_s` seconds ahead of it."""
        self._frozen = None
        self._offset = offset_s

    def set(self, moment: float, *, running: bool) -> None:
        """Jump to `moment` in unix seconds; stand still there unless `running`."""
        self._offset = moment - time.time()
        self._frozen = None if running else moment

    def snowflake(self, at: float | None = None) -> int:
        """A new unique id for the moment `at` (default now); ids sort as their moments do."""
        milliseconds = max(1, int((self.now() if at is None else at) * 1000) - SNOWFLAKE_EPOCH_MS)
        sequence = self._used.get(milliseconds, 0)
        self._used[milliseconds] = sequence + 1
        return milliseconds << 22 | sequence


def oldest_id_at(moment: float) -> int:
    """The smallest id that a post of this moment (unix seconds) can have."""
    return max(0, int(moment * 1000) - SNOWFLAKE_EPOCH_MS) << 22


def iso(moment: float) -> str:
    """Unix seconds as X writes a time: UTC with milliseconds."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def moment_of(text: str) -> float:
    """Unix seconds of an RFC 3339 time; raises ValueError without a timezone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no timezone")
    return moment.timestamp()
