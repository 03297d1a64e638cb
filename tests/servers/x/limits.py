"""X's rate limits: so many calls in a window, per user and bucket, told in the answer's headers."""

from dataclasses import dataclass, field
from math import ceil

from tests.servers.x.problems import refused

Rates = dict[str, list[tuple[int, int]]]


@dataclass
class _Window:
    start: float
    used: int = 0


@dataclass
class Limiter:
    """Counts calls; a window opens with its first call and closes its length later."""

    windows: dict[tuple[str, str, int], _Window] = field(default_factory=dict)

    def take(self, user_id: str, buckets: tuple[str, ...], rates: Rates, now: float) -> dict[str, str]:
        """Count one call in every bucket and give the headers of the first; raises a 429 Refusal when one is empty."""
        open_windows: list[tuple[int, int, _Window]] = []
        for bucket in buckets:
            for limit, seconds in rates.get(bucket, []):
                window = self._window(user_id, bucket, seconds, now)
                if window.used >= limit:
                    raise refused(429, headers=_headers(limit, 0, window.start + seconds))
                open_windows.append((limit, seconds, window))
        for _, _, window in open_windows:
            window.used += 1
        if not open_windows:
            return {}
        limit, seconds, window = open_windows[0]
        return _headers(limit, limit - window.used, window.start + seconds)

    def _window(self, user_id: str, bucket: str, seconds: int, now: float) -> _Window:
        window = self.windows.get((user_id, bucket, seconds))
        if window is None or not window.start <= now < window.start + seconds:
            window = self.windows[user_id, bucket, seconds] = _Window(now)
        return window


def _headers(limit: int, remaining: int, reset: float) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(ceil(reset)),
    }
