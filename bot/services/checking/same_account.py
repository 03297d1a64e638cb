"""Finds accounts that stand in bot.toml twice: everything would be posted twice on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

from bot.config import SecretError, login_handle, secret_of
from bot.domain.campaign import Account, Config, PlatformName
from bot.domain.identity import RealAccount, same
from bot.domain.post import AccountFacts
from bot.domain.text import digest
from bot.errors import Fault, Severity


def twice(config: Config, path: Path, told: Mapping[str, AccountFacts] | None = None) -> Iterator[Fault]:
    """Errors for accounts that are the same: by their tokens, and by what their platforms `told`."""
    known = {name: _known(config, account, path, told or {}) for name, account in config.accounts.items()}
    for first, second in combinations(config.accounts, 2):
        if same(known[first], known[second]):
            who = known[second].handle or known[first].handle
            what = f"{first} and {second} are the same account{f' ({who})' if who else ''}: all would be posted twice"
            yield _at(config, second, what, f"Take one of them out, or run: bot login {second}.", Severity.ERROR)
        elif _have_one_source(config.accounts[first], config.accounts[second]) and not known[second].credentials:
            what = f"{first} and {second} use the same access token, so all would be posted twice"
            instead = "Give each its own access_token_env, or take one out."
            yield _at(config, second, what, instead, Severity.WARNING)


def _at(config: Config, name: str, what: str, instead: str, severity: Severity) -> Fault:
    return Fault(config.path, config.lines.get(f"accounts.{name}", 1), what, instead, severity)


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


def _have_one_source(one: Account, other: Account) -> bool:
    """Whether `bot.toml` says that their tokens are in one place."""
    token = one.secrets.get("access_token")
    return token is not None and token == other.secrets.get("access_token") and one.server == other.server
