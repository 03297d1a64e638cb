"""When each approved reshare goes out: within caps, gaps and quiet hours, and fair rather than first come."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.campaign import PaceRules, QuietHours

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Candidate:
    """A reshare that waits for its turn. `key` is the caller's own; `approved_at` breaks ties."""

    key: int
    author: str
    language: str
    hashtags: tuple[str, ...]
    approved_at: datetime


@dataclass(frozen=True)
class Past:
    """A reshare that is out, or has its slot."""

    at: datetime
    author: str
    language: str
    hashtags: tuple[str, ...]


@dataclass(frozen=True)
class Slot:
    """The instant (UTC) at which a candidate goes out."""

    key: int
    at: datetime


def assign(
    candidates: Sequence[Candidate], history: Sequence[Past], rules: PaceRules, zone: ZoneInfo, now: datetime
) -> list[Slot]:
    """Give every candidate its slot, earliest first, none before `now`.

    At each slot goes whoever's author, language and hashtags were heard least so far; the same author never
    twice within `same_author_gap`. A cap of nought per hour or per day gives no slot to anyone.
    """
    if rules.per_hour < 1 or rules.per_day < 1:
        return []
    waiting, slots, heard = list(candidates), list[Slot](), _Heard(history)
    while waiting:
        at = next_free(now, heard.times, rules, zone)
        ready = {one.key: heard.author_free(one, rules, at) for one in waiting}
        earliest = min(ready.values())
        if earliest > at:
            now = earliest
            continue
        chosen = min((one for one in waiting if ready[one.key] <= at), key=heard.how_much)
        waiting.remove(chosen)
        heard.add(Past(at, chosen.author, chosen.language, chosen.hashtags))
        slots.append(Slot(chosen.key, at))
        now = max(now, at)
    return slots


class _Heard:
    """Who and what was heard so far: when, how often, and each author's last time."""

    def __init__(self, history: Sequence[Past]) -> None:
        self.times: list[datetime] = []
        self._authors: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._tags: Counter[str] = Counter()
        self._last: dict[str, datetime] = {}
        for past in sorted(history, key=lambda one: one.at):
            self.add(past)

    def add(self, past: Past) -> None:
        """None may be earlier than those before it."""
        self.times.append(past.at)
        self._authors[past.author] += 1
        self._languages[past.language] += 1
        self._tags.update(past.hashtags)
        self._last[past.author] = past.at

    def author_free(self, one: Candidate, rules: PaceRules, at: datetime) -> datetime:
        last = self._last.get(one.author)
        return at if last is None else last + rules.same_author_gap

    def how_much(self, one: Candidate) -> tuple[int, int, int, datetime, int]:
        """Sorts first who should be heard next."""
        rarest = min((self._tags[tag] for tag in one.hashtags), default=0)
        return (self._authors[one.author], self._languages[one.language], rarest, one.approved_at, one.key)


def next_free(now: datetime, past: Sequence[datetime], rules: PaceRules, zone: ZoneInfo) -> datetime:
    """The first instant from `now` on (UTC) that the gap, both caps and the quiet hours allow.

    `past` is sorted. Hours and days are rolling ones, so that no boundary lets two caps' worth out at once.
    """
    at = now
    while True:
        later = max(
            at,
            past[-1] + rules.min_gap if past else at,
            _after_cap(at, past, rules.per_hour, HOUR),
            _after_cap(at, past, rules.per_day, DAY),
        )
        later = after_quiet(later, rules.quiet_hours, zone)
        if later == at:
            return at
        at = later


def _after_cap(at: datetime, past: Sequence[datetime], cap: int, window: timedelta) -> datetime:
    recent = past[bisect_right(past, at - window) :]
    return recent[-cap] + window if len(recent) >= cap else at


def after_quiet(at: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """`at` itself, or the end of the quiet hours it falls into (UTC)."""
    if quiet is None or not is_quiet(at, quiet, zone):
        return at
    local = at.astimezone(zone)
    day = local.date() + (timedelta(days=1) if local.time() >= quiet.end else timedelta())
    end = datetime.combine(day, quiet.end, tzinfo=zone).astimezone(UTC)
    while end <= at or is_quiet(end, quiet, zone):
        end += timedelta(minutes=1)
    return end


def is_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    """Whether an instant falls into the quiet hours of the zone, the end not included."""
    wall = at.astimezone(zone).time()
    if quiet.start <= quiet.end:
        return quiet.start <= wall < quiet.end
    return wall >= quiet.start or wall < quiet.end


OVERDUE = timedelta(minutes=5)
"""What is later than this was kept back by more than a hiccup, and leaves spaced out."""

APART = timedelta(seconds=30)
"""At least this lies between two overdue posts of an account."""


@dataclass(frozen=True)
class Overdue:
    """A post that should have left long ago; `expires_at` is when its late rule turns it into a missed one."""

    key: int
    due_at: datetime
    expires_at: datetime | None


def spaced(overdue: Sequence[Overdue], last: datetime | None, now: datetime) -> list[Slot]:
    """Give every overdue post its turn after `last`, when one left: the oldest first, `APART` from each other.

    What would be too late before all of them are through takes the first turns, whatever ends soonest before the
    others: as many as possible are posted. A post that is on time has no part in this; it leaves at its second.
    """
    first = now if last is None else max(now, last + APART)
    through = first + APART * len(overdue)

    def turn(one: Overdue) -> tuple[bool, datetime, datetime, int]:
        is_urgent = one.expires_at is not None and one.expires_at < through
        return (not is_urgent, one.expires_at if is_urgent and one.expires_at else one.due_at, one.due_at, one.key)

    return [Slot(one.key, first + APART * place) for place, one in enumerate(sorted(overdue, key=turn))]
