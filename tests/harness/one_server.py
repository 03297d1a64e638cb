"""A worker with a real adapter on a real server, and one clock for both that tests move by hand."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.delivery import Delivery, Draft, State
from bot.services.events import Event
from bot.services.sending import media
from bot.services.sending import undo as undo_service
from bot.services.work import ProcessMemory, Work
from tests.harness.campaign import BANNER, TAG, config, draft
from tests.harness.place import Out, Place
from tests.harness.rehearsal_networks import START
from tests.harness.stores import store_pool
from tests.harness.worker import WorkerHarness

FOR_A_PERSON = frozenset({State.NEEDS_DECISION, State.REJECTED, State.MISSED})
"""Ends that a person sees and can act on."""


class SharedClock:
    """The instant that the test has set, for the worker and for the server."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._off = timedelta()
        self.set(START)

    def __call__(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now
        self._place.set_clock(now + self._off)

    def server_is_off(self, by: timedelta) -> None:
        """Set the server's clock ahead of ours by this, or behind."""
        self._off = by
        self.set(self._now)

    def passes(self, **some: float) -> None:
        """Let time pass, in the words of `timedelta`."""
        self.set(self._now + timedelta(**some))


class OneServerHarness(WorkerHarness):
    """One campaign with one account, on a store of its own."""

    def __init__(self, place: Place, folder: Path, store: str = "sqlite", **rules: Any) -> None:
        for name in ("banner.png", "clip.mp4"):
            (folder / name).write_bytes(BANNER)
        self._store_pool = store_pool(store)
        self._store_pool.clear()
        self._folder = folder
        self.place, self.account = place, place.account
        self.clock = SharedClock(place)
        self.platform = place.platform(self.clock)
        self.events: list[Event] = []
        self.work = self.worker(**rules)

    def worker(self, **rules: Any) -> Work:
        """Return a worker on this store, as another process would be one."""
        store = self._store_pool.take()
        locks = self._store_pool.locks(store, self._folder / "locks")
        platforms = {self.account: self.platform}
        return Work(
            config(**rules), store, platforms, locks, self.clock, self._folder, self.events.append, ProcessMemory()
        )

    def close(self) -> None:
        """Let go of connections."""
        self.platform.close()

    def draft(self, message: str = "call", **some: Any) -> Draft:
        """Return a post on this account; see `tests.harness.campaign.draft`."""
        return draft(message, account=self.account, **some)

    def planned(self, **some: Any) -> int:
        """Plan one post, and give its delivery's id."""
        return self.plan(self.draft(**some)).ids[0]

    def approved(self, who: str = "ana") -> str:
        """Post somebody's video, see and approve it to be reshared; return its uri."""
        uri = self.place.theirs(f"Solidarity! #{TAG}", who)
        self.approve_seen(self.platform.fetch(uri))
        return uri

    def prepare(self) -> None:
        """Upload ahead."""
        media.prepare(self.work, self.account)

    def undo(self) -> None:
        """Take everything back, as somebody asks for it."""
        for one in self.all():
            undo_service.undo(self.work, one.id, "ana")
        self.settle()

    def move_to(self, now: datetime) -> None:
        self.clock.set(now)

    def longest_sleep(self, length: timedelta) -> timedelta:
        return max(timedelta(minutes=1), length / 8)

    def ledger(self) -> Counter[tuple[str, bool]]:
        """Return how often the server has accepted each text and each reshare (by its uri), and whether it still has
        it."""
        posts = Counter((post.text, post.there) for post in self.place.posts())
        return posts + Counter((one.uri, one.there) for one in self.place.reshares())

    def check_sent_once(self) -> None:
        """Assert that by the ledger each part of the only delivery is out once, and in its place; the store says the
        same."""
        one, posts = self.one(), self.place.posts()
        assert [post.text for post in posts] == [part.text for part in one.content.parts], one.error
        assert [post.media for post in posts] == [len(part.media) for part in one.content.parts]
        assert [post.parent for post in posts] == ["", *(post.post_id for post in posts)][: len(posts)]
        assert all(post.there for post in posts)
        self._check_told(one, posts)

    def check_reshared_once(self, uri: str) -> None:
        """Assert that by the ledger somebody's post is reshared once; the store says so."""
        assert self.ledger() == {(uri, True): 1}
        assert self.state() is State.SENT
        assert self.one().url == uri or self.one().url.rpartition("/")[2] == uri.rpartition("/")[2]

    @staticmethod
    def _check_told(one: Delivery, posts: list[Out]) -> None:
        assert (one.state, one.error) == (State.SENT, "")
        assert [part.post_id for part in one.sent_parts] == [post.post_id for post in posts]
        assert one.url.rstrip("/").rpartition("/")[2] == posts[0].post_id
