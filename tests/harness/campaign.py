"""A campaign at work on a store of its own, with two embedded networks and a clock that tests move by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update

from bot.domain.campaign import (
    Account,
    Campaign,
    CareRules,
    Config,
    ModerationRules,
    MonitorRules,
    PaceRules,
    PlatformName,
    ReconcileRules,
)
from bot.domain.delivery import Draft
from bot.domain.message import Content, Media, Part, content_hash
from bot.domain.post import MediaKind
from bot.platforms.base import Clock
from bot.platforms.rehearsal import rules as rules_rehearsal
from bot.platforms.rehearsal.network import Network
from bot.platforms.rehearsal.state import Posted, Reshared
from bot.services.events import Event
from bot.services.heartbeat import Heart
from bot.services.watching import poll
from bot.services.work import ProcessMemory, Work
from bot.store import schema as t
from bot.store.workers import WorkerKind
from tests.harness.faulty_platform import FaultyPlatform
from tests.harness.rehearsal_networks import START, ManualClock
from tests.harness.stores import store_pool
from tests.harness.worker import WorkerHarness, approve_waiting

LATE = timedelta(hours=6)
TAG = "FreeBelarusUnionists"
BANNER = b"a banner"
IMAGE = Media("banner.png", "A banner.", "image/png", hashlib.sha256(BANNER).hexdigest(), len(BANNER))
VIDEO = replace(IMAGE, path="clip.mp4", mime_type="video/mp4")
ACCOUNTS = ("mastodon", "x")
NO_CARE = CareRules(0, timedelta(), ())


def config(**more: Any) -> Config:
    """Return a campaign on both platforms; `budget` in USD is X's, `trusted` and `blocked` are handles.

    Nobody is held for care, unless a test says whom.
    """
    campaign = Campaign("The campaign", date(2025, 4, 16), ZoneInfo("Europe/Berlin"), ("en",), (TAG, "April19"))
    budget = more.pop("budget", None)
    moderation = ModerationRules(
        tuple(more.pop("trusted", ())),
        tuple(more.pop("blocked", ())),
        care=more.pop("care", NO_CARE),
        **{name: more.pop(name) for name in ("rules", "alarm", "two_people") if name in more},
    )
    accounts = {
        "mastodon": Account("mastodon", PlatformName.MASTODON, "https://social.example"),
        "x": Account("x", PlatformName.X, "https://api.x.com", budget_usd_per_day=budget),
    }
    rules: dict[str, Any] = {"pace": PaceRules(min_gap=timedelta()), "reconcile": ReconcileRules()}
    rules["monitor"] = MonitorRules(mentions=False)
    return Config(campaign, accounts, moderation=moderation, **(rules | more))


class CampaignHarness(WorkerHarness):
    """Everything a service is handed, and what a test wants to know afterwards."""

    def __init__(self, folder: Path, store: str = "sqlite", **rules: Any) -> None:
        self.folder = folder
        (folder / "banner.png").write_bytes(BANNER)
        (folder / "clip.mp4").write_bytes(BANNER)
        self.store_pool = store_pool(store)
        self.store_pool.clear()
        self.clock = ManualClock()
        self.networks = {
            "mastodon": Network(rules_rehearsal.mastodon(), self.clock),
            "x": Network(rules_rehearsal.x(), self.clock),
        }
        self.mastodon, self.x = (FaultyPlatform(self.networks[name], name) for name in ACCOUNTS)
        self.events: list[Event] = []
        self.work = self.worker(config(**rules))

    def worker(self, rules: Config | None = None, clock: Clock | None = None) -> Work:
        """Return a worker on this store; each has connections of its own, as another process would."""
        store = self.store_pool.take()
        return Work(
            rules or self.work.config,
            store,
            {"mastodon": self.mastodon, "x": self.x},
            self.store_pool.locks(store, self.folder / "locks"),
            clock or self.clock,
            self.folder,
            self.events.append,
            memory=ProcessMemory(handles={"mastodon": self.mastodon.handle, "x": self.x.handle}),
        )

    def move_to(self, now: datetime) -> None:
        self.clock.now = now

    def works(self) -> None:
        """Write a worker's beat now; it counts as running until its beats are missed."""
        Heart(WorkerKind.RUN).beat(self.work, dict.fromkeys(self.work.config.accounts, ""), "")

    def planned(self, **some: Any) -> int:
        """Plan one draft beside nothing else, and give its delivery's id."""
        report = self.plan(draft(**some))
        return report.ids[0]

    def read(self) -> None:
        """Read every source until it is caught up."""
        for watch in poll.source_polls(self.work):
            poll.read(self.work, watch)

    def approve_all(self, *handles: str, by: str = "ben") -> None:
        """Read, and say yes, with all it takes, to all that waits, or to all that these have posted."""
        self.read()
        approve_waiting(self.work, (one for one in self.seen() if not handles or one.post.author.handle in handles), by)

    def approved(self, who: str = "ana", account: str = "mastodon", **more: Any) -> str:
        """Have somebody post a video under the hashtag, see and approve it; return its uri."""
        uri = self.solidarity(who, account, **more)
        self.approve_all()
        return uri

    def force(self, delivery_id: int, **values: Any) -> None:
        """Put a delivery into a state that would take a test too long to reach."""
        with self.work.store.begin() as tx:
            tx.execute(update(t.delivery).where(t.delivery.c.id == delivery_id).values(**values))

    def accepted(self, account: str = "mastodon") -> list[Posted]:
        """Return all that the network took from our account, by its ledger, also what was taken back."""
        handle = {"mastodon": self.mastodon, "x": self.x}[account].handle
        return [
            entry for entry in self.networks[account].ledger if isinstance(entry, Posted) and entry.handle == handle
        ]

    def texts(self, account: str = "mastodon") -> list[str]:
        return [entry.text for entry in self.accepted(account)]

    def reshared(self, account: str = "mastodon") -> list[int]:
        return [entry.of for entry in self.networks[account].ledger if isinstance(entry, Reshared)]

    def solidarity(self, who: str = "ana", account: str = "mastodon", text: str = "", **more: Any) -> str:
        """Post somebody's video under the hashtag; return its uri. The usual words are too few to be known again."""
        network = self.networks[account]
        handle = network.dialect.handle(who, "elsewhere.example")
        more = {"kinds": (MediaKind.VIDEO,), "language": "en", "alt": "People in a hall."} | more
        return network.post(handle, text or f"Solidarity from {who}! #{TAG}", **more)


def draft(
    message: str = "call",
    *,
    account: str = "mastodon",
    parts: Sequence[str] = ("Free them all.",),
    media: Sequence[Media] = (),
    media_part: int = 0,
    due: timedelta = timedelta(),
    late: timedelta = LATE,
    day: str = "T",
    language: str = "en",
    waiting_for: str = "",
) -> Draft:
    """Return a post as the files would ask for it, due `due` after `START`."""
    made = tuple(Part(text, tuple(media) if place == media_part else ()) for place, text in enumerate(parts))
    content = Content(made, language)
    at = START + due
    return Draft(
        message,
        day,
        language,
        account,
        account,
        at,
        at + late,
        f"{at:%H:%M}",
        content,
        content_hash(content),
        length=max(map(len, parts)),
        limit=500,
        waiting_for=waiting_for,
    )
