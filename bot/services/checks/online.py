"""Asks the platforms and the web about what files alone cannot show: tokens, bot labels, limits, clocks, links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx

from bot.causes import CauseCode, because
from bot.domain.campaign import Account, Config, PlatformName, Risk
from bot.domain.limits import Limits
from bot.domain.links import links_in
from bot.domain.post import AccountFacts
from bot.domain.text import composed
from bot.errors import Fault, GroundswellError, Outcome, PlatformError, Remedy, Severity, to_do
from bot.files import library as libraries
from bot.files.config.load import load
from bot.files.config.same_accounts import account_faults
from bot.files.leaks import PLACEHOLDER
from bot.files.library import Library
from bot.files.profiles import Profile
from bot.platforms.base import Clock, FeedSource, Instance, Platform, Source
from bot.platforms.build import build, build_instances
from bot.platforms.web.user_agent import agent_of
from bot.services.checks import links
from bot.services.checks.lint import every_fault
from bot.services.watching.watched import host_of
from bot.text_display import printable

CLOCK_SKEW = timedelta(seconds=30)
"""A clock further from the servers' makes posts early or late, and OAuth signatures invalid."""

Place = tuple[str, int]
"""A file and a line."""


@dataclass
class Online:
    """What the platforms said: faults, and the limits of each account whose server told them."""

    faults: list[Fault] = field(default_factory=list)
    limits: dict[str, Limits] = field(default_factory=dict)
    facts: dict[str, AccountFacts] = field(default_factory=dict)


def every_fault_online(path: Path, clock: Clock) -> list[Fault]:
    """Return every fault of a campaign: those of its files, by what its servers really accept, and those that they
    tell."""
    config, _ = load(path)
    if config is None:
        return every_fault(path)
    library, _ = libraries.load(path.parent, config)
    platforms = {name: _built(config, account, path, clock) for name, account in config.accounts.items()}
    instances = build_instances(config, clock)
    try:
        with links.client(agent_of(config)) as client:
            online = check_online(config, library, platforms, client, clock)
        online.faults += _feed_faults_of(config, platforms, instances)
    finally:
        for instance in instances:
            instance.close()
        for platform in platforms.values():
            if not isinstance(platform, GroundswellError):
                platform.close()
    return sorted({*every_fault(path, online.limits), *online.faults, *account_faults(config, path, online.facts)})


def _built(config: Config, account: Account, path: Path, clock: Clock) -> Platform | GroundswellError:
    try:
        return build(config, account, path, clock)
    except GroundswellError as error:
        return error


def check_online(
    config: Config,
    library: Library,
    platforms: Mapping[str, Platform | GroundswellError],
    client: httpx.Client,
    clock: Clock,
) -> Online:
    """Ask every account's platform, and follow every link.

    `platforms` holds for each account its adapter, or the error that kept it from being made. The limits are for
    reading the files again: lengths and media are to be checked against what the servers really take.
    """
    online = Online()
    for name, platform in platforms.items():
        if isinstance(platform, GroundswellError):
            instead = "Put each secret where bot.toml says it is."
            online.faults.append(_at(config, name, f"{name} cannot be used: {platform}", instead))
        else:
            _ask(config, config.accounts[name], platform, clock, online, library.profiles)
    online.faults.extend(_link_faults(config, library, client))
    online.faults.sort()
    return online


def _at(config: Config, name: str, what: str, instead: str, severity: Severity = Severity.ERROR) -> Fault:
    line = config.lines.get(f"accounts.{name}", 1)
    return Fault(config.path, line, printable(what).rstrip("."), instead, severity)


def _ask(
    config: Config, account: Account, platform: Platform, clock: Clock, online: Online, profiles: Sequence[Profile]
) -> None:
    try:
        facts = online.facts[account.name] = platform.facts()
        online.faults.extend(_account_faults(config, account, facts, clock, profiles))
        online.limits[account.name] = platform.limits()
    except PlatformError as error:
        what, instead = f"{account.name} does not answer: {error}", "Check api_base_url, and the network."
        if error.answer is Outcome.REJECTED or error.closes_account:
            what = f"{account.name} is refused by its server: {error}"
            instead = f"Check the account and its token, or run: {to_do(Remedy.LOG_IN, account.name)}."
        online.faults.append(_at(config, account.name, what, instead))


def _feed_faults_of(
    config: Config, platforms: Mapping[str, Platform | GroundswellError], instances: Iterable[Instance]
) -> Iterator[Fault]:
    """Yield what the servers that are watched do not show."""
    tags = config.watched_hashtags
    for name, platform in platforms.items():
        if not isinstance(platform, GroundswellError):
            yield from _feed_faults(platform.sources(tags), (config.path, config.lines.get(f"accounts.{name}", 1)))
    at = config.lines.get("monitor.instances", config.lines.get("monitor", 1))
    for instance in instances:
        yield from _feed_faults(instance.sources(tags), (config.path, at))


def _feed_faults(sources: Sequence[Source], place: Place) -> Iterator[Fault]:
    """Yield what a server does not show of its hashtags by its own settings, once for all of them."""
    for source in sources:
        blind = source.blind() if isinstance(source, FeedSource) else None
        if blind:
            host = host_of(source.name)
            what = because(CauseCode.FEEDS_UNSEEN, blind=blind, host=host)
            instead = because(CauseCode.FEEDS_REMEDY, blind=blind)
            yield Fault(*place, what, instead, Severity.WARNING)
        if blind is not None:
            return


def _account_faults(
    config: Config, account: Account, facts: AccountFacts, clock: Clock, profiles: Sequence[Profile]
) -> Iterator[Fault]:
    name = account.name
    if not facts.can_write:
        instead = f"Make a token that may write, or run: {to_do(Remedy.LOG_IN, name)}."
        yield _at(config, name, f"the token of {name} may read only", instead)
    if not facts.is_bot:
        instead = 'Tick "This is an automated account" in its profile.'
        if account.platform is PlatformName.X:
            instead = "Set the automated label in its settings, and name the person who runs it."
        yield _at(config, name, f"{facts.handle} is not marked as automated", instead, Severity.WARNING)
    skew = abs(clock() - facts.server_time) if facts.server_time else timedelta()
    if skew > CLOCK_SKEW:
        what = f"this machine's clock is {skew.total_seconds():.0f} s away from that of {name}'s server"
        yield _at(config, name, what, "Set the clock (timedatectl set-ntp true).", Severity.WARNING)
    yield from _profile_faults(config, account, facts, profiles)
    for note in facts.notes:
        yield _at(config, name, f"{name}: {note}", "See its settings on the platform.", Severity.WARNING)


def _profile_faults(
    config: Config, account: Account, facts: AccountFacts, profiles: Sequence[Profile]
) -> Iterator[Fault]:
    """Yield what the profile does not say, and shows. A platform that does not tell what is in it is not asked."""
    name, operator = account.name, config.campaign.operator
    spoken = account.languages or config.campaign.languages
    meant = [profile for code in spoken for profile in profiles if profile.language == code] or list(profiles)
    said = _plain(f"{facts.name} {facts.bio}")
    if meant and not operator:
        line = config.lines.get("campaign.operator", config.lines.get("campaign", 1))
        instead = 'Write operator = "…" into [campaign]: the organisation that answers for the posts.'
        what = "nobody is named as who runs the accounts, and their profiles are to say it"
        yield Fault(config.path, line, what, instead, Severity.WARNING)
    if facts.bio is not None and operator and _plain(operator) not in said:
        what = f"the profile of {facts.handle} does not say that {operator} runs it"
        yield _at(config, name, what, "Name them in it: readers and the platform want to know.", Severity.WARNING)
    whole = [profile for profile in meant if not PLACEHOLDER.search(profile.text)]
    if facts.bio is not None and whole and not any(_plain(profile.text) in said for profile in whole):
        what = f"the profile of {facts.handle} says something else than {whole[0].path}"
        yield _at(config, name, what, f"Write into it: {whole[0].text}", Severity.WARNING)
    if facts.hides_follows is False and meant and config.moderation.risk is Risk.STATE:
        what = f"the profile of {facts.handle} shows everybody who follows it"
        instead = 'Take the tick out of "Show follows and followers on profile", in Privacy and reach.'
        yield _at(config, name, what, instead, Severity.WARNING)


def _plain(text: str) -> str:
    """Return a text as it is compared: however it is broken into lines, and whatever blanks stand in it."""
    return " ".join(composed(text).split()).casefold()


def _link_faults(config: Config, library: Library, client: httpx.Client) -> Iterator[Fault]:
    """Yield a warning wherever a link that does not answer is written: it may be the network, or not be ready yet."""
    places: defaultdict[str, set[Place]] = defaultdict(set)
    for url, place in _links(config, library):
        places[url].add(place)
    for url, trouble in links.troubles(client, places).items():
        for path, line in sorted(places[url]) if trouble else ():
            instead = "Correct the address, or see that it works before it is posted."
            yield Fault(path, line, f"{printable(url)} {trouble}", instead, Severity.WARNING)


def _links(config: Config, library: Library) -> Iterator[tuple[str, Place]]:
    for name, url in config.campaign.links.items():
        if url:
            yield url, (config.path, config.lines.get(f"links.{name}", 1))
    for message in library.messages.values():
        for (language, _), wording in message.wordings.items():
            platforms = {account.platform for account in config.accounts.values()}
            shown_on = [platform for platform in platforms if message.wording(language, platform) is wording]
            if wording.link:
                yield wording.link, (wording.path, wording.line_of("link"))
            for place, part in enumerate(wording.parts):
                first = wording.line_of(f"part.{place}")
                for link in (link for platform in shown_on for link in links_in(part, platform)):
                    yield link.address, (wording.path, first + part.count("\n", 0, link.start))
