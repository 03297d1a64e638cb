"""Rate limits: counted always and told in the headers, enforced only when a test says so."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.servers.mastodon.settings import Settings
from tests.servers.mastodon.wire import Request

_UNDOING = re.compile(r"(DELETE|POST) /api/v1/statuses/[^/]+(/unreblog)?")


@dataclass(frozen=True, slots=True)
class Toll:
    limit: int
    remaining: int
    reset: datetime

    @property
    def is_exceeded(self) -> bool:
        return self.remaining < 0


class Limits:
    """Fixed windows per token: requests in five minutes, uploads and undoings in thirty."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, int]] = Counter()

    def charge(self, request: Request, settings: Settings, now: datetime) -> Toll:
        kind, limit, minutes = _allowance(request, settings)
        window = int(now.timestamp()) // (minutes * 60)
        key = (kind, request.token, window)
        self._counts[key] += 1
        return Toll(limit, limit - self._counts[key], datetime.fromtimestamp((window + 1) * minutes * 60, UTC))


def _allowance(request: Request, settings: Settings) -> tuple[str, int, int]:
    if request.method == "POST" and request.path in ("/api/v1/media", "/api/v2/media"):
        return "media", settings.media_limit, 30
    if _UNDOING.fullmatch(f"{request.method} {request.path}") and (
        request.method == "DELETE" or request.path.endswith("/unreblog")
    ):
        return "undoing", settings.delete_limit, 30
    return "requests", settings.rate_limit, 5
