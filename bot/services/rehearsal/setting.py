"""Where a rehearsal plays: its clock, embedded networks in place of the accounts, and the people on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.content.length import length
from bot.content.weight import weighted
from bot.domain.campaign import Config, PlatformName
from bot.domain.limits import MASTODON
from bot.platforms.base import Clock
from bot.platforms.rehearsal import dialect, script
from bot.platforms.rehearsal.adapter import RehearsalPlatform
from bot.platforms.rehearsal.arrival import Arrival
from bot.platforms.rehearsal.dialect import Dialect
from bot.platforms.rehearsal.network import Network
from bot.platforms.rehearsal.stage import Stage


class SimulatedClock:
    """Stands still until it is put on."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Setting:
    """The networks by their dialect's name, our accounts on them by their own names, and what happens around them."""

    networks: Mapping[str, Network]
    platforms: Mapping[str, RehearsalPlatform]
    stage: Stage
    instants: Sequence[datetime]
    """When something happens on the stage, as far as is known beforehand (UTC, in order)."""


def set_up(config: Config, clock: Clock) -> Setting:
    """One network for each dialect that an account of the campaign speaks; all its accounts are there."""
    campaign = config.campaign
    speech = {name: _dialect(account.platform) for name, account in config.accounts.items()}
    networks = {one.name: Network(one, clock) for one in speech.values()}
    platforms = {
        name: RehearsalPlatform(
            networks[speech[name].name], name, str(account.platform), mentions=config.monitor.mentions
        )
        for name, account in config.accounts.items()
    }
    ours = {speech[name].name: platform.handle for name, platform in reversed(platforms.items())}
    arrivals = script.arrivals(campaign.hashtags, campaign.day_of_action, campaign.timezone)
    troubles = script.troubles(campaign.day_of_action, campaign.timezone)
    stage = Stage(networks, arrivals, troubles, ours)
    return Setting(networks, platforms, stage, sorted(_instants(arrivals, networks)))


def _dialect(platform: PlatformName) -> Dialect:
    if platform is PlatformName.X:
        return dialect.x(weighted)
    return dialect.mastodon(measure=partial(length, platform=PlatformName.MASTODON, limits=MASTODON))


def _instants(arrivals: Sequence[Arrival], networks: Mapping[str, Network]) -> list[datetime]:
    played = [one for one in arrivals if one.dialect in networks]
    spoken = [one.opinion.at for one in played if one.opinion]
    return [*(one.at for one in played), *spoken]
