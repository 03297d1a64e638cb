"""Posts of others that wait for a yes: the queue, one card in focus, and what is decided about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from starlette.exceptions import HTTPException
from starlette.status import HTTP_404_NOT_FOUND, HTTP_409_CONFLICT, HTTP_422_UNPROCESSABLE_CONTENT

from bot.domain.actor import Actor
from bot.domain.limits import traits_of
from bot.domain.moderation import ChecklistItem, Reason
from bot.domain.sighting import Sighting, SightingState
from bot.domain.users import Role
from bot.errors import Refused, RefusedCode
from bot.services.band import band_of
from bot.services.moderation import approval, review_queue
from bot.services.moderation import look as looks
from bot.services.moderation.approval import SeenMark
from bot.services.moderation.review_queue import ReviewPage, WaitingPage
from bot.services.sending import undo
from bot.store.rows import PageKey
from bot.values import dataclass
from bot.web import checklist
from bot.web.asking import asked_author
from bot.web.languages import Speech
from bot.web.relay import KeptLook
from bot.web.rendering import refused, show, speech_of, to
from bot.web.review_card import (
    LONGEST_TEXT,
    CardView,
    Panel,
    beginning,
    captions_name,
    captions_names,
    drawn,
    first_captions,
    mark_of,
    reason_named,
    said_by,
    who_posted,
)
from bot.web.review_card import reasons_of_a_no as reasons
from bot.web.routes import Asked, AskedNumber, AVisit, NotFromHere, RowNumber, Text, Texts, Visit, page, write

_WATCHED, _PLAYED = "watched", "played"
"""What was seen to its end: at its place, as somebody says, or here, as was seen here."""

_RESTS = timedelta(seconds=15)
"""How long a yes rests before it takes its turn, and nothing has left if it is taken back."""


class Notice(StrEnum):
    """What is said on top of the queue about something that stands there no more."""

    GONE = "gone"
    LET_GO = "let_go"
    STILL_OUT = "still_out"
    BLOCKED = "blocked"
    MANY = "many"
    MANY_BLOCKED = "many_blocked"


@dataclass(frozen=True)
class Answered:
    """What somebody has filled in on a card that is shown to them again, and why: `problem` in words.

    `missing` are the sentences that are to be ticked yet, `before` is what the post said when they saw it.
    """

    problem: str = ""
    ticks: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    before: str = ""
    status: int = 200


@dataclass(frozen=True)
class Tick:
    """A sentence that is confirmed, and the key that ticks it."""

    name: str
    key: int
    text: str
    is_ticked: bool
    is_missing: bool


@page("/moderation", role=Role.MODERATOR)
def moderation(
    visit: AVisit,
    card: AskedNumber = 0,
    after: Asked = "",
    done: AskedNumber = 0,
    notice: Asked = "",
    count: AskedNumber = 0,
    others: AskedNumber = 0,
    many: AskedNumber = 0,
) -> Response:
    """Show what waits, and one post of it: the one that was asked for, which no other takes the place of; or, with
    `many`, all of it, to refuse many at once."""
    said: dict[str, Any] = {"notice": _notice(notice), "count": count, "others_decided": others}
    if many:
        return many_page(visit, after, **said)
    read = _read(visit, card, after, done)
    if not card:
        queue = _queue_of(read)
        mine = (row.id for row in queue.rows if review_queue.waits_for(queue, row, visit.actor))
        if (first := next(mine, None)) is not None:
            return to(card_address(first, after, done, notice=notice, count=count, others=others))
    return _queue_page(visit, read, card, after, **said)


def many_page(
    visit: Visit, after: str, *, why: str = "", is_block: bool = False, is_problem: bool = False, **said: Any
) -> Response:
    """Return the page on which many are refused at once; `is_problem` says that nothing was ticked there, and what
    else was chosen stays chosen."""
    answered = Answered(status=HTTP_422_UNPROCESSABLE_CONTENT) if is_problem else Answered()
    chosen = {"why": why, "is_block": is_block, "is_problem": is_problem}
    return _queue_page(visit, _read(visit, 0, after), 0, after, answered, template="many.html", **chosen, **said)


def _read(visit: Visit, card: int, after: str = "", done: int = 0) -> ReviewPage:
    work, key = visit.console.work, PageKey.parse(after)
    return review_queue.page(work, visit.actor, card, has_queue=True, after=key, done=done)


def _queue_of(read: ReviewPage) -> WaitingPage:
    assert read.queue is not None
    return read.queue


def _notice(written: str) -> Notice | None:
    return next((notice for notice in Notice if notice == written), None)


def card_address(card: int | None, after: str = "", done: int = 0, **said: object) -> str:
    """Return where a card stands, with what is `said` on top of the queue: a `notice` and its counts, or `many`."""
    values = {"card": card, "after": after, "done": done, **said}
    asked = urlencode({name: value for name, value in values.items() if value})
    return f"/moderation?{asked}" if asked else "/moderation"


def _queue_page(
    visit: Visit,
    read: ReviewPage,
    card: int,
    after: str = "",
    answered: Answered = Answered(),
    template: str = "moderation.html",
    **said: Any,
) -> Response:
    work, speech, queue = visit.console.work, speech_of(visit), _queue_of(read)
    shown = _card(visit, card, read, answered) if card else {}
    numbers, counts = [row.id for row in queue.rows], read.standing.approvals
    place = numbers.index(card) if card in numbers else -1
    later = numbers[place + 1 :]
    return show(
        visit,
        template,
        answered.status,
        place="moderation",
        top=band_of(work, read.standing, visit.console.clock()),
        queue=queue,
        counts=counts,
        heading=_heading(counts.count, speech),
        with_care=_with_care(counts.with_care, speech),
        card_id=card,
        here=place + 1,
        after=after,
        before_this=numbers[place - 1] if place > 0 else None,
        next_one=later[0] if later else None,
        address=card_address,
        beginning=beginning,
        who=who_posted,
        done=_done(visit, read),
        automatic=read.standing.automatic,
        has_trusted=bool(work.config.moderation.trusted),
        has_second=lambda row: bool(queue.said_yes.get(row.id)),
        is_own_yes=lambda row: visit.actor.key in queue.said_yes.get(row.id, ()),
        looking=read.looking,
        **({"card": None, "answered": answered, "notice": None, "reasons": reasons(speech)} | said | shown),
    )


def _heading(count: int, speech: Speech) -> str:
    return speech.spelled("%(num)s waits", "%(num)s wait", count) if count else speech.gettext("Nothing waits")


def _with_care(count: int, speech: Speech) -> str:
    return speech.spelled("%(num)s with care.", "%(num)s with care.", count) if count else ""


def _card(visit: Visit, number: int, read: ReviewPage, answered: Answered) -> dict[str, Any]:
    """Return what the template of a card needs. Raise 404 where there is no such sighting."""
    work, now, speech = visit.console.work, visit.console.clock(), speech_of(visit)
    stored, around = read.card, read.around
    if stored is None or around is None:
        raise HTTPException(HTTP_404_NOT_FOUND)
    card = drawn(stored, around, visit.actor, speech, now, is_moderator=visit.may(Role.MODERATOR))
    rules = work.config.moderation
    look = visit.console.relay.look(visit.user.session.key, number, card.state, visit.console.real_now())
    if look is not None and not answered.problem:
        answered = _as_looked_at(look, speech)
    return {
        "card": card,
        "answered": answered,
        "look": look,
        "captions_name": captions_name,
        "captions_names": captions_names,
        "first_captions": first_captions,
        "price": _price(visit, stored.sighting),
        "ask": asked_author(card.post, work.config.campaign.name, speech),
        "watched": checklist.watched(card.post, speech),
        "question": checklist.question(rules.risk, speech),
        "open_ticks": [_open(count, speech) for count in range(len(ChecklistItem) + 2)],
        "ticks": _ticks(visit, card, answered) if card.panel is Panel.CARE else [],
        "two_people": rules.two_people,
        "others": read.others_who_decide({visit.name, *card.said_yes}) if rules.two_people else (),
        "reasons": reasons(speech),
    }


def _price(visit: Visit, sighting: Sighting) -> int:
    """Return what a look at a post is billed, in micro-USD."""
    if not traits_of(sighting.post.platform).is_billed or not visit.may(Role.MODERATOR):
        return 0
    return looks.price(visit.console.connected, sighting)


def _open(count: int, speech: Speech) -> str:
    return speech.spelled("%(num)s sentence is open.", "%(num)s sentences are open.", count) if count else ""


def _as_looked_at(look: KeptLook, speech: Speech) -> Answered:
    """Return what a card shows after a look: what was ticked before stays ticked, unless the look has shown another
    post."""
    if look.changed is None:
        return Answered(ticks=look.ticks)
    return Answered(speech.gettext("It has changed since it was seen. This is how it is now."), before=look.before)


def _ticks(visit: Visit, card: CardView, answered: Answered) -> list[Tick]:
    rules, speech = visit.console.work.config.moderation, speech_of(visit)
    asked = checklist.statements(rules, speech, shows_another=card.shows_another)
    sentences = {str(item): sentence for item, sentence in asked.items()}
    if watched := checklist.watched(card.post, speech):
        sentences[_WATCHED] = watched
    return [
        Tick(name, place, text, name in answered.ticks, name in answered.missing)
        for place, (name, text) in enumerate(sentences.items(), 1)
    ]


def _done(visit: Visit, read: ReviewPage) -> dict[str, Any] | None:
    """Return what the visitor has just decided, which they may take back; None for what others have."""
    if read.decided is None:
        return None
    sighting, approvals = read.decided
    own_yes = sighting.state is SightingState.HELD and visit.actor.key in {each.key for each in approvals}
    if not own_yes and sighting.decided_by != visit.name:
        return None
    return {"id": sighting.id, "state": sighting.state, "own_yes": own_yes, "seen": mark_of(sighting)}


@write("/sightings/{number:int}/approval", role=Role.MODERATOR)
def approve(
    visit: AVisit,
    number: RowNumber,
    seen: Text = "",
    before: Text = "",
    at: Text = "",
    again: Text = "",
    ticks: Texts = None,
) -> Response:
    """Say yes to a post as it was seen; to one held for care with all that is asked for."""
    given = frozenset(ticks or ())

    def say_yes(by: Actor) -> Sighting:
        as_seen = SeenMark.parse(seen)
        _require_watched(visit, number, given, as_seen)
        items = [item for item in ChecklistItem if item in given]
        rests = visit.console.clock() + _RESTS
        return approval.approve(
            visit.console.work, number, by, items, again=bool(again), as_seen=as_seen, not_before=rests
        )

    return _decide(visit, number, say_yes, at, before, given, own=SightingState.APPROVED)


def _mark(seen: str) -> SeenMark | None:
    """Return what was seen; None where it is longer than anybody reads: a no needs no reading."""
    return SeenMark.parse(seen) if seen else None


def _require_watched(visit: Visit, number: int, given: frozenset[str], as_seen: SeenMark) -> None:
    """Raise Refused where a post that is held for care was not looked at whole, or is too long for anybody.

    What was played here counts where its last byte has gone through here.
    """
    stored = review_queue.card(visit.console.work, number)
    if stored is None or stored.sighting.state is not SightingState.HELD:
        return
    post = stored.sighting.post
    if len(post.text) > LONGEST_TEXT:
        raise NotFromHere  # no page of ours has a yes for it
    approval.refuse_unless_as_seen(stored.sighting, as_seen)  # said first: what is missing is missing of another post
    look = visit.console.relay.look(visit.user.session.key, number, SightingState.HELD, visit.console.real_now())
    is_watched = _WATCHED in given or (_PLAYED in given and look is not None and look.was_played)
    if stored.care and checklist.watched(post, speech_of(visit)) and not is_watched:
        missing = (*(item for item in ChecklistItem if item not in given), _WATCHED)
        rules = visit.console.work.config.moderation
        raise Refused(
            RefusedCode.CHECKLIST_INCOMPLETE,
            sighting=number,
            care=stored.care,
            missing=missing,
            risk=rules.risk,
            own=rules.checklist,
            shows_another=bool(post.shows),
        )


@write("/sightings/{number:int}/rejection", role=Role.MODERATOR)
def reject(
    visit: AVisit, number: RowNumber, seen: Text = "", before: Text = "", at: Text = "", why: Text = ""
) -> Response:
    """Say no to a post as it was seen; nobody has to say why."""

    def say_no(by: Actor) -> Sighting:
        return approval.reject(visit.console.work, number, by, reason_named(why), as_seen=_mark(seen))

    return _decide(visit, number, say_no, at, before, own=SightingState.REJECTED)


@write("/sightings/{number:int}/flag", role=Role.MODERATOR)
def flag(visit: AVisit, number: RowNumber, seen: Text = "", before: Text = "", at: Text = "") -> Response:
    """Hold a post for care; it stays before one's eyes."""

    def hold(by: Actor) -> Sighting:
        try:
            return approval.flag(visit.console.work, number, by, as_seen=_mark(seen)).seen
        except Refused as error:
            stored = review_queue.stands(visit.console.work, number)
            if error.code is RefusedCode.POST_CHANGED and stored and Reason.FLAGGED in stored.judgement.care:
                return stored  # it is held for care already: by this very form, sent twice
            raise

    return _decide(visit, number, hold, at, before, stays=True)


@write("/sightings/{number:int}/reconsideration", role=Role.MODERATOR)
def reconsider(visit: AVisit, number: RowNumber, seen: Text = "", before: Text = "", at: Text = "") -> Response:
    """Take back what was decided, and the post waits again; of what is out, the reshares are asked back."""

    def take_back(by: Actor) -> Sighting:
        stored = review_queue.stands(visit.console.work, number)
        if stored is not None and stored.state is SightingState.RESHARED:
            undo.ask_of_sighting(visit.console.work, number, by)
            return stored
        return approval.reopen(visit.console.work, number, by, as_seen=_mark(seen))

    return _decide(visit, number, take_back, at, before, stays=True)


def _decide(
    visit: Visit,
    number: int,
    decide: Callable[[Actor], Sighting],
    at: str,
    before: str,
    ticks: frozenset[str] = frozenset(),
    *,
    own: SightingState | None = None,
    stays: bool = False,
) -> Response:
    """Do it, and go on; or show the card again, as it is now, with what kept it from being done.

    A form that is sent twice is done once: what the visitor has decided like this already (`own`) is no refusal.
    """
    try:
        decide(visit.actor)
    except Refused as error:
        if not (own and _is_own(error, visit, own)):
            return shown_again(visit, number, error, at, before, ticks)
    if at == "sighting":
        return to(f"/sightings/{number}")
    if stays:
        return to(card_address(number))
    return to(card_address(review_queue.next_for(visit.console.work, visit.actor, number), done=number))


def _is_own(error: Refused, visit: Visit, own: SightingState) -> bool:
    is_meanwhile = error.code is RefusedCode.DECIDED_MEANWHILE
    return is_meanwhile and error.facts["by"] == visit.name and error.facts["decided"] is own


def shown_again(
    visit: Visit, number: int, error: Refused, at: str, before: str, ticks: frozenset[str] = frozenset()
) -> Response:
    """Return the card as it is now, with what kept something from being done; what was ticked stays ticked."""
    if error.code is RefusedCode.NO_SUCH_SIGHTING:
        raise HTTPException(HTTP_404_NOT_FOUND)
    facts: dict[str, Any] = dict(error.facts)
    missing = frozenset(map(str, facts["missing"])) if error.code is RefusedCode.CHECKLIST_INCOMPLETE else frozenset()
    answered = Answered(
        _problem(visit, error),
        ticks,
        missing,
        before if error.code is RefusedCode.POST_CHANGED else "",
        HTTP_422_UNPROCESSABLE_CONTENT if missing else HTTP_409_CONFLICT,
    )
    if at == "sighting":
        return sighting_page(visit, number, answered)
    return _queue_page(visit, _read(visit, number), number, answered=answered)


def _problem(visit: Visit, error: Refused) -> str:
    speech, now = speech_of(visit), visit.console.clock()
    if error.code is RefusedCode.DECIDED_MEANWHILE:
        facts: dict[str, Any] = dict(error.facts)
        said = said_by(SightingState(facts["decided"]), facts["by"], facts["decided_at"], speech, now)
        return " ".join((said, speech.gettext("Your answer was not taken.")))
    return refused(visit, error)


def sighting_page(visit: Visit, number: int, answered: Answered = Answered()) -> Response:
    """Return the page of one sighting, with what can be decided about it; for who is no moderator only what is out
    exists."""
    work = visit.console.work
    read = review_queue.page(work, visit.actor, number, has_queue=False)
    state = read.card.sighting.state if read.card else None
    if not visit.may(Role.MODERATOR) and state is not SightingState.RESHARED:
        raise HTTPException(HTTP_404_NOT_FOUND)
    shown, top = _card(visit, number, read, answered), band_of(work, read.standing, visit.console.clock())
    return show(visit, "sighting.html", answered.status, place=place_of(visit), top=top, **shown)


def place_of(visit: Visit) -> str:
    """Return which page of the band posts of others belong to."""
    return "moderation" if visit.may(Role.MODERATOR) else "sightings"
