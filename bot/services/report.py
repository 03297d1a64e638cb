"""What the campaign has done, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from bot.domain.delivery import Kind
from bot.services.work import Work
from bot.store import authors, deliveries, due, hourly_counts
from bot.values import dataclass


def report(work: Work) -> dict[str, dict[str, int]]:
    """Return what the campaign did, in numbers without people; what was purged counts as it was."""
    with work.store.read() as tx:
        made, sums = deliveries.counts(tx), hourly_counts.sums(tx)
        return {
            "posts": _summed((of.state, of.count) for of in made if of.kind == Kind.POST),
            "reshares": _summed((of.state, of.count) for of in made if of.kind == Kind.RESHARE),
            "sent_by_account": _summed((of.account, of.count) for of in made if of.is_out),
            "sent_by_language": _summed((of.language, of.count) for of in made if of.is_out),
            "sightings": _summed((alike.outcome, alike.posts) for alike in sums),
            "sightings_by_kind": _summed(
                (kind, alike.posts) for alike in sums for kind in filter(None, alike.kinds.split("+"))
            ),
            "sightings_by_language": _summed((alike.language or "unknown", alike.posts) for alike in sums),
            "stop_requests": authors.stop_request_counts(tx),
        }


def _summed(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for what, count in counts:
        sums[what] += count
    return dict(sums)


@dataclass(frozen=True)
class PastDay:
    """A day of action that is over, since how many `days`; and whether anything of the campaign still waits."""

    day: date
    days: int
    is_anything_left: bool


def past_day(work: Work) -> PastDay | None:
    """Return the day of action that is over; None while it is not."""
    campaign, now = work.config.campaign, work.clock()
    today = now.astimezone(campaign.timezone).date()
    days = (today - campaign.day_of_action).days
    if days <= 0:
        return None
    with work.store.read() as tx:
        return PastDay(campaign.day_of_action, days, due.is_any_waiting(tx))
