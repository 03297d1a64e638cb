"""What a server that is read without an account has asked of machines, as every process of ours has to know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True)
class HostState:
    """Times are UTC. `rests_until` is until when it wants to be left alone.

    `robots` is its robots.txt as far as it concerns us, None where none was ever read; it was asked for at `asked_at`,
    and is not asked for again for `wait`; `trouble` is why it could not be read the last time.
    """

    rests_until: datetime | None = None
    robots: str | None = None
    asked_at: datetime | None = None
    wait: timedelta = timedelta(0)
    trouble: str = ""


class HostMemory(Protocol):
    """Remembers hosts for longer than one process lives."""

    def known(self, host: str) -> HostState:
        """Return what is known of a host; a state of nothing for one that is new."""
        ...

    def keep(self, host: str, state: HostState) -> None:
        """Remember this of a host."""
        ...


class NoMemory:
    """Remembers nothing: each process learns for itself."""

    def known(self, host: str) -> HostState:
        """Return that nothing is known."""
        return HostState()

    def keep(self, host: str, state: HostState) -> None:
        """Forget it at once."""
