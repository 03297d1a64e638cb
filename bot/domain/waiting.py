"""Those who wait for their turn, and what was heard so far: whoever was heard least goes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush, heapreplace

from bot.domain.pace import Pace

PATIENCE, PATIENT_TURNS = timedelta(hours=1), 6
"""After so long, and so many gaps, one whose last try failed has its turn among the others again."""


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
class Past:
    """A reshare that is out, or has its slot."""

    at: datetime
    author: str
    language: str
    hashtags: tuple[str, ...]
    country: str = ""


class Heard:
    """Who and what was heard so far: when, how often, and each author's last time."""

    def __init__(self, history: Iterable[Past], pace: Pace) -> None:
        self.times: list[datetime] = []
        self._pace = pace
        self._authors: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._countries: Counter[str] = Counter()
        self._tags: Counter[str] = Counter()
        self._last: dict[str, datetime] = {}
        for past in sorted(history, key=lambda one: one.at):
            self.add(past)

    def add(self, past: Past) -> None:
        """None may be earlier than those before it."""
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
        """When an author was heard last (UTC)."""
        return self._last.get(author)

    def author_free(self, author: str, at: datetime) -> datetime:
        """The first instant from `at` on at which an author may be heard again."""
        last = self._last.get(author)
        return at if last is None else self._pace.author_free(last, at)

    def times_of(self, author: str) -> int:
        """How often an author was heard."""
        return self._authors[author]

    def rarest(self, one: Candidate) -> str:
        """Of its hashtags the one that was heard least, "" where it has none."""
        return min(one.hashtags, key=lambda tag: (self._tags[tag], tag), default="")

    def of(self, one: Candidate) -> tuple[int, int, int, int]:
        """How often its author, language, country and rarest hashtag were heard; the least goes first."""
        rarest = min((self._tags[tag] for tag in one.hashtags), default=0)
        return (self._authors[one.author], self._languages[one.language], self._countries[one.country], rarest)


_Profile = tuple[str, str, tuple[str, ...]]
"""A language, a country and hashtags: all who share them are heard equally often, but for their authors."""


class Waiting:
    """Those who wait. Each profile has a heap with every author's next one, whoever was heard least first.

    So a slot costs as much as there are profiles, not as there are posts: thousands may wait on the day. Those that
    were put off stand aside: they go when nobody else can, so that one that fails again and again moves nobody.
    """

    def __init__(self, candidates: Iterable[Candidate], heard: Heard) -> None:
        everybody = list(candidates)
        self._heard = heard
        self._aside = [one for one in everybody if one.put_off_at is not None]
        self._is_patient = any(one.put_off_at > heard.last_out for one in self._aside if one.put_off_at)
        self._by_time = sorted((one for one in everybody if one.put_off_at is None), key=turn, reverse=True)
        self._taken: set[int] = set()
        self._lines: dict[tuple[_Profile, str], list[Candidate]] = {}
        self._heaps: dict[_Profile, list[tuple[int, datetime, int, Candidate]]] = {}
        self._resting: list[tuple[datetime, int, Candidate]] = []
        for one in self._by_time:
            self._lines.setdefault((_profile(one), one.author), []).append(one)
        for (profile, _), line in self._lines.items():
            self._heaps.setdefault(profile, [])
            self._line_up(line[-1])

    def _line_up(self, one: Candidate) -> None:
        entry = (self._heard.times_of(one.author), one.approved_at, one.key, one)
        heappush(self._heaps[_profile(one)], entry)

    def take(self, at: datetime) -> Candidate | None:
        """Whoever goes at this instant; None when all who wait have authors that were just heard, or were put off."""
        while self._resting and self._resting[0][0] <= at:
            self._line_up(heappop(self._resting)[2])
        ready = list(filter(None, (self._first(heap, at) for heap in self._heaps.values())))
        again = [one for one in self._aside if self._free_again(one, at) <= at]
        ready += [one for one in again if self._has_waited_long(one, at)] if ready else again
        chosen = min(ready, key=lambda one: (*self._heard.of(one), *turn(one)), default=None)
        if chosen is not None:
            self._remove(chosen)
            self._is_patient = False
        return chosen

    def _free_again(self, one: Candidate, at: datetime) -> datetime:
        """The first instant from `at` on at which one that was put off may be tried again."""
        return self._heard.author_free(one.author, max(at, one.ready_at or at))

    def _has_waited_long(self, one: Candidate, at: datetime) -> bool:
        """Not while something has failed since the last one went out: a slot is not spent on tries."""
        return not self._is_patient and one.put_off_at is not None and at - one.put_off_at >= self._heard.patience

    def _first(self, heap: list[tuple[int, datetime, int, Candidate]], at: datetime) -> Candidate | None:
        """What was heard since it was lined up goes to its new place; whose author must rest leaves the heap."""
        while heap:
            times, _, _, one = heap[0]
            now_heard = self._heard.times_of(one.author)
            free = self._heard.author_free(one.author, at)
            if free > at:
                heappop(heap)
                heappush(self._resting, (free, one.key, one))
            elif times != now_heard:
                heapreplace(heap, (now_heard, one.approved_at, one.key, one))
            else:
                return one
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
        """When the first of those who rest, or were put off, may go after `at` (UTC); None when nobody waits."""
        again = [self._free_again(one, at) for one in self._aside]
        return min([*again, *(until for until, _, _ in self._resting[:1])], default=None)

    def first_approved(self) -> Candidate | None:
        """The one that was approved earliest of those not taken, and not put off."""
        while self._by_time and self._by_time[-1].key in self._taken:
            self._by_time.pop()
        return self._by_time[-1] if self._by_time else None


def _profile(one: Candidate) -> _Profile:
    return (one.language, one.country, tuple(sorted(set(one.hashtags))))


def turn(one: Candidate) -> tuple[datetime, int]:
    """Sorts first what was approved first."""
    return (one.approved_at, one.key)
