"""Who acts in a rehearsal: the people who write the files, the publisher, the monitor, the moderator, upkeep."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

from bot.domain.actor import Actor, By, Via
from bot.domain.campaign import Config, MonitorRules
from bot.domain.delivery import Delivery, Draft, Kind
from bot.domain.limits import default_limits
from bot.domain.moderation import ChecklistItem, Reason
from bot.domain.post import Cursor, Page
from bot.domain.sighting import Sighting, SightingState
from bot.domain.users import Role, name_key
from bot.errors import Refused
from bot.files.drafts import expand
from bot.files.library import Library
from bot.files.translations import in_threads
from bot.platforms.rehearsal.script import ModeratorAnswer, Stage
from bot.platforms.rehearsal.sources import TimelineSource
from bot.services.events import Event, EventName, failure_facts
from bot.services.moderation import approval
from bot.services.plan import plan
from bot.services.protection import recheck, retention
from bot.services.rehearsal.tempo import COLLEAGUE
from bot.services.sending import deliver as deliver_service
from bot.services.sending import media
from bot.services.watching import poll
from bot.services.watching.poll import SourcePoll
from bot.services.work import Work
from bot.store import control, deliveries, sightings, users
from bot.store import schema as t
from bot.store.due import earliest_due, expiries, next_due, undos_due
from bot.store.engine import Serialize

SHORTEST = timedelta(seconds=1)
"""No two readings of a source are closer than this, whatever `[monitor]` says."""


class _Noted:
    """A source that remembers how far it was read."""

    def __init__(self, source: TimelineSource, horizon: datetime) -> None:
        self.name, self.kind, self.page_cost = source.name, source.kind, source.page_cost
        self._source = source
        self._cursor = Cursor(horizon)

    def read(self, cursor: Cursor) -> Page:
        page = self._source.read(cursor)
        self._cursor = page.cursor
        return page

    @property
    def has_news(self) -> bool:
        return self._source.has_news(self._cursor)


class Listening:
    """All sources of all accounts. Months of readings without a find pass in no time."""

    def __init__(self, work: Work) -> None:
        self._rules = work.config.monitor
        horizon = work.clock() - self._rules.backfill
        self._watches = [(source_poll, _noted(source_poll, horizon)) for source_poll in poll.source_polls(work)]
        self._watches = [(replace(source_poll, source=source), source) for source_poll, source in self._watches]

    def next_at(self, now: datetime) -> datetime | None:
        """Return when a source is read next that has something to give (UTC)."""
        return min((_next_reading(source_poll, now, self._rules) for source_poll in self._with_news()), default=None)

    def read(self, work: Work) -> None:
        """Read the sources whose turn it is."""
        now = work.clock()
        for source_poll in self._with_news():
            if _next_reading(source_poll, now, self._rules) <= now:
                poll.read(work, source_poll)
                if source_poll.is_broke:
                    source_poll.next_at = max(source_poll.next_at, control.next_budget(now))

    def _with_news(self) -> list[SourcePoll]:
        return [source_poll for source_poll, source in self._watches if source.has_news]


def _noted(source_poll: SourcePoll, horizon: datetime) -> _Noted:
    if not isinstance(source_poll.source, TimelineSource):
        raise TypeError(f"{source_poll.source.name} is no source of an embedded network")
    return _Noted(source_poll.source, horizon)


def _next_reading(source_poll: SourcePoll, now: datetime, rules: MonitorRules) -> datetime:
    """Pass over the readings before `now`, which found nothing, as the monitor would have made them."""
    while source_poll.next_at < now and source_poll.interval < rules.poll_max:
        source_poll.interval = max(SHORTEST, min(source_poll.interval * 3 / 2, rules.poll_max))
        source_poll.next_at += source_poll.interval
    if source_poll.next_at < now:
        interval = max(SHORTEST, source_poll.interval)
        source_poll.next_at += interval * -((source_poll.next_at - now) // interval)
    return source_poll.next_at


NAME = "moderator"
SECOND_NAME = "second moderator"
MODERATORS = frozenset({NAME, SECOND_NAME})

LOOKS_INTO_IT = timedelta(minutes=30)
"""How long the moderator takes until rules may approve again after an alarm."""


class Moderator:
    """Decides on each sighting at the sitting that the script names, or as soon as it is seen after that; from `until`
    (UTC) on a person does. Where two have to say yes, `second` does too."""

    def __init__(self, stage: Stage, until: datetime | None = None, second: By = SECOND_NAME) -> None:
        self._stage, self._until, self._second = stage, until, second
        self._agenda: list[tuple[datetime, int, ModeratorAnswer]] = []
        self._switches_on_at: datetime | None = None

    def next_at(self) -> datetime | None:
        """Return when there is something to decide next (UTC)."""
        moments = (self._agenda[0][0] if self._agenda else None, self._switches_on_at)
        return min((at for at in moments if at is not None), default=None)

    def notice(self, work: Work, events: Iterable[Event]) -> None:
        """Put what was just seen on the agenda, where the script has an opinion, and an alarm."""
        events = tuple(events)
        is_in_charge = self._until is None or work.clock() < self._until
        if is_in_charge and any(event.name is EventName.HIJACK for event in events):
            self._switches_on_at = work.clock() + LOOKS_INTO_IT
        ids = [int(event.fields["sighting"]) for event in events if event.name is EventName.SEEN]
        if not ids:
            return
        with work.store.read() as tx:
            stored = sightings.of_ids(tx, ids)
        for sighting in stored:
            opinion = self._stage.opinion(sighting.post.uri)
            if opinion is not None:
                heappush(self._agenda, (max(opinion.at, work.clock()), sighting.id, opinion.says))

    def speak(self, work: Work) -> None:
        """Decide what is due."""
        while self._agenda and self._agenda[0][0] <= work.clock():
            _, sighting_id, says = heappop(self._agenda)
            try:
                if says is ModeratorAnswer.APPROVE:
                    self._approve(work, sighting_id)
                else:
                    approval.reject(work, sighting_id, NAME)
            except Refused as error:
                work.tell(EventName.NOT_DECIDED, sighting=sighting_id, **failure_facts(error))
        if self._switches_on_at is not None and self._switches_on_at <= work.clock():
            self._switches_on_at = None
            approval.switch(work, NAME, on=True)

    def _approve(self, work: Work, sighting_id: int) -> None:
        """Approve with the whole checklist."""
        sighting = approval.approve(work, sighting_id, NAME, ChecklistItem)
        if sighting.state is SightingState.HELD:
            approval.approve(work, sighting_id, self._second, ChecklistItem)


LOOKS_TOO_FOR = timedelta(minutes=3)
"""How long the colleague takes for a yes."""

FIRST_OF_EACH = 2
"""Of so many posts that two have to say yes to, the colleague comes before the person to one."""

RESTS = timedelta(seconds=15)
"""How long a yes from the console can be taken back before anything leaves."""


class Colleague:
    """A second user of the console, who is made up: says yes where two have to, after a person has, or now and then
    before."""

    def __init__(self, work: Work, stage: Stage) -> None:
        with work.store.begin(serialize=Serialize.USERS) as tx:
            number = users.add_user(tx, COLLEAGUE, name_key(COLLEAGUE), [Role.MODERATOR], work.clock(), "")
        self.actor = Actor(number, COLLEAGUE, Via.CONSOLE)
        self._stage = stage
        self._agenda: list[tuple[datetime, int, bool]] = []
        self._with_care = 0
        self.yeses = 0

    def next_at(self) -> datetime | None:
        """Return when there is something to decide next (UTC)."""
        return self._agenda[0][0] if self._agenda else None

    def notice(self, work: Work, events: Iterable[Event]) -> None:
        """Put what has a person's yes now on the agenda, and some of what was just seen."""
        events = tuple(events)
        due = work.clock() + LOOKS_TOO_FOR
        for event in events:
            if event.name is EventName.APPROVED and event.fields["needs_another"] and event.fields["by"] != COLLEAGUE:
                heappush(self._agenda, (due, int(event.fields["sighting"]), False))
        for sighting_id in self._first(
            work, [int(event.fields["sighting"]) for event in events if event.name is EventName.SEEN]
        ):
            heappush(self._agenda, (due, sighting_id, True))

    def _first(self, work: Work, ids: Sequence[int]) -> Iterator[int]:
        """Yield which of these the colleague looks at before the person does."""
        if not ids:
            return
        with work.store.read() as tx:
            stored = sightings.of_ids(tx, ids)
        for sighting in stored:
            if sighting.judgement.care and self._stage.is_welcome(sighting.post.uri):
                self._with_care += 1
                if self._with_care % FIRST_OF_EACH == 0:
                    yield sighting.id

    def speak(self, work: Work) -> None:
        """Say yes to what is due, and still has no yes, or waits for a second one."""
        while self._agenda and self._agenda[0][0] <= work.clock():
            _, sighting_id, is_first = heappop(self._agenda)
            with work.store.read() as tx:
                sighting = sightings.get(tx, sighting_id)
            if sighting is None or sighting.state is not SightingState.HELD:
                continue
            if is_first == (Reason.SECOND in sighting.judgement.reasons):
                continue
            try:
                rests = work.clock() + RESTS
                approval.approve(work, sighting_id, self.actor, ChecklistItem, as_seen=sighting, not_before=rests)
                self.yeses += not is_first
            except Refused as error:
                work.tell(EventName.NOT_DECIDED, sighting=sighting_id, **failure_facts(error))


KNOWN_BEFORE = timedelta(minutes=15)
"""How long before the first post that waits for a link somebody fills it in."""

_AT_ONCE = datetime.min.replace(tzinfo=UTC)

STAND_IN = "https://example.org"
"""Where the links lead that nobody knows yet."""


class Planning:
    """The files as they are at this moment of the rehearsal; those on the disk stay as they are. With `by_person`
    what the schedules hold stays held."""

    def __init__(self, config: Config, library: Library, *, by_person: bool) -> None:
        self._library, self._by_person = library, by_person
        self._typed: dict[str, str] = {}
        self.drafts: Sequence[Draft] = self._drafts(config)

    def plan(self, work: Work) -> None:
        """Bring the deliveries in line with the files."""
        plan(work.store, self.drafts, work.clock())

    def next_at(self) -> datetime | None:
        """Return when somebody fills in a link next (UTC)."""
        return self._next()[0]

    def learn(self, name: str, address: str) -> None:
        """Hear an address from a person, before anybody else fills it in, or instead of what they said before. Safe to
        be called from any thread."""
        self._typed[name] = address

    def _next(self) -> tuple[datetime | None, str]:
        if self._typed:
            return _AT_ONCE, min(self._typed)
        waiting = ((draft.due_at - KNOWN_BEFORE, draft.waiting_for) for draft in self.drafts if draft.waiting_for)
        return min(waiting, default=(None, ""))

    def fill_in(self, work: Work) -> Work:
        """Write what has become known into [links], and plan again. Return the work with its new configuration."""
        at, name = self._next()
        while at is not None and at <= work.clock():
            address = self._typed.pop(name, f"{STAND_IN}/{name}")
            work = replace(work, config=_with_link(work.config, name, address))
            self.drafts = self._drafts(work.config)
            self.plan(work)
            work.tell(EventName.FILLED_IN, link=name, url=work.config.campaign.links[name])
            at, name = self._next()
        return work

    def _drafts(self, config: Config) -> list[Draft]:
        """Return what is played: somebody has read what the schedules hold, unless a person is to do that."""
        drafts = in_threads(config, expand(config, self._library, default_limits(config))[0])
        return drafts if self._by_person else [replace(draft, hold=False) for draft in drafts]


def _with_link(config: Config, name: str, address: str) -> Config:
    links = {**config.campaign.links, name: address}
    return replace(config, campaign=replace(config.campaign, links=links))


AGAIN = timedelta(seconds=1)
"""How soon a worker looks again after it did something: its own longest sleep."""

_NEVER = datetime.max.replace(tzinfo=UTC)


class Uploading:
    """Each account's uploads, as long ahead of their posts as the worker makes them."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        carrying = (draft for draft in drafts if any(part.media for part in draft.content.parts))
        self._turns = sorted({(draft.due_at - media.AHEAD, draft.account) for draft in carrying}, reverse=True)

    def next_at(self) -> datetime | None:
        """Return when there is something to upload next (UTC)."""
        return self._turns[-1][0] if self._turns else None

    def upload(self, work: Work) -> None:
        """Upload what is due in a while."""
        accounts = set()
        while self._turns and self._turns[-1][0] <= work.clock():
            accounts.add(self._turns.pop()[1])
        for account in sorted(accounts):
            media.prepare(work, account)


class Sending:
    """Lets an account deliver when it has something to send, to look for, to take back, to warn of, or to give up."""

    def __init__(self) -> None:
        self._turns: dict[str, datetime] = {}
        self._next: datetime | None = None

    def next_at(self) -> datetime | None:
        """Return when an account has something to do next (UTC)."""
        return self._next

    def deliver(self, work: Work, events: Sequence[Event]) -> None:
        """Deliver on those accounts for which it is time. `events` are those of this step, and grow."""
        now = work.clock()
        if events:
            self.look_ahead(work)
        due = [account for account in work.platforms if self._turns.get(account, _NEVER) <= now]
        busy = set()
        for account in due:
            before = len(events)
            deliver_service.deliver(work, account)
            if len(events) > before:
                busy.add(account)
        if due or (self._next is not None and self._next <= now):
            self.look_ahead(work, busy)

    def look_ahead(self, work: Work, busy: Collection[str] = ()) -> None:
        """Find out when there is something to do next; who was `busy` just now looks again soon.

        What is due and could not go waits for what holds it up: a pause, its turn, or its own end.
        """
        now = work.clock()
        with work.store.read() as tx:
            due, waiting = earliest_due(tx)
            back = undos_due(tx)
            held_up = [name for name in work.platforms if any(turn.get(name, _NEVER) <= now for turn in (due, back))]
            stuck = held_up or any(at <= now for at in waiting.values())
            ends = [control.account(tx, account).paused_until for account in held_up]
            late = expiries(tx) if stuck else {}
            later = next_due(tx, after=now) if held_up else None
        warned = {account: at - deliver_service.WARNED_AHEAD for account, at in waiting.items()}
        too_late = {account: at + AGAIN for account, at in late.items()}
        turns = (due, back, warned, too_late)
        self._turns = {name: min(turn.get(name, _NEVER) for turn in turns) for name in work.platforms}
        again = now + AGAIN if busy and set(held_up).intersection(busy) else None
        moments = (*(at for turn in turns for at in turn.values()), *ends, later, again)
        self._next = min((at for at in moments if at is not None and at > now), default=None)


LOOKS = timedelta(hours=12)
"""How often all that is out is looked at, whether or not anybody has changed anything."""

EXPIRES = timedelta(days=1)
"""How often what has expired is removed."""

LOOKS_AFTER_A_CHANGE = 3
"""How many looks, as far apart as a worker's, reach all reshares of a busy day."""


class Upkeep:
    """Looks again where an author has changed something, and regularly; what expires is kept for the ledger alone."""

    def __init__(self, stage: Stage, begins: datetime) -> None:
        self._stage = stage
        self._changes = 0
        self._looks: list[datetime] = []
        self._next_look, self._next_expiry = begins + LOOKS, begins + EXPIRES
        self._sightings: dict[int, Sighting] = {}
        self._reshares: dict[int, Delivery] = {}

    def next_at(self) -> datetime | None:
        """Return when a look that can find something is due next (UTC)."""
        return min(self._looks, default=None)

    @property
    def routine_at(self) -> datetime:
        """When there is something to do next that always goes on (UTC)."""
        return min(self._next_look, self._next_expiry)

    def keep(self, work: Work) -> None:
        """Look at what is out, and remove what has expired, where it is time."""
        now = work.clock()
        self._notice(work, now)
        if any(at <= now for at in (*self._looks, self._next_look)):
            for account in work.platforms:
                recheck.recheck_reshares(work, account)
                recheck.recheck_stored(work, account)
            self._looks = [at for at in self._looks if at > now]
        self._next_look = _after(self._next_look, LOOKS, now)
        if self._next_expiry <= now:
            self._expire(work)
        self._next_expiry = _after(self._next_expiry, EXPIRES, now)

    def _notice(self, work: Work, now: datetime) -> None:
        """Plan more looks after a change: it is found when every reshare of these days has been looked at once more."""
        if self._stage.changes > self._changes:
            first = now + work.config.recheck.on_the_day
            self._looks += [first + recheck.EVERY * number for number in range(LOOKS_AFTER_A_CHANGE)]
        self._changes = self._stage.changes

    def _expire(self, work: Work) -> None:
        before, reshares = _stored(work)
        retention.expire(work)
        after, _ = _stored(work)
        removed = before.keys() - after.keys()
        self._sightings |= {number: before[number] for number in removed}
        self._reshares |= {delivery.id: delivery for delivery in reshares if delivery.sighting_id in removed}

    def with_expired(
        self, sent: Sequence[Delivery], stored: Sequence[Sighting]
    ) -> tuple[list[Delivery], list[Sighting]]:
        """Return deliveries and sightings with what has expired of them: everybody in a rehearsal is invented."""
        all_sightings = self._sightings | {sighting.id: sighting for sighting in stored}
        return [self._whole(delivery) for delivery in sent], [all_sightings[number] for number in sorted(all_sightings)]

    def _whole(self, delivery: Delivery) -> Delivery:
        was = self._reshares.get(delivery.id)
        if was is None:
            return delivery
        return replace(delivery, post_uri=was.post_uri, url=was.url, error=was.error, sighting_id=was.sighting_id)


def _after(at: datetime, every: timedelta, now: datetime) -> datetime:
    return at if at > now else at + every * ((now - at) // every + 1)


def _stored(work: Work) -> tuple[dict[int, Sighting], list[Delivery]]:
    with work.store.read() as tx:
        return {sighting.id: sighting for sighting in sightings.listed(tx)}, deliveries.listed(
            tx, t.delivery.c.kind == Kind.RESHARE
        )
