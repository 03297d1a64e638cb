"""The campaign at work through the simulated days: a worker, and a person who decides now and then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from bot.domain.campaign import MonitorRules, PaceRules, RecheckRules
from bot.domain.moderation import ChecklistItem
from bot.domain.sighting import Sighting, SightingState
from bot.errors import Refused
from bot.platforms.base import Platform
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.mastodon.instance import PublicInstance
from bot.platforms.x.adapter import XPlatform
from bot.services import own_accounts
from bot.services.events import Event
from bot.services.moderation import approval
from bot.services.protection import recheck
from bot.services.sending import deliver
from bot.services.watching import poll
from bot.services.work import ProcessMemory, Work
from bot.store import sightings
from tests.harness.campaign import config
from tests.harness.stores import store_pool
from tests.soak.places import Places
from tests.soak.script import UNION, Fate, Post, Script, Where

STEP = timedelta(minutes=30)
SETTLING = timedelta(hours=3)
READ = (Where.RED, Where.GREEN)
"""The servers that are read without an account."""

AGENT = "Groundswell (the soak; https://campaign.example)"


class Play:
    """Everything once through; afterwards the places and the store are to be judged."""

    def __init__(self, folder: Path, places: Places, script: Script, store: str) -> None:
        self._store_pool = store_pool(store)
        self._store_pool.clear()
        self._closing = ExitStack()
        self.places, self.script = places, script
        self.now = script.begins
        self.events: list[Event] = []
        self.yes: dict[str, datetime] = {}
        self.forgotten: set[str] = set()
        self._folder = folder
        self.work = self._worker()
        self._watches = poll.source_polls(self.work)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def _worker(self) -> Work:
        places, store = self.places, self._store_pool.take()
        ours = places.us_on_x
        keys = (ours.api_key, ours.api_secret, ours.access_token, ours.access_token_secret)
        mastodon = MastodonPlatform("mastodon", places.home.url, places.us.access_token, self._clock)
        x = XPlatform("x", places.x.url, *keys, self._clock)
        instances = [PublicInstance(places.others[where].url, AGENT, self._clock) for where in READ]
        for close in (mastodon.close, x.close, *(one.close for one in instances)):
            self._closing.callback(close)
        unions = [f"@{UNION}@{places.others[where].url.removeprefix('http://')}" for where in READ]
        rules = config(
            trusted=[*unions, f"x:{UNION}"],
            budget=1000.0,
            monitor=MonitorRules(poll_min=timedelta(minutes=10), poll_max=timedelta(minutes=20)),
            pace=PaceRules(min_gap=timedelta(minutes=2), per_hour=20, per_day=200, same_author_gap=timedelta(hours=1)),
            recheck=RecheckRules(on_the_day=timedelta(hours=2)),
            organisations=dict.fromkeys([*unions, f"x:{UNION}"], "DE"),
        )
        berlin = replace(rules.campaign, day_of_action=self.script.begins.date(), timezone=ZoneInfo("Europe/Berlin"))
        locks = self._store_pool.locks(store, self._folder / "locks")
        platforms: dict[str, Platform] = {"mastodon": mastodon, "x": x}
        return Work(
            replace(rules, campaign=berlin),
            store,
            platforms,
            locks,
            self._clock,
            self._folder,
            self.events.append,
            ProcessMemory(),
            instances=instances,
        )

    def _clock(self) -> datetime:
        return self.now

    def through(self) -> None:
        """Play all of it, and some hours longer, in which the last of it is settled."""
        happenings = sorted(self._happenings(), key=lambda one: (one[0], one[1].number))
        end = self.script.ends + self.script.day / 3 + SETTLING
        while self.now < end:
            self.now += STEP
            self.places.set_clocks(self.now)
            while happenings and happenings[0][0] <= self.now:
                self._happens(*happenings.pop(0)[1:])
            self._outages()
            if not self.script.sleep.holds(self.now):
                self._work()

    def _happenings(self) -> Iterator[tuple[datetime, Post, bool]]:
        for post in self.script.posts:
            yield post.arrives, post, False
            if post.fate_at is not None and post.fate is not Fate.STAYS and post.is_federated:
                yield post.fate_at, post, True

    def _happens(self, post: Post, is_fate: bool) -> None:
        if is_fate:
            self.places.become(post)
        else:
            self.places.arrive(post)
        if is_fate and post.fate is Fate.AUTHOR_STOPS:
            self.forgotten.add(self.places.handle(post))

    def _outages(self) -> None:
        for where, span in self.script.outages.items():
            if span.begins <= self.now < span.begins + STEP:
                self.places.goes_down(where)
            if span.ends <= self.now < span.ends + STEP:
                self.places.comes_back(where)

    def _work(self) -> None:
        own_accounts.learn(self.work)
        for watch in self._watches:
            if watch.is_due(self.now):
                poll.read_in_turn(self.work, watch)
        self._decide()
        for account in self.work.platforms:
            recheck.recheck_reshares(self.work, account)
            deliver.deliver(self.work, account)

    def _decide(self) -> None:
        by_uri = {post.uri: post for post in self.script.posts if post.uri}
        with self.work.store.read() as tx:
            held = sightings.listed(tx, [SightingState.HELD])
        for seen in held:
            self._decide_on(seen, by_uri[seen.post.uri])

    def _decide_on(self, seen: Sighting, post: Post) -> None:
        try:
            if not post.is_welcome or "words that nobody approved" in seen.post.text:
                approval.reject(self.work, seen.id, "ana")
                return
            approval.approve(self.work, seen.id, "ana", ticks=frozenset(ChecklistItem))
        except Refused:
            return
        self.yes.setdefault(post.uri, self.now)

    def told(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    def seen(self) -> list[Sighting]:
        with self.work.store.read() as tx:
            return sightings.listed(tx)


def trusted(play: Play, post: Post) -> bool:
    """Whether a rule may have approved the post."""
    return post.author == UNION and post.where in {Where.RED, Where.GREEN, Where.X}
