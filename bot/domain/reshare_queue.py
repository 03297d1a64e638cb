"""The order of reshares: the pace they keep, who waits longest, and the slot each of them gets."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from heapq import heappop, heappush, heapreplace
from zoneinfo import ZoneInfo

from bot.domain.campaign import PaceRules, QuietHours
from bot.values import dataclass

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_ALWAYS = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Hold(StrEnum):
    """What keeps a reshare from going sooner."""

    NOTHING = "nothing"
    GAP = "gap"
    HOUR = "hour"
    DAY = "day"
    QUIET = "quiet"
    AUTHOR = "author"
    OTHER_RULES = "other rules"


@dataclass(frozen=True)
class Free:
    """An instant (UTC) at which something may go, and what keeps it from going sooner."""

    at: datetime
    hold: Hold = Hold.NOTHING


@dataclass(frozen=True)
class Span:
    """From `begins` until before `ends` (UTC) these rules hold."""

    begins: datetime
    ends: datetime
    rules: PaceRules


@dataclass(frozen=True)
class Pace:
    """The rules of a campaign: `rules.burst` on the day of action, from midnight to midnight in the zone."""

    rules: PaceRules
    zone: ZoneInfo
    day: date

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Which rules hold when, in the order of time, without gaps."""
        burst = self.rules.burst
        if burst is None:
            return (Span(_ALWAYS, _NEVER, self.rules),)
        begins, ends = (midnight(day, self.zone) for day in (self.day, self.day + timedelta(days=1)))
        return (Span(_ALWAYS, begins, self.rules), Span(begins, ends, burst), Span(ends, _NEVER, self.rules))

    @property
    def same_author_gap(self) -> timedelta:
        """The longest there is, on whichever day."""
        return max(span.rules.same_author_gap for span in self.spans)

    def rules_at(self, at: datetime) -> PaceRules:
        """Return those that hold at an instant."""
        return next(span.rules for span in self.spans if at < span.ends)

    def next_free(self, now: datetime, past: Sequence[datetime]) -> Free | None:
        """Return the first instant from `now` on that the gap, both caps and the quiet hours of that instant allow.

        `past` is sorted. Hours and days are rolling ones, so that no boundary lets two caps' worth out at once. None
        where a cap of nought lets nothing out any more.
        """
        for span in self.spans:
            if now < span.ends and span.rules.per_hour > 0 and span.rules.per_day > 0:
                free = self._within(span, now, past)
                if free.at < span.ends:
                    return free
        return None

    def _within(self, span: Span, now: datetime, past: Sequence[datetime]) -> Free:
        rules = span.rules
        free = Free(now) if span.begins <= now else Free(span.begins, Hold.OTHER_RULES)
        while free.at < span.ends:
            at = free.at
            later = max(
                Free(past[-1] + rules.min_gap if past else at, Hold.GAP),
                Free(_after_cap(at, past, rules.per_hour, HOUR), Hold.HOUR),
                Free(_after_cap(at, past, rules.per_day, DAY), Hold.DAY),
                Free(after_quiet(at, rules.quiet_hours, self.zone), Hold.QUIET),
                key=lambda free: free.at,
            )
            if later.at <= at:
                break
            free = later
        return free

    def author_free(self, last: datetime, at: datetime) -> datetime:
        """Return the first instant from `at` on at which an author who was heard at `last` may be heard again."""
        for span in self.spans:
            free = max(at, span.begins, last + span.rules.same_author_gap)
            if free < span.ends:
                return free
        return _NEVER


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins (UTC); where the clock skips midnight, that is when it is set forward."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _after_cap(at: datetime, past: Sequence[datetime], cap: int, window: timedelta) -> datetime:
    recent = len(past) - bisect_right(past, at - window)
    return past[-cap] + window if recent >= cap else at


def after_quiet(at: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """Return `at` itself, or the end of the quiet hours it falls into (UTC)."""
    if quiet is None or not is_quiet(at, quiet, zone):
        return at
    local = at.astimezone(zone)
    day = local.date() + (timedelta(days=1) if local.time() >= quiet.end else timedelta())
    end = datetime.combine(day, quiet.end, tzinfo=zone).astimezone(UTC)
    while end <= at or is_quiet(end, quiet, zone):
        end += timedelta(minutes=1)
    while end - timedelta(minutes=1) > at and not is_quiet(end - timedelta(minutes=1), quiet, zone):
        end -= timedelta(minutes=1)  # the clocks skip the end itself: it is when they were set on
    return end


def is_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    """Return whether an instant falls into the quiet hours of the zone, the end not included."""
    wall = at.astimezone(zone).time()
    if quiet.start <= quiet.end:
        return quiet.start <= wall < quiet.end
    return wall >= quiet.start or wall < quiet.end


PATIENCE, PATIENT_TURNS = timedelta(hours=1), 6
"""After this long, and that many gaps, one whose last try failed has its turn among the others again."""


@dataclass(frozen=True)
class Candidate:
    """A reshare that waits for its turn. `key` is the caller's own; `approved_at` breaks ties.

    `country` is that of the author's organisation, "" for everybody else. One whose last try failed was put off at
    `put_off_at`, and is not tried again before `ready_at` (UTC).
    """

    key: int
    author: str
    language: str
    hashtags: tuple[str, ...]
    approved_at: datetime
    country: str = ""
    put_off_at: datetime | None = None
    ready_at: datetime | None = None


@dataclass(frozen=True)
class PastReshare:
    """A reshare that is out, or has its slot."""

    at: datetime
    author: str
    language: str
    hashtags: tuple[str, ...]
    country: str = ""


class ReshareHistory:
    """Who and what was heard so far: when, how often, and each author's last time."""

    def __init__(self, history: Iterable[PastReshare], pace: Pace) -> None:
        self.times: list[datetime] = []
        self._pace = pace
        self._authors: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._countries: Counter[str] = Counter()
        self._tags: Counter[str] = Counter()
        self._last: dict[str, datetime] = {}
        for past in sorted(history, key=lambda past_reshare: past_reshare.at):
            self.add(past)

    def add(self, past: PastReshare) -> None:
        """Add one that is out; none may be earlier than those before it."""
        self.times.append(past.at)
        self._authors[past.author] += 1
        self._languages[past.language] += 1
        self._countries[past.country] += 1
        self._tags.update(past.hashtags)
        self._last[past.author] = past.at

    @property
    def patience(self) -> timedelta:
        """How long one whose last try failed lets the others go first."""
        return max(PATIENCE, PATIENT_TURNS * self._pace.rules.min_gap)

    @property
    def last_out(self) -> datetime:
        """When anybody was heard last (UTC); long ago where nobody was."""
        return self.times[-1] if self.times else datetime.min.replace(tzinfo=UTC)

    def last(self, author: str) -> datetime | None:
        """Return when an author was heard last (UTC)."""
        return self._last.get(author)

    def author_free(self, author: str, at: datetime) -> datetime:
        """Return the first instant from `at` on at which an author may be heard again."""
        last = self._last.get(author)
        return at if last is None else self._pace.author_free(last, at)

    def times_of(self, author: str) -> int:
        """Return how often an author was heard."""
        return self._authors[author]

    def rarest(self, candidate: Candidate) -> str:
        """Return the one of its hashtags that was heard least, "" where it has none."""
        return min(candidate.hashtags, key=lambda tag: (self._tags[tag], tag), default="")

    def of(self, candidate: Candidate) -> tuple[int, int, int, int]:
        """Return how often its author, language, country and rarest hashtag were heard; the least goes first."""
        rarest = min((self._tags[tag] for tag in candidate.hashtags), default=0)
        return (
            self._authors[candidate.author],
            self._languages[candidate.language],
            self._countries[candidate.country],
            rarest,
        )


_Profile = tuple[str, str, tuple[str, ...]]
"""A language, a country and hashtags: all who share them are heard equally often, but for their authors."""


class Waiting:
    """Those who wait. Each profile has a heap with every author's next one, whoever was heard least first.

    So a slot costs as much as there are profiles, not as there are posts: thousands may wait on the day. Those that
    were put off stand aside: they go when nobody else can, so that one that fails again and again moves nobody.
    """

    def __init__(self, candidates: Iterable[Candidate], heard: ReshareHistory) -> None:
        everybody = list(candidates)
        self._heard = heard
        self._aside = [candidate for candidate in everybody if candidate.put_off_at is not None]
        self._is_patient = any(
            candidate.put_off_at > heard.last_out for candidate in self._aside if candidate.put_off_at
        )
        self._by_time = sorted(
            (candidate for candidate in everybody if candidate.put_off_at is None), key=turn, reverse=True
        )
        self._taken: set[int] = set()
        self._lines: dict[tuple[_Profile, str], list[Candidate]] = {}
        self._heaps: dict[_Profile, list[tuple[int, datetime, int, Candidate]]] = {}
        self._resting: list[tuple[datetime, int, Candidate]] = []
        for candidate in self._by_time:
            self._lines.setdefault((_profile(candidate), candidate.author), []).append(candidate)
        for (profile, _), line in self._lines.items():
            self._heaps.setdefault(profile, [])
            self._line_up(line[-1])

    def _line_up(self, candidate: Candidate) -> None:
        entry = (self._heard.times_of(candidate.author), candidate.approved_at, candidate.key, candidate)
        heappush(self._heaps[_profile(candidate)], entry)

    def take(self, at: datetime) -> Candidate | None:
        """Remove and return whoever goes at this instant; None when all who wait have authors that were just heard, or
        were put off."""
        while self._resting and self._resting[0][0] <= at:
            self._line_up(heappop(self._resting)[2])
        ready = list(filter(None, (self._first(heap, at) for heap in self._heaps.values())))
        again = [candidate for candidate in self._aside if self._free_again(candidate, at) <= at]
        ready += [candidate for candidate in again if self._has_waited_long(candidate, at)] if ready else again
        chosen = min(ready, key=lambda candidate: (*self._heard.of(candidate), *turn(candidate)), default=None)
        if chosen is not None:
            self._remove(chosen)
            self._is_patient = False
        return chosen

    def _free_again(self, candidate: Candidate, at: datetime) -> datetime:
        """Return the first instant from `at` on at which one that was put off may be tried again."""
        return self._heard.author_free(candidate.author, max(at, candidate.ready_at or at))

    def _has_waited_long(self, candidate: Candidate, at: datetime) -> bool:
        """Return whether who was put off has waited long; not while something has failed since the last one went out: a
        slot is not spent on tries."""
        return (
            not self._is_patient
            and candidate.put_off_at is not None
            and at - candidate.put_off_at >= self._heard.patience
        )

    def _first(self, heap: list[tuple[int, datetime, int, Candidate]], at: datetime) -> Candidate | None:
        """Return the first of a heap. What was heard since it was lined up goes to its new place; whose author must
        rest leaves the heap."""
        while heap:
            times, _, _, candidate = heap[0]
            now_heard = self._heard.times_of(candidate.author)
            free = self._heard.author_free(candidate.author, at)
            if free > at:
                heappop(heap)
                heappush(self._resting, (free, candidate.key, candidate))
            elif times != now_heard:
                heapreplace(heap, (now_heard, candidate.approved_at, candidate.key, candidate))
            else:
                return candidate
        return None

    def _remove(self, chosen: Candidate) -> None:
        if chosen.put_off_at is not None:
            self._aside.remove(chosen)
            return
        profile = _profile(chosen)
        heappop(self._heaps[profile])
        line = self._lines[profile, chosen.author]
        line.pop()
        self._taken.add(chosen.key)
        if line:
            self._line_up(line[-1])

    def rests_until(self, at: datetime) -> datetime | None:
        """Return when the first of those who rest, or were put off, may go after `at` (UTC); None when nobody waits."""
        again = [self._free_again(candidate, at) for candidate in self._aside]
        return min([*again, *(until for until, _, _ in self._resting[:1])], default=None)

    def first_approved(self) -> Candidate | None:
        """Return the one that was approved earliest of those not taken, and not put off."""
        while self._by_time and self._by_time[-1].key in self._taken:
            self._by_time.pop()
        return self._by_time[-1] if self._by_time else None


def _profile(candidate: Candidate) -> _Profile:
    return (candidate.language, candidate.country, tuple(sorted(set(candidate.hashtags))))


def turn(candidate: Candidate) -> tuple[datetime, int]:
    """Return the key by which what was approved first is sorted first."""
    return (candidate.approved_at, candidate.key)


LONGEST = timedelta(days=36525)
"""What would have to wait longer than this gets no slot: gaps may be as long as people like to write them."""


class Ground(StrEnum):
    """Why it goes before one that was approved earlier; the middle four in the order in which they count."""

    APPROVAL = "approval"
    AUTHOR = "author"
    LANGUAGE = "language"
    COUNTRY = "country"
    HASHTAG = "hashtag"
    OTHERS_REST = "others rest"
    PUT_OFF = "put off"


@dataclass(frozen=True)
class SlotReason:
    """Why it goes in this order, and not sooner.

    `about` is the language, country or hashtag that was heard less; `is_first` says that it was not heard at all.
    `heard_at` (UTC) is when the author was heard last, where that is what it waits for; `put_off_at` (UTC) is when a
    try of it failed.
    """

    ground: Ground = Ground.APPROVAL
    about: str = ""
    is_first: bool = False
    hold: Hold = Hold.NOTHING
    heard_at: datetime | None = None
    put_off_at: datetime | None = None


@dataclass(frozen=True)
class Slot:
    """The instant (UTC) at which a candidate goes out; why is told of it and makes it no other one."""

    key: int
    at: datetime
    why: SlotReason = field(default=SlotReason(), compare=False)


def assign(
    candidates: Iterable[Candidate], history: Iterable[PastReshare], pace: Pace, now: datetime, most: int | None = None
) -> list[Slot]:
    """Give every candidate, or the first `most`, its slot: the earliest first, none before `now`.

    At each slot goes whoever's author, language, country and hashtags were heard least so far; the same author never
    twice within `same_author_gap`. Whoever was put off goes when nobody else can, or once it has waited long. Where
    caps of nought let nothing out any more, the others get none.
    """
    planner = _Planner(candidates, history, pace, now)
    slots: list[Slot] = []
    while (most is None or len(slots) < most) and (slot := planner.next_slot()) is not None:
        slots.append(slot)
    return slots


class _Planner:
    """Takes one after the other from those who wait, as time goes on."""

    def __init__(
        self, candidates: Iterable[Candidate], history: Iterable[PastReshare], pace: Pace, now: datetime
    ) -> None:
        self._heard = ReshareHistory(history, pace)
        self._waiting = Waiting(candidates, self._heard)
        self._pace, self._began, self._now = pace, now, now
        self._hold = Hold.NOTHING

    def next_slot(self) -> Slot | None:
        """Return None when nobody waits any more, or nobody may ever go."""
        while (free := self._pace.next_free(self._now, self._heard.times)) is not None:
            self._hold = self._hold if free.hold is Hold.NOTHING else free.hold
            chosen = self._waiting.take(free.at)
            again = free.at if chosen is not None else self._waiting.rests_until(free.at)
            if again is None or again > self._began + LONGEST:
                return None
            if chosen is not None:
                return self._slot(chosen, again)
            self._now = again
        return None

    def _slot(self, chosen: Candidate, at: datetime) -> Slot:
        why = replace(self._ground(chosen), hold=self._hold if at > self._began else Hold.NOTHING)
        last = self._heard.last(chosen.author)
        if last is not None and self._pace.author_free(last, self._began) > self._began:
            why = replace(why, hold=Hold.AUTHOR, heard_at=last)
        self._heard.add(PastReshare(at, chosen.author, chosen.language, chosen.hashtags, chosen.country))
        self._now = at
        return Slot(chosen.key, at, why)

    def _ground(self, chosen: Candidate) -> SlotReason:
        """Return why a candidate goes now, against the one that was approved earliest of all who wait still."""
        if chosen.put_off_at is not None:
            return SlotReason(Ground.PUT_OFF, put_off_at=chosen.put_off_at)
        other = self._waiting.first_approved()
        if other is None or turn(chosen) < turn(other):
            return SlotReason()
        about = ("", chosen.language, chosen.country, self._heard.rarest(chosen))
        grounds = (Ground.AUTHOR, Ground.LANGUAGE, Ground.COUNTRY, Ground.HASHTAG)
        last_reshares, other_reshares = self._heard.of(chosen), self._heard.of(other)
        for ground, of_what, own, of_other in zip(grounds, about, last_reshares, other_reshares, strict=True):
            if own != of_other:
                return SlotReason(ground, of_what, own == 0) if own < of_other else SlotReason(Ground.OTHERS_REST)
        return SlotReason(Ground.OTHERS_REST)
