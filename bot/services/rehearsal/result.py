"""What came of a rehearsal, in numbers and reasons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.delivery import Delivery, Kind, State
from bot.domain.sighting import Sighting, SightingState
from bot.services.rehearsal.moment import What
from bot.services.rehearsal.rehearse import Rehearsal
from bot.services.rehearsal.story import told
from bot.services.work import Work
from bot.store import control

_ANOTHER = re.compile(r"sighting \d+")
"""Which one does not matter where they are counted."""

OPEN = (State.UNKNOWN, State.NEEDS_DECISION)


@dataclass(frozen=True)
class Bill:
    """What an account would have been billed, in micro-USD; `budget` of a day, None for none. Days are UTC days."""

    account: str
    total: int
    dearest: int
    day: date
    budget_usd: float | None


@dataclass(frozen=True)
class Result:
    """The whole rehearsal, counted. What is `unsent` is in a state that a person can see."""

    deliveries: Sequence[Delivery]
    sightings: Sequence[Sighting]
    posts: Counter[tuple[str, str]]
    reshares: Counter[str]
    strangers: Sequence[Sighting]
    unsent: Sequence[Delivery]
    happened: Counter[What]
    bills: Sequence[Bill]
    why: Counter[tuple[What, str]]

    def reasons(self, state: SightingState) -> Counter[str]:
        """Why sightings of strangers are in this state, by their first reason."""
        return Counter(_reason(one) for one in self.strangers if one.state is state)

    def reasons_of(self, what: What) -> Counter[str]:
        """Why this happened."""
        return Counter({why: count for (one, why), count in self.why.items() if one is what})

    @property
    def undecided(self) -> int:
        """Outcomes that nobody knows still."""
        return sum(one.state in OPEN for one in self.deliveries)


def result(rehearsal: Rehearsal) -> Result:
    """Count what was played so far."""
    sent, seen = rehearsal.ledger()
    ours = {(one.platform, part.post_id) for one in sent for part in one.sent_parts if one.kind is Kind.POST}
    out = [one for one in sent if one.state is State.SENT]
    return Result(
        deliveries=sent,
        sightings=seen,
        posts=Counter((one.account, one.language) for one in out if one.kind is Kind.POST),
        reshares=Counter(one.account for one in out if one.kind is Kind.RESHARE),
        strangers=[one for one in seen if (one.post.platform, one.post.native_id) not in ours],
        unsent=[one for one in sent if one.state in {State.MISSED, State.REJECTED, *OPEN}],
        happened=rehearsal.tally,
        bills=list(_bills(rehearsal.work, rehearsal.begins, rehearsal.now)),
        why=rehearsal.reasons,
    )


def _reason(seen: Sighting) -> str:
    if seen.state is SightingState.REJECTED and seen.decided_by:
        return f"by the {seen.decided_by}"
    return _ANOTHER.sub("another sighting", next(iter(told(seen)), str(seen.state)))


def _bills(work: Work, begins: datetime, ends: datetime) -> Iterator[Bill]:
    """As `bot run` counts them against the budget: what was set aside, less what was given back."""
    days = [begins + timedelta(days=number) for number in range((ends - begins).days + 2)]
    with work.store.read() as tx:
        for name, account in work.config.accounts.items():
            spent = {day: control.spent(tx, name, day) for day in days}
            if total := sum(spent.values()):
                dearest = max(days, key=lambda day: spent[day])
                yield Bill(name, total, spent[dearest], dearest.date(), account.budget_usd_per_day)
