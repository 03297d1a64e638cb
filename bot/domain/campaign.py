"""What `bot.toml` describes: one campaign, its accounts, and the rules it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, time, timedelta
from enum import StrEnum
from functools import cached_property
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.domain.money import Prices
from bot.domain.stop_phrases import USUAL_WORDS
from bot.hosts import canonical_address
from bot.values import dataclass


class PlatformName(StrEnum):
    """The platforms an account can be on."""

    MASTODON = "mastodon"
    X = "x"
    REHEARSAL = "rehearsal"


class WantedKind(StrEnum):
    """The kinds of sighting that the campaign reshares; `video` is a file, or a link to a video on a known host."""

    VIDEO = "video"
    GIF = "gif"
    IMAGE = "image"
    ANY = "any"


@dataclass(frozen=True)
class Campaign:
    """The campaign itself. `languages` is empty where the messages' own languages serve.

    `contact` is an address (of a page, or of a mailbox) for the people of servers that we read without an account;
    `operator` is who runs it, as the accounts' profiles name them.
    """

    name: str
    day_of_action: date
    timezone: ZoneInfo
    languages: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    contact: str = ""
    operator: str = ""


@dataclass(frozen=True)
class Account:
    """One of our accounts. `secrets` maps a secret's name to where it is found, never to the secret.

    `longest_video` is what it may post, where that is not what its platform usually takes (X, for paying accounts).
    `languages` are those that it posts what is scheduled in; none written means all. An account that
    `threads_translations` posts the first language, and the others as answers to it.
    """

    name: str
    platform: PlatformName
    api_base_url: str
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    budget_usd_per_day: float | None = None
    longest_video: timedelta | None = None
    languages: tuple[str, ...] = ()
    threads_translations: bool = False

    @property
    def server(self) -> str:
        """The host that the account is on, in the one form, with its port if it is an unusual one; "" for none."""
        try:
            host = urlsplit(canonical_address(self.api_base_url)).netloc.removesuffix(":80")
        except ValueError:  # the address is at fault, which is told where it is read
            return ""
        return "x.com" if host == "api.x.com" else host


@dataclass(frozen=True)
class SecretSource:
    """Where a secret is found: an environment variable, or a file readable by its owner alone."""

    env: str = ""
    file: str = ""


@dataclass(frozen=True)
class MonitorRules:
    """What is watched and how often. `also` are hashtags that are watched and never posted, such as a past year's."""

    instances: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    mentions: bool = True
    streams: bool = True
    kinds: tuple[WantedKind, ...] = (WantedKind.VIDEO,)
    poll_min: timedelta = timedelta(seconds=20)
    poll_max: timedelta = timedelta(minutes=15)
    backfill: timedelta = timedelta(hours=24)


class Then(StrEnum):
    """What a rule does: three decide, `warn` only adds its reason to whatever is decided."""

    REJECT = "reject"
    HOLD = "hold"
    APPROVE = "approve"
    WARN = "warn"


class When(StrEnum):
    """What a rule looks at, in the words people write."""

    ALREADY = "already reshared"
    WRONG_KIND = "wrong kind"
    TOO_OLD = "too old"
    SENSITIVE = "sensitive"
    REPLY = "reply"
    YOUNG_ACCOUNT = "young account"
    NO_ALT_TEXT = "no alt text"
    LANGUAGE = "language"
    MANY_HASHTAGS = "many hashtags"
    MANY_LINKS = "many links"
    SAME_TEXT = "same text"
    SAME_VIDEO = "same video"
    TRUSTED = "trusted"


@dataclass(frozen=True)
class Rule:
    """One rule. `reason` is what people read, "" for the usual words; of the other three a rule uses its own.

    `age` is of the post or its account; `most` how many hashtags, links or authors of one text are still fine;
    `languages` are those that fit.
    """

    when: When
    then: Then
    reason: str = ""
    age: timedelta = timedelta(0)
    most: int = 0
    languages: tuple[str, ...] = ()


USUAL_RULES = (
    Rule(When.ALREADY, Then.REJECT),
    Rule(When.WRONG_KIND, Then.REJECT),
    Rule(When.TOO_OLD, Then.REJECT, age=timedelta(days=7)),
    Rule(When.NO_ALT_TEXT, Then.WARN),
    Rule(When.SENSITIVE, Then.HOLD),
    Rule(When.REPLY, Then.HOLD),
    Rule(When.SAME_VIDEO, Then.HOLD),
    Rule(When.SAME_TEXT, Then.HOLD, most=1),
    Rule(When.MANY_HASHTAGS, Then.HOLD, most=10),
    Rule(When.MANY_LINKS, Then.HOLD, most=3),
    Rule(When.TRUSTED, Then.APPROVE),
)
"""The rules of a campaign that writes none."""


class Risk(StrEnum):
    """Who could harm the people that post: the statements of the safety checklist are about them."""

    STATE = "state"
    EMPLOYER = "employer"


@dataclass(frozen=True)
class CareRules:
    """Whose posts no rule approves: accounts with fewer `followers` or younger than `age`, and these `languages`."""

    followers: int = 100
    age: timedelta = timedelta(days=90)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class AlarmRules:
    """One text from this many `authors` `within` a time looks like somebody taking over the hashtag."""

    authors: int = 5
    within: timedelta = timedelta(hours=1)


@dataclass(frozen=True)
class WithdrawalRules:
    """How people say "stop", by language; compared whole, without regard to case and punctuation."""

    words: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: USUAL_WORDS)


@dataclass(frozen=True)
class RetentionRules:
    """How long what is stored of a post is kept after it was decided, and while nobody decides."""

    decided: timedelta = timedelta(days=7)
    undecided: timedelta = timedelta(days=30)


@dataclass(frozen=True)
class RecheckRules:
    """How often a post that we reshared is looked at again: on the day of action, on that of its reshare, and later."""

    on_the_day: timedelta = timedelta(minutes=5)
    later: timedelta = timedelta(days=1)


@dataclass(frozen=True)
class ModerationRules:
    """Whom a person decided about beforehand; handles as "@user@host" or "x:handle".

    `rules` are tried in their order, and the first that fits decides. `two_people` says that a post held for care takes
    the yes of two; `checklist` has what they confirm in the campaign's own words, by item, where the usual ones for
    its `risk` do not fit.
    """

    trusted: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = USUAL_RULES
    care: CareRules = CareRules()
    alarm: AlarmRules = AlarmRules()
    two_people: bool = False
    risk: Risk = Risk.STATE
    checklist: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class QuietHours:
    """A part of the day, in the campaign's timezone, without reshares; it may run over midnight."""

    start: time
    end: time


@dataclass(frozen=True)
class PaceRules:
    """Caps, gaps and quiet hours of reshares, for each account by itself; `burst` is for the day of action itself."""

    min_gap: timedelta = timedelta(minutes=10)
    per_hour: int = 6
    per_day: int = 40
    quiet_hours: QuietHours | None = None
    same_author_gap: timedelta = timedelta(hours=24)
    burst: PaceRules | None = None


@dataclass(frozen=True)
class ReconcileRules:
    """How often, and how far apart, an account's own timeline is read before absence is believed."""

    reads: int = 3
    every: timedelta = timedelta(seconds=10)


@dataclass(frozen=True)
class ConsoleRules:
    """Where the web console is reached, and when its sessions end by themselves.

    `hosts` are the names by which browsers reach it beside this machine's own; `trusted_proxies` the addresses of those
    in front that say over TLS who asks.
    """

    hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    idle: timedelta = timedelta(hours=2)
    longest: timedelta = timedelta(hours=12)


@dataclass(frozen=True)
class Config:
    """All of `bot.toml`. `lines` maps a dotted key ("links.live") to the line of `path` it is written on.

    `organisations` maps the handles of unions and NGOs to their countries ("DE"). `strip_location` says that files go
    out without the place where they were taken.
    """

    campaign: Campaign
    accounts: Mapping[str, Account]
    monitor: MonitorRules = MonitorRules()
    moderation: ModerationRules = ModerationRules()
    pace: PaceRules = PaceRules()
    reconcile: ReconcileRules = ReconcileRules()
    organisations: Mapping[str, str] = field(default_factory=dict)
    withdrawal: WithdrawalRules = WithdrawalRules()
    retention: RetentionRules = RetentionRules()
    recheck: RecheckRules = RecheckRules()
    prices: Prices = field(default_factory=Prices)
    strip_location: bool = True
    console: ConsoleRules = ConsoleRules()
    path: str = field(default="bot.toml", compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    @cached_property
    def watched_hashtags(self) -> tuple[str, ...]:
        """The hashtags that are watched: those that we post, and those that are watched alone."""
        return (*self.campaign.hashtags, *self.monitor.also)
