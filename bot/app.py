"""Builds everything once from the configuration: the store, the accounts, and the work that services are handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bot import config as configuration
from bot.config import secret_of
from bot.content import library
from bot.domain.campaign import Account, Config
from bot.domain.delivery import Draft
from bot.domain.limits import Limits
from bot.errors import FaultyFiles, GroundswellError, PlatformError, StoreError
from bot.platforms.base import Clock, Instance, Platform
from bot.platforms.build import build, build_instances
from bot.platforms.web.agent import agent_of
from bot.services.database import doubt
from bot.services.database.at_rest import store_url
from bot.services.files import sound_drafts
from bot.services.plan import PlanReport, plan
from bot.services.work import Event, Work
from bot.store import control, deliveries
from bot.store.locks import locks_of
from bot.store.store import Store

LIMITS_WAIT = 3.0
"""Seconds that planning waits for servers to say their limits; a later answer makes it plan again."""


Drafting = Callable[[Path, Mapping[str, Limits]], Sequence[Draft]]
"""How the files become drafts: `sound_drafts`, or `drafts_aside` for a process that lives long."""


@dataclass(frozen=True)
class Connection:
    """An account's adapter (None where it cannot be made, and why) and what it was made of, its secrets among it."""

    made_of: object
    platform: Platform | None
    why_not: str = ""


class App:
    """One campaign folder, opened. Commands and the worker take what they need from here."""

    def __init__(self, path: Path, config: Config, store: Store, clock: Clock, report: Callable[[Event], None]) -> None:
        self.path = path
        self.root = path.parent
        self.draft: Drafting = sound_drafts
        self._seen: object = None
        self._connections: dict[str, Connection] = {}
        self._retired: list[Platform | Instance] = []
        self._made_for: object = None
        self._limits: dict[str, Limits] = {}
        self.files_fault = ""
        """What is wrong with the files, so that the queue goes by them as they were; "" where nothing is."""
        self.work = Work(config, store, {}, locks_of(store, self.root / "var" / "locks"), clock, self.root, report)

    def connect(self) -> None:
        """Build the accounts' adapters. One without its secrets is left out, and said; raises when none is left."""
        self.take_up(self.work.config)
        if not self.work.platforms:
            raise GroundswellError("No account can be used. For each account of bot.toml run: bot login ACCOUNT")

    def plan(self) -> PlanReport:
        """Bring the deliveries in line with the files. Raises FaultyFiles, and then nothing has changed."""
        self.ask_limits(LIMITS_WAIT)
        return self._plan()[0]

    def follow(self) -> Config:
        """Plan again if files or limits have changed since; gives the configuration to work by, see `take_up`."""
        if self._seen != self._to_see():
            try:
                return self._plan()[1]
            except FaultyFiles as error:
                self.work.tell("faulty_files", f"nothing was changed; mend this first:\n{error}", alarming=True)
        return self.work.config

    def take_up(self, config: Config) -> bool:
        """Work by this configuration and by the secrets there are now; gives whether `work` is another one for it.

        Accounts that are as they were keep their adapters. Not to be called by two threads at once.
        """
        before, self._connections = self._connections, self._connected(config)
        platforms = {name: one.platform for name, one in self._connections.items() if one.platform is not None}
        for name, old in before.items():
            if old.platform is not None and platforms.get(name) is not old.platform:
                self._retire(name, old.platform)
        if config == self.work.config and platforms == self.work.platforms and self._made_for is not None:
            return False
        self.work = replace(self.work, config=config, platforms=platforms, instances=self._instances(config))
        return True

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

    def accounts(self) -> dict[str, str]:
        """The accounts that are worked on, each with "" or why it cannot be used."""
        return {name: one.why_not for name, one in self._connections.items()}

    def close(self) -> None:
        """Let go of connections and the store."""
        for one in (*self.work.platforms.values(), *self.work.instances, *self._retired):
            one.close()
        with suppress(StoreError):
            doubt.keep_up(self.work.store)
        self.work.locks.close()
        self.work.store.close()

    def _plan(self) -> tuple[PlanReport, Config]:
        """Raises StoreError too, and then the files count as not seen yet."""
        to_see, limits = self._to_see(), dict(self._limits)
        try:
            config, drafts = configuration.read(self.path), self.draft(self.path, limits)
        except FaultyFiles as error:
            self._seen, self.files_fault = to_see, str(error.faults[0])
            raise
        zone, accounts = config.campaign.timezone, config.accounts
        report = plan(self.work.store, drafts, self.work.clock(), zone=zone, accounts=accounts)
        self._seen, self.files_fault = None if report.later else to_see, ""
        if not report.is_quiet:
            self.work.tell("planned", str(report))
        return report, config

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

    def _instances(self, config: Config) -> Sequence[Instance]:
        """Those there are, as long as the configuration says the same of them."""
        made_for = config.monitor.instances, agent_of(config)
        if made_for == self._made_for:
            return self.work.instances
        self._retired += self.work.instances
        self._made_for = made_for
        return build_instances(config, self.work.clock, self.work.stopping)

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
        return account, config.monitor.kinds, config.monitor.mentions, agent_of(config), config.prices, secrets

    def _build(self, config: Config, account: Account, made_of: object) -> Connection:
        try:
            return Connection(made_of, build(config, account, self.path, self.work.clock))
        except GroundswellError as error:
            self.work.tell("account_failed", f"{account.name}: {error}", alarming=True, account=account.name)
            return Connection(made_of, None, str(error))

    def _retire(self, name: str, platform: Platform) -> None:
        """A request may still be under way on it, so it is closed in the end; who we are there is asked anew."""
        self._retired.append(platform)
        self._limits.pop(name, None)
        self.work.own_handles.pop(name, None)
        with self.work.store.begin() as tx:
            control.set_account(tx, name, handle="")


def open_app(path: Path, clock: Clock, report: Callable[[Event], None]) -> App:
    """Open a campaign folder and its store. Raises FaultyFiles, StoreError, or Refused: it was moved."""
    path = path.resolve()
    config = configuration.read(path)
    store = Store.open(store_url(path.parent))
    try:
        doubt.watch_over(store, path.parent, config.accounts, clock())
    except GroundswellError:
        store.close()
        raise
    return App(path, config, store, clock, report)
