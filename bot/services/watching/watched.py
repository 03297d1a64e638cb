"""What the names and states of sources tell without reading them: which are watched, where, and which say nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.domain.campaign import Account, Config
from bot.domain.limits import traits_of
from bot.domain.source_name import REHEARSAL, SourceKind, SourceName
from bot.domain.text import folded
from bot.hosts import canonical_host
from bot.store.sources import PollState

SILENT_AFTER = timedelta(days=1)
"""For how long a source has to be read and show nothing, while others have posts under its hashtag, to be suspect."""


def host_of(source: str) -> str:
    """Return the server of a hashtag's source, "" for any other source."""
    name = SourceName.parse(source)
    return name.place if name is not None and name.kind is SourceKind.HASHTAG else ""


def tag_of(source: str) -> str:
    """Return the hashtag of a source, "" for any other source."""
    name = SourceName.parse(source)
    return name.tag.casefold() if name is not None else ""


def is_watched(config: Config, source: str) -> bool:
    """Return whether bot.toml asks for a source of this name, as far as can be told without any account's secrets."""
    name = SourceName.parse(source)
    if name is None:
        return False
    if name.account:
        account = config.accounts.get(name.account)
        is_read = name.kind is not SourceKind.MENTIONS or config.monitor.mentions
        return is_read and account is not None and name.place in (REHEARSAL, _place(account))
    servers = [account for account in config.accounts.values() if traits_of(account.platform).has_servers]
    hosts = [*map(_host, config.monitor.instances), *map(_place, servers)]
    return name.place in hosts and folded(name.tag) in map(folded, config.watched_hashtags)


def _place(account: Account) -> str:
    return _host(account.api_base_url) if traits_of(account.platform).has_servers else account.platform


def _host(address: str) -> str:
    return canonical_host(urlsplit(address).netloc if "://" in address else address.strip("/"))


def is_feed_silent(state: PollState, states: Sequence[PollState], now: datetime) -> bool:
    """Return whether a source has never shown anything, though others show posts under the same hashtag."""
    if state.newest_at is not None or state.read_at is None or now - state.horizon < SILENT_AFTER:
        return False
    tag = tag_of(state.source)
    return bool(tag) and any(
        other.newest_at is not None and now - other.newest_at < timedelta(days=30)
        for other in states
        if other.source != state.source and tag_of(other.source) == tag
    )
