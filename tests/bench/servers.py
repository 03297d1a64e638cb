"""The two test servers with one account of ours on each, and copies of the shipped campaign that post to them."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.store.store import sqlite_url
from tests.bench import stores
from tests.bench.figures import Broken
from tests.harness.campaign_folder import rested
from tests.servers.mastodon.handle import MastodonServer
from tests.servers.mastodon.records import MastodonAccount
from tests.servers.x.handle import XSimulator, XUser

PROJECT = Path(__file__).parents[2]
FAR_AHEAD = timedelta(days=200)
"""How far off the copy's day of action is, so that nothing of its own becomes due meanwhile."""

_MANY = [[100_000, 900]]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Servers:
    """Mastodon and X as the campaign meets them; `keys` are our X account's."""

    mastodon: MastodonServer
    x: XSimulator
    account: MastodonAccount
    user: XUser

    @property
    def environment(self) -> dict[str, str]:
        """The secrets under the names that the shipped `bot.toml` gives them."""
        return {
            "MASTODON_ACCESS_TOKEN": self.account.access_token,
            "X_API_KEY": self.user.api_key,
            "X_API_SECRET": self.user.api_secret,
            "X_ACCESS_TOKEN": self.user.access_token,
            "X_ACCESS_TOKEN_SECRET": self.user.access_token_secret,
        }

    def accepted(self) -> dict[str, dict[str, float]]:
        """For each account, when each of its texts was accepted (Unix seconds). Raises Broken: one was so twice."""
        of_mastodon = [one for one in self.mastodon.ledger().statuses if one["account"] == self.account.username]
        of_x = [one for one in self.x.ledger()["posts"] if one["user"] == self.user.id]
        return {"mastodon": _walls(of_mastodon), "x": _walls(of_x)}


def _walls(entries: Sequence[dict[str, Any]]) -> dict[str, float]:
    walls = {str(entry["text"]): float(entry["wall"]) for entry in entries}
    if len(walls) != len(entries):
        raise Broken(f"{len(entries) - len(walls)} posts went out twice")
    return walls


def settled(mastodon: MastodonServer, x: XSimulator) -> Servers:
    """New accounts of ours, and limits that a benchmark would run into taken away."""
    name = f"campaign{next(_numbers)}"
    x.settings(limits={"create": _MANY, "create+repost": _MANY, "timeline": _MANY})
    mastodon.settings(rate_limit=100_000)
    return Servers(mastodon, x, mastodon.add_account(name, bot=True), x.add_user(name, credits=1000.0))


@dataclass(frozen=True)
class Campaign:
    """A campaign on the servers, its store empty as yet; `environment` is for its worker."""

    servers: Servers
    kind: str
    config: Path
    url: str
    environment: dict[str, str]


def on_store(kind: str, mastodon: MastodonServer, x: XSimulator, folder: Path, first_post: datetime) -> Campaign:
    """A copy of the shipped campaign on a store of this kind, in a new folder within this one."""
    servers = settled(mastodon, x)
    own = folder / servers.account.username
    own.mkdir()
    config = copied_campaign(own, servers, first_post)
    if kind == stores.SQLITE:
        return Campaign(servers, kind, config, sqlite_url(own / "var" / "groundswell.db"), servers.environment)
    url = stores.new(kind, own)
    return Campaign(servers, kind, config, url, servers.environment | {"DATABASE_URL": url})


def copied_campaign(folder: Path, servers: Servers, first_post: datetime) -> Path:
    """The shipped campaign, with one more post (its launch, card and all) at `first_post`. Gives its `bot.toml`."""
    for name in ("messages", "schedules"):
        shutil.copytree(PROJECT / name, folder / name)
    moment = first_post.astimezone(UTC)
    day = (moment + FAR_AHEAD).date()
    text = (PROJECT / "bot.toml").read_text()
    for old, new in (
        ("day_of_action = 2025-04-16", f"day_of_action = {day}"),
        ("https://mastodon.example", servers.mastodon.url),
        ("https://api.x.com", servers.x.url),
        ("budget_usd_per_day      = 8.00", "budget_usd_per_day      = 1000.00"),
        ('every = "10s"', 'every = "0s"'),
    ):
        assert old in text, f"{old!r} is not in bot.toml"
        text = text.replace(old, new)
    (folder / "bot.toml").write_text(text)
    post = f'[[post]]\nmessage = "launch"\ndays = ["{moment.date()}"]\nat = {moment:%H:%M:%S}\n'
    (folder / "schedules" / "now.toml").write_text(f'{post}timezone = "UTC"\nlanguages = ["en"]\n')
    rested(folder)
    return folder / "bot.toml"
