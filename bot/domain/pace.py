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
    waiting, past, slots = list(candidates), sorted(history, key=lambda one: one.at), []
    while waiting:
        at = next_free(now, [one.at for one in past], rules, zone)
        ready = {one.key: _author_free(one, past, rules, at) for one in waiting}
        earliest = min(ready.values())
        if earliest > at:
            now = earliest
            continue
        chosen = _fairest([one for one in waiting if ready[one.key] <= at], past)
        waiting.remove(chosen)
        past.append(Past(at, chosen.author, chosen.language, chosen.hashtags))
        slots.append(Slot(chosen.key, at))
        now = max(now, at)
    return slots


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


def _author_free(one: Candidate, past: Sequence[Past], rules: PaceRules, at: datetime) -> datetime:
    own = [done.at for done in past if done.author == one.author]
    return max(own) + rules.same_author_gap if own else at


def _fairest(candidates: Sequence[Candidate], past: Sequence[Past]) -> Candidate:
    authors = Counter(one.author for one in past)
    languages = Counter(one.language for one in past)
    tags = Counter(tag for one in past for tag in one.hashtags)
    return min(
        candidates,
        key=lambda one: (
            authors[one.author],
            languages[one.language],
            min((tags[tag] for tag in one.hashtags), default=0),
            one.approved_at,
            one.key,
        ),
    )
