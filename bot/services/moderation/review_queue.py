"""The posts that wait for a person, one at a time, with all that is known to decide about each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.domain.actor import Actor
from bot.domain.moderation import FINAL, Reason, judge
from bot.domain.sighting import Sighting, SightingState
from bot.domain.users import Role
from bot.services.moderation import approval
from bot.services.watching import duplicates
from bot.services.work import Work, author_key
from bot.store import authors, hourly_counts, rows, sightings, users
from bot.store.rows import ApprovalsWaiting, DeliveryRow, PageKey, RowPage, SightingQuery, SightingRow
from bot.store.sightings import Approval


@dataclass(frozen=True)
class ReviewCard:
    """A sighting as a person decides about it.

    `care` is why the checklist is asked; `forbidden` why nobody may approve it; `same_text` are the sightings that say
    the same; `asks` where its author, or somebody whose post it shows, may be asking to be left alone.
    """

    sighting: Sighting
    care: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    same_text: Sequence[int] = ()
    approvals: Sequence[Approval] = ()
    asks: bool = False


def waiting(work: Work) -> list[int]:
    """Return the sightings that wait for a person, in the order in which to look at them."""
    with work.store.read() as tx:
        return sightings.waiting_ids(tx)


def card(work: Work, sighting_id: int) -> ReviewCard | None:
    """Return a sighting with all there is to know about it, None where it is not stored any more."""
    with work.store.read() as tx:
        sighting = sightings.get(tx, sighting_id)
        if sighting is None:
            return None
        today = judge(sighting.post, approval.moderation_context(tx, work))
        reasons = dict.fromkeys((*sighting.judgement.reasons, *today.reasons))
        return ReviewCard(
            sighting,
            approval.care_of(sighting, today),
            tuple(reason for reason in reasons if reason in FINAL),
            duplicates.same_text(tx, work, {sighting.id: sighting.post})[sighting.id],
            sightings.approvals_of(tx, sighting.id),
            sighting.id in authors.sightings_asking_to_stop(tx),
        )


def stands(work: Work, sighting_id: int) -> Sighting | None:
    """Return a sighting as it stands now, for whoever looks at it meanwhile."""
    with work.store.read() as tx:
        return sightings.get(tx, sighting_id)


def decided(work: Work, sighting_id: int) -> tuple[Sighting, Sequence[Approval]] | None:
    """Return a sighting as it was decided, with the yeses to it; None where it is not stored any more."""
    with work.store.read() as tx:
        sighting = sightings.get(tx, sighting_id)
        return (sighting, sightings.approvals_of(tx, sighting_id)) if sighting is not None else None


@dataclass(frozen=True)
class WaitingPage:
    """Some of the posts that wait, those that were seen first at the top; `counts` is how many there are in all.

    `said_yes` are, by sighting, those (`Actor.key`) whose yes waits for another person's; `next` is the key after which
    more come.
    """

    rows: tuple[SightingRow, ...]
    next: PageKey | None
    counts: ApprovalsWaiting
    said_yes: Mapping[int, Collection[str]]


def waiting_page(work: Work, after: PageKey | None = None) -> WaitingPage:
    """Return a page of what waits for a person: three queries, none that grows with what is stored."""
    with work.store.read() as tx:
        return _waiting_page(tx, after)


def next_for(work: Work, by: Actor, sighting_id: int) -> int | None:
    """Return what a person looks at after a sighting: the next that waits for them, from the top again after the
    last; None where nothing does. The sighting itself is left out."""
    with work.store.read() as tx:
        before = rows.sighting_key(tx, sighting_id)
        for after in dict.fromkeys((before, None)):
            page = _waiting_page(tx, after)
            found = next((row.id for row in page.rows if row.id != sighting_id and waits_for(page, row, by)), None)
            if found is not None:
                return found
    return None


def waits_for(page: WaitingPage, row: SightingRow, by: Actor) -> bool:
    """Return whether a post of the page waits for this person: their own yes is not among those that it has."""
    return by.key not in page.said_yes.get(row.id, ())


def _waiting_page(tx: Connection, after: PageKey | None) -> WaitingPage:
    page = rows.sightings(tx, SightingQuery(states=(SightingState.HELD,)), after)
    second = [row.id for row in page.rows if Reason.SECOND in row.reasons]
    said = {number: [each.key for each in every] for number, every in sightings.all_approvals(tx, second).items()}
    return WaitingPage(page.rows, page.next, rows.approvals_waiting(tx), said)


@dataclass(frozen=True)
class Around:
    """What is known around a sighting: the others that show the same video with what became of them, what else its
    author has posted under the hashtags by what became of it, and its own reshares, without what they say."""

    same_video: tuple[tuple[int, SightingState], ...]
    by_author: Mapping[SightingState, int]
    reshares: tuple[DeliveryRow, ...]


def around(work: Work, sighting: Sighting) -> Around:
    """Return what is known around a sighting."""
    key = author_key(work, sighting.post.author.handle)
    with work.store.read() as tx:
        return Around(
            rows.showing_the_same(tx, sighting.same_as or sighting.id, but=sighting.id),
            rows.author_counts(tx, key, but=sighting.id),
            rows.reshares_of(tx, sighting.id),
        )


def state_counts(work: Work) -> Mapping[SightingState, int]:
    """Return how many posts of others there were, by what became of them, as the hourly counts have it."""
    with work.store.read() as tx:
        return {SightingState(outcome): posts for outcome, posts in hourly_counts.by_outcome(tx).items()}


def sightings_page(work: Work, states: Collection[SightingState], after: PageKey | None = None) -> RowPage[SightingRow]:
    """Return a page of sightings in these states, the newest first."""
    with work.store.read() as tx:
        return rows.sightings(tx, SightingQuery(states=states), after, newest_first=True)


def others_who_decide(work: Work, names: Collection[str]) -> tuple[str, ...]:
    """Return the moderators beside these, who may give the second yes."""
    with work.store.read() as tx:
        everybody = users.users(tx)
    return tuple(
        user.name
        for user in everybody
        if Role.MODERATOR in user.roles and user.disabled_at is None and user.name not in names
    )
