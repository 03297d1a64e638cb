"""What every service is handed: the campaign, its store and accounts, the clock, and somewhere to report to."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from datetime import datetime
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from bot.domain import identity
from bot.domain.campaign import Config, PlatformName
from bot.domain.delivery import Delivery, Kind
from bot.domain.identity import RealAccount
from bot.domain.post import AccountFacts, Author, SeenPost, all_shown
from bot.errors import PlatformError
from bot.hosts import handle_key
from bot.platforms.base import Clock, Instance, Platform
from bot.services.events import Event, EventName
from bot.store.control import AccountState
from bot.store.engine import LockName, Serialize
from bot.store.store import Store
from bot.values import dataclass

LOCK_WAIT = 45.0
"""Seconds to wait for a worker that is sending on an account just now: longer than any request takes."""


def serialize_of(delivery: Delivery) -> Serialize:
    """Return what the transaction is serialized by that settles a delivery: a reshare's sighting goes along with it."""
    return Serialize.SIGHTINGS if delivery.kind is Kind.RESHARE else Serialize.NOTHING


_PAGE = re.compile(r"https?://[^\s/]+/[^\s/]\S*")
_HANDLE = re.compile(r"@[\w.-]+@[\w.-]+|(?<!\w)x:\w+")


class Locks(Protocol):
    """Locks by name that exclude every other worker on this store."""

    def hold(self, name: LockName, wait: float = 0.0) -> AbstractContextManager[bool]:
        """Hold a name's lock, waiting up to `wait` seconds, and return whether it is ours."""
        ...

    def held(self, names: Iterable[LockName]) -> frozenset[str]:
        """Return which of these somebody holds just now."""
        ...

    def close(self) -> None:
        """Close what the locks are held through, once nobody holds any."""
        ...


class SharedLook:
    """A look that many threads take at the same moment, taken once for all of them: of fifty, two look.

    Who waits while another thread is looking goes by what a third one saw that began after they had asked.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._begun = float("-inf")

    def take(self, look: Callable[[], object]) -> None:
        """Look, unless another thread has begun to since this was called. Raise what looking raises."""
        asked = time.monotonic()
        with self._guard:
            if asked >= self._begun:
                begun = time.monotonic()
                look()
                self._begun = begun


@dataclass
class ProcessMemory:
    """What a process remembers between two jobs, each by the account's name in bot.toml.

    Whoever runs the process makes it. It saves requests and calculations: a process that has just begun asks again.
    """

    handles: dict[str, str] = field(default_factory=dict)
    """Our accounts' handles ("@user@host", "x:handle"), as far as they are known yet."""

    facts: dict[str, tuple[Platform, AccountFacts]] = field(default_factory=dict)
    """What each account's platform said of it, and which adapter was asked."""

    real_accounts: dict[str, RealAccount] = field(default_factory=dict)
    """Which real account each of bot.toml is."""

    barred: dict[str, str] = field(default_factory=dict)
    """Why nothing is sent on an account: it is not known which real account it is, see `bot.domain.identity`."""

    unanswered: set[str] = field(default_factory=set)
    """Accounts whose servers did not say who we are there when they were asked last."""

    unreachable: set[str] = field(default_factory=set)
    """Accounts that could not be reached when they were asked last."""

    slots: dict[str, tuple[object, datetime]] = field(default_factory=dict)
    """What the slots of an account's reshares were calculated from last, and when (UTC)."""

    stored_accounts: dict[str, RealAccount | None] = field(default_factory=dict)
    """Which real account each of them is in the store, as it was when an attempt was begun there last."""

    store_watch: SharedLook = field(default_factory=SharedLook)
    """Whether the store is still the one sent from last, asked before each delivery."""


@dataclass(frozen=True)
class Work:
    """The campaign at work. `root` is the folder of `bot.toml`; `stopping` is set when this process shall end."""

    config: Config
    store: Store
    platforms: Mapping[str, Platform]
    locks: Locks
    clock: Clock
    root: Path
    report: Callable[[Event], None]
    memory: ProcessMemory
    stopping: threading.Event = field(default_factory=threading.Event)
    instances: Sequence[Instance] = ()
    """Servers that are read without an account."""
    is_rehearsal: bool = False
    """Whether clock and networks are simulated: then no other server is asked for anything."""

    def tell(self, name: EventName, *, alarming: bool = False, **facts: Any) -> None:
        """Report an event that happens now."""
        self.report(Event(self.clock(), name, facts, alarming))

    def tell_of(self, delivery: Delivery, name: EventName, *, alarming: bool = False, **facts: Any) -> None:
        """Report what happens to a delivery, with its ids. Logs must not hold who the posters are."""
        of_delivery: dict[str, Any] = {"delivery": delivery.id, "account": delivery.account, "kind": delivery.kind}
        if delivery.kind is Kind.RESHARE:
            of_delivery |= {"sighting": delivery.sighting_id} if delivery.sighting_id is not None else {}
            facts.pop("url", None)
            facts |= {
                fact: _without_names(self, delivery, value) for fact, value in facts.items() if type(value) is str
            }
        else:
            of_delivery |= {"message": delivery.message, "day": delivery.day, "language": delivery.language}
        self.tell(name, alarming=alarming, **of_delivery, **facts)

    def tell_missed(self, delivery: Delivery) -> None:
        """Report that a delivery was too late by its own rule."""
        self.tell_of(delivery, EventName.MISSED, alarming=True)


def nameless(work: Work, delivery: Delivery, error: PlatformError) -> PlatformError:
    """Return the error without whom a reshare is of: what platforms say is kept, and told to people and logs."""
    if delivery.kind is Kind.RESHARE:
        error.reword(partial(_without_names, work, delivery))
    return error


def _without_names(work: Work, delivery: Delivery, text: str) -> str:
    """Return a text of a reshare without addresses and handles, and without the server of its author, unless it is
    ours."""
    for address in filter(None, (delivery.post_uri, delivery.url)):
        text = text.replace(address, "the post")
    text = _PAGE.sub("a page", text)
    text = _HANDLE.sub("its author", text)
    host, account = urlsplit(delivery.post_uri).hostname, work.config.accounts.get(delivery.account)
    if host and (account is None or host != urlsplit(account.api_base_url).hostname):
        text = text.replace(host, "its server")
    return text


def author_key(work: Work, handle: str) -> str:
    """Return the keyed hash that stays of an author who asked to be forgotten, the same in whichever way the handle is
    written."""
    return _keyed(work, handle_key(handle))


def handle_keys(work: Work, handle: str) -> frozenset[str]:
    """Return the key of a handle, and the one that an older version made of it as it was written."""
    return handle_keys_by(work.store.instance_key, handle)


def handle_keys_by(instance_key: str, handle: str) -> frozenset[str]:
    """Return the keys of a handle in a store of which only the key of its hashes is known."""
    return frozenset([_hmac(instance_key, form) for form in {handle_key(handle), handle.casefold()}])


def author_keys(work: Work, platform: str, author: Author) -> frozenset[str]:
    """Return all keyed hashes by which an author may be known again: on X, where handles change, also by the id."""
    keys = handle_keys(work, author.handle)
    if platform == PlatformName.X and author.account_id:
        keys |= {_keyed(work, f"x-id:{author.account_id}")}
    return keys


def shown_keys(work: Work, post: SeenPost) -> frozenset[str]:
    """Return all keyed hashes by which those may be known again whose posts a post shows."""
    people = shown_people(work, post) if post.shows else ()
    return frozenset().union(*people) - author_keys(work, post.platform, post.author) if people else frozenset()


def shown_people(work: Work, post: SeenPost) -> list[frozenset[str]]:
    """Return the keys of everybody whose posts a post shows, one set for each person."""
    people = []
    for shown in all_shown(post):
        if shown.post is not None:
            people.append(author_keys(work, post.platform, shown.post.author))
        elif shown.named:
            people.append(handle_keys(work, shown.named))
    return people


POST_KEY = "forgotten:"
"""How the keyed hash of a post begins, which stands in the place of its uri."""


def post_key(work: Work, uri: str) -> str:
    """Return the keyed hash that stays of the uri of a post that is not stored any more: most name their author."""
    return post_key_by(work.store.instance_key, uri)


def post_key_by(instance_key: str, uri: str) -> str:
    """Return the keyed hash of a post's uri in a store of which only the key of its hashes is known."""
    return f"{POST_KEY}{_hmac(instance_key, uri)}"


def fingerprint_key(work: Work, kind: str, text: str) -> str:
    """Return what a sighting is known by, where that is no name of a video: enough to find it again, and nothing to
    read."""
    return f"{kind}:{_keyed(work, f'{kind}:{text}')[:32]}"


def _keyed(work: Work, text: str) -> str:
    return _hmac(work.store.instance_key, text)


@lru_cache(maxsize=4096)
def _hmac(key: str, text: str) -> str:
    """Return HMAC-SHA-256 of a text (RFC 2104). Each post takes five; the library's, which begins with the key each
    time, takes three times as long."""
    begun_inner, begun_outer = _halves(key)
    inner, outer = begun_inner.copy(), begun_outer.copy()
    inner.update(text.encode())
    outer.update(inner.digest())
    keyed: str = outer.hexdigest()
    return keyed


_BLOCK = 64
"""Bytes that SHA-256 takes at a time."""


@lru_cache(maxsize=4)
def _halves(key: str) -> tuple[Any, Any]:
    """Return the inner and the outer hash of HMAC, begun with the key."""
    written = key.encode()
    block = (written if len(written) <= _BLOCK else sha256(written).digest()).ljust(_BLOCK, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in block)), sha256(bytes(byte ^ 0x5C for byte in block))


def is_ours(work: Work, account: str, state: AccountState) -> bool:
    """Return whether an account's name stands for the real account that we log in to, in the store too.

    Another process may have read bot.toml since, and have given the name to another account, or to none.
    """
    if account in work.memory.barred:
        return False
    ours = work.memory.real_accounts.get(account)
    if ours is None or ours == state.who:
        return True
    return state.who is not None and not identity.may_be_other(ours, state.who)
