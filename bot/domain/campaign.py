"""What `bot.toml` describes: one campaign, its accounts, and the rules it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class PlatformName(StrEnum):
    """The platforms an account can be on."""

    MASTODON = "mastodon"
    X = "x"
    REHEARSAL = "rehearsal"


class Wanted(StrEnum):
    """The kinds of sighting that the campaign reshares."""

    VIDEO = "video"
    IMAGE = "image"
    ANY = "any"


@dataclass(frozen=True)
class Campaign:
    """The campaign itself. `languages` is empty where the messages' own languages serve."""

    name: str
    day_of_action: date
    timezone: ZoneInfo
    languages: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """One of our accounts. `secrets` maps a secret's name to where it is found, never to the secret."""

    name: str
    platform: PlatformName
    api_base_url: str
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    budget_usd_per_day: float | None = None


@dataclass(frozen=True)
class SecretSource:
    """Where a secret is found: an environment variable, or a file readable by its owner alone."""

    env: str = ""
    file: str = ""


@dataclass(frozen=True)
class MonitorRules:
    """What is watched and how often."""

    instances: tuple[str, ...] = ()
    mentions: bool = True
    kinds: tuple[Wanted, ...] = (Wanted.VIDEO,)
    poll_min: timedelta = timedelta(seconds=20)
    poll_max: timedelta = timedelta(minutes=15)
    backfill: timedelta = timedelta(hours=24)


@dataclass(frozen=True)
class ModerationRules:
    """Whom a person decided about beforehand; handles as "@user@host" or "x:handle"."""

    trusted: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuietHours:
    """A part of the day, in the campaign's timezone, without reshares; it may run over midnight."""

    start: time
    end: time


@dataclass(frozen=True)
class PaceRules:
    """Caps, gaps and quiet hours of reshares, for each account by itself."""

    min_gap: timedelta = timedelta(minutes=10)
    per_hour: int = 6
    per_day: int = 40
    quiet_hours: QuietHours | None = None
    same_author_gap: timedelta = timedelta(hours=24)


@dataclass(frozen=True)
class ReconcileRules:
    """How often, and how far apart, an account's own timeline is read before absence is believed."""

    reads: int = 3
    every: timedelta = timedelta(seconds=10)


@dataclass(frozen=True)
class Config:
    """All of `bot.toml`. `lines` maps a dotted key ("links.live") to the line of `path` it is written on."""

    campaign: Campaign
    accounts: Mapping[str, Account]
    monitor: MonitorRules = MonitorRules()
    moderation: ModerationRules = ModerationRules()
    pace: PaceRules = PaceRules()
    reconcile: ReconcileRules = ReconcileRules()
    path: str = field(default="bot.toml", compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
