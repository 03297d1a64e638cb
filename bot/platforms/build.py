"""Makes the adapter of an account; each platform's libraries are loaded only when an account needs them."""

from __future__ import annotations

from pathlib import Path
from threading import Event

from bot.domain.campaign import Account, Config, PlatformName
from bot.domain.limits import limits_of
from bot.domain.polling import HostMemory
from bot.files.config.login import secret_of
from bot.platforms.base import Clock, Instance, Platform
from bot.platforms.web.user_agent import agent_of
from bot.shapes import resolve_structs


def build_instances(
    config: Config, clock: Clock, stopping: Event | None = None, memory: HostMemory | None = None
) -> tuple[Instance, ...]:
    """Return the servers that are read without an account; once `stopping` is set none of them makes anybody wait."""
    if not config.monitor.instances:
        return ()
    from bot.platforms.mastodon.instance import PublicInstance

    resolve_structs()
    agent = agent_of(config)
    return tuple(PublicInstance(address, agent, clock, stopping, memory) for address in config.monitor.instances)


def load_writers(config: Config) -> None:
    """Load what posts are written with, for a process that lives long: the first post would wait for it."""
    if any(account.platform is PlatformName.MASTODON for account in config.accounts.values()):
        import bot.platforms.mastodon.library  # noqa: F401


def build(config: Config, account: Account, config_path: Path, clock: Clock) -> Platform:
    """Return the adapter of an account. Raise SecretError where a secret cannot be found, saying where it was
    sought."""
    secrets = {name: secret_of(config, account, name, config_path).reveal() for name in account.secrets}
    match account.platform:
        case PlatformName.MASTODON:
            from bot.platforms.mastodon.adapter import MastodonPlatform

            resolve_structs()
            return MastodonPlatform(
                account.name,
                account.api_base_url,
                secrets["access_token"],
                clock,
                mentions=config.monitor.mentions,
                agent=agent_of(config),
            )
        case PlatformName.X:
            from bot.platforms.x.adapter import XPlatform

            resolve_structs()
            return XPlatform(
                account.name,
                account.api_base_url,
                secrets["api_key"],
                secrets["api_secret"],
                secrets["access_token"],
                secrets["access_token_secret"],
                clock,
                kinds=config.monitor.kinds,
                mentions=config.monitor.mentions,
                prices=config.prices,
                limits=limits_of(account),
            )
        case PlatformName.REHEARSAL:
            from bot.platforms.rehearsal.adapter import RehearsalPlatform
            from bot.platforms.rehearsal.network import Network
            from bot.platforms.rehearsal.rules import mastodon

            journal = config_path.parent / "var" / "rehearsal.jsonl"
            return RehearsalPlatform(Network(mastodon(), clock, journal), account.name, closes_network=True)
