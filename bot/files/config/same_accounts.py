"""Accounts of `bot.toml` that are one and the same: all would be posted twice there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.campaign import Account, Config, PlatformName
from bot.domain.identity import RealAccount, same
from bot.domain.text import digest
from bot.errors import Fault, Remedy, Severity, to_do
from bot.fault_codes import FaultCode
from bot.files.config.credentials import SecretError
from bot.files.config.login import login_handle, secret_of

if TYPE_CHECKING:
    from bot.domain.post import AccountFacts


def account_faults(config: Config, path: Path, facts: Mapping[str, AccountFacts] | None = None) -> Iterator[Fault]:
    """Yield errors for accounts that are the same: by their tokens, and by what their platforms `facts`."""
    real = {name: _known(config, account, path, facts or {}) for name, account in config.accounts.items()}
    for first, second in combinations(config.accounts, 2):
        if same(real[first], real[second]):
            who = real[second].handle or real[first].handle
            what = f"{first} and {second} are the same account{f' ({who})' if who else ''}: all would be posted twice"
            instead = f"Take one of them out, or run: {to_do(Remedy.LOG_IN, second)}."
            yield _at(config, second, what, instead, Severity.ERROR, first)
        elif _have_one_source(config.accounts[first], config.accounts[second]) and not real[second].credentials:
            what = f"{first} and {second} use the same access token, so all would be posted twice"
            instead = "Give each its own access_token_env, or take one out."
            yield _at(config, second, what, instead, Severity.WARNING, first)


def _at(config: Config, name: str, what: str, instead: str, severity: Severity, other: str) -> Fault:
    line, facts = config.lines.get(f"accounts.{name}", 1), {"account": name, "other": other}
    return Fault(config.path, line, what, instead, severity, code=FaultCode.SAME_ACCOUNT, facts=facts)


def _known(config: Config, account: Account, path: Path, told: Mapping[str, AccountFacts]) -> RealAccount:
    if account.platform is PlatformName.REHEARSAL:
        return RealAccount(account.platform, handle=account.name)
    facts = told.get(account.name)
    who = (facts.handle, facts.account_id) if facts else (login_handle(config, account, path), "")
    try:
        token = secret_of(config, account, "access_token", path).reveal()
    except SecretError:
        return RealAccount(account.platform, account.server, *who)
    return RealAccount(account.platform, account.server, *who, credentials=digest(token))


def _have_one_source(account: Account, other: Account) -> bool:
    """Return whether `bot.toml` says that their tokens are in one place."""
    token = account.secrets.get("access_token")
    return token is not None and token == other.secrets.get("access_token") and account.server == other.server
