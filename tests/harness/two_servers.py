"""A campaign on both real servers, one clock for all, and a wire to each server that can be cut."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from bot.domain.delivery import Draft, State
from bot.platforms.base import Platform
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.x.adapter import XPlatform
from bot.services.events import Event
from bot.services.status import AccountStatus, status
from bot.services.work import ProcessMemory, Work
from bot.store import deliveries
from tests.harness.campaign import BANNER, TAG, config, draft
from tests.harness.place import Place
from tests.harness.places import OnMastodon, OnX
from tests.harness.rehearsal_networks import START
from tests.harness.relay import Relay
from tests.harness.stores import store_pool
from tests.harness.worker import WorkerHarness
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator

ACCOUNTS = ("mastodon", "x")
BUDGET = 1000.0
SECOND = timedelta(seconds=1)


def other(account: str) -> str:
    """Return the account that goes on."""
    return next(name for name in ACCOUNTS if name != account)


class TwoServerHarness(WorkerHarness):
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
        self.move_to(START)
        self.events: list[Event] = []
        self.work = self.worker()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def worker(self, addresses: dict[str, str] | None = None, **rules: Any) -> Work:
        """Return a worker on this store, as another process would be one."""
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

    def move_to(self, now: datetime) -> None:
        self._now = now
        for place in self.places.values():
            place.set_clock(now)

    def passes(self, **some: float) -> None:
        """Let time pass, in the words of `timedelta`."""
        self.move_to(self._now + timedelta(**some))

    def approved(self, account: str) -> str:
        """Post somebody's video, see and approve it to be reshared; return its uri."""
        uri = self.places[account].theirs(f"Solidarity! #{TAG}")
        self.approve_seen(self.work.platforms[account].fetch(uri))
        return uri

    def longest_sleep(self, length: timedelta) -> timedelta:
        return timedelta(minutes=10)

    def attempts(self, account: str) -> int:
        """Return how many requests were made of the account for its deliveries."""
        return sum(one.attempts for one in self.all(account))

    def texts(self, account: str) -> list[str]:
        """Return what the server has accepted, in its order, by its ledger."""
        return [post.text for post in self.places[account].posts()]

    def alarms(self, account: str) -> list[str]:
        """Return what people were alarmed of, that concerns the account."""
        return [event.name for event in self.events if event.alarming and event.fields.get("account") == account]

    def standing(self, account: str) -> AccountStatus:
        return status(self.work).accounts[account]


def words(count: int) -> list[str]:
    return [f"Number {number} of {count}." for number in range(1, count + 1)]


def plan_many(two_servers: TwoServerHarness, count: int, **some: Any) -> list[str]:
    """Plan posts that are due one second after the other on both accounts; return their texts in order."""
    texts = words(count)
    two_servers.plan(
        *(
            draft(f"m{number}", account=name, parts=(text,), due=number * SECOND, **some)
            for name in ACCOUNTS
            for number, text in enumerate(texts)
        )
    )
    two_servers.passes(seconds=count)
    return texts


def add(two_servers: TwoServerHarness, one: Draft) -> None:
    """Queue one more beside what is planned."""
    with two_servers.work.store.begin() as tx:
        deliveries.add(tx, **deliveries.row_of(one, State.PLANNED))
