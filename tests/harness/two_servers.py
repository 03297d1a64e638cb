"""A campaign on both real servers, one clock for all, and a wire to each server that can be cut."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from bot.domain.delivery import Delivery, Draft, State
from bot.domain.moderation import ChecklistItem, Judgement, Reason, Verdict
from bot.domain.sighting import Seen
from bot.platforms.base import Platform
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.x.adapter import XPlatform
from bot.services import plan as plan_service
from bot.services.events import Event
from bot.services.moderation import approval
from bot.services.sending import deliver as deliver_service
from bot.services.status import AccountStatus, account_status
from bot.services.work import ProcessMemory, Work
from bot.store import deliveries, sightings
from tests.harness.campaign import BANNER, TAG, config, draft
from tests.harness.place import Place
from tests.harness.places import OnMastodon, OnX
from tests.harness.rehearsal_networks import START
from tests.harness.relay import Relay
from tests.harness.stores import store_pool
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator

ACCOUNTS = ("mastodon", "x")
BUDGET = 1000.0
SECOND = timedelta(seconds=1)


def other(account: str) -> str:
    """The account that goes on."""
    return next(name for name in ACCOUNTS if name != account)


class TwoServerHarness:
    """An account on each platform, worked by real adapters; `addresses` are others than those of the servers."""

    def __init__(self, folder: Path, mastodon: MastodonServer, x: XSimulator, store: str = "sqlite") -> None:
        for name in ("banner.png", "clip.mp4"):
            (folder / name).write_bytes(BANNER)
        self._folder, self._store_pool = folder, store_pool(store)
        self._store_pool.clear()
        self._closing = ExitStack()
        self.on_mastodon, self.on_x = OnMastodon(mastodon), OnX(x)
        self.places: dict[str, Place] = {"mastodon": self.on_mastodon, "x": self.on_x}
        self.wires = {
            "mastodon": self._closing.enter_context(Relay(mastodon.url)),
            "x": self._closing.enter_context(Relay(x.url)),
        }
        self.set(START)
        self.events: list[Event] = []
        self.work = self.worker()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def worker(self, addresses: dict[str, str] | None = None, **rules: Any) -> Work:
        """A worker on this store, as another process would be one."""
        store = self._store_pool.take()
        locks = self._store_pool.locks(store, self._folder / "locks")
        urls = {name: wire.url for name, wire in self.wires.items()} | (addresses or {})
        platforms = {"mastodon": self._mastodon(urls["mastodon"]), "x": self._x(urls["x"])}
        for platform in platforms.values():
            self._closing.callback(platform.close)
        rules = {"budget": BUDGET} | rules
        return Work(
            config(**rules), store, platforms, locks, self.clock, self._folder, self.events.append, ProcessMemory()
        )

    def _mastodon(self, url: str) -> Platform:
        return MastodonPlatform("mastodon", url, self.on_mastodon._ours.access_token, self.clock)

    def _x(self, url: str) -> Platform:
        ours = self.on_x._ours
        keys = (ours.api_key, ours.api_secret, ours.access_token, ours.access_token_secret)
        return XPlatform("x", url, *keys, self.clock, read_timeout=2.0)

    def clock(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now
        for place in self.places.values():
            place.set_clock(now)

    def passes(self, **some: float) -> None:
        """Let time pass, in the words of `timedelta`."""
        self.set(self._now + timedelta(**some))

    def plan(self, *drafts: Draft) -> list[int]:
        """Plan these and nothing else; gives the deliveries' ids."""
        return plan_service.plan(self.work.store, drafts, self.clock()).ids

    def approved(self, account: str) -> str:
        """Somebody's post with a video, seen and approved to be reshared; gives its uri."""
        uri = self.places[account].theirs(f"Solidarity! #{TAG}")
        post = self.work.platforms[account].fetch(uri)
        assert post is not None
        with self.work.store.begin() as tx:
            waits = Judgement(Verdict.HOLD, (Reason.NOBODY_DECIDED,))
            sightings.ingest(tx, [Seen(post, post.hashtags, waits)], "the pair", self.clock())
            (found,) = sightings.of_uris(tx, [uri])
        approval.approve(self.work, found.id, "ana", ChecklistItem)
        return uri

    def deliver(self, *accounts: str) -> None:
        for account in accounts or ACCOUNTS:
            deliver_service.deliver(self.work, account)

    def goes_by(self, each: Callable[[], object] = lambda: None, **some: float) -> None:
        """Deliver whenever there is something to do, until so much time has passed; `each` is done before it."""
        end = self.clock() + timedelta(**some)
        while True:
            each()
            self.deliver()
            if self.clock() >= end:
                return
            self.set(min(end, deliver_service.next_wake(self.work, self.clock(), timedelta(minutes=10))))

    def all(self, account: str = "") -> list[Delivery]:
        with self.work.store.read() as tx:
            return sorted(
                (one for one in deliveries.listed(tx) if account in ("", one.account)), key=lambda one: one.id
            )

    def states(self, account: str = "") -> list[State]:
        return [one.state for one in self.all(account)]

    def attempts(self, account: str) -> int:
        """How many requests were made of the account for its deliveries."""
        return sum(one.attempts for one in self.all(account))

    def texts(self, account: str) -> list[str]:
        """What the server has accepted, in its order, by its ledger."""
        return [post.text for post in self.places[account].posts()]

    def told(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    def alarms(self, account: str) -> list[str]:
        """What people were alarmed of, that concerns the account."""
        return [event.name for event in self.events if event.alarming and event.fields.get("account") == account]

    def standing(self, account: str) -> AccountStatus:
        return account_status(self.work)[account]


def words(count: int) -> list[str]:
    return [f"Number {number} of {count}." for number in range(1, count + 1)]


def plan_many(pair: TwoServerHarness, count: int, **some: Any) -> list[str]:
    """Posts that are due one second after the other on both accounts; gives their texts in order."""
    texts = words(count)
    pair.plan(
        *(
            draft(f"m{number}", account=name, parts=(text,), due=number * SECOND, **some)
            for name in ACCOUNTS
            for number, text in enumerate(texts)
        )
    )
    pair.passes(seconds=count)
    return texts


def add(pair: TwoServerHarness, one: Draft) -> None:
    """Queue one more beside what is planned."""
    with pair.work.store.begin() as tx:
        deliveries.add(tx, **deliveries.row_of(one, State.PLANNED))
