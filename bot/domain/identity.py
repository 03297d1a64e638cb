"""Who an account really is: names in bot.toml come and go, the account on its server stays the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from enum import StrEnum

from bot.hosts import handle_key
from bot.values import dataclass

MOST_TOKENS = 8
"""How many tokens of one account are known again."""


@dataclass(frozen=True)
class RealAccount:
    """An account by what its server knows of it; "" is what is not known.

    `server` is a canonical host; `credentials` are keyed hashes of its tokens, the newest last, good for telling tokens
    apart only.
    """

    platform: str
    server: str = ""
    handle: str = ""
    account_id: str = ""
    credentials: str = ""

    @property
    def is_known(self) -> bool:
        """Return whether its server has said who it is."""
        return bool(self.handle or self.account_id)

    @property
    def title(self) -> str:
        """What people would call it."""
        return self.handle or self.server or self.platform


class IdentityDoubt(StrEnum):
    """Why nothing may be sent on an account yet."""

    RENEWED = "renewed"
    """Its token or server is another one than before, and so may the account be."""

    CANDIDATES = "candidates"
    """It may be one of several accounts that had other names."""

    NEIGHBOURS = "neighbours"
    """It may be the same as another account of bot.toml."""

    TWICE = "twice"
    """It is the same as another account of bot.toml."""


@dataclass(frozen=True)
class LineUp:
    """Which stored names become which, and on which accounts of bot.toml nothing may be sent.

    `names` has every stored name, with "" for one whose name another real account has now; `doubts` has the other
    names that each doubt is about.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, tuple[IdentityDoubt, tuple[str, ...]]] = field(default_factory=dict)
    who: Mapping[str, RealAccount] = field(default_factory=dict)
    """What is known of each account of bot.toml, with what was known before of the same."""


def same(real: RealAccount, other: RealAccount) -> bool | None:
    """Return whether two are one and the same account; None where nobody can tell yet.

    A server may be reached by several addresses, but it has one name, which is part of its handles.
    """
    if real.platform != other.platform:
        return False
    is_one_server = real.server == other.server
    if is_one_server and _have_one_token(real, other):
        return True
    is_one_handle = handle_key(real.handle) == handle_key(other.handle) if real.handle and other.handle else None
    if real.account_id and other.account_id:
        if real.account_id != other.account_id:
            return False
        return True if is_one_server else is_one_handle
    return is_one_handle


def line_up(asked: Mapping[str, RealAccount], stored: Mapping[str, RealAccount]) -> LineUp:
    """Find for each account of bot.toml (`asked`) what is stored of it, under whatever name.

    What is certain goes first; then a name that stayed; then, on one server, the only account that is gone for the
    only one that is new. Where that is not proved, or more are possible, there is a doubt.
    """
    pairing = _Pairing(asked, stored)
    pairing.take_certain()
    pairing.take_by_name()
    pairing.take_by_server()
    pairing.doubt_neighbours()
    names = {before: pairing.names.get(before, "" if before in asked else before) for before in stored}
    return LineUp(names, pairing.doubts, pairing.who)


class _Pairing:
    """Stored accounts given to those of bot.toml, step by step."""

    def __init__(self, asked: Mapping[str, RealAccount], stored: Mapping[str, RealAccount]) -> None:
        self._stored = stored
        self._order = sorted(asked, key=lambda name: (not _is_same(asked[name], stored.get(name)), name not in stored))
        self.who = dict(asked)
        self.names: dict[str, str] = {}
        self.doubts: dict[str, tuple[IdentityDoubt, tuple[str, ...]]] = {}

    def take_certain(self) -> None:
        """Pair all that is stored of the same account, should it be under several names."""
        for place, name in enumerate(self._order):
            if self._note_twice(name, self._order[:place]):
                continue
            while certain := [
                stored_name
                for stored_name in self._stored
                if stored_name not in self.names and self._is_certain(name, stored_name)
            ]:
                self._take(name, name if name in certain else certain[0])

    def take_by_name(self) -> None:
        """Pair by name what was never said to be another account."""
        for name in self._open():
            if name in self._stored and name not in self.names and same(self.who[name], self._stored[name]) is None:
                self._take_on_trust(name, name)

    def take_by_server(self) -> None:
        """Let what is new take over from what is gone, where there is one of each."""
        unpaired = [stored_name for stored_name in self._stored if stored_name not in self.names]
        may_be = {
            name: [stored_name for stored_name in unpaired if self._may_be(name, stored_name)] for name in self._open()
        }
        for name, candidates in may_be.items():
            rivals = [
                stored_name
                for stored_name, others in may_be.items()
                if stored_name != name and set(others) & set(candidates)
            ]
            if len(candidates) == 1 and not rivals:
                self._take_on_trust(name, candidates[0])
            elif candidates:
                self.doubts[name] = (IdentityDoubt.CANDIDATES, tuple(candidates))

    def doubt_neighbours(self) -> None:
        """Doubt names that may be one account: two names for one would post everything twice."""
        for place, name in enumerate(self._order):
            if name in self.doubts or self._note_twice(name, self._order[:place]):
                continue
            real = self.who[name]
            near = [other for other in self._order if other != name and _may_be_neighbours(real, self.who[other])]
            if near and real.credentials and not real.is_known:
                self.doubts[name] = (IdentityDoubt.NEIGHBOURS, tuple(near))

    def _open(self) -> list[str]:
        paired = set(self.names.values())
        return [name for name in self._order if name not in paired and name not in self.doubts]

    def _is_certain(self, name: str, before: str) -> bool:
        return _is_same(self.who[name], self._stored[before])

    def _note_twice(self, name: str, earlier: list[str]) -> bool:
        first = next((earlier_name for earlier_name in earlier if _is_same(self.who[earlier_name], self.who[name])), "")
        if first and self.doubts.get(first, ("",))[0] is not IdentityDoubt.TWICE:
            self.doubts[name] = (IdentityDoubt.TWICE, (first,))
        return bool(first)

    def _may_be(self, name: str, before: str) -> bool:
        real, other = self.who[name], self._stored[before]
        return same(real, other) is None and other.server in {"", real.server}

    def _take_on_trust(self, name: str, before: str) -> None:
        """Take a name's real account on trust, where nobody has said that it is another one; a new token or server is a
        reason to ask."""
        if _is_renewed(self.who[name], self._stored[before]):
            self.doubts[name] = (IdentityDoubt.RENEWED, (before,))
            self.names[before] = name
        else:
            self._take(name, before)

    def _take(self, name: str, before: str) -> None:
        """Take it over; what is not known now is what was known before."""
        now, then = self.who[name], self._stored[before]
        self.names[before] = name
        self.who[name] = replace(
            now,
            handle=now.handle or then.handle,
            account_id=now.account_id or then.account_id,
            credentials=_with_tokens(then.credentials, now.credentials),
        )


def _have_one_token(real: RealAccount, other: RealAccount) -> bool:
    return not set(real.credentials.split()).isdisjoint(other.credentials.split())


def _with_tokens(before: str, now: str) -> str:
    """Return both tokens that two machines may have, in the order in which they came."""
    tokens = before.split()
    return " ".join([*tokens, *(token for token in now.split() if token not in tokens)][-MOST_TOKENS:])


def may_be_other(real: RealAccount, other: RealAccount) -> bool:
    """Return whether nobody may send as `real` what is stored for `other`."""
    is_same = same(real, other)
    has_tokens = bool(real.credentials and other.credentials)
    return is_same is False or (is_same is None and has_tokens and not _have_one_token(real, other))


def _is_same(real: RealAccount, other: RealAccount | None) -> bool:
    return other is not None and same(real, other) is True


def _is_renewed(now: RealAccount, before: RealAccount) -> bool:
    """Return whether there is a reason to ask who it is: without a token nothing can be sent, nor asked.

    Once that is known and they still cannot be told apart, nobody ever asked before: then the name counts.
    """
    if not now.credentials or (now.handle and now.account_id):
        return False
    is_other_token = bool(before.credentials) and not _have_one_token(now, before)
    return is_other_token or before.server not in {"", now.server}


def _may_be_neighbours(real: RealAccount, other: RealAccount) -> bool:
    return bool(real.server) and real.server == other.server and same(real, other) is None
