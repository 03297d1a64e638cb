"""A clock that tests move by hand, and networks on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.message import Media
from bot.domain.post import Cursor, Outgoing, SeenPost
from bot.platforms.base import Source
from bot.platforms.rehearsal import rules
from bot.platforms.rehearsal.adapter import RehearsalPlatform
from bot.platforms.rehearsal.network import Network
from bot.platforms.rehearsal.state import Entry

START = datetime(2025, 4, 16, 8, tzinfo=UTC)
VIDEO = Media("clip.mp4", "Workers at a gate.", "video/mp4")
IMAGE = Media("banner.png", "A banner.", "image/png")


class ManualClock:
    """Returns the instant that the test has set."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **some: float) -> None:
        """Let time pass, in the words of `timedelta`."""
        self.now += timedelta(**some)


class RehearsalNetworks:
    """A clock and one network of each dialect, with our account on both."""

    def __init__(self, journal: Path | None = None) -> None:
        self.clock = ManualClock()
        self.mastodon = Network(rules.mastodon(), self.clock, journal)
        self.x = Network(rules.x(), self.clock)
        self.on_mastodon = RehearsalPlatform(self.mastodon, "mastodon", "mastodon")
        self.on_x = RehearsalPlatform(self.x, "x", "x")


def post(text: str = "Freedom! #Solidarity", **fields: object) -> Outgoing:
    """Return a post of ours."""
    return replace(Outgoing(text, "en"), **fields)  # type: ignore[arg-type]


def source_named(platform: RehearsalPlatform, end: str, *hashtags: str) -> Source:
    """Return the one source whose name ends like this."""
    (found,) = [source for source in platform.sources(hashtags or ("Solidarity",)) if source.name.endswith(end)]
    return found


def read_all(source: Source) -> list[SeenPost]:
    """Return everything of the last day, page by page."""
    cursor, posts = Cursor(START - timedelta(days=1)), list[SeenPost]()
    for _ in range(100):
        page = source.read(cursor)
        posts += page.posts
        cursor = page.cursor
        if not page.more:
            return posts
    raise AssertionError("the source never came to an end")


def accepted(network: Network, kind: type[Entry]) -> int:
    """Return how many actions of a kind the network's ledger shows."""
    return sum(isinstance(entry, kind) for entry in network.ledger)
