"""One way to plan, approve and deliver in a test, and to see what came of it, whatever the worker's platforms are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from bot.cli.words.events import event_text
from bot.domain.delivery import Delivery, Draft, State
from bot.domain.moderation import ChecklistItem, Judgement, Reason, Verdict
from bot.domain.post import SeenPost
from bot.domain.sighting import Seen, Sighting, SightingState
from bot.services import plan as plan_service
from bot.services.events import Event
from bot.services.moderation import approval
from bot.services.plan import PlanReport
from bot.services.sending import deliver as deliver_service
from bot.services.work import Work
from bot.store import deliveries, identity, sightings
from tests.harness.stored_sightings import put_in

_MOVING = frozenset({State.PLANNED, State.CLAIMED, State.SENDING, State.UNKNOWN})


class WorkerHarness(ABC):
    """A worker whose time a test moves by hand."""

    work: Work
    events: list[Event]

    @abstractmethod
    def move_to(self, now: datetime) -> None:
        """Set the clock, and those of the servers."""

    def plan(self, *drafts: Draft) -> PlanReport:
        """Plan these and nothing else."""
        return plan_service.plan(self.work.store, drafts, self.work.clock())

    def approve_seen(self, post: SeenPost | None) -> int:
        """See a post and say yes to it with all it takes; return its sighting's id."""
        assert post is not None
        return approve_seen(self.work, post)

    def deliver(self, *accounts: str) -> None:
        """Send what is due on these accounts, or on all of them."""
        for account in accounts or self.work.platforms:
            deliver_service.deliver(self.work, account)

    def settle(self, each: Callable[[], object] = lambda: None, **some: float) -> None:
        """Deliver whenever there is something to do, until this much time has gone by (an hour, unless told).

        Where all is settled the rest goes by in one. `each` is done whenever the worker wakes.
        """
        length = timedelta(**(some or {"hours": 1}))
        end, longest = self.work.clock() + length, self.longest_sleep(length)
        while True:
            each()
            self.deliver()
            if self.work.clock() >= end:
                return
            if self.is_settled():
                self.move_to(end)
                continue
            self.move_to(min(end, deliver_service.next_wake(self.work, self.work.clock(), longest)))

    def longest_sleep(self, length: timedelta) -> timedelta:
        """Return how long a worker that is watched for this long sleeps at most."""
        return max(timedelta(minutes=1), length / 10)

    def is_settled(self) -> bool:
        """Return whether nothing can come any more, so that the time that is left may be spared."""
        with self.work.store.read() as tx:
            if identity.needs_recovery(tx):
                return False
        return not any(one.state in _MOVING or (one.undo_asked_at and not one.undone_at) for one in self.all())

    def all(self, account: str = "") -> list[Delivery]:
        """Return the deliveries of an account, or of all of them, by their ids."""
        with self.work.store.read() as tx:
            found = [delivery for delivery in deliveries.listed(tx) if account in ("", delivery.account)]
        return sorted(found, key=lambda delivery: delivery.id)

    def one(self, delivery_id: int | None = None) -> Delivery:
        """Return the delivery of this id, or the only one there is."""
        found = [delivery for delivery in self.all() if delivery_id in {None, delivery.id}]
        assert len(found) == 1, found
        return found[0]

    def state(self, delivery_id: int | None = None) -> State:
        return self.one(delivery_id).state

    def states(self, account: str = "") -> list[State]:
        return [delivery.state for delivery in self.all(account)]

    def seen(self) -> list[Sighting]:
        with self.work.store.read() as tx:
            return sightings.listed(tx)

    def told(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    def words(self, name: str) -> list[str]:
        """Return what people are told by the events of this name."""
        return [event_text(event) for event in self.told(name)]


def approve_seen(work: Work, post: SeenPost, by: str = "ana") -> int:
    """See a post that waits for a person, and say yes to it with all it takes; return its sighting's id."""
    waits = Judgement(Verdict.HOLD, (Reason.NOBODY_DECIDED,))
    with work.store.begin() as tx:
        put_in(tx, [Seen(post, post.hashtags, waits)], "a test", work.clock())
        (sighting,) = sightings.of_uris(tx, [post.uri])
    approval.approve(work, sighting.id, by, ChecklistItem)
    return sighting.id


def approve_waiting(work: Work, waiting: Iterable[Sighting], by: str = "ben") -> None:
    """Say yes, with all it takes, to those that wait for a person."""
    for sighting in waiting:
        if sighting.state is SightingState.HELD:
            approval.approve(work, sighting.id, by, ticks=frozenset(ChecklistItem))
