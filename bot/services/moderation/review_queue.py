"""The posts that wait for a person, one at a time, with all that is known to decide about each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from bot.domain.actor import Actor
from bot.domain.moderation import FINAL, Reason, judge
from bot.domain.sighting import Sighting, SightingState
from bot.domain.users import Role
from bot.services import presence
from bot.services.moderation import approval
from bot.services.watching import duplicates
from bot.services.work import Work, author_key
from bot.store import authors, control, hourly_counts, overview, rows, sightings, users
from bot.store.approvals import Approval, Approvals, approvals_among_question, approvals_question
from bot.store.batch import StoreAnswers, answers
from bot.store.control import AutomaticApproval
from bot.store.engine import Question, answer
from bot.store.overview import Standing
from bot.store.rows import DeliveryRow, PageKey, RowPage, SightingQuery, SightingRow
from bot.store.users import User
from bot.values import dataclass


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
    asked = _CardAsked(sighting_id)
    with work.store.read() as tx:
        answered = answers(tx, *asked.questions)
        sighting = answered[asked.sightings].get(sighting_id)
        if sighting is None:
            return None
        words = duplicates.words_question(work, sighting.post)
        return _card(tx, work, sighting, asked, answered, control.automatic_approval(tx), answer(tx, words))


class _CardAsked:
    """What is asked of a sighting before it is known what it says, and of another one beside it."""

    def __init__(self, number: int, other: int = 0) -> None:
        self.sightings = sightings.question([number, other])
        self.approvals = approvals_question([number, other])
        self.asks = authors.asks_question(number)
        self.blocked = sightings.blocked_keys_question()
        self.questions = (self.sightings, self.approvals, self.asks, self.blocked)


def _card(
    tx: Connection,
    work: Work,
    sighting: Sighting,
    asked: _CardAsked,
    found: StoreAnswers,
    automatic: AutomaticApproval,
    known: duplicates.KnownBy,
) -> ReviewCard:
    context = approval.context_of(work, is_automatic=automatic.is_on, blocked_keys=found[asked.blocked])
    today = judge(sighting.post, context)
    reasons = dict.fromkeys((*sighting.judgement.reasons, *today.reasons))
    return ReviewCard(
        sighting,
        approval.care_of(sighting, today),
        tuple(reason for reason in reasons if reason in FINAL),
        duplicates.same_text(tx, work, {sighting.id: sighting.post}, known)[sighting.id],
        found[asked.approvals].get(sighting.id, ()),
        found[asked.asks],
    )


def stands(work: Work, sighting_id: int) -> Sighting | None:
    """Return a sighting as it stands now, for whoever looks at it meanwhile."""
    with work.store.read() as tx:
        return sightings.get(tx, sighting_id)


@dataclass(frozen=True)
class WaitingPage:
    """Some of the posts that wait, those that were seen first at the top.

    `said_yes` are, by sighting, those (`Actor.key`) whose yes waits for another person's; `next` is the key after which
    more come.
    """

    rows: tuple[SightingRow, ...]
    next: PageKey | None
    said_yes: Mapping[int, Collection[str]]


def next_for(work: Work, by: Actor, sighting_id: int) -> int | None:
    """Return what a person looks at after a sighting: the next that waits for them, from the top again after the
    last; None where nothing does. The sighting itself is left out."""
    with work.store.read() as tx:
        before = rows.sighting_key(tx, sighting_id)
        for after in dict.fromkeys((before, None)):
            page = _waiting_page(tx, after)
            number = next((row.id for row in page.rows if row.id != sighting_id and waits_for(page, row, by)), None)
            if number is not None:
                return number
    return None


def waits_for(page: WaitingPage, row: SightingRow, by: Actor) -> bool:
    """Return whether a post of the page waits for this person: their own yes is not among those that it has."""
    return by.key not in page.said_yes.get(row.id, ())


def _waiting_page(tx: Connection, after: PageKey | None) -> WaitingPage:
    waiting = rows.waiting_question(after)
    approvals = approvals_among_question(waiting)
    return _waiting(answers(tx, waiting, approvals), waiting, approvals)


def _waiting(
    found: StoreAnswers, waiting: Question[RowPage[SightingRow]], approvals: Question[Approvals]
) -> WaitingPage:
    page, said = found[waiting], found[approvals]
    second = (row.id for row in page.rows if Reason.SECOND in row.reasons)
    keys = {number: [each.key for each in said[number]] for number in second if number in said}
    return WaitingPage(page.rows, page.next, keys)


@dataclass(frozen=True)
class Around:
    """What is known around a sighting: the others that show the same video with what became of them, what else its
    author has posted under the hashtags by what became of it, and its own reshares, without what they say."""

    same_video: tuple[tuple[int, SightingState], ...]
    by_author: Mapping[SightingState, int]
    reshares: tuple[DeliveryRow, ...]


@dataclass(frozen=True)
class ReviewPage:
    """All that a page of moderation shows, as one moment's store has it.

    `queue` is what waits, None where it was not asked for; `card` is None where there is no such sighting, `around` is
    known of that. `decided` is the sighting that was decided last, with the yeses to it; `looking` has, by sighting,
    who else looks at it, and `everybody` all users.
    """

    standing: Standing
    queue: WaitingPage | None
    card: ReviewCard | None
    around: Around | None
    decided: tuple[Sighting, Sequence[Approval]] | None
    looking: Mapping[int, Sequence[str]]
    everybody: Sequence[User]

    def others_who_decide(self, names: Collection[str]) -> tuple[str, ...]:
        """Return the moderators beside these, who may give the second yes."""
        return tuple(
            user.name
            for user in self.everybody
            if Role.MODERATOR in user.roles and user.disabled_at is None and user.name not in names
        )


def page(
    work: Work, by: Actor, number: int, *, has_queue: bool, after: PageKey | None = None, done: int = 0
) -> ReviewPage:
    """Return what a page of moderation shows to somebody, with the card of a sighting (0 for none) and the one that
    they have just decided: three queries at most, none that grows with what is stored."""
    now = work.clock()
    waiting = rows.waiting_question(after)
    said = approvals_among_question(waiting)
    asked, reshares = _CardAsked(number, done), rows.reshares_question(number)
    looking, everybody = presence.others_question(by, now), users.users_question()
    with work.store.read() as tx:
        standing = overview.standing_question(tx, now)
        queue = (waiting, said) if has_queue else ()
        answered = answers(tx, standing, *asked.questions, reshares, looking, everybody, *queue)
        stored = answered[asked.sightings]
        shown, decided = stored.get(number), stored.get(done)
        card = around = None
        if shown is not None:
            same, words, author = _of_post(work, shown)
            more = answers(tx, same, words, author)
            card = _card(tx, work, shown, asked, answered, answered[standing].automatic, more[words])
            around = Around(more[same], more[author], answered[reshares])
    return ReviewPage(
        answered[standing],
        _waiting(answered, waiting, said) if has_queue else None,
        card,
        around,
        (decided, answered[asked.approvals].get(decided.id, ())) if decided else None,
        answered[looking],
        answered[everybody],
    )


def _of_post(
    work: Work, sighting: Sighting
) -> tuple[
    Question[tuple[tuple[int, SightingState], ...]],
    Question[dict[str, list[int]]],
    Question[dict[SightingState, int]],
]:
    """Ask for what shows the same video, says the same, and is by the same author."""
    key = author_key(work, sighting.post.author.handle)
    return (
        rows.showing_the_same_question(sighting.same_as or sighting.id, but=sighting.id),
        duplicates.words_question(work, sighting.post),
        rows.author_counts_question(key, but=sighting.id),
    )


@dataclass(frozen=True)
class SightingsPage:
    """A page of sightings, the newest first, and how many posts of others there ever were, by what became of them, as
    the hourly counts have it: by their states, and those of people who were forgotten under `FORGOTTEN`."""

    found: RowPage[SightingRow]
    counts: Mapping[str, int]


def sightings_page(work: Work, states: Collection[SightingState], after: PageKey | None = None) -> SightingsPage:
    """Return a page of sightings in these states: one query."""
    listed = rows.sightings_question(SightingQuery(states=states), after, newest_first=True)
    counted = hourly_counts.by_outcome_question()
    with work.store.read() as tx:
        answered = answers(tx, listed, counted)
    return SightingsPage(answered[listed], answered[counted])
