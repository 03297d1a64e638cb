"""Posts that may ask for their author to be left alone: a person decides, and nothing of theirs goes out until then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from bot.domain.moderation import Judgement, Reason, Verdict
from bot.domain.post import SeenPost
from bot.domain.sighting import Sighting, SightingState
from bot.domain.text import normalised
from bot.errors import Refused
from bot.services.keys import author_key, author_keys, post_key, shown_keys
from bot.services.moderation.calling_off import call_off
from bot.services.work import SIGHTINGS, Work
from bot.store import approvals, authors, control, sightings, stop_requests
from bot.store.stop_requests import StopRequest

_STANDING = (SightingState.HELD, SightingState.APPROVED)
_PASSING = frozenset({Reason.NOBODY_DECIDED, Reason.TRUSTED, Reason.SECOND, Reason.AGAIN, Reason.MAY_WANT_OUT})
"""What is not true any more while an author may be asking to be left alone."""


@dataclass(frozen=True)
class Doubt:
    """A post that may ask for its author to be left alone, by a sighting of theirs, or one that shows them; where none
    is left, by a reshare that is out. `is_theirs_out` while a reshare of theirs is out; `is_shown` where the sighting
    is somebody else's, who shows a post of theirs."""

    sighting_id: int | None
    delivery_id: int | None
    is_theirs_out: bool
    is_shown: bool = False

    @property
    def text(self) -> str:
        """What a person is told, with both answers."""
        what = f"sighting {self.sighting_id}" if self.sighting_id else f"delivery {self.delivery_id}"
        out = " A reshare of theirs is out, and stays out until you answer." if self.is_theirs_out else ""
        who = "somebody whose post it shows" if self.is_shown else "its author"
        return f"{who} may be asking to be left alone: {what}.{out} {answers(self.sighting_id, is_shown=self.is_shown)}"


def in_words(one: StopRequest) -> str:
    """Return what waits for a person, with both answers."""
    whose = f"The author of sighting {one.sighting_id}" if one.sighting_id else "Somebody whose post is not kept"
    whose = f"Somebody whose post sighting {one.sighting_id} shows" if one.is_shown else whose
    return f"{whose} may be asking to be left alone. {answers(one.sighting_id, is_shown=one.is_shown)}"


def answers(sighting_id: int | None, *, is_shown: bool = False) -> str:
    """Return what a person can say of a post that may ask for its author to be left alone, as commands."""
    if sighting_id is None:
        return "Look at what they wrote to us. They want out: bot forget AUTHOR. It is a slogan: leave it as it is."
    return (
        f"Look at what they wrote to us. They want out: bot withdraw {sighting_id}{' --shown' if is_shown else ''}. "
        f"It is a slogan: bot dismiss {sighting_id}"
    )


def hold_doubtful(
    tx: Connection, work: Work, posts: Iterable[SeenPost], faint: Iterable[SeenPost], now: datetime
) -> list[Doubt]:
    """Hold all that waits of whoever may be asking to be left alone; gives what a person has to be told.

    Of a stranger nothing waits but the post itself, for which a `faint` word is too little. What a person has
    dismissed is not asked again.
    """
    found = [_held(tx, work, post, now) for post in posts]
    found += [_held(tx, work, post, now, is_faint=True) for post in faint]
    return [doubt for doubt in found if doubt is not None]


def _held(tx: Connection, work: Work, post: SeenPost, now: datetime, *, is_faint: bool = False) -> Doubt | None:
    keys = author_keys(work, post.platform, post.author)
    theirs = sightings.of_ids(tx, authors.sightings_of(tx, keys, partial(author_key, work)))
    made = authors.reshares_of(tx, keys, [one.id for one in theirs])
    out = [one for one in made if one.sent_at is not None and one.undone_at is None]
    is_stranger = not out and all(one.post.uri == post.uri for one in theirs)
    if (not theirs and not out) or (is_faint and is_stranger):
        return None
    shown = _told_by(theirs, keys, work, post)
    sighting_id = shown.id if shown is not None else None
    as_written = post_key(work, f"{post.uri} {normalised(post.text)}")
    if not stop_requests.add(tx, as_written, author_key(work, post.author.handle), sighting_id, now):
        return None
    for one in theirs:
        if one.state in _STANDING:
            _hold(tx, one, now)
    is_shown = shown is not None and not _is_by(shown, keys, work)
    return Doubt(sighting_id, out[-1].id if out else None, bool(out), is_shown)


def _told_by(theirs: Sequence[Sighting], keys: Collection[str], work: Work, post: SeenPost) -> Sighting | None:
    """The sighting by which people find it: what is reshared, or the post itself, else the newest; one of their own
    rather than one that shows them."""
    reshared = [one for one in theirs if one.state is SightingState.RESHARED]
    itself = [one for one in theirs if one.post.uri == post.uri]
    in_order = [*reversed(reshared), *itself, *reversed(theirs)]
    own = (one for one in in_order if _is_by(one, keys, work))
    return next(own, next(iter(in_order), None))


def _is_by(seen: Sighting, keys: Collection[str], work: Work) -> bool:
    return not author_keys(work, seen.post.platform, seen.post.author).isdisjoint(keys)


def _hold(tx: Connection, seen: Sighting, now: datetime) -> None:
    others = (one for one in seen.judgement.reasons if one not in _PASSING)
    judgement = Judgement(Verdict.HOLD, (Reason.MAY_WANT_OUT, *others))
    approvals.drop(tx, seen.id)
    sightings.decide(tx, seen.id, _STANDING, SightingState.HELD, judgement, now)
    call_off(tx, seen.id, str(Reason.MAY_WANT_OUT), take_back_at=now)


def tell_doubts(work: Work, doubts: Iterable[Doubt]) -> None:
    """Tell the team at once of each, with both answers and without who it is."""
    for one in doubts:
        ids = {"sighting": one.sighting_id} if one.sighting_id else {"delivery": one.delivery_id}
        work.tell("asks_perhaps", one.text, alarming=True, **ids)


def may_want_out(tx: Connection, work: Work, post: SeenPost) -> bool:
    """Return whether a post's author, or somebody whose post it shows, may be asking to be left alone, and nobody has
    answered yet."""
    return bool(stop_requests.open_among(tx, _all_keys(work, post)))


def _all_keys(work: Work, post: SeenPost) -> frozenset[str]:
    return author_keys(work, post.platform, post.author) | shown_keys(work, post)


def refuse_while_asked(tx: Connection, work: Work, seen: Sighting) -> None:
    """Raises Refused while it is open whether the author wants out: no yes counts before that is answered."""
    if stop_requests.open_among(tx, author_keys(work, seen.post.platform, seen.post.author)):
        raise Refused(f"Sighting {seen.id}: its author may be asking to be left alone. {answers(seen.id)}")
    if stop_requests.open_among(tx, shown_keys(work, seen.post)):
        words = answers(seen.id, is_shown=True)
        raise Refused(f"Sighting {seen.id}: somebody whose post it shows may be asking to be left alone. {words}")


def dismiss(work: Work, sighting_id: int, by: str) -> Sighting:
    """A person says that the author of a sighting asks for nothing; that is remembered for what they wrote so far.

    What was held for it waits for a person's yes like any other. Raises Refused where nothing is open.
    """
    now = work.clock()
    with work.store.begin(turn=SIGHTINGS) as tx:
        seen = sightings.get(tx, sighting_id)
        if seen is None:
            raise Refused(f"There is no sighting {sighting_id}. Run: bot sightings")
        keys = _all_keys(work, seen.post)
        if not stop_requests.dismiss(tx, keys):
            raise Refused(f"The author of sighting {sighting_id} asks for nothing, as far as is known.")
        _let_wait_as_others(tx, work, keys, now)
        control.write_down(tx, now, by, "dismiss", f"sighting {sighting_id}")
        after = sightings.get(tx, sighting_id) or seen
    work.tell("dismissed", f"what the author of sighting {sighting_id} wrote is no wish, says {by}", sighting=seen.id)
    return after


def _let_wait_as_others(tx: Connection, work: Work, keys: Collection[str], now: datetime) -> None:
    for one in sightings.of_ids(tx, authors.sightings_of(tx, keys, partial(author_key, work))):
        if one.state is SightingState.HELD and Reason.MAY_WANT_OUT in one.judgement.reasons:
            others = tuple(reason for reason in one.judgement.reasons if reason != Reason.MAY_WANT_OUT)
            judgement = Judgement(Verdict.HOLD, others or (Reason.NOBODY_DECIDED,))
            sightings.decide(tx, one.id, [SightingState.HELD], SightingState.HELD, judgement, now)
