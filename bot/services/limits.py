"""What each account's server accepts, remembered: a check offline, a plan and the worker judge by what it said last."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from bot.domain.campaign import Account, Config
from bot.domain.limits import Limits, default_limits, limits_of
from bot.errors import StoreError
from bot.services.work import Work
from bot.store import control
from bot.store.migrate import HEAD, version
from bot.store.schema import account_state
from bot.store.store import Store
from bot.store.trouble import plain_errors


def remember(work: Work, account: Account, limits: Limits) -> None:
    """Keep what an account's server just said, unless that is what its platform usually takes."""
    told = None
    if limits != limits_of(account):
        told = {"server": account.api_base_url, "limits": msgspec.to_builtins(limits)}
    with work.store.read() as tx:
        if control.limits_told(tx, account.name) == told:
            return
    with work.store.begin() as tx:
        control.set_account(tx, account.name, limits=told)


def remembered(tx: Connection, config: Config) -> dict[str, Limits]:
    """Return what the accounts' servers said last, by account; of those alone that are still where they were."""
    found = {}
    for row in tx.execute(select(account_state.c.account, account_state.c.limits)):
        account, told = config.accounts.get(row.account), row.limits
        if account is None or not told or told.get("server") != account.api_base_url:
            continue
        try:
            found[account.name] = msgspec.convert(told["limits"], Limits)
        except (msgspec.ValidationError, KeyError):
            continue  # another version wrote it; the server is asked again
    return found


def known_limits(path: Path, config: Config) -> Mapping[str, Limits]:
    """Return what each account accepts as far as is known without asking anybody: from the store, if there is one.

    `path` is the campaign's bot.toml. A store that is away, or of another version, is none.
    """
    usual = default_limits(config)
    url, file = os.environ.get("DATABASE_URL", ""), path.parent / "var" / "groundswell.db"
    if not url and not file.is_file():
        return usual
    try:
        with plain_errors(url):
            store = Store(url or f"sqlite:///{file}")
            try:
                if version(store.engine) != HEAD:
                    return usual
                with store.read() as tx:
                    return {**usual, **remembered(tx, config)}
            finally:
                store.close()
    except StoreError:
        return usual
