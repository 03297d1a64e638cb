"""Posts that mention our account as a source: people tag the organisers, and ask them to stop."""

from __future__ import annotations

from bot.domain.post import Cursor, Page
from bot.platforms.x.walk import Walk


class MentionsSource:
    """X gives the newest 800 at most, however old they are."""

    def __init__(self, account: str, walk: Walk) -> None:
        self.name = f"x mentions {account}"
        self.page_cost = walk.page_cost
        self._walk = walk

    def read(self, cursor: Cursor) -> Page:
        """The next page, oldest first, whatever its posts hold."""
        return self._walk.read(cursor, {}, to_us=True)
