"""Who we are on each platform, and what its server accepts: asked once, remembered, never mixed up."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import msgspec
from sqlalchemy import Connection

from bot.causes import CauseCode, because
from bot.domain import identity
from bot.domain.campaign import Account
from bot.domain.identity import IdentityDoubt, LineUp, RealAccount
from bot.domain.limits import Limits, limits_of
from bot.domain.money import Purpose
from bot.errors import PlatformError
from bot.services import money
from bot.services.events import EventName
from bot.services.work import Locks, Work
from bot.store import accounts, control
from bot.store.engine import Serialize, account_lock, media_lock, source_lock
from bot.store.store import Store
from bot.values import dataclass

FACTS = "who we are"
"""What asking that is about, on the bill."""


def learn(work: Work, only: str | None = None) -> None:
    """Fill in `work.memory.handles`, of one account or of all; who does not answer now is asked again at the next call.

    The platform itself is asked where nobody was before, and where it may be another account than it was; several at
    once, for nothing is read before all have answered or failed to.
    """
    unknown = []
    for name, platform in work.platforms.items():
        is_asked = name in work.memory.handles and (name not in work.memory.barred or _has_said(work, name))
        if is_asked or only not in {None, name}:
            continue
        with work.store.read() as tx:
            handle = control.account(tx, name).handle if name not in work.memory.barred else ""
        if handle:
            platform.known_as(handle)
            work.memory.handles[name] = handle
        else:
            unknown.append(name)
    if len(unknown) == 1:
        _ask(work, *unknown)
    elif unknown:
        with ThreadPoolExecutor(len(unknown)) as pool:
            for asked in [pool.submit(_ask, work, name) for name in unknown]:
                asked.result()


def _has_said(work: Work, name: str) -> bool:
    return name in work.memory.facts and work.memory.facts[name][0] is work.platforms[name]


def _ask(work: Work, name: str) -> None:
    """Ask the platform who we are, if it answers now and there is money for the question."""
    platform = work.platforms[name]
    with work.store.begin() as tx:
        reservation = money.reserve(tx, work, name, platform.facts_cost, work.clock(), Purpose.FACTS, FACTS)
    if reservation is None:
        return
    try:
        facts = platform.facts()
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, reservation, error)
        work.memory.unanswered.add(name)
        work.tell(EventName.ACCOUNT_FAILED, alarming=not error.unreachable, account=name, error=error.cause)
        return
    if reservation.amount:
        with work.store.begin() as tx:
            money.settle(tx, reservation, reservation.amount)
    work.memory.facts[name] = (platform, facts)
    work.memory.handles[name] = facts.handle
    if name in work.memory.unanswered:
        work.memory.unanswered.discard(name)
        work.tell(EventName.ACCOUNT_BACK, account=name)
    if name not in work.memory.barred:
        with work.store.begin() as tx:
            control.set_account(tx, name, handle=facts.handle, account_id=facts.account_id)


@dataclass(frozen=True)
class LinedUp(LineUp):
    """What was found. `busy` are accounts whose names could not be changed yet: a worker is sending on them."""

    busy: tuple[str, ...] = ()


def line_up(
    store: Store, locks: Locks, asked: Mapping[str, RealAccount], wait: float = 0.0, *, only_names: bool = False
) -> LinedUp:
    """Bring the store's names of accounts in line with those of bot.toml, all of them or none.

    Nobody sends on an account, or reads its sources, while its name changes; `wait` is how many seconds to wait for
    whoever does. With `only_names` nothing is changed where a name stands for another account than before.
    """
    with store.read() as tx:
        stored = accounts.known(tx, asked)
    lined_up = identity.line_up(asked, stored)
    if not _changes(lined_up, asked, stored):
        return LinedUp(lined_up.names, lined_up.doubts, lined_up.who)
    moved = sorted({name for pair in lined_up.names.items() if pair[0] != pair[1] for name in pair if name})
    if only_names and "" in lined_up.names.values():
        return LinedUp(lined_up.names, lined_up.doubts, lined_up.who, tuple(moved))
    with store.read() as tx:
        sources = [source_lock(source) for source in accounts.sources_of(tx, moved)]
    with ExitStack() as held:
        for name in (*(lock(name) for name in moved for lock in (account_lock, media_lock)), *sources):
            if not held.enter_context(locks.hold(name, wait)):
                return LinedUp(lined_up.names, lined_up.doubts, lined_up.who, tuple(moved))
        with store.begin(serialize=Serialize.ACCOUNTS) as tx:
            if accounts.known(tx, asked) == stored:
                _bring_in_line(tx, lined_up, asked, stored)
                return LinedUp(lined_up.names, lined_up.doubts, lined_up.who)
    return line_up(store, locks, asked, wait, only_names=only_names)  # somebody else was faster


def _changes(lined_up: LineUp, asked: Mapping[str, RealAccount], stored: Mapping[str, RealAccount]) -> bool:
    is_moved = any(before != after for before, after in lined_up.names.items())
    return is_moved or any(lined_up.who[name] != stored.get(name) for name in asked if name not in lined_up.doubts)


def _bring_in_line(
    tx: Connection, lined_up: LineUp, asked: Mapping[str, RealAccount], stored: Mapping[str, RealAccount]
) -> None:
    """Bring the names in line; what another real account's name stood for goes aside first, so that nothing of it is
    taken for the new one's.

    All of it where one comes that has unsent posts of its own; else what never went out stays with the name.
    """
    names = dict(lined_up.names)
    newcomers = {after for before, after in names.items() if before != after and " (" not in before}
    asides = {before: _aside(before, stored) for before, after in names.items() if not after}
    for before, aside in asides.items():
        accounts.remember(tx, before, stored[before])
        if before in newcomers:
            names[before] = aside
        else:
            accounts.set_aside(tx, before, aside)
            del names[before]
    accounts.rename(tx, names)
    for aside in asides.values():
        accounts.give_up_looking(tx, aside)
    for name in asked:
        if name not in lined_up.doubts:
            accounts.remember(tx, name, lined_up.who[name])


def _aside(name: str, stored: Mapping[str, RealAccount]) -> str:
    """Return a name that no account of bot.toml can have, and none in the store has."""
    plain = f"{name} ({stored[name].title})"
    return next(name for name in (plain, *(f"{plain} {number}" for number in range(2, 1000))) if name not in stored)


def why_barred(name: str, doubt: IdentityDoubt, others: tuple[str, ...], real: RealAccount) -> str:
    """Return why nothing is sent on an account whose real account is not clear."""
    return because(CauseCode.MAY_BE_OTHER, account=name, doubt=doubt, others=others, server=real.server)


def why_busy(name: str) -> str:
    """Return why nothing is sent on an account whose name in the store could not be brought in line yet."""
    return because(CauseCode.NAMES_BUSY, account=name)


def remember_limits(work: Work, account: Account, limits: Limits) -> None:
    """Keep what an account's server just said, unless that is what its platform usually takes."""
    record = None
    if limits != limits_of(account):
        record = {"server": account.api_base_url, "limits": msgspec.to_builtins(limits)}
    with work.store.read() as tx:
        if control.remembered_limits(tx, account.name) == record:
            return
    with work.store.begin() as tx:
        control.set_account(tx, account.name, limits=record)
