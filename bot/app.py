"""Builds everything once from the configuration: the store, the accounts, and the work that services are handed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from bot import config as configuration
from bot.config import secret_of
from bot.content import drafts, library
from bot.content.length import offline_limits
from bot.content.library import Library
from bot.domain.campaign import Account, Config
from bot.domain.delivery import Draft
from bot.domain.post import Limits
from bot.errors import Fault, FaultyFiles, GroundswellError, PlatformError, Severity
from bot.platforms.base import Clock, Platform
from bot.platforms.build import build
from bot.services.plan import PlanReport, plan
from bot.services.work import Event, Work
from bot.store import control, deliveries
from bot.store.locks import FileLocks
from bot.store.store import Store, sqlite_url

LIMITS_WAIT = 3.0
"""Seconds that planning waits for servers to say their limits; a later answer makes it plan again."""


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


def _sound_files(path: Path, limits: Mapping[str, Limits]) -> Files:
    files = read_files(path, limits)
    if files.errors:
        raise FaultyFiles(files.errors)
    return files


@dataclass(frozen=True)
class Connection:
    """An account's adapter (None where it cannot be made) and what it was made of, its secrets among it."""

    made_of: object
    platform: Platform | None


class App:
    """One campaign folder, opened. Commands and the worker take what they need from here."""

    def __init__(self, path: Path, config: Config, store: Store, clock: Clock, report: Callable[[Event], None]) -> None:
        self.path = path
        self.root = path.parent
        self._seen: object = None
        self._connections: dict[str, Connection] = {}
        self._retired: list[Platform] = []
        self._limits: dict[str, Limits] = {}
        self.work = Work(config, store, {}, FileLocks(self.root / "var" / "locks"), clock, self.root, report)

    def connect(self) -> None:
        """Build the accounts' adapters. One without its secrets is left out, and said; raises when none is left."""
        self._take_up(self.work.config)
        if not self.work.platforms:
            raise GroundswellError("No account can be used. For each account of bot.toml run: bot login ACCOUNT")

    def plan(self) -> PlanReport:
        """Bring the deliveries in line with the files. Raises FaultyFiles, and then nothing has changed."""
        self.ask_limits(LIMITS_WAIT)
        return self._plan()[0]

    def follow(self) -> None:
        """Take up files that have changed since they were planned, and new secrets. `work` is then another one."""
        config = self.work.config
        if self._seen != self._to_see():
            try:
                config = self._plan()[1]
            except FaultyFiles as error:
                self.work.tell("faulty_files", f"nothing was changed; mend this first:\n{error}", alarming=True)
        self._take_up(config)

    def ask_limits(self, longest: float | None = None) -> None:
        """Have the servers say what they accept, all at once; `longest` is how many seconds to wait for them."""
        unknown = {name: one for name, one in self.work.platforms.items() if name not in self._limits}
        if unknown:
            pool = ThreadPoolExecutor(len(unknown))
            wait([pool.submit(self._ask, name, platform) for name, platform in unknown.items()], longest)
            pool.shutdown(wait=False)

    def progress(self) -> object:
        """Something that changes whenever a delivery has moved on."""
        with self.work.store.read() as tx:
            return deliveries.movement(tx)

    def close(self) -> None:
        """Let go of connections and the store."""
        for platform in (*self.work.platforms.values(), *self._retired):
            platform.close()
        self.work.store.close()

    def _plan(self) -> tuple[PlanReport, Config]:
        """Raises StoreError too, and then the files count as not seen yet."""
        to_see, limits = self._to_see(), dict(self._limits)
        try:
            files = _sound_files(self.path, limits)
        except FaultyFiles:
            self._seen = to_see
            raise
        report = plan(self.work.store, files.drafts, self.work.clock())
        self._seen = to_see
        if not report.is_quiet:
            self.work.tell("planned", str(report))
        return report, files.config

    def _to_see(self) -> object:
        """What a plan depends on: the files, and what the servers accept."""
        return library.fingerprint(self.root, self.path.name), dict(self._limits)

    def _ask(self, name: str, platform: Platform) -> None:
        try:
            limits = platform.limits()
        except PlatformError:
            return
        if self.work.platforms.get(name) is platform:
            self._limits[name] = limits

    def _take_up(self, config: Config) -> None:
        """Work by this configuration from now on; accounts that are as they were keep their adapters."""
        before, self._connections = self._connections, self._connected(config)
        platforms = {name: one.platform for name, one in self._connections.items() if one.platform is not None}
        for name, old in before.items():
            if old.platform is not None and platforms.get(name) is not old.platform:
                self._retire(name, old.platform)
        if config != self.work.config or platforms != self.work.platforms:
            self.work = replace(self.work, config=config, platforms=platforms)

    def _connected(self, config: Config) -> dict[str, Connection]:
        connections = {}
        for name, account in config.accounts.items():
            made_of = self._made_of(config, account)
            known = self._connections.get(name)
            connections[name] = known if known and known.made_of == made_of else self._build(config, account, made_of)
        return connections

    def _made_of(self, config: Config, account: Account) -> object:
        """Equal as long as an adapter need not be made anew. Secrets compare, and do not show."""
        try:
            secrets = {name: secret_of(config, account, name, self.path) for name in account.secrets}
        except GroundswellError as error:
            return account, str(error)
        return account, config.monitor.kinds, secrets

    def _build(self, config: Config, account: Account, made_of: object) -> Connection:
        try:
            return Connection(made_of, build(config, account, self.path, self.work.clock))
        except GroundswellError as error:
            self.work.tell("account_failed", f"{account.name}: {error}", alarming=True, account=account.name)
            return Connection(made_of, None)

    def _retire(self, name: str, platform: Platform) -> None:
        """A request may still be under way on it, so it is closed in the end; who we are there is asked anew."""
        self._retired.append(platform)
        self._limits.pop(name, None)
        self.work.own_handles.pop(name, None)
        with self.work.store.begin() as tx:
            control.set_account(tx, name, handle="")


def open_app(path: Path, clock: Clock, report: Callable[[Event], None]) -> App:
    """Open a campaign folder and its store. Raises FaultyFiles or StoreError."""
    path = path.resolve()
    config = configuration.read(path)
    url = os.environ.get("DATABASE_URL") or sqlite_url(path.parent / "var" / "groundswell.db")
    return App(path, config, Store.open(url), clock, report)
