"""An author's "stop": clear ones take everything back, unclear ones wait for a person."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bot.domain.actor import By
from bot.domain.delivery import Delivery
from bot.domain.moderation import Judgement, Reason, Verdict, opted_out
from bot.domain.post import Page, SeenPost, all_shown
from bot.domain.sighting import WAITING, Sighting, SightingState
from bot.domain.stop_requests import Addressed, AsksToStop, StopWish, hear, weigh
from bot.domain.text import normalised
from bot.errors import Refused, RefusedCode
from bot.hosts import handle_key
from bot.services import named
from bot.services.events import EventName
from bot.services.protection import forget
from bot.services.work import Work, author_key, author_keys, post_key, shown_keys
from bot.store import authors, control, sightings
from bot.store.approvals import drop_approvals
from bot.store.control import OURSELVES, AuditAction
from bot.store.deliveries import call_off_reshares
from bot.store.engine import Serialize
from bot.values import dataclass

_PASSING = frozenset({Reason.NOBODY_DECIDED, Reason.TRUSTED, Reason.SECOND, Reason.AGAIN, Reason.MAY_WANT_OUT})
"""What is not true any more while an author may be asking to be left alone."""


@dataclass(frozen=True)
class StopDoubt:
    """A post that may ask for its author to be left alone, by a sighting of theirs, or one that shows them; where none
    is left, by a reshare that is out. `is_theirs_out` while a reshare of theirs is out; `is_shown` where the sighting
    is somebody else's, who shows a post of theirs."""

    sighting_id: int | None
    delivery_id: int | None
    is_theirs_out: bool
    is_shown: bool = False


def hold_doubtful(
    tx: Connection, work: Work, posts: Iterable[SeenPost], faint: Iterable[SeenPost], now: datetime
) -> list[StopDoubt]:
    """Hold all that waits of whoever may be asking to be left alone, and return what a person has to be told.

    Of a stranger nothing waits but the post itself, for which a `faint` word is too little. What a person has
    dismissed is not asked again.
    """
    doubts = [_held(tx, work, post, now) for post in posts]
    doubts += [_held(tx, work, post, now, is_faint=True) for post in faint]
    return [doubt for doubt in doubts if doubt is not None]


def _held(tx: Connection, work: Work, post: SeenPost, now: datetime, *, is_faint: bool = False) -> StopDoubt | None:
    keys = author_keys(work, post.platform, post.author)
    stored = sightings.of_ids(tx, authors.sightings_of_author(tx, keys, partial(author_key, work)))
    reshares = authors.reshares_of_author(tx, keys, [sighting.id for sighting in stored])
    out = [delivery for delivery in reshares if delivery.sent_at is not None and delivery.undone_at is None]
    is_stranger = not out and all(sighting.post.uri == post.uri for sighting in stored)
    if (not stored and not out) or (is_faint and is_stranger):
        return None
    shown = _told_by(stored, keys, work, post)
    sighting_id = shown.id if shown is not None else None
    as_written = post_key(work, f"{post.uri} {normalised(post.text)}")
    if not authors.add_stop_request(tx, as_written, author_key(work, post.author.handle), sighting_id, now):
        return None
    for sighting in stored:
        if sighting.state in WAITING:
            _hold(tx, sighting, now)
    is_shown = shown is not None and not _is_by(shown, keys, work)
    return StopDoubt(sighting_id, out[-1].id if out else None, bool(out), is_shown)


def _told_by(stored: Sequence[Sighting], keys: Collection[str], work: Work, post: SeenPost) -> Sighting | None:
    """Return the sighting by which people find it: what is reshared, or the post itself, else the newest; one of their
    own rather than one that shows them."""
    reshared = [sighting for sighting in stored if sighting.state is SightingState.RESHARED]
    itself = [sighting for sighting in stored if sighting.post.uri == post.uri]
    in_order = [*reversed(reshared), *itself, *reversed(stored)]
    own = (sighting for sighting in in_order if _is_by(sighting, keys, work))
    return next(own, next(iter(in_order), None))


def _is_by(sighting: Sighting, keys: Collection[str], work: Work) -> bool:
    return not author_keys(work, sighting.post.platform, sighting.post.author).isdisjoint(keys)


def _hold(tx: Connection, sighting: Sighting, now: datetime) -> None:
    others = (reason for reason in sighting.judgement.reasons if reason not in _PASSING)
    judgement = Judgement(Verdict.HOLD, (Reason.MAY_WANT_OUT, *others))
    drop_approvals(tx, sighting.id)
    sightings.decide(tx, sighting.id, WAITING, SightingState.HELD, judgement, now)
    call_off_reshares(tx, sighting.id, str(Reason.MAY_WANT_OUT), take_back_at=now)


def tell_doubts(work: Work, doubts: Iterable[StopDoubt]) -> None:
    """Tell the team at once of each, with both answers and without who it is."""
    for doubt in doubts:
        ids: dict[str, Any] = {"sighting": doubt.sighting_id} if doubt.sighting_id else {"delivery": doubt.delivery_id}
        work.tell(
            EventName.ASKS_PERHAPS,
            alarming=True,
            **ids,
            is_theirs_out=doubt.is_theirs_out,
            is_shown=doubt.is_shown,
        )


def may_want_out(tx: Connection, work: Work, post: SeenPost) -> bool:
    """Return whether a post's author, or somebody whose post it shows, may be asking to be left alone, and nobody has
    answered yet."""
    return bool(sightings.open_stop_requests_among(tx, _all_keys(work, post)))


def _all_keys(work: Work, post: SeenPost) -> frozenset[str]:
    return author_keys(work, post.platform, post.author) | shown_keys(work, post)


@dataclass(frozen=True)
class Dismissed:
    """A sighting whose author asks for nothing, and the posts of ours that were held for naming them and go now."""

    sighting: Sighting
    released: tuple[Delivery, ...] = ()


def dismiss(work: Work, sighting_id: int, by: By) -> Dismissed:
    """Record a person's word that the author of a sighting asks for nothing; it holds for what they wrote so far.

    What was held for it waits for a person's yes like any other. What of our own was held for naming them alone had no
    other cause, and goes at its time. Raise Refused where nothing is open.
    """
    now = work.clock()
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        sighting = sightings.get(tx, sighting_id)
        if sighting is None:
            raise Refused(RefusedCode.NO_SUCH_SIGHTING, sighting=sighting_id)
        keys = _all_keys(work, sighting.post)
        if not authors.dismiss_stop_request(tx, keys):
            raise Refused(RefusedCode.ASKS_FOR_NOTHING, sighting=sighting_id)
        _let_wait_as_others(tx, work, keys, now)
        control.write_audit(tx, now, by, AuditAction.DISMISS, f"sighting {sighting_id}")
        after = sightings.get(tx, sighting_id) or sighting
        released = named.release_naming(tx, work, keys | forget.post_keys_of(tx, work, keys), by)
    work.tell(EventName.DISMISSED, sighting=sighting.id, by=str(by))
    named.tell_released(work, released)
    return Dismissed(after, tuple(released))


def _let_wait_as_others(tx: Connection, work: Work, keys: Collection[str], now: datetime) -> None:
    for sighting in sightings.of_ids(tx, authors.sightings_of_author(tx, keys, partial(author_key, work))):
        if sighting.state is SightingState.HELD and Reason.MAY_WANT_OUT in sighting.judgement.reasons:
            others = tuple(reason for reason in sighting.judgement.reasons if reason != Reason.MAY_WANT_OUT)
            judgement = Judgement(Verdict.HOLD, others or (Reason.NOBODY_DECIDED,))
            sightings.decide(tx, sighting.id, [SightingState.HELD], SightingState.HELD, judgement, now)


@dataclass(frozen=True)
class Heeded:
    """The posts of a page that stay, and those of all its posts that may ask for something: a person has to look.

    Of the doubtful ones, those that are `faint` hold only a word of a wish: they count if their author is known here.
    """

    posts: tuple[SeenPost, ...]
    doubtful: tuple[SeenPost, ...] = ()
    faint: tuple[SeenPost, ...] = ()


def heed(work: Work, page: Page) -> Heeded:
    """Do what posts that mention us ask for, and what their authors' biographies ask for.

    Not public ones count too: who is afraid does not ask in public. A post that asks is not stored.
    """
    own = frozenset(map(handle_key, work.memory.handles.values()))
    posts = [post for post in page.posts if handle_key(post.author.handle) not in own]
    heard = {
        post.uri: hear(_without_our_tags(work, post.text), _phrases(work))
        for post in posts
        if page.to_us or (post.shows and _shows_ours(post, own))
    }
    asked = {post.uri: _asked(post, heard[post.uri]) for post in posts if post.uri in heard}
    for other in (shown.post for post in posts if post.shows for shown in all_shown(post) if shown.post is not None):
        if opted_out(other.author.bio) and handle_key(other.author.handle) not in own:
            _forget_if_reshared(work, other)
    for post in posts:
        if asked.get(post.uri) is AsksToStop.YES:
            forget_author_of(work, post)
        elif opted_out(post.author.bio):
            _forget_if_reshared(work, post)
    stay = tuple(post for post in page.posts if asked.get(post.uri) is not AsksToStop.YES)
    doubtful = [post for post in posts if asked.get(post.uri) is AsksToStop.PERHAPS]
    faint = [post for post in doubtful if heard[post.uri].asked is not AsksToStop.YES and not heard[post.uri].is_clear]
    return Heeded(stay, tuple(post for post in doubtful if post not in faint), tuple(faint))


def _without_our_tags(work: Work, text: str) -> str:
    """Return the text without the campaign's hashtags: a "stop" before any other may be about that, as in "Stop
    #torture"."""
    tags = "|".join(map(re.escape, work.config.watched_hashtags))
    return re.sub(rf"[#＃](?:{tags})(?!\w)", " ", text, flags=re.IGNORECASE) if tags else text


def _shows_ours(post: SeenPost, own: Collection[str]) -> bool:
    """Return whether a post quotes one of ours: that is an answer, wherever it is seen."""
    return any(shown.post is not None and handle_key(shown.post.author.handle) in own for shown in all_shown(post))


def _asked(post: SeenPost, heard: StopWish) -> AsksToStop:
    """Return what a post that mentions us asks for, by to whom it speaks."""
    is_answer = post.is_reply if post.answers_us is None else post.answers_us
    addressed = Addressed.TO_US if is_answer else Addressed.IN_PUBLIC
    if not post.public:
        addressed = Addressed.IN_PRIVATE
    is_on_show = bool(post.hashtags or post.media_ids or post.videos)
    return weigh(heard, addressed, is_on_show=is_on_show)


def says_stop(work: Work, post: SeenPost) -> bool:
    """Return whether a post, which its author has edited, is a wish to be left alone and nothing else."""
    heard = hear(_without_our_tags(work, post.text), _phrases(work))
    is_on_show = bool(post.hashtags or post.media_ids or post.videos)
    return weigh(heard, Addressed.IN_PUBLIC, is_on_show=is_on_show) is AsksToStop.YES


def _phrases(work: Work) -> Sequence[str]:
    return [phrase for phrases in work.config.withdrawal.words.values() for phrase in phrases]


def forget_author_of(work: Work, post: SeenPost) -> None:
    """Forget a post's author: durably, and told to the team once, without who it is."""
    keys = author_keys(work, post.platform, post.author)
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        is_new = authors.are_not_forgotten(tx, keys)
        forgotten = forget.forget_keys(tx, work, keys, work.clock())
        if is_new or forgotten.sightings or forgotten.reshares:
            text = f"{forgotten.sightings} sightings of one author, who asked for it"
            control.write_audit(tx, work.clock(), OURSELVES, AuditAction.FORGET, text, authors.HEEDED)
    if is_new or forgotten.sightings or forgotten.reshares:
        ids = [delivery.id for delivery in forgotten.reshares]
        work.tell(EventName.WITHDRAWN, alarming=bool(ids), deliveries=ids, sightings=forgotten.sightings)
    if is_new:
        named.hold_all_naming(work, keys | forgotten.posts)


def _forget_if_reshared(work: Work, post: SeenPost) -> None:
    """Forget a post's author if anything of theirs is out or waits. Of a stranger nothing is needed but the rules' no:
    their biography may change again."""
    with work.store.read() as tx:
        is_known = forget.has_anything(tx, work, post.platform, post.author)
    if is_known:
        forget_author_of(work, post)
