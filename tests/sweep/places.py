"""Where the killed process sends to: a platform whose ledger is kept, or read, where nobody kills."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal, Protocol

import bot.platforms.mastodon.library  # (a worker has both by its first deliveries; or their lines would be a life's)
import bot.services.moderation.gate  # noqa: F401
from bot.domain.campaign import Config, PlatformName, WantedKind
from bot.platforms.base import Clock, Platform
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.rehearsal import rules
from bot.platforms.rehearsal.adapter import RehearsalPlatform
from bot.platforms.rehearsal.network import Network
from bot.platforms.x.adapter import XPlatform
from tests.sweep.scene import ACCOUNT, Scene, config_of

Access = dict[str, str]
Effect = Literal["accept_then_delay", "hang"]
"""What becomes of a request that is kept waiting: it is accepted, or nothing is done."""

KEPT = 50.0
"""Seconds that an answer is kept back: far longer than it takes to kill who waits for it, on a busy machine too."""

THEIRS = "A message of solidarity from our branch #FreeBelarusUnionists"


@dataclass(frozen=True)
class Accepted:
    """A post that the ledger has."""

    id: str
    text: str
    parent: str
    media: int


@dataclass(frozen=True)
class Book:
    """All that one account got accepted, in order; reshares by the uri of what was reshared."""

    posts: tuple[Accepted, ...]
    reshares: tuple[str, ...]


class Place(Protocol):
    """A running platform. Each case has an account of its own there, so that ledgers are easily told apart."""

    def newcomer(self) -> Access:
        """A fresh account of ours, as `opened` wants it."""
        ...

    def theirs(self) -> str:
        """The uri of somebody's post that waits to be reshared."""
        ...

    def books(self, ours: Iterable[Access]) -> list[Book]:
        """What the ledger has of these accounts."""
        ...


class WithAnswers(Place, Protocol):
    """A place that answers over a wire, so that a process can die between a request and its answer."""

    def keep_back(self, effect: Effect, scene: Scene, after: int) -> None:
        """Of the requests that publish, answer the first `after`, and keep the next one waiting."""
        ...

    def keeps(self, effect: Effect) -> bool:
        """Whether somebody waits now."""
        ...


def opened(access: Access, clock: Clock) -> tuple[Config, Platform]:
    """The campaign and its account's adapter; called in the process that is killed."""
    platform, url = PlatformName(access["platform"]), access.get("url", "")
    config = config_of(platform, url)
    match platform:
        case PlatformName.MASTODON:
            return config, MastodonPlatform(ACCOUNT, url, access["access_token"], clock)
        case PlatformName.X:
            key, secret = access["api_key"], access["api_secret"]
            token, token_secret = access["access_token"], access["access_token_secret"]
            return config, XPlatform(ACCOUNT, url, key, secret, token, token_secret, clock, kinds=(WantedKind.ANY,))
        case PlatformName.REHEARSAL:
            return config, RehearsalPlatform(network(access, clock), ACCOUNT, closes_network=True)


def network(access: Access, clock: Clock) -> Network:
    """The embedded network on a journal; "no key" for one that does not know idempotency keys."""
    speech = rules.mastodon()
    if access.get("no_key"):
        speech = replace(speech, key_lifetime=timedelta())
    return Network(speech, clock, Path(access["journal"]))
