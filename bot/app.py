"""Builds everything once from the configuration: the store, the accounts, and the work that services are handed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot import config as configuration
from bot.content import drafts, library
from bot.content.length import offline_limits
from bot.content.library import Library
from bot.domain.campaign import Config
from bot.domain.delivery import Draft
from bot.domain.post import Limits
from bot.errors import Fault, FaultyFiles, GroundswellError, PlatformError, Severity
from bot.platforms.base import Clock, Platform
from bot.platforms.build import build
from bot.services.plan import PlanReport, plan
from bot.services.work import Event, Work
from bot.store import deliveries
from bot.store.locks import FileLocks
from bot.store.store import Store, sqlite_url


@dataclass(frozen=True)
class Files:
    """Everything people wrote, read in one pass, with what is wrong with it."""

    config: Config
    library: Library
    drafts: tuple[Draft, ...]
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> list[Fault]:
        """The faults that must be mended before anything is planned."""
        return [fault for fault in self.faults if fault.severity is Severity.ERROR]


def read_files(path: Path, limits: Mapping[str, Limits] | None = None) -> Files:
    """Read `bot.toml`, schedules and messages. Raises FaultyFiles where `bot.toml` itself cannot be used."""
    from bot.services.check import check  # needs Babel and twitter-text, which most commands do without

    config, faults = configuration.load(path)
    if config is None:
        raise FaultyFiles(faults)
    found, more = library.load(path.parent, config)
    known = {**offline_limits(config), **(limits or {})}
    made, problems = drafts.expand(config, found, known)
    return Files(config, found, tuple(made), tuple(check(config, found, made, [*faults, *more, *problems], known)))


class App:
    """One campaign folder, opened. Commands and the worker take what they need from here."""

    def __init__(self, path: Path, config: Config, store: Store, clock: Clock, report: Callable[[Event], None]) -> None:
        self.path = path
        self.root = path.parent
        self._seen_files = ""
        self.work = Work(config, store, {}, FileLocks(self.root / "var" / "locks"), clock, self.root, report)

    def connect(self) -> None:
        """Build the accounts' adapters. One without its secrets is left out, and said; raises when none is left."""
        platforms: dict[str, Platform] = {}
        for name, account in self.work.config.accounts.items():
            try:
                platforms[name] = build(self.work.config, account, self.path, self.work.clock)
            except GroundswellError as error:
                self.work.tell("account_failed", f"{name}: {error}", alarming=True, account=name)
        if not platforms:
            raise GroundswellError("No account can be used. For each account of bot.toml run: bot login ACCOUNT")
        self.work = replace(self.work, platforms=platforms)

    def plan(self) -> PlanReport:
        """Bring the deliveries in line with the files. Raises FaultyFiles, and then nothing has changed."""
        self._seen_files = library.fingerprint(self.root)
        files = read_files(self.path, self._limits())
        if files.errors:
            raise FaultyFiles(files.errors)
        report = plan(self.work.store, files.drafts, self.work.clock())
        if not report.is_quiet:
            self.work.tell("planned", str(report))
        return report

    def follow_files(self) -> bool:
        """Plan again if a file has changed; gives whether `bot.toml` has, so that lanes are made anew."""
        if library.fingerprint(self.root) == self._seen_files:
            return False
        before = self.work.config
        try:
            self.plan()
            config = configuration.read(self.path)
        except FaultyFiles as error:
            self.work.tell("faulty_files", f"nothing was changed; mend this first:\n{error}", alarming=True)
            return False
        if config == before:
            return False
        self.work = replace(self.work, config=config)
        if config.accounts != before.accounts:
            self.connect()
        return True

    def progress(self) -> object:
        """Something that changes whenever a delivery has moved on."""
        with self.work.store.read() as tx:
            return deliveries.movement(tx)

    def _limits(self) -> dict[str, Limits]:
        return dict(_answering(self.work.platforms))

    def close(self) -> None:
        """Let go of connections and the store."""
        for platform in self.work.platforms.values():
            platform.close()
        self.work.store.close()


def _answering(platforms: Mapping[str, Platform]) -> Iterable[tuple[str, Limits]]:
    """The limits of servers that answer; the others keep the ones assumed offline."""
    for name, platform in platforms.items():
        try:
            yield name, platform.limits()
        except PlatformError:
            continue


def open_app(path: Path, clock: Clock, report: Callable[[Event], None]) -> App:
    """Open a campaign folder and its store. Raises FaultyFiles or StoreError."""
    path = path.resolve()
    config = configuration.read(path)
    url = os.environ.get("DATABASE_URL") or sqlite_url(path.parent / "var" / "groundswell.db")
    return App(path, config, Store.open(url), clock, report)
