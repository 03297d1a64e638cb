"""When a source is read because its stream announced something: soon, but never so often that the server minds."""

from __future__ import annotations

from dataclasses import dataclass

NEAREST = 1.0
"""Seconds between two readings of a source that were announced."""

FARTHEST = 60.0
"""What that grows to, in seconds, while announcements come and nothing is there."""

LOOKS = 2
"""A server may announce a post before it shows it: after a reading in vain there is another one."""


@dataclass
class Allowance:
    """How many announced readings a server is asked for: some at once, and then one every so many seconds.

    Half of what Mastodon lets an account ask in five minutes; the other half is for posting and for everything else.
    All instants here are seconds of a clock that is never set.
    """

    most: float = 30.0
    every: float = 2.0
    left: float = 30.0
    counted_at: float = 0.0

    def take(self, now: float) -> bool:
        """Have one reading; False where there is none left."""
        self.left = min(self.left + max(now - self.counted_at, 0.0) / self.every, self.most)
        self.counted_at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass
class Announced:
    """What a stream's announcements ask for; of them only their coming is believed, and not even that for long."""

    looks: int = 0
    distance: float = NEAREST
    read_at: float = -FARTHEST

    def announce(self) -> None:
        """The stream says that something is there."""
        self.looks = LOOKS

    def is_due(self, now: float) -> bool:
        """Whether the source is to be read for it now."""
        return self.looks > 0 and now - self.read_at >= self.distance

    def begin(self, now: float) -> None:
        """A reading for it begins."""
        self.looks -= 1
        self.read_at = now

    def end(self, *, brought: bool) -> None:
        """What the reading brought: after one in vain the next comes twice as late."""
        if brought:
            self.looks, self.distance = max(self.looks - 1, 0), NEAREST
        else:
            self.distance = min(self.distance * 2, FARTHEST)
