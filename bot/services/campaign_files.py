"""Everything people wrote, read in one pass with what is wrong in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bot.domain.campaign import Account, Config, PlatformName
from bot.domain.delivery import Draft
from bot.domain.identity import RealAccount, same
from bot.domain.limits import Limits, default_limits
from bot.domain.text import digest
from bot.errors import Fault, FaultyFiles, Remedy, Severity, to_do
from bot.files import drafts, library
from bot.files.config import load as configuration
from bot.files.config.credentials import SecretError
from bot.files.config.login import login_handle, secret_of
from bot.files.facts import FILE as FACTS
from bot.files.library import Library
from bot.files.translations import in_threads, languages_in
from bot.services.database.where import has_store
from bot.services.drafting import FoundDrafts, Sound

if TYPE_CHECKING:
    from bot.domain.post import AccountFacts


@dataclass(frozen=True)
class Files:
    """The campaign as its files have it."""

    config: Config
    library: Library
    drafts: tuple[Draft, ...]
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> list[Fault]:
        """The faults that must be fixed before what they are in is planned."""
        return [fault for fault in self.faults if fault.severity is Severity.ERROR]


def read_files(path: Path, limits: Mapping[str, Limits] | None = None) -> Files:
    """Read `bot.toml`, schedules and messages. Raise FaultyFiles where `bot.toml` itself cannot be used."""
    from bot.services.checks.lint import check  # needs Babel and twitter-text, which most commands do without

    config, faults = configuration.load(path)
    if config is None:
        raise FaultyFiles(faults)
    faults = [*faults, *twice(config, path)]
    read_library, more = library.load(path.parent, config)
    accepted = {**limits_without_asking(path, config), **(limits or {})}
    made, problems = drafts.expand(config, read_library, accepted)
    all_faults = check(config, read_library, made, [*faults, *more, *problems], accepted)
    return Files(config, read_library, tuple(in_threads(config, made)), tuple(all_faults))


def limits_without_asking(path: Path, config: Config) -> Mapping[str, Limits]:
    """Return what each account accepts: what its server told once, where there is a store, else what is usual."""
    if not has_store(path.parent):
        return default_limits(config)
    from bot.services.own_accounts import known_limits  # loads what opens a store

    return known_limits(path, config)


def sound_drafts(path: Path, limits: Mapping[str, Limits]) -> Sound:
    """Return what can be planned of the files; `limits` are those that servers told.

    One file's fault never keeps the others from being planned, and a fault of facts.toml none: it posts nothing. Raise
    FaultyFiles where bot.toml has an error: it says what all the others mean.
    """
    return sound_of(read_files(path, limits))


def sound_of(files: Files) -> Sound:
    """Return what `sound_drafts` gives, of files that were read. Raise FaultyFiles as it does."""
    places = [tuple(fault.path.split("/")) for fault in files.errors]
    if any(folder not in ("messages", "schedules", FACTS) for folder, *_ in places):
        raise FaultyFiles(files.errors)
    schedules = {"/".join(place) for place in places if place[0] == "schedules"}
    inside = [place[1:] for place in places if place[0] == "messages"]
    messages = {place[0] if place else "" for place in inside}
    languages = {(place[0], place[1].partition(".")[0]) for place in inside if len(place) > 1}
    whole = {place[0] for place in inside if len(place) == 1}
    return Sound(
        tuple(
            draft
            for draft in files.drafts
            if draft.path not in schedules
            and draft.message not in whole
            and not any((draft.message, language) in languages for language in _languages(files, draft))
        ),
        tuple(files.errors),
        frozenset(messages),
        bool(schedules) or "" in messages,
    )


def _languages(files: Files, draft: Draft) -> frozenset[str]:
    return languages_in(files.config.accounts[draft.account], draft, files.library.messages.get(draft.message))


def _main() -> None:
    limits = msgspec.json.decode(sys.stdin.buffer.read(), type=dict[str, Limits])
    try:
        answer = FoundDrafts(sound_drafts(Path(sys.argv[1]), limits))
    except FaultyFiles as error:
        answer = FoundDrafts(faults=tuple(error.faults))
    sys.stdout.buffer.write(msgspec.json.encode(answer))


def twice(config: Config, path: Path, facts: Mapping[str, AccountFacts] | None = None) -> Iterator[Fault]:
    """Yield errors for accounts that are the same: by their tokens, and by what their platforms `facts`."""
    real = {name: _known(config, account, path, facts or {}) for name, account in config.accounts.items()}
    for first, second in combinations(config.accounts, 2):
        if same(real[first], real[second]):
            who = real[second].handle or real[first].handle
            what = f"{first} and {second} are the same account{f' ({who})' if who else ''}: all would be posted twice"
            instead = f"Take one of them out, or run: {to_do(Remedy.LOG_IN, second)}."
            yield _at(config, second, what, instead, Severity.ERROR)
        elif _have_one_source(config.accounts[first], config.accounts[second]) and not real[second].credentials:
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


def _have_one_source(account: Account, other: Account) -> bool:
    """Return whether `bot.toml` says that their tokens are in one place."""
    token = account.secrets.get("access_token")
    return token is not None and token == other.secrets.get("access_token") and account.server == other.server


if __name__ == "__main__":
    _main()
