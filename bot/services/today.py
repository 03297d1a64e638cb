"""The day at a glance: how all stands, what waits for a person, what goes next, and what went out today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from bot.causes import CauseCode, cause_code
from bot.domain.delivery import Kind, State
from bot.domain.limits import traits_of
from bot.domain.reshare_queue import midnight
from bot.services import money
from bot.services.band import Band, band_of
from bot.services.heartbeat import FILES
from bot.services.status import AccountStatus, CampaignStatus, Obstacle, status_of
from bot.services.watching.watched import is_watched
from bot.services.work import Work
from bot.store import delivery_counts, overview, rows
from bot.store.batch import answers
from bot.store.control import AutomaticApproval, StopStanding
from bot.store.delivery_counts import DeliveryCount, DeliverySum, DueSpan
from bot.store.overview import ApprovalsWaiting, Overview
from bot.store.rows import Attention, DeliveryRow
from bot.store.sources import Gap
from bot.store.typed_addresses import TypedAddress
from bot.values import dataclass

DUE_SOON = timedelta(hours=1)
"""How long before it is due a missing address becomes as pressing as what nobody knows."""


class Dot(StrEnum):
    """What one delivery is on a page, where it is a dot."""

    OUT = "out"
    UNKNOWN = "unknown"
    DUE = "due"
    PLANNED = "planned"
    MISSED = "missed"
    HELD = "held"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


_DOTS: Mapping[State, Dot] = {
    State.PLANNED: Dot.PLANNED,
    State.CLAIMED: Dot.PLANNED,
    State.SENDING: Dot.UNKNOWN,
    State.UNKNOWN: Dot.UNKNOWN,
    State.NEEDS_DECISION: Dot.UNKNOWN,
    State.SENT: Dot.OUT,
    State.REJECTED: Dot.REJECTED,
    State.MISSED: Dot.MISSED,
    State.HELD: Dot.HELD,
    State.CANCELLED: Dot.CANCELLED,
}


def dot_of(state: State, *, is_today: bool) -> Dot:
    """Return what a delivery is shown as; what is planned for today is due."""
    dot = _DOTS[state]
    return Dot.DUE if dot is Dot.PLANNED and is_today else dot


class NeedCode(StrEnum):
    """Why a person is needed, the most pressing first."""

    STOPPED = "stopped"
    STORE_IN_DOUBT = "store_in_doubt"
    NO_WORKER = "no_worker"
    FILES_AT_FAULT = "files_at_fault"
    UNKNOWN_OUTCOME = "unknown_outcome"
    LINK_DUE = "link_due"
    ACCOUNT_CLOSED = "account_closed"
    MAY_WANT_OUT = "may_want_out"
    TROUBLE_AHEAD = "trouble_ahead"
    REJECTED = "rejected"
    HELD_BACK = "held_back"
    ALARM = "alarm"
    APPROVALS = "approvals"
    LINK_MISSING = "link_missing"
    NO_MONEY = "no_money"
    NOT_READ = "not_read"


PRESSING = tuple(NeedCode)


@dataclass(frozen=True)
class PersonNeeded:
    """Something that a person has to do, with its facts. Times are UTC.

    `since` is when it began, `until` when it is too late, or over by itself. `deliveries` are those that it is about
    (at most `bot.store.rows.PAGE`), `count` is how many things it is about. `reason` is what was answered or found, a
    text that may hold causes; `by` is who of us did it; `names` are accounts or sources; `with_care` is how many of the
    posts that wait for a yes are held for care.
    """

    code: NeedCode
    since: datetime | None = None
    until: datetime | None = None
    deliveries: tuple[DeliveryRow, ...] = ()
    count: int = 1
    account: str = ""
    link: str = ""
    reason: str = ""
    by: str = ""
    obstacle: Obstacle | None = None
    names: tuple[str, ...] = ()
    with_care: int = 0


@dataclass(frozen=True)
class UpcomingWording:
    """A message in one language at one instant (UTC): what goes to each account."""

    at: datetime
    language: str
    deliveries: tuple[DeliveryRow, ...]


@dataclass(frozen=True)
class UpcomingMessage:
    """A message on a day of the campaign's zone that is still to go, in its languages; the earliest come first."""

    day: date
    message: str
    wordings: tuple[UpcomingWording, ...]

    @property
    def at(self) -> datetime:
        """When the first of it goes (UTC)."""
        return self.wordings[0].at


@dataclass(frozen=True)
class AccountDot:
    """What became of a message in one language on one account: of deliveries of which one is `delivery`."""

    account: str
    dot: Dot
    delivery: int


@dataclass(frozen=True)
class LanguageOfDay:
    """A message of a day in one language; `at` (UTC) is when the first of it is due, `last_at` the last."""

    language: str
    at: datetime
    last_at: datetime
    dots: tuple[AccountDot, ...]


@dataclass(frozen=True)
class MessageOfDay:
    """A message of a day, in its languages by their times (UTC)."""

    message: str
    languages: tuple[LanguageOfDay, ...]

    @property
    def at(self) -> datetime:
        """When the first of it is due."""
        return self.languages[0].at

    @property
    def last_at(self) -> datetime:
        """When the last of it is due."""
        return max(language.last_at for language in self.languages)


@dataclass(frozen=True)
class AccountToday:
    """How one of our accounts stands; `budget` and `spent` of today (UTC) and what is `reserved` for posts still to go
    are in micro-USD, `budget` None where there is no limit."""

    name: str
    platform: str
    handle: str
    status: AccountStatus
    is_billed: bool
    budget: int | None
    spent: int
    reserved: int


@dataclass(frozen=True)
class SourcesToday:
    """How our sources are read: `total` are watched, of which these are `failing`; `behind` is how long ago the one was
    read to its end that lags most, None where none was."""

    total: int
    failing: tuple[str, ...]
    behind: timedelta | None
    last_gap: Gap | None


@dataclass(frozen=True)
class Today:
    """All that the page Today shows. Times are UTC; `day` is today in the campaign's zone.

    `days` counts from the day of action (-7 a week before it). `posts` counts today's own posts by what they are, and
    `reshares` today's reshares. `typed` has the addresses that stand in bot.toml as somebody typed them in the console,
    by their links. `next_at` is when the next post goes, `waits` is what needs a person, the most pressing
    first. `is_empty` says that nothing was ever planned, `has_ended` that the campaign was purged after its end.
    """

    now: datetime
    day: date
    days: int
    band: Band
    status: CampaignStatus
    stop: StopStanding | None
    automatic: AutomaticApproval
    approvals: ApprovalsWaiting
    posts: Mapping[Dot, int]
    reshares: Mapping[Dot, int]
    waiting_for_link: int
    next_at: datetime | None
    waits: tuple[PersonNeeded, ...]
    upcoming: tuple[UpcomingMessage, ...]
    today: tuple[MessageOfDay, ...]
    accounts: tuple[AccountToday, ...]
    sources: SourcesToday
    typed: Mapping[str, TypedAddress]
    first_due: datetime | None
    last_due: datetime | None
    is_empty: bool
    has_ended: bool

    @property
    def is_over(self) -> bool:
        """Whether the day of action is past, and nothing is to go any more."""
        return self.days > 0 and not self.upcoming and self.last_due is not None and self.last_due < self.now

    @property
    def needs(self) -> Mapping[NeedCode, int]:
        """How many things of each kind wait."""
        return Counter(waiting.code for waiting in self.waits)


def read(work: Work) -> Today:
    """Return how the day stands now: one query."""
    now, zone = work.clock(), work.config.campaign.timezone
    day = now.astimezone(zone).date()
    span = DueSpan(midnight(day, zone), midnight(day + timedelta(days=1), zone))
    with work.store.read() as tx:
        overall = overview.asked(tx, now, work.config.accounts)
        of_day, wanting = delivery_counts.counts_question([span]), rows.attention_question()
        to_pay = money.posts_of_day([name for name in work.config.accounts if _is_billed(work, name)], now)
        answered = answers(tx, *overall.questions, of_day, wanting, to_pay.rows, to_pay.parts)
    stored, counts, attention = overall.among(answered), answered[of_day], answered[wanting]
    reserved = money.reserved_by_account(work, to_pay.among(answered), now)
    status = status_of(work, stored, now)
    ours, links = [count for count in counts if count.kind is Kind.POST], work.config.campaign.links
    return Today(
        now=now,
        day=day,
        days=(day - work.config.campaign.day_of_action).days,
        band=band_of(work, stored, now),
        status=status,
        stop=stored.stop,
        automatic=stored.automatic,
        approvals=stored.approvals,
        posts=dots_of(ours, is_today=True),
        reshares=dots_of((count for count in counts if count.kind is Kind.RESHARE), is_today=True),
        waiting_for_link=sum(count.posts for count in ours if count.waits),
        next_at=next((row.not_before for row in attention[Attention.NEXT] if not row.waiting_for), None),
        waits=tuple(_pressing(work, stored, status, attention, now)),
        upcoming=_upcoming(attention[Attention.NEXT], zone),
        today=messages_of(ours, is_today=True),
        accounts=tuple(_accounts(work, stored, status, reserved)),
        sources=_sources(work, stored, status, now),
        typed={link: typed for link, typed in stored.typed.items() if links.get(link) == typed.address},
        first_due=stored.first_due,
        last_due=stored.last_due,
        is_empty=stored.first_due is None,
        has_ended=stored.ended,
    )


def _is_billed(work: Work, name: str) -> bool:
    return traits_of(work.config.accounts[name].platform).is_billed


def dots_of(counts: Iterable[DeliveryCount | DeliverySum], *, is_today: bool) -> dict[Dot, int]:
    """Return how many deliveries there are of each kind of dot."""
    dots: Counter[Dot] = Counter()
    for count in counts:
        dots[dot_of(count.state, is_today=is_today)] += count.posts
    return dict(dots)


def messages_of(counts: Iterable[DeliveryCount], *, is_today: bool) -> tuple[MessageOfDay, ...]:
    """Return a day's messages, the first first; what was called off is not shown."""
    shown = [count for count in counts if count.state is not State.CANCELLED]
    by_message: dict[str, dict[str, list[DeliveryCount]]] = {}
    for count in sorted(shown, key=lambda count: count.first_at):
        by_message.setdefault(count.message, {}).setdefault(count.language, []).append(count)
    return tuple(
        MessageOfDay(message, tuple(_language(language, alike, is_today) for language, alike in languages.items()))
        for message, languages in by_message.items()
    )


def _language(language: str, counts: Sequence[DeliveryCount], is_today: bool) -> LanguageOfDay:
    if len(counts) == 1:  # a month of many messages has thousands of these
        (only,) = counts
        dot = dot_of(only.state, is_today=is_today)
        dots_there = (AccountDot(only.account, dot, only.first_id),)
        return LanguageOfDay(language, only.first_at, only.last_at, dots_there)
    dots = (
        AccountDot(count.account, dot_of(count.state, is_today=is_today), count.first_id)
        for count in sorted(counts, key=lambda count: (count.account, count.first_at))
    )
    first_at = min(count.first_at for count in counts)
    return LanguageOfDay(language, first_at, max(count.last_at for count in counts), tuple(dots))


def _upcoming(planned: Sequence[DeliveryRow], zone: ZoneInfo) -> tuple[UpcomingMessage, ...]:
    """Return what goes next; what is overdue goes as soon as it can, and stands first."""
    by_message: dict[tuple[date, str], list[DeliveryRow]] = {}
    for row in planned:
        by_message.setdefault((row.due_at.astimezone(zone).date(), row.message), []).append(row)
    return tuple(UpcomingMessage(day, message, tuple(_wordings(alike))) for (day, message), alike in by_message.items())


def _wordings(alike: Sequence[DeliveryRow]) -> Iterator[UpcomingWording]:
    for (at, language), same in groupby(
        sorted(alike, key=lambda row: (row.due_at, row.language, row.account)), lambda row: (row.due_at, row.language)
    ):
        yield UpcomingWording(at, language, tuple(same))


def _pressing(
    work: Work,
    stored: Overview,
    status: CampaignStatus,
    attention: Mapping[Attention, Sequence[DeliveryRow]],
    now: datetime,
) -> list[PersonNeeded]:
    needed = [
        *_of_all(work, stored, status),
        *_of_deliveries(attention, now),
        *_of_accounts(status),
        *_of_moderation(stored),
        *_of_sources(status),
    ]
    return sorted(needed, key=lambda waiting: PRESSING.index(_presses_like(waiting, now)))


def _presses_like(waiting: PersonNeeded, now: datetime) -> NeedCode:
    """Return the code in whose place a need stands in the order: what is held on purpose for another day presses no
    more than an address that is missing then."""
    is_later = waiting.since is not None and waiting.since > now + _LATER
    return NeedCode.LINK_MISSING if waiting.code is NeedCode.HELD_BACK and is_later else waiting.code


_LATER = timedelta(days=2)


def _of_all(work: Work, stored: Overview, status: CampaignStatus) -> Iterator[PersonNeeded]:
    if stored.stop is not None:
        yield PersonNeeded(NeedCode.STOPPED, since=stored.stop.at, by=stored.stop.by)
    if status.open_doubt is not None:
        yield PersonNeeded(NeedCode.STORE_IN_DOUBT, since=status.open_doubt.since)
    if not (status.running or stored.ended or work.is_rehearsal):
        seen_at = max((worker.beat.beat_at for worker in status.workers), default=None)
        yield PersonNeeded(NeedCode.NO_WORKER, since=seen_at)
    for worker in status.running:
        if fault := worker.beat.troubles.get(FILES, ""):
            beat = worker.beat
            yield PersonNeeded(
                NeedCode.FILES_AT_FAULT, since=beat.files_seen_at, count=max(1, beat.faults), reason=fault
            )
            return


def _of_deliveries(attention: Mapping[Attention, Sequence[DeliveryRow]], now: datetime) -> Iterator[PersonNeeded]:
    for row in attention[Attention.UNKNOWN]:
        if row.state is State.NEEDS_DECISION:
            yield PersonNeeded(
                NeedCode.UNKNOWN_OUTCOME, row.due_at, None, (row,), account=row.account, reason=row.error
            )
    by_link: dict[str, list[DeliveryRow]] = {}
    for row in attention[Attention.WAITS_FOR_LINK]:
        by_link.setdefault(row.waiting_for, []).append(row)
    for link, waiting in by_link.items():
        expires = min((row.expires_at for row in waiting if row.expires_at is not None), default=None)
        code = NeedCode.LINK_DUE if waiting[0].due_at <= now + DUE_SOON else NeedCode.LINK_MISSING
        yield PersonNeeded(code, waiting[0].due_at, expires, tuple(waiting), len(waiting), link=link)
    for why, code in (
        (Attention.TROUBLE, NeedCode.TROUBLE_AHEAD),
        (Attention.REJECTED, NeedCode.REJECTED),
        (Attention.HELD, NeedCode.HELD_BACK),
    ):
        yield from _by_reason(code, attention[why])


_OF_ANY = frozenset({CauseCode.HELD_UNREAD, CauseCode.NOT_KNOWN_AFTER_RESTORE})
"""Causes that are the same for each post that has them: their only fact is which post it is."""


def _by_reason(code: NeedCode, listed: Sequence[DeliveryRow]) -> Iterator[PersonNeeded]:
    """Yield one need for each account and reason: twelve posts of one cause are one thing to do."""
    by_reason: dict[tuple[str, str], list[DeliveryRow]] = {}
    for row in listed:
        reason = row.trouble if code is NeedCode.TROUBLE_AHEAD else row.error
        cause = cause_code(reason)
        by_reason.setdefault((row.account, str(cause) if cause in _OF_ANY else reason), []).append(row)
    for (account, _), alike in by_reason.items():
        first = alike[0]
        reason = first.trouble if code is NeedCode.TROUBLE_AHEAD else first.error
        yield PersonNeeded(
            code, first.due_at, first.expires_at, tuple(alike), len(alike), account=account, reason=reason
        )


_MENDED = frozenset({Obstacle.ACCOUNT_CLOSED, Obstacle.ACCOUNT_BARRED, Obstacle.NO_TOKEN, Obstacle.OUT_OF_REACH})


def _of_accounts(status: CampaignStatus) -> Iterator[PersonNeeded]:
    """Yield one need for each account that sends nothing: of several causes the first that a person mends."""
    for name, account in status.accounts.items():
        hindrances = [each for each in account.hindrances if each.code in _MENDED or each.code is Obstacle.NO_MONEY]
        for hindrance in sorted(hindrances, key=lambda each: each.code not in _MENDED)[:1]:
            yield PersonNeeded(
                NeedCode.ACCOUNT_CLOSED if hindrance.code in _MENDED else NeedCode.NO_MONEY,
                hindrance.since,
                hindrance.until,
                account=name,
                reason=hindrance.reason,
                obstacle=hindrance.code,
            )


def _of_moderation(stored: Overview) -> Iterator[PersonNeeded]:
    if stored.stop_requests:
        yield PersonNeeded(NeedCode.MAY_WANT_OUT, count=stored.stop_requests)
    automatic = stored.automatic
    if not automatic.is_on and not automatic.by:
        yield PersonNeeded(NeedCode.ALARM, since=automatic.since, reason=automatic.why)
    waiting = stored.approvals
    if waiting.count:
        yield PersonNeeded(NeedCode.APPROVALS, since=waiting.oldest, count=waiting.count, with_care=waiting.with_care)


def _of_sources(status: CampaignStatus) -> Iterator[PersonNeeded]:
    if status.sight.failing:
        yield PersonNeeded(
            NeedCode.NOT_READ,
            since=status.sight.read_at,
            count=len(status.sight.failing),
            names=tuple(status.sight.failing),
        )


def _accounts(
    work: Work, stored: Overview, status: CampaignStatus, reserved: Mapping[str, int]
) -> Iterator[AccountToday]:
    for name, account in work.config.accounts.items():
        yield AccountToday(
            name,
            account.platform,
            stored.accounts[name].state.handle or work.memory.handles.get(name, ""),
            status.accounts[name],
            _is_billed(work, name),
            money.budget(work, name),
            stored.accounts[name].spent,
            reserved.get(name, 0),
        )


def _sources(work: Work, stored: Overview, status: CampaignStatus, now: datetime) -> SourcesToday:
    watched = [source.state for name, source in stored.sources.items() if is_watched(work.config, name)]
    behind = [now - state.caught_up_at for state in watched if state.caught_up_at is not None]
    return SourcesToday(len(watched), tuple(status.sight.failing), max(behind, default=None), stored.last_gap)
