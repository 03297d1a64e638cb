"""Which deliveries and sightings a person means, who names them by what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from bot.domain.delivery import State
from bot.domain.moderation import same_handle_among
from bot.domain.schedule import Day
from bot.domain.sighting import SightingState
from bot.domain.text import same
from bot.errors import Refused, RefusedCode
from bot.services.events import Event
from bot.services.work import Work
from bot.store import deliveries, rows
from bot.store import schema as t
from bot.store.rows import SightingTraits
from bot.values import dataclass


@dataclass(frozen=True)
class DeliveryFilter:
    """What deliveries have in common; of each that is given, one has to fit."""

    messages: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    days: tuple[Day, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether it says nothing, and so would mean everything."""
        return not (self.messages or self.accounts or self.languages or self.days)


@dataclass(frozen=True)
class SightingFilter:
    """What sightings have in common; of each that is given, one has to fit. Days are those on which they were seen."""

    authors: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    days: tuple[Day, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether it says nothing, and so would mean everything."""
        return not (self.authors or self.hashtags or self.sources or self.languages or self.days)


def chosen_deliveries(work: Work, wanted: DeliveryFilter, states: Collection[State]) -> list[int]:
    """Return the deliveries in these states that fit, by time. Raise Refused for a name that none has, and where none
    fits."""
    with work.store.read() as tx:

        def in_use(column: str) -> frozenset[str]:
            return deliveries.names_in_use(tx, column)

        names = {
            "message": _known(wanted.messages, lambda: in_use("message") - {""}, "message"),
            "account": _known(wanted.accounts, lambda: in_use("account") | set(work.config.accounts), "account"),
            "language": _known(wanted.languages, lambda: in_use("language"), "language"),
        }
        due_times = deliveries.due_times(tx, states, names)
    days, zone = _dates(work, wanted.days), work.config.campaign.timezone
    return _some(number for number, at in due_times.items() if not days or at.astimezone(zone).date() in days)


def chosen_sightings(work: Work, wanted: SightingFilter, states: Collection[SightingState]) -> list[int]:
    """Return the sightings in these states that fit, in the order they were seen. Raise Refused like
    `chosen_deliveries`."""
    with work.store.read() as tx:
        of_source = _known(wanted.sources, lambda: rows.sources_in_use(tx), "source")
        of_language = _known(wanted.languages, lambda: rows.languages_in_use(tx), "language")
        traits = rows.traits(tx, states)
    days = _dates(work, wanted.days)

    def fits(sighting: SightingTraits) -> bool:
        return (
            (not wanted.authors or same_handle_among(sighting.author, wanted.authors))
            and (not wanted.hashtags or _has_one(sighting.hashtags, wanted.hashtags))
            and (not of_source or not of_source.isdisjoint(sighting.sources))
            and (not of_language or sighting.language in of_language)
            and (not days or sighting.seen_at.astimezone(work.config.campaign.timezone).date() in days)
        )

    return _some(sighting.id for sighting in traits if fits(sighting))


def ids_between(work: Work, first: int, last: int, *, of_sightings: bool = False) -> list[int]:
    """Return the numbers from the first to the last that there are: some are never given."""
    table = t.sighting if of_sightings else t.delivery
    with work.store.read() as tx:
        numbers = tx.execute(table.select().with_only_columns(table.c.id).where(table.c.id.between(first, last)))
        return sorted(numbers.scalars())


@contextmanager
def dry_run(work: Work, *, is_wanted: bool) -> Iterator[Work]:
    """Lend the work as it shows what would be done, where that `is_wanted`: each change is taken back at once, and
    nothing is told."""
    if not is_wanted:
        yield work
        return

    def nobody_hears(_event: Event) -> None:
        pass

    work.store.takes_back = True
    try:
        yield replace(work, report=nobody_hears)
    finally:
        work.store.takes_back = False


def _known(written: Collection[str], in_use: Callable[[], Collection[str]], kind: str) -> frozenset[str]:
    names = in_use() if written else ()
    for name in written:
        if name not in names:
            raise Refused(RefusedCode.NOTHING_LIKE_THAT, kind=kind, written=name, known=tuple(sorted(names)))
    return frozenset(written)


def _dates(work: Work, days: Iterable[Day]) -> frozenset[date]:
    return frozenset(day.on(work.config.campaign.day_of_action) for day in days)


def _has_one(hashtags: Iterable[str], wanted: Collection[str]) -> bool:
    return any(same(hashtag, name.removeprefix("#")) for hashtag in hashtags for name in wanted)


def _some(ids: Iterable[int]) -> list[int]:
    chosen = list(ids)
    if not chosen:
        raise Refused(RefusedCode.NOTHING_TO_DO)
    return chosen
