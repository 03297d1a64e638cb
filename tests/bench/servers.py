"""The two test servers with one account of ours on each, and a copy of the shipped campaign that posts to them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.servers.mastodon.handle import MastodonServer
from tests.servers.mastodon.records import MastodonAccount
from tests.servers.x.handle import XSimulator, XUser

PROJECT = Path(__file__).parents[2]
FAR_AHEAD = timedelta(days=200)
"""How far off the copy's day of action is, so that nothing of its own becomes due meanwhile."""

_MANY = [[100_000, 900]]


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
        """For each account, when each of its texts was accepted (Unix seconds)."""
        mastodon = {str(entry["text"]): float(entry["wall"]) for entry in self.mastodon.ledger().statuses}
        x = {str(entry["text"]): float(entry["wall"]) for entry in self.x.ledger()["posts"]}
        return {"mastodon": mastodon, "x": x}


def settled(mastodon: MastodonServer, x: XSimulator) -> Servers:
    """Our accounts made, and limits that a benchmark would run into taken away."""
    x.settings(limits={"create": _MANY, "create+repost": _MANY})
    return Servers(mastodon, x, mastodon.add_account("campaign", bot=True), x.add_user("campaign", credits=1000.0))


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
        ("budget_usd_per_day      = 3.00", "budget_usd_per_day      = 1000.00"),
    ):
        assert old in text, f"{old!r} is not in bot.toml"
        text = text.replace(old, new)
    (folder / "bot.toml").write_text(text)
    post = f'[[post]]\nmessage = "launch"\ndays = ["{moment.date()}"]\nat = {moment:%H:%M:%S}\n'
    (folder / "schedules" / "now.toml").write_text(f'{post}timezone = "UTC"\nlanguages = ["en"]\n')
    return folder / "bot.toml"
