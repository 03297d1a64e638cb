"""What the killed process was about to deliver: planned and due, in a store of which each case gets a copy."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.domain.campaign import Account, Campaign, Config, MonitorRules, PlatformName, ReconcileRules, WantedKind
from bot.domain.delivery import Draft, State
from bot.domain.message import Content, Media, Part
from bot.domain.post import SeenPost
from bot.services.work import ProcessMemory, Work
from bot.store import deliveries
from bot.store.store import FileLocks, Store, sqlite_url
from tests.harness.worker import approve_seen

ACCOUNT = "ours"
BANNER = b"\x89PNG\r\n\x1a\n a banner that no server looks at twice"
TEXTS = (
    "Sign & share: they are <not> extremists. https://www.ilo.org/ #FreeBelarusUnionists",
    "Two: write to the embassy, name those who are in prison. #FreeBelarusUnionists",
    "Three: film a message of solidarity, safely. #FreeBelarusUnionists",
)
_LATE = timedelta(hours=6)


class Scene(StrEnum):
    """The three kinds of delivery that a sweep kills."""

    POST = "post"
    THREAD = "thread"
    RESHARE = "reshare"


def config_of(platform: PlatformName, url: str) -> Config:
    """A campaign with one account, whose budget is there to be counted, not to end."""
    campaign = Campaign("The sweep", date(2025, 4, 16), ZoneInfo("UTC"), ("en",), ("FreeBelarusUnionists",))
    account = Account(ACCOUNT, platform, url, budget_usd_per_day=1000.0)
    return Config(
        campaign, {ACCOUNT: account}, MonitorRules(kinds=(WantedKind.ANY,)), reconcile=ReconcileRules(reads=2)
    )


def parts_of(scene: Scene) -> tuple[Part, ...]:
    """What is posted: one post with an image, or a thread with the image in the middle."""
    banner = Media("banner.png", "A banner.", "image/png", hashlib.sha256(BANNER).hexdigest(), len(BANNER))
    if scene is Scene.POST:
        return (Part(TEXTS[0], (banner,)),)
    return tuple(Part(text, (banner,) if place == 1 else ()) for place, text in enumerate(TEXTS))


def set_scene(file: Path, scene: Scene, config: Config, theirs: SeenPost | None, now: datetime) -> None:
    """Make the store in which the delivery is due; `theirs` is the post that is reshared."""
    (file.parent / "banner.png").write_bytes(BANNER)
    store = Store.open(sqlite_url(file))
    if theirs is None:
        with store.begin() as tx:
            deliveries.add(tx, **deliveries.row_of(_draft(config.accounts[ACCOUNT], scene, now), State.PLANNED))
    else:
        work = Work(
            config,
            store,
            {},
            FileLocks(file.parent / "locks"),
            lambda: now,
            file.parent,
            lambda _: None,
            ProcessMemory(),
        )
        approve_seen(work, theirs)
    store.close()


def _draft(account: Account, scene: Scene, now: datetime) -> Draft:
    content = Content(parts_of(scene), "en")
    content_hash = hashlib.sha256(content.text.encode()).hexdigest()
    names = ("call", "T", "en", account.name, str(account.platform))
    return Draft(*names, now, now + _LATE, "09:00", content, content_hash, length=100, limit=280)
