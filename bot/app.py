"""Builds everything once from the configuration: the store, the accounts, and the work that services are handed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from bot import __version__
from bot.domain.campaign import Account, Config, PlatformName
from bot.domain.identity import IdentityDoubt, RealAccount
from bot.domain.limits import Limits, default_limits
from bot.domain.planning import PlanCode
from bot.domain.text import digest
from bot.errors import (
    Fault,
    FaultyFiles,
    GroundswellError,
    PlatformError,
    Refused,
    RefusedCode,
    Severity,
    StoreError,
)
from bot.files.changes import fingerprint, look
from bot.files.config import load as configuration
from bot.files.config.login import Logins, login_handle, logins_of, secret_of
from bot.platforms.base import Clock, Instance, Platform
from bot.platforms.build import build, build_instances
from bot.platforms.web.user_agent import agent_of
from bot.services import own_accounts
from bot.services.database import restore_guard
from bot.services.database.known_limits import remembered_limits
from bot.services.database.open import store_url
from bot.services.drafting import Sound
from bot.services.events import Event, EventName, StillPlanned
from bot.services.notifications import Notifier
from bot.services.own_accounts import remember_limits
from bot.services.plan import PlanReport, plan, planned_from
from bot.services.work import LOCK_WAIT, ProcessMemory, Work
from bot.store import deliveries
from bot.store.sources import StoredHosts
from bot.store.store import Store, locks_of
from bot.values import dataclass

if TYPE_CHECKING:
    from bot.services.heartbeat import Heart

_NOTED = {
    PlanCode.HELD: EventName.ASKED,
    PlanCode.CONTINUES: EventName.CONTINUED,
    PlanCode.OTHER_WORDS: EventName.OUT_OTHERWISE,
}
"""The events by which is told what planning has to say."""

LIMITS_WAIT = 3.0
"""Seconds that planning waits for servers to say their limits; a later answer makes it plan again."""


_NOT_PLANNED = frozenset({IdentityDoubt.CANDIDATES, IdentityDoubt.TWICE})
"""Where an account's name may stand for what is stored under another one, its posts would be planned a second time."""

Drafting = Callable[[Path, Mapping[str, Limits]], Sound]
"""How the files become drafts by all the limits that are known: `sound_drafts`, or `drafts_in_subprocess` for a process
that lives long."""


@dataclass(frozen=True)
class Connection:
    """An account's adapter (None where it cannot be made, and why) and what it was made of, its secrets among it."""

    made_of: object
    platform: Platform | None
    credentials: str = ""
    """A keyed hash of its token, to tell it from others."""

    why_not: str = ""


class App:
    """One campaign folder, opened. Commands and the worker take what they need from here."""

    def __init__(self, path: Path, config: Config, store: Store, clock: Clock, report: Callable[[Event], None]) -> None:
        self.path = path
        self.root = path.parent
        self.draft: Drafting = _sound_drafts
        self._seen: object = None
        self._looked_at = ""
        self._being_saved = False
        self._connections: dict[str, Connection] = {}
        self._retired: list[Platform | Instance] = []
        self._made_for: object = None
        self._asked: set[str] = set()
        self.files_fault = ""
        """What is wrong with the files, so that the queue goes by them as they were; "" where nothing is."""
        self._unplanned: frozenset[str] = frozenset()
        self._doubted: frozenset[str] = frozenset()
        """Accounts that are barred because nobody knows which real ones they are, and not for a while only."""

        self.files_seen_at: datetime | None = None
        """When they were read last (UTC)."""
        self.faults = 0
        """How many faults were found in them."""

        self._names = threading.Lock()
        self.notifier = Notifier(store, report)
        """Keeps what is told; whoever goes on for long has it write that down now and then."""

        locks = locks_of(store, self.root / "var" / "locks")
        self.work = Work(config, store, {}, locks, clock, self.root, self.notifier.report, ProcessMemory())
        with store.read() as tx:
            self._limits = remembered_limits(tx, config)

    def connect(self, *, needs_account: bool = True) -> None:
        """Build the accounts' adapters. One without its secrets is left out, and said. Raise Refused when none is left,
        unless none is needed."""
        self.take_up(self.work.config)
        if needs_account and not self.work.platforms:
            raise Refused(RefusedCode.NO_USABLE_ACCOUNT)

    def plan(self, *, unless_planned: bool = False) -> PlanReport:
        """Bring the deliveries in line with the files. Raise FaultyFiles where bot.toml has an error.

        What else has an error is among the report's `errors`; what it asks for stays as it was planned before.
        `unless_planned` reads the files only where they have changed, and leaves the deliveries as they are else.
        """
        if not self.line_up(wait=LOCK_WAIT):
            raise Refused(RefusedCode.WORKER_SENDING)
        self.ask_who(LIMITS_WAIT)
        self.ask_limits(LIMITS_WAIT)
        if unless_planned:
            to_see = self._to_see()
            if self._is_planned_from(to_see):
                self._seen = to_see
                self._note_faults(())
                return PlanReport()
        return self._plan()[0]

    def settle(self) -> bool:
        """Wait until no file has changed for two seconds, two seconds at the most, and return whether that came about.

        Files that the queue was planned from, or that were written before that, are not waited for.
        """
        before = look(self.root, self.path.name)
        seconds = before.rests_in(self.work.clock().timestamp())
        if not seconds or self.is_planned():
            return True
        self.work.stopping.wait(seconds)
        self._being_saved = before.fingerprint != fingerprint(self.root, self.path.name)
        return not self._being_saved

    def is_planned(self) -> bool:
        """Return whether the queue is what the files ask for: it was planned without a fault from these very files.

        Then a worker that starts again sends at once what is due, and plans beside that.
        """
        return self._is_planned_from(self._to_see())

    def _is_planned_from(self, to_see: tuple[str, dict[str, Limits]]) -> bool:
        with self.work.store.read() as tx:
            return planned_from(tx) == self._files_digest(self.work.config, *to_see)

    def tell_news(self, report: PlanReport) -> None:
        """Report what a planning found to say, an event for each kind; only what waits for an answer is alarming."""
        for says, name in _NOTED.items():
            notes = [note for note in report.news if note.says is says]
            if notes:
                ids = [note.delivery.id for note in notes if note.delivery is not None]
                zone = self.work.config.campaign.timezone.key
                self.work.tell(name, alarming=says is PlanCode.HELD, deliveries=ids, notes=notes, zone=zone)

    def asked_for(self) -> Sound:
        """Return what the files ask for now. Raise FaultyFiles."""
        return self.draft(self.path, self._known_limits(self.work.config, self._limits))

    def follow(self, *, once_settled: bool = False) -> Config:
        """Plan again if files, limits or what we know of our accounts have changed since.

        With `once_settled`, and where `settle` has waited in vain, files are left alone that have changed since this
        was called last: somebody may be saving them, and half a message can look like a whole one. Return the
        configuration to work by, see `take_up`.
        """
        before, self._looked_at = self._looked_at, self._to_see()[0]
        if self._seen == self._to_see():
            self.line_up()
        is_saved = before == self._looked_at or not (once_settled or self._being_saved)
        if self._seen != self._to_see() and is_saved:
            try:
                report, config = self._plan()
            except FaultyFiles as error:
                planned = StillPlanned.NOTHING_CHANGED
                self.work.tell(EventName.FAULTY_FILES, alarming=True, faults=error.faults, planned=planned)
            else:
                self.tell_news(report)
                return config
        return self.work.config

    def take_up(self, config: Config) -> bool:
        """Work by this configuration and by the secrets there are now, and return whether `work` is another one for it.

        Accounts that are as they were keep their adapters. Not to be called by two threads at once.
        """
        before, self._connections = self._connections, self._connected(config)
        if [connection.made_of for connection in before.values()] != [
            connection.made_of for connection in self._connections.values()
        ]:
            self.line_up(config)  # nothing leaves with a new token before it is known whose it is
        platforms = {
            name: connection.platform
            for name, connection in self._connections.items()
            if connection.platform is not None
        }
        for name, old in before.items():
            if old.platform is not None and platforms.get(name) is not old.platform:
                self._retire(name, old.platform)
        if config == self.work.config and platforms == self.work.platforms and self._made_for is not None:
            return False
        self.work = replace(self.work, config=config, platforms=platforms, instances=self._instances(config))
        return True

    def line_up(self, config: Config | None = None, wait: float = 0.0, *, only_names: bool = False) -> bool:
        """Bring the store's names of our accounts in line with bot.toml's, and bar those that are in doubt.

        False where that had to be left for later, see `identity.line_up`; then those are barred too.
        """
        config = config or self.work.config
        if self.work.store.only_reads:
            return True
        with self._names:
            logins = logins_of(self.path)
            asked = {name: self._real_account(config, account, logins) for name, account in config.accounts.items()}
            lined_up = own_accounts.line_up(self.work.store, self.work.locks, asked, wait, only_names=only_names)
            reasons = {
                name: own_accounts.why_barred(name, *doubt, lined_up.who[name])
                for name, doubt in lined_up.doubts.items()
            }
            busy = {name: own_accounts.why_busy(name) for name in lined_up.busy if name in asked}
            for name in [name for name in self.work.memory.barred if name not in reasons | busy]:
                self._unbar(name, config)
            for name, why in reasons.items():
                if self.work.memory.barred.get(name) != why:
                    doubt, others = lined_up.doubts[name]
                    facts: dict[str, Any] = {"doubt": doubt, "others": list(others), "error": why}
                    self.work.tell(EventName.ACCOUNT_BARRED, alarming=True, account=name, **facts)
            self.work.memory.barred.update(busy | reasons)
            self._doubted = frozenset(reasons)
            self.work.memory.real_accounts.update(lined_up.who)
            unplanned = frozenset(name for name, (why, _) in lined_up.doubts.items() if why in _NOT_PLANNED)
            if unplanned != self._unplanned:
                self._unplanned, self._seen = unplanned, None
            return not lined_up.busy

    def _unbar(self, name: str, config: Config) -> None:
        del self.work.memory.barred[name]
        if name in config.accounts and name in self._doubted:
            self.work.tell(EventName.ACCOUNT_KNOWN, account=name)

    def ask_who(self, longest: float | None = None) -> None:
        """Ask the servers of barred accounts who we are there, all at once, and line the names up again."""
        barred = [name for name in self.work.memory.barred if name in self.work.config.accounts]
        if not barred:
            return
        self._connections |= self._connected(self.work.config, barred)
        platforms = {name: platform for name in barred if (platform := self._connections[name].platform) is not None}
        asking = replace(self.work, platforms=platforms)
        if platforms:
            pool = ThreadPoolExecutor(len(platforms))
            wait([pool.submit(own_accounts.learn, asking, name) for name in platforms], longest)
            pool.shutdown(wait=False)
            self.line_up(wait=LOCK_WAIT)

    def _real_account(self, config: Config, account: Account, logins: Logins | None) -> RealAccount:
        """Return what is known of an account of bot.toml without asking, and what its platform said of this
        very token."""
        credentials, account_id = self._credentials(config, account, logins)
        connection, facts_known = self._connections.get(account.name), self.work.memory.facts.get(account.name)
        handle = login_handle(config, account, self.path, logins) if credentials else ""
        real = RealAccount(account.platform, account.server, handle, account_id, credentials)
        if (
            connection
            and facts_known
            and connection.platform is facts_known[0]
            and connection.credentials == credentials
        ):
            return replace(real, handle=facts_known[1].handle, account_id=facts_known[1].account_id)
        return real

    def _credentials(self, config: Config, account: Account, logins: Logins | None = None) -> tuple[str, str]:
        """Return a keyed hash of an account's token, and the account's id where that is a part of it, as it is on X."""
        if "access_token" not in account.secrets:
            return "", ""
        try:
            token = secret_of(config, account, "access_token", self.path, logins).reveal()
        except GroundswellError:
            return "", ""
        account_id = token.partition("-")[0] if account.platform is PlatformName.X else ""
        credentials = digest(self.work.store.instance_key, "credentials", token)[:32]
        return credentials, account_id if account_id.isascii() and account_id.isdigit() else ""

    def ask_limits(self, longest: float | None = None) -> None:
        """Ask the servers what they accept, all at once; `longest` is how many seconds to wait for them."""
        unknown = {name: platform for name, platform in self.work.platforms.items() if name not in self._asked}
        if unknown:
            pool = ThreadPoolExecutor(len(unknown))
            wait([pool.submit(self._ask, name, platform) for name, platform in unknown.items()], longest)
            pool.shutdown(wait=False)

    def progress(self) -> object:
        """Return something that changes whenever a delivery has moved on."""
        with self.work.store.read() as tx:
            return deliveries.movement(tx)

    def accounts(self) -> dict[str, str]:
        """Return the accounts that are worked on, each with "" or why it cannot be used."""
        return {name: connection.why_not for name, connection in self._connections.items()}

    def beat(self, heart: Heart, *, is_last: bool = False) -> None:
        """Let everybody see that this process is alive, and what of the campaign it cannot use. Raise StoreError."""
        faults, seen_at = self.faults, self.files_seen_at
        heart.beat(self.work, self.accounts(), self.files_fault, is_last=is_last, faults=faults, files_seen_at=seen_at)

    def close(self) -> None:
        """Close the connections and the store."""
        connected = [
            connection.platform for connection in self._connections.values() if connection.platform is not None
        ]
        for closing in (*connected, *self.work.instances, *self._retired):
            closing.close()
        self.notifier.flush()
        with suppress(StoreError):
            if not self.work.store.only_reads:
                restore_guard.keep_up(self.work.store)
        self.work.locks.close()
        self.work.store.close()

    def _plan(self) -> tuple[PlanReport, Config]:
        """Raise StoreError too, and then the files count as not seen yet."""
        to_see = self._to_see()
        try:
            config = configuration.read(self.path)
            sound = self.draft(self.path, self._known_limits(config, to_see[1]))
        except FaultyFiles as error:
            self._seen = to_see
            self._note_faults([fault for fault in error.faults if fault.severity is Severity.ERROR])
            raise
        if not self.line_up(config):
            return PlanReport(later=1), self.work.config
        report = plan(
            self.work.store,
            [draft for draft in sound.drafts if draft.account not in self._unplanned],
            self.work.clock(),
            accounts=[name for name in config.accounts if name not in self._unplanned],
            messages_at_fault=sound.messages_at_fault,
            schedules_at_fault=sound.schedules_at_fault,
            files_digest="" if sound.errors else self._files_digest(config, *to_see),
        )
        report.errors = sound.errors
        self._seen = None if report.later else to_see
        self._note_faults(sound.errors)
        if not report.is_quiet:
            self.work.tell(EventName.PLANNED, **report.counts)
        if sound.errors:
            planned = StillPlanned.ALL_OTHER_FILES
            self.work.tell(EventName.FAULTY_FILES, alarming=True, faults=list(sound.errors), planned=planned)
        return report, config

    def _known_limits(self, config: Config, told: Mapping[str, Limits]) -> dict[str, Limits]:
        """Return what servers `told` this process, and of the others what the store remembers."""
        with self.work.store.read() as tx:
            return {**remembered_limits(tx, config), **told}

    def _note_faults(self, faults: Sequence[Fault]) -> None:
        self.files_seen_at = self.work.clock()
        self.files_fault, self.faults = faults[0].as_cause if faults else "", len(faults)

    def _files_digest(self, config: Config, files: str, limits: Mapping[str, Limits]) -> str:
        """Return a digest of all that a plan depends on, for the next process."""
        real_accounts = sorted(self.work.memory.real_accounts.items())
        told = sorted({**default_limits(config), **limits}.items())
        # 60 and 60.0 frames a second are equal and two texts: a server says one, the store remembers the other.
        all_limits = [(account, msgspec.convert(msgspec.to_builtins(accepted), Limits)) for account, accepted in told]
        facts = (__version__, files, all_limits, sorted(self._unplanned), real_accounts)
        return digest(msgspec.json.encode(facts, order="deterministic").decode())

    def _to_see(self) -> tuple[str, dict[str, Limits]]:
        """Return what a plan depends on: the files, and what the servers accept."""
        return fingerprint(self.root, self.path.name), dict(self._limits)

    def _ask(self, name: str, platform: Platform) -> None:
        try:
            limits = platform.limits()
        except PlatformError:
            return
        if self.work.platforms.get(name) is platform:
            self._limits[name] = limits
            self._asked.add(name)
            remember_limits(self.work, self.work.config.accounts[name], limits)

    def _instances(self, config: Config) -> Sequence[Instance]:
        """Return those there are, as long as the configuration says the same of them."""
        made_for = config.monitor.instances, agent_of(config)
        if made_for == self._made_for:
            return self.work.instances
        self._retired += self.work.instances
        self._made_for = made_for
        memory = StoredHosts(self.work.store)
        return build_instances(config, self.work.clock, self.work.stopping, memory)

    def _connected(self, config: Config, names: Collection[str] | None = None) -> dict[str, Connection]:
        connections, logins = {}, logins_of(self.path)
        for name in config.accounts if names is None else names:
            account = config.accounts[name]
            made_of = self._made_of(config, account, logins)
            connection = self._connections.get(name)
            connections[name] = (
                connection if connection and connection.made_of == made_of else self._build(config, account, made_of)
            )
        return connections

    def _made_of(self, config: Config, account: Account, logins: Logins | None) -> object:
        """Return what an adapter is made of: equal as long as it need not be made again. Secrets compare, and do not
        show."""
        try:
            secrets = {name: secret_of(config, account, name, self.path, logins) for name in account.secrets}
        except GroundswellError as error:
            return account, str(error)
        return account, config.monitor.kinds, config.monitor.mentions, agent_of(config), config.prices, secrets

    def _build(self, config: Config, account: Account, made_of: object) -> Connection:
        try:
            credentials, _ = self._credentials(config, account)
            platform, real = (
                build(config, account, self.path, self.work.clock),
                self.work.memory.real_accounts.get(account.name),
            )
            if real is not None and real.handle and account.name not in self.work.memory.barred:
                platform.known_as(real.handle)
            return Connection(made_of, platform, credentials)
        except GroundswellError as error:
            why = error.cause if isinstance(error, PlatformError) else str(error)
            self.work.tell(EventName.ACCOUNT_FAILED, alarming=True, account=account.name, error=why)
            return Connection(made_of, None, why_not=why)

    def _retire(self, name: str, platform: Platform) -> None:
        """Close an adapter in the end, for a request may still be under way on it; who we are there is asked again."""
        self._retired.append(platform)
        self._limits.pop(name, None)
        self._asked.discard(name)
        self.work.memory.handles.pop(name, None)


def _sound_drafts(path: Path, limits: Mapping[str, Limits]) -> Sound:
    from bot.services.campaign_files import sound_drafts  # loads all that reads words, which most commands do without

    return sound_drafts(path, limits)


def open_app(path: Path, clock: Clock, report: Callable[[Event], None], *, looks: bool = False) -> App:
    """Open a campaign folder and its store; who only `looks` needs no right to write. Raise FaultyFiles, StoreError, or
    Refused: it was moved."""
    path = path.resolve()
    config = configuration.read(path)
    url = store_url(path.parent)
    store = Store.open_to_look(url) if looks else Store.open(url)
    try:
        is_older = (
            not store.only_reads and restore_guard.watch_over(store, path.parent, config.accounts, clock()) is not None
        )
        app = App(path, config, store, clock, report)
        if is_older:
            from bot.services.protection import forget  # commands start sooner, and few stores are ever restored

            forget.forget_again(app.work)
    except GroundswellError:
        store.close()
        raise
    app.line_up(only_names=True)
    return app
