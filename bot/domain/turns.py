"""Whose turn it is: each approved reshare gets its slot, fairly rather than first come, and the reason for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.pace import Hold, Pace
from bot.domain.waiting import Candidate, Heard, Past, Waiting, turn

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
class Why:
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
    why: Why = field(default=Why(), compare=False)


def assign(
    candidates: Iterable[Candidate], history: Iterable[Past], pace: Pace, now: datetime, most: int | None = None
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

    def __init__(self, candidates: Iterable[Candidate], history: Iterable[Past], pace: Pace, now: datetime) -> None:
        self._heard = Heard(history, pace)
        self._waiting = Waiting(candidates, self._heard)
        self._pace, self._began, self._now = pace, now, now
        self._hold = Hold.NOTHING

    def next_slot(self) -> Slot | None:
        """None when nobody waits any more, or nobody may ever go."""
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
        self._heard.add(Past(at, chosen.author, chosen.language, chosen.hashtags, chosen.country))
        self._now = at
        return Slot(chosen.key, at, why)

    def _ground(self, chosen: Candidate) -> Why:
        """Against the one that was approved earliest of all who wait still."""
        if chosen.put_off_at is not None:
            return Why(Ground.PUT_OFF, put_off_at=chosen.put_off_at)
        other = self._waiting.first_approved()
        if other is None or turn(chosen) < turn(other):
            return Why()
        about = ("", chosen.language, chosen.country, self._heard.rarest(chosen))
        grounds = (Ground.AUTHOR, Ground.LANGUAGE, Ground.COUNTRY, Ground.HASHTAG)
        mine, theirs = self._heard.of(chosen), self._heard.of(other)
        for ground, of_what, own, of_other in zip(grounds, about, mine, theirs, strict=True):
            if own != of_other:
                return Why(ground, of_what, own == 0) if own < of_other else Why(Ground.OTHERS_REST)
        return Why(Ground.OTHERS_REST)
