"""A worker with a real adapter on a real server, and one clock for both that tests move by hand."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.delivery import Delivery, Draft, State
from bot.domain.moderation import ChecklistItem, Judgement, Reason, Verdict
from bot.domain.sighting import Seen
from bot.services import plan as plan_service
from bot.services.events import Event
from bot.services.moderation import approval
from bot.services.sending import deliver as deliver_service
from bot.services.sending import media
from bot.services.sending import undo as undo_service
from bot.services.work import ProcessMemory, Work
from bot.store import deliveries, sightings
from tests.harness.campaign import BANNER, TAG, config, draft
from tests.harness.place import Out, Place
from tests.harness.rehearsal_networks import START
from tests.harness.stores import store_pool

FOR_A_PERSON = frozenset({State.NEEDS_DECISION, State.REJECTED, State.MISSED})
"""Ends that a person sees and can act on."""

_MOVING = frozenset({State.PLANNED, State.CLAIMED, State.SENDING, State.UNKNOWN})


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
        """From now on the server's clock is ahead of ours by this, or behind."""
        self._off = by
        self.set(self._now)

    def passes(self, **some: float) -> None:
        """Let time pass, in the words of `timedelta`."""
        self.set(self._now + timedelta(**some))


class OneServerHarness:
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
        """A worker on this store, as another process would be one."""
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
        """A post on this account; see `tests.harness.campaign.draft`."""
        return draft(message, account=self.account, **some)

    def plan(self, *drafts: Draft) -> list[int]:
        """Plan these and nothing else; gives the deliveries' ids."""
        return plan_service.plan(self.work.store, drafts, self.clock()).ids

    def planned(self, **some: Any) -> int:
        """Plan one post, and give its delivery's id."""
        return self.plan(self.draft(**some))[0]

    def approved(self, who: str = "ana") -> str:
        """Somebody's post with a video, seen and approved to be reshared; gives its uri."""
        uri = self.place.theirs(f"Solidarity! #{TAG}", who)
        post = self.platform.fetch(uri)
        assert post is not None
        with self.work.store.begin() as tx:
            waits = Judgement(Verdict.HOLD, (Reason.NOBODY_DECIDED,))
            sightings.ingest(tx, [Seen(post, post.hashtags, waits)], "the stand", self.clock())
            (found,) = sightings.of_uris(tx, [uri])
        approval.approve(self.work, found.id, "ana", ChecklistItem)
        return uri

    def deliver(self) -> None:
        deliver_service.deliver(self.work, self.account)

    def prepare(self) -> None:
        """Upload ahead."""
        media.prepare(self.work, self.account)

    def undo(self) -> None:
        """Somebody takes everything back, and it is done."""
        for one in self.all():
            undo_service.undo(self.work, one.id, "ana")
        self.settle()

    def settle(self, **some: float) -> None:
        """Deliver whenever there is something to do, until all is settled or so much time has passed (an hour)."""
        length = timedelta(**(some or {"hours": 1}))
        end, longest = self.clock() + length, max(timedelta(minutes=1), length / 120)
        while True:
            self.deliver()
            if self.clock() >= end or not self._moves():
                return
            self.clock.set(min(end, deliver_service.next_wake(self.work, self.clock(), longest)))

    def _moves(self) -> bool:
        return any(one.state in _MOVING or (one.undo_asked_at and not one.undone_at) for one in self.all())

    def all(self) -> list[Delivery]:
        with self.work.store.read() as tx:
            return sorted(deliveries.listed(tx), key=lambda one: one.id)

    def one(self) -> Delivery:
        """The only delivery there is."""
        (found,) = self.all()
        return found

    def state(self) -> State:
        return self.one().state

    def states(self) -> list[State]:
        return [one.state for one in self.all()]

    def told(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    def ledger(self) -> Counter[tuple[str, bool]]:
        """How often the server has accepted each text and each reshare (by its uri), and whether it still has it."""
        posts = Counter((post.text, post.there) for post in self.place.posts())
        return posts + Counter((one.uri, one.there) for one in self.place.reshares())

    def check_sent_once(self) -> None:
        """By the ledger each part of the only delivery is out once, and in its place; the store says the same."""
        one, posts = self.one(), self.place.posts()
        assert [post.text for post in posts] == [part.text for part in one.content.parts], one.error
        assert [post.media for post in posts] == [len(part.media) for part in one.content.parts]
        assert [post.parent for post in posts] == ["", *(post.post_id for post in posts)][: len(posts)]
        assert all(post.there for post in posts)
        self._check_told(one, posts)

    def check_reshared_once(self, uri: str) -> None:
        """By the ledger somebody's post is reshared once; the store says so."""
        assert self.ledger() == {(uri, True): 1}
        assert self.state() is State.SENT
        assert self.one().url == uri or self.one().url.rpartition("/")[2] == uri.rpartition("/")[2]

    @staticmethod
    def _check_told(one: Delivery, posts: list[Out]) -> None:
        assert (one.state, one.error) == (State.SENT, "")
        assert [part.post_id for part in one.sent_parts] == [post.post_id for post in posts]
        assert one.url.rstrip("/").rpartition("/")[2] == posts[0].post_id
