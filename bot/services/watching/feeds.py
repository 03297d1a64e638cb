"""Hashtag feeds that a server has switched off: it answers "200" and an empty list for ever, and says so elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.domain.campaign import Config, PlatformName
from bot.domain.hashtag import folded
from bot.domain.post import Blind
from bot.hosts import canonical_host
from bot.platforms.base import FeedSource, Source
from bot.services.work import Work
from bot.store import cursors
from bot.store.cursors import Known

SILENT_AFTER = timedelta(days=1)
"""For how long a source has to be read and show nothing, while others have posts under its hashtag, to be suspect."""

_TURN = "feeds"


def heed(work: Work, source: Source, known: Known) -> None:
    """Ask what a source cannot see, and tell it once for its server: when it begins, and when it is over."""
    blind = source.blind() if isinstance(source, FeedSource) else None
    if blind is None or blind is known.blind:
        return
    host = host_of(source.name)
    with work.store.begin(turn=_TURN) as tx:
        cursors.set_blind(tx, source.name, blind)
        rest = {name: one.blind for name, one in cursors.all_known(tx).items() if name != source.name}
    others = [one for name, one in rest.items() if host_of(name) == host and is_watched(work.config, name)]
    if blind is not Blind.NOTHING and blind not in others:
        work.tell("feeds_off", in_words(blind, host), alarming=True)
    elif blind is Blind.NOTHING and not any(others):
        work.tell("feeds_on", f"{host} shows all of its hashtags again")


def host_of(source: str) -> str:
    """The server of a hashtag's source, "" for any other source."""
    host, sign, _ = source.partition(" #")
    return host if sign else ""


def tag_of(source: str) -> str:
    """The hashtag of a source, "" for any other source."""
    return source.partition(" #")[2].casefold()


def is_watched(config: Config, source: str) -> bool:
    """Return whether bot.toml asks for a source of this name, as far as can be told without any account's secrets."""
    hosts = [_host(address) for address in config.monitor.instances]
    for name, account in config.accounts.items():
        own = [f"x mentions {name}", f"x search {name}"]
        if account.platform is PlatformName.MASTODON:
            hosts.append(_host(account.api_base_url))
            own = [f"{hosts[-1]} mentions {name}"]
        if source in own or source.startswith((f"x search {name} ", f"rehearsal {name} ")):
            return config.monitor.mentions or " mentions" not in source
    return host_of(source) in hosts and folded(tag_of(source)) in map(folded, config.campaign.hashtags)


def _host(address: str) -> str:
    return canonical_host(urlsplit(address).netloc if "://" in address else address.strip("/"))


def in_words(blind: Blind, host: str) -> str:
    """What cannot be seen, and what to do about it."""
    elsewhere = "Watch more servers: write them under [monitor] instances in bot.toml."
    match blind:
        case Blind.SWITCHED_OFF:
            return f"{host} has its hashtag feeds switched off, so that nothing is seen there. {elsewhere}"
        case Blind.NO_LOGIN:
            return (
                f"{host} shows hashtags only to its own accounts, so that nothing is seen there. Take it out of "
                f"[monitor] in bot.toml, or open an account there. {elsewhere}"
            )
        case Blind.REMOTE:
            return (
                f"{host} shows only posts of its own accounts under hashtags: what people post on other servers is not "
                f"seen there. {elsewhere}"
            )
        case Blind.LOCAL:
            return f"{host} does not show posts of its own accounts under hashtags. Ask its admins to show them."
    return ""


def is_silent(known: Known, others: Sequence[Known], now: datetime) -> bool:
    """Whether a source has never shown anything, though others show posts under the same hashtag."""
    if known.newest_at is not None or known.read_at is None or now - known.horizon < SILENT_AFTER:
        return False
    tag = tag_of(known.source)
    return bool(tag) and any(
        one.newest_at is not None and now - one.newest_at < timedelta(days=30)
        for one in others
        if one.source != known.source and tag_of(one.source) == tag
    )
