"""Plays a whole campaign on a simulated clock and embedded networks, by the very services that run it for real."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.causes import CauseCode, because, cause_code
from bot.domain.campaign import Config, PlatformName
from bot.domain.delivery import FAILED, UNDECIDED, Delivery, Draft, Kind, State
from bot.domain.facts import Fact
from bot.domain.limits import MASTODON
from bot.domain.sighting import Sighting, SightingState
from bot.files.length import length, weighted
from bot.files.library import Library
from bot.platforms.base import Clock
from bot.platforms.rehearsal import rules, script
from bot.platforms.rehearsal.adapter import RehearsalPlatform
from bot.platforms.rehearsal.network import Network
from bot.platforms.rehearsal.rules import Dialect
from bot.platforms.rehearsal.script import Arrival, Stage
from bot.services import own_accounts
from bot.services.checks.facts import outdated
from bot.services.events import Event, EventName
from bot.services.heartbeat import Heart
from bot.services.notifications import Notifier
from bot.services.rehearsal.actors import (
    SECOND_NAME,
    Colleague,
    Listening,
    Moderator,
    Planning,
    Sending,
    Upkeep,
    Uploading,
)
from bot.services.rehearsal.story import Moment, Storyteller, What, told
from bot.services.work import ProcessMemory, Work
from bot.store import control, deliveries, sightings
from bot.store.store import FileLocks, Store, sqlite_url
from bot.store.workers import WorkerKind
from bot.values import dataclass


class SimulatedClock:
    """Stands still until it is put on."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Setting:
    """The networks by their dialect's name, our accounts on them by their own names, and what happens around them."""

    networks: Mapping[str, Network]
    platforms: Mapping[str, RehearsalPlatform]
    stage: Stage
    instants: Sequence[datetime]
    """When something happens on the stage, as far as is known beforehand (UTC, in order)."""


def set_up(config: Config, clock: Clock, person_from: datetime | None = None) -> Setting:
    """Make one network for each dialect that an account of the campaign speaks; all its accounts are there.

    A person decides from `person_from` (UTC) on, where that is given.
    """
    campaign = config.campaign
    speech = {name: _dialect(account.platform) for name, account in config.accounts.items()}
    networks = {dialect.name: Network(dialect, clock) for dialect in speech.values()}
    platforms = {
        name: RehearsalPlatform(
            networks[speech[name].name], name, str(account.platform), mentions=config.monitor.mentions
        )
        for name, account in config.accounts.items()
    }
    ours = {speech[name].name: platform.handle for name, platform in reversed(platforms.items())}
    day, zone, for_person = campaign.day_of_action, campaign.timezone, person_from is not None
    arrivals = script.arrivals(config.watched_hashtags, day, zone, for_person=for_person)
    troubles = script.troubles(day, zone, for_person=for_person)
    stage = Stage(networks, arrivals, troubles, ours, person_from)
    return Setting(networks, platforms, stage, sorted(_instants(arrivals, networks)))


def _dialect(platform: PlatformName) -> Dialect:
    if platform is PlatformName.X:
        return rules.x(weighted)
    return rules.mastodon(measure=partial(length, platform=PlatformName.MASTODON, limits=MASTODON))


def _instants(arrivals: Sequence[Arrival], networks: Mapping[str, Network]) -> list[datetime]:
    played = [arrival for arrival in arrivals if arrival.dialect in networks]
    spoken = [arrival.opinion.at for arrival in played if arrival.opinion]
    return [*(arrival.at for arrival in played), *spoken]


@dataclass(frozen=True)
class RehearsalBill:
    """What an account would have been billed, in micro-USD; `budget` of a day, None for none. Days are UTC days."""

    account: str
    total: int
    dearest: int
    day: date
    budget_usd: float | None


@dataclass(frozen=True)
class Unconfirmed:
    """A link of `bot.toml` that nobody knows yet, and the rehearsal made up: how many `posts` wait for it, and from
    when on (UTC)."""

    link: str
    posts: int
    first_at: datetime


def unconfirmed(config: Config, drafts: Sequence[Draft]) -> Iterator[Unconfirmed]:
    """Yield each link that posts wait for."""
    for link in (name for name, url in config.campaign.links.items() if not url):
        due = [draft.due_at for draft in drafts if f"{{{link}}}" in draft.content.text]
        if due:
            yield Unconfirmed(link, len(due), min(due))


@dataclass(frozen=True)
class Result:
    """The whole rehearsal, counted. What is `unsent` is in a state that a person can see.

    What a person has to confirm before it is for real is `unconfirmed`, among the facts `outdated`, and the messages
    that are `unread`: their schedules hold them.
    """

    deliveries: Sequence[Delivery]
    sightings: Sequence[Sighting]
    posts: Counter[tuple[str, str]]
    reshares: Counter[str]
    strangers: Sequence[Sighting]
    unsent: Sequence[Delivery]
    happened: Counter[What]
    bills: Sequence[RehearsalBill]
    why: Counter[tuple[What, str]]
    alarms: Sequence[Event]
    unconfirmed: Sequence[Unconfirmed] = ()
    outdated: Sequence[Fact] = ()
    unread: Sequence[str] = ()

    def reasons(self, state: SightingState) -> Counter[str]:
        """Return why sightings of strangers are in this state, by their first reason."""
        return Counter(_reason(sighting) for sighting in self.strangers if sighting.state is state)

    def reasons_of(self, what: What) -> Counter[str]:
        """Return why this happened."""
        return Counter({why: count for (subject, why), count in self.why.items() if subject is what})

    @property
    def undecided(self) -> int:
        """Outcomes that nobody knows still."""
        return sum(delivery.state in UNDECIDED for delivery in self.deliveries)


def result(rehearsal: Rehearsal) -> Result:
    """Count what was played so far."""
    sent, stored = rehearsal.ledger()
    ours = {
        (delivery.platform, part.post_id)
        for delivery in sent
        for part in delivery.sent_parts
        if delivery.kind is Kind.POST
    }
    out = [delivery for delivery in sent if delivery.state is State.SENT]
    return Result(
        deliveries=sent,
        sightings=stored,
        posts=Counter((delivery.account, delivery.language) for delivery in out if delivery.kind is Kind.POST),
        reshares=Counter(delivery.account for delivery in out if delivery.kind is Kind.RESHARE),
        strangers=[sighting for sighting in stored if (sighting.post.platform, sighting.post.native_id) not in ours],
        unsent=[delivery for delivery in sent if delivery.state in FAILED | UNDECIDED],
        happened=rehearsal.tally,
        bills=list(_bills(rehearsal.work, rehearsal.begins, rehearsal.now)),
        why=rehearsal.reasons,
        alarms=rehearsal.alarms,
        unconfirmed=rehearsal.unconfirmed,
        outdated=rehearsal.outdated,
        unread=rehearsal.unread,
    )


def _reason(sighting: Sighting) -> str:
    if sighting.state is SightingState.REJECTED and sighting.decided_by:
        return because(CauseCode.BY_PERSON, by=sighting.decided_by)
    why = next(iter(told(sighting)), str(sighting.state))
    code = cause_code(why)
    return because(code) if code in _OF_ANOTHER else why


_OF_ANOTHER = frozenset({CauseCode.SAME_VIDEO, CauseCode.SAME_VIDEO_OUT})
"""Which other sighting it is does not matter where they are counted."""


def _bills(work: Work, begins: datetime, ends: datetime) -> Iterator[RehearsalBill]:
    """Yield what was billed, as `bot run` counts it against the budget: what was reserved, less what was given back."""
    days = [begins + timedelta(days=number) for number in range((ends - begins).days + 2)]
    with work.store.read() as tx:
        for name, account in work.config.accounts.items():
            spent = {day: control.spent(tx, name, day) for day in days}
            if total := sum(spent.values()):
                dearest = max(days, key=lambda day: spent[day])
                yield RehearsalBill(name, total, spent[dearest], dearest.date(), account.budget_usd_per_day)


SHORTEST = timedelta(seconds=1)
"""The least by which the clock is put on."""

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made inside
ROOM = 64 * 1024 * 1024

Tell = Callable[[Moment], None]


@contextmanager
def rehearsing(
    config: Config, library: Library, root: Path, tell: Tell, person_from: datetime | None = None
) -> Iterator[Rehearsal]:
    """Lend a rehearsal of the campaign under `root`, its store in a folder that is thrown away. Raise StoreError."""
    with TemporaryDirectory(prefix="groundswell-", dir=_fast_folder()) as name:
        folder = Path(name)
        with closing(Store.open(sqlite_url(folder / "rehearsal.db"))) as store:
            yield Rehearsal(config, library, root, store, FileLocks(folder / "locks"), tell, person_from)


def _fast_folder() -> Path | None:
    """Return a folder in memory where there is one, else None for the usual place: what is thrown away need not survive
    a power cut."""
    usable = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK | os.X_OK)
    return IN_MEMORY if usable and shutil.disk_usage(IN_MEMORY).free > ROOM else None


class Rehearsal:
    """One campaign being played. `begins` and `ends` (UTC) are the midnight before it and its last known instant.

    From `person_from` (UTC) on a person decides, in whose console the rehearsal shows itself as a worker does; without
    it the moderator of the script does.
    """

    def __init__(
        self,
        config: Config,
        library: Library,
        root: Path,
        store: Store,
        locks: FileLocks,
        tell: Tell,
        person_from: datetime | None = None,
    ) -> None:
        self._tell = tell
        self._planning = Planning(config, library, by_person=person_from is not None)
        due = [draft.due_at for draft in self._planning.drafts]
        self.unconfirmed = list(unconfirmed(config, self._planning.drafts))
        self.outdated = outdated(config, library)
        self.unread = list(dict.fromkeys(post.message for post in library.schedule if post.hold))
        self.begins = _midnight_before(config, due)
        self._clock = SimulatedClock(self.begins)
        setting = set_up(config, self._clock, person_from)
        self.networks, self._stage = setting.networks, setting.stage
        self.instants = sorted(at for at in (*due, *setting.instants) if at >= self.begins)
        self.ends = max(self.instants, default=self.begins)
        self._events: list[Event] = []
        self.notifier = Notifier(store, self._events.append)
        report = self.notifier.report if person_from is not None else self._events.append
        self.work = Work(
            config, store, setting.platforms, locks, self._clock, root, report, ProcessMemory(), is_rehearsal=True
        )
        self._heart = Heart(WorkerKind.RUN) if person_from is not None else None
        self._uploading, self._sending = Uploading(self._planning.drafts), Sending()
        has_colleague = person_from is not None and config.moderation.two_people
        self._colleague = Colleague(self.work, setting.stage) if has_colleague else None
        second = self._colleague.actor if self._colleague else SECOND_NAME
        self._moderator, self._story = Moderator(self._stage, person_from, second), Storyteller(store)
        self._upkeep = Upkeep(self._stage, self.begins)
        self.tally: Counter[What] = Counter()
        self.reasons: Counter[tuple[What, str]] = Counter()
        self.alarms: list[Event] = []
        self._open()

    def _open(self) -> None:
        """Do what a worker does when it starts."""
        self._stage.advance(self.begins)
        self._planning.plan(self.work)
        own_accounts.learn(self.work)
        self._listening = Listening(self.work)
        self._sending.look_ahead(self.work)
        self._put_clock(self.begins)

    @property
    def now(self) -> datetime:
        """The simulated instant (UTC)."""
        return self._clock.now

    @property
    def second_yeses(self) -> int:
        """How often the colleague who is made up has said yes after a person."""
        return self._colleague.yeses if self._colleague else 0

    @property
    def clock(self) -> Clock:
        """The simulated clock, for whoever looks at the rehearsal while it is played."""
        return self._clock

    def next_at(self) -> datetime | None:
        """Return when something can happen next (UTC); None when all is played."""
        moments = (
            self._stage.next_event(),
            self._planning.next_at(),
            self._listening.next_at(self.now),
            self._moderator.next_at(),
            self._colleague.next_at() if self._colleague else None,
            self._uploading.next_at(),
            self._sending.next_at(),
            self._upkeep.next_at(),
        )
        coming = min((at for at in moments if at is not None), default=None)
        return None if coming is None else max(min(coming, self._upkeep.routine_at), self.now + SHORTEST)

    def step(self, at: datetime) -> None:
        """Put the clock on to `at`, which `next_at` gave, and do all that is due then."""
        self._put_clock(at)
        self._stage.advance(at)
        self.work = self._planning.fill_in(self.work)
        self._listening.read(self.work)
        self._moderator.notice(self.work, self._events)
        self._moderator.speak(self.work)
        if self._colleague is not None:
            self._colleague.speak(self.work)
        self._upkeep.keep(self.work)
        self._uploading.upload(self.work)
        self._sending.deliver(self.work, self._events)
        self._report()

    def pass_to(self, at: datetime) -> None:
        """Put the clock on to `at`, before which nothing is due."""
        self._put_clock(max(at, self.now))

    def heed(self) -> None:
        """Take note of what a person has done meanwhile: it is told, and what follows from it is done when it is
        time."""
        self.work = self._planning.fill_in(self.work)
        self._sending.look_ahead(self.work)
        self._report()

    def learn_address(self, link: str, address: str) -> None:
        """Hear a link's address from a person; it is taken up at the next `heed`. Nothing is written."""
        self._planning.learn(link, address)

    def _put_clock(self, at: datetime) -> None:
        """Put the clock on, with a heartbeat: a console finds a worker at work at every instant."""
        self._clock.now = at
        if self._heart is not None:
            self._heart.beat_alone(self.work, dict.fromkeys(self.work.platforms, ""))

    def _report(self) -> None:
        events = [self._events.pop(0) for _ in range(len(self._events))]  # others may add to it meanwhile
        self._hear_yes(events)
        if self._colleague is not None:
            self._colleague.notice(self.work, events)
        for moment in self._story.moments(events):
            self.tally[moment.what] += 1
            self.reasons[moment.what, moment.why] += 1
            if moment.what is What.ALARM and moment.event is not None:
                self.alarms.append(moment.event)
            self._tell(moment)

    def _hear_yes(self, events: Sequence[Event]) -> None:
        yeses = [event for event in events if event.name is EventName.APPROVED and not event.fields["needs_another"]]
        ids = [int(event.fields["sighting"]) for event in yeses]
        if ids and self._heart is not None:
            with self.work.store.read() as tx:
                uris = [sighting.post.uri for sighting in sightings.of_ids(tx, ids)]
            for uri in uris:
                self._stage.approved(uri, self.now)

    def ledger(self) -> tuple[list[Delivery], list[Sighting]]:
        """Return every delivery and every sighting, in every state, what has expired too; not who asked to be
        forgotten."""
        with self.work.store.read() as tx:
            sent, stored = deliveries.listed(tx), sightings.listed(tx)
        return self._upkeep.with_expired(sent, stored)


def _midnight_before(config: Config, due: list[datetime]) -> datetime:
    """Return the midnight, in the campaign's zone, before the first post."""
    zone = config.campaign.timezone
    first = min(due).astimezone(zone).date() if due else config.campaign.day_of_action
    return datetime.combine(first, time.min, tzinfo=zone).astimezone(UTC)
