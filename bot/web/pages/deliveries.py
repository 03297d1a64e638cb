"""Deliveries: the list of what went out and goes out, and one delivery's whole story with what can be done about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Query, Response
from starlette.status import HTTP_404_NOT_FOUND, HTTP_409_CONFLICT

from bot.domain.actor import Actor
from bot.domain.campaign import PlatformName
from bot.domain.delivery import CANCELLABLE, RETRIABLE, TO_BE_SENT, UNDECIDED, Kind, State
from bot.domain.reshare_queue import midnight
from bot.domain.users import Role
from bot.errors import PlatformError, Refused, RefusedCode
from bot.services import decisions, explain
from bot.services.band import band_of
from bot.services.sending import undo
from bot.services.work import Work
from bot.store import rows
from bot.store.rows import DeliveryQuery, DeliveryRow, PageKey, RowPage
from bot.values import dataclass
from bot.web import delivery_words as words
from bot.web.causes import cause_text
from bot.web.faults import full_stop
from bot.web.rendering import refused, show, speech_of, to
from bot.web.routes import (
    Asked,
    AskedNumber,
    AVisit,
    NotForYou,
    NotFromHere,
    Numbers,
    RowNumber,
    Text,
    Visit,
    page,
    write,
)


@page("/deliveries")
def listed(
    visit: AVisit,
    state: Asked = "",
    account: Asked = "",
    language: Asked = "",
    message: Asked = "",
    when: Asked = "",
    from_day: Annotated[Asked, Query(alias="from")] = "",
    to_day: Annotated[Asked, Query(alias="to")] = "",
    after: Asked = "",
    like: AskedNumber = 0,
    done: AskedNumber = 0,
    left: AskedNumber = 0,
) -> Response:
    """Show deliveries, fifty a page: from today on, or the past backwards, or all; those of some days in the campaign's
    zone (`from_day` to `to_day`, both included); those that stand as they do for the same reason as one that is named
    (`like`). `done` and `left` are what came of many at once."""
    work = visit.console.work
    zone = work.config.campaign.timezone
    is_past, is_all = when == "past", when == "all" or bool(state or from_day or to_day)
    chosen = {"state": state, "account": account, "language": language, "message": message}
    chosen |= {"from": from_day, "to": to_day}
    states, first, last = [each for each in State if each == state], _day(from_day), _day(to_day)
    wanted = _between(DeliveryQuery(states, account, language, message), first, last, zone)
    if not is_all:
        today = midnight(visit.console.clock().astimezone(zone).date(), zone)
        wanted = replace(wanted, end=today) if is_past else replace(wanted, begin=today)
    found: RowPage[DeliveryRow] = RowPage((), None)
    with work.store.read() as tx:
        example = rows.deliveries_of(tx, [like]).get(like) if like else None
        if example is not None:
            wanted = DeliveryQuery([example.state], example.account, error=example.error)
            is_all = True
        is_no_day = bool(from_day and first is None) or bool(to_day and last is None)
        is_nothing = example is None if like else is_no_day or (bool(state) and not states)
        if not is_nothing:
            found = rows.deliveries(tx, wanted, PageKey.parse(after), newest_first=is_past and not is_all)
    speech = speech_of(visit)
    following = _written({**chosen, "when": when, "like": like, "after": found.next})
    return show(
        visit,
        "deliveries.html",
        place="deliveries",
        found=found.rows,
        following=f"?{following}" if found.next else "",
        chosen=chosen,
        when="all" if is_all else "past" if is_past else "",
        others=_written(chosen),
        is_filtered=any(chosen.values()) or bool(after or like),
        reason=full_stop(cause_text(example.error, speech)) if example and example.error else "",
        many=_many_acts(visit, found.rows) if state or example else None,
        done=done,
        left=left,
        states=[(each.value, words.state_name(each, speech)) for each in State],
        accounts=list(work.config.accounts),
        languages=work.config.campaign.languages,
        state_name=lambda each: words.state_name(each, speech),
        name=lambda each: words.name(each, speech),
        tone=lambda each: words.TONES.get(each, ""),
    )


def _written(asked: Mapping[str, object]) -> str:
    """Return what is asked for as an address has it, without what is empty."""
    return urlencode({name: value for name, value in asked.items() if value})


def _between(wanted: DeliveryQuery, first: date | None, last: date | None, zone: ZoneInfo) -> DeliveryQuery:
    """Return the query for what is due from one day to another, both included, in the campaign's zone."""
    begin = midnight(first, zone) if first is not None else None
    end = midnight(last + timedelta(days=1), zone) if last is not None else None
    return replace(wanted, begin=begin, end=end)


def _day(written: str) -> date | None:
    """Return the day that an address names, None where it names none that a list could begin or end with."""
    with suppress(ValueError):
        day = date.fromisoformat(written)
        if MINYEAR + 1 < day.year < MAXYEAR:
            return day
    return None


@dataclass(frozen=True)
class ManyActs:
    """What can be done with many deliveries at once that stand alike: where the form is sent, and which they are."""

    path: str
    numbers: tuple[int, ...]


def _many_acts(visit: Visit, listed: Sequence[DeliveryRow]) -> ManyActs | None:
    """Return what the visitor can do with all that are listed, None where these do not stand alike."""
    states = {row.state for row in listed}
    numbers = tuple(row.id for row in listed if _may_be_one_of_many(visit, row))
    if len(states) != 1 or len(numbers) < _MANY:
        return None
    (state,) = states
    path = {State.PLANNED: "holds", State.HELD: "releases"}.get(state, "retries" if state in RETRIABLE else "")
    return ManyActs(f"/deliveries/{path}", numbers) if path else None


_MANY = 2


def _may_be_one_of_many(visit: Visit, row: DeliveryRow) -> bool:
    """Return whether a delivery is decided about with others by one press: a post of ours alone, for a reshare needs a
    yes of its own, and none that was held for it comes near to what is out."""
    return row.kind is Kind.POST and not row.held_for and visit.may(Role.EDITOR)


def _may_decide(visit: Visit, kind: Kind) -> bool:
    return visit.may(Role.EDITOR if kind is Kind.POST else Role.MODERATOR)


@write("/deliveries/holds")
def hold_many(visit: AVisit, chosen: Numbers = None) -> Response:
    """Hold many deliveries back."""
    return _done_to_many(visit, chosen or (), decisions.hold)


@write("/deliveries/releases")
def release_many(visit: AVisit, chosen: Numbers = None) -> Response:
    """Release many held deliveries."""
    return _done_to_many(visit, chosen or (), decisions.release)


@write("/deliveries/retries")
def retry_many(visit: AVisit, chosen: Numbers = None) -> Response:
    """Send many deliveries after all, as those that were refused for one cause that is mended."""
    return _done_to_many(visit, chosen or (), decisions.retry)


def _done_to_many(visit: Visit, chosen: Sequence[int], act: Callable[[Work, int, Actor], object]) -> Response:
    """Do it to each that is still as it was listed; what is another way by now is left as it is."""
    work, done = visit.console.work, 0
    numbers = list(dict.fromkeys(chosen))[: rows.PAGE]
    with work.store.read() as tx:
        known = rows.deliveries_of(tx, numbers)
    allowed = [number for number in numbers if number in known and _may_be_one_of_many(visit, known[number])]
    if chosen and not allowed:
        raise NotForYou
    for number in allowed:
        with suppress(Refused):
            act(work, number, visit.actor)
            done += 1
    return to(f"/deliveries?{urlencode({'when': 'all', 'done': done, 'left': len(allowed) - done})}")


@page("/deliveries/{number}")
def one(visit: AVisit, number: RowNumber) -> Response:
    """Show one delivery's story."""
    return _one(visit, number)


def _one(visit: Visit, number: int, problem: str = "", code: int = 200, *, typed: str = "") -> Response:
    work, speech, now = visit.console.work, speech_of(visit), visit.console.clock()
    try:
        history = explain.story(work, number)
    except Refused as error:
        said = refused(visit, error)
        return show(visit, "missing.html", HTTP_404_NOT_FOUND, place="deliveries", problem=said, back="/deliveries")
    delivery = history.delivery
    stands = history.stands
    step = explain.next_step(history.expected, stands)
    is_ours = delivery.kind is Kind.POST
    may = _may_decide(visit, delivery.kind)
    return show(
        visit,
        "delivery.html",
        code,
        place="deliveries",
        problem=problem,
        typed=typed,
        top=band_of(work, stands.standing, now),
        delivery=delivery,
        title=words.name(delivery, speech),
        state=words.state_name(delivery.state, speech),
        tone=words.TONES.get(delivery.state, ""),
        happened=words.timeline(history, speech),
        trouble=cause_text(delivery.trouble, speech) if delivery.trouble else "",
        error=words.stands_text(history, speech, now),
        next_text=words.next_text(step, speech, now),
        parts=delivery.content.parts if is_ours else (),
        account_address=address_of(work, delivery.account),
        may_hold=may and delivery.state in TO_BE_SENT,
        may_release=may and delivery.state is State.HELD,
        may_cancel=may and delivery.state in CANCELLABLE,
        may_retry=may and delivery.state in RETRIABLE,
        may_resolve=may and delivery.state in UNDECIDED,
        may_undo=may and delivery.state is State.SENT and delivery.undo_asked_at is None,
    )


def address_of(work: Work, name: str) -> str:
    """Return where an account of ours is looked at, "" where nobody knows yet."""
    account, handle = work.config.accounts.get(name), work.memory.handles.get(name, "")
    if account is None:
        return ""
    if account.platform is PlatformName.X:
        return f"https://x.com/{handle.removeprefix('x:')}" if handle else "https://x.com/"
    user = handle.removeprefix("@").partition("@")[0]
    return f"{account.api_base_url.rstrip('/')}/@{user}" if user else account.api_base_url


@write("/deliveries/{number}/hold")
def hold(visit: AVisit, number: RowNumber) -> Response:
    """Hold a delivery back."""
    return _done(visit, number, decisions.hold, State.HELD)


@write("/deliveries/{number}/release")
def release(visit: AVisit, number: RowNumber) -> Response:
    """Release a held delivery."""
    return _done(visit, number, decisions.release, State.PLANNED)


@write("/deliveries/{number}/cancellation")
def cancel(visit: AVisit, number: RowNumber) -> Response:
    """Call a delivery off."""
    return _done(visit, number, decisions.cancel, State.CANCELLED)


@write("/deliveries/{number}/retry")
def retry(visit: AVisit, number: RowNumber) -> Response:
    """Send a delivery after all."""
    return _done(visit, number, decisions.retry, State.PLANNED)


@write("/deliveries/{number}/undoing")
def take_back(visit: AVisit, number: RowNumber) -> Response:
    """Ask for a delivery to be taken back; a worker does it, and the page tells."""
    return _done(visit, number, undo.ask)


@write("/deliveries/{number}/resolution")
async def resolve(visit: AVisit, number: RowNumber, address: Text = "", answer: Text = "") -> Response:
    """Say of an outcome that nobody knows which is true: it is there, at this address, or it is not there."""
    return await asyncio.to_thread(_resolved, visit, number, address, answer)


def _resolved(visit: Visit, number: int, address: str, answer: str) -> Response:
    """Settle it by one of the two answers, and by nothing else: what is said not to be there goes out once more."""
    match answer:
        case "there":

            def settle(work: Work, delivery: int, by: Actor) -> object:
                return decisions.settle_sent(work, delivery, address.strip(), by)

            return _done(visit, number, settle, typed=address)
        case "absent":
            return _done(visit, number, decisions.resolve_not_sent)
    raise NotFromHere


def _done(
    visit: Visit, number: int, act: Callable[[Work, int, Actor], object], goal: State | None = None, *, typed: str = ""
) -> Response:
    """Do it; or show the delivery as it is now, with what kept it from being done and the address that was typed.

    What is at its `goal` already is no refusal: a form that is sent twice is done once.
    """
    work = visit.console.work
    with work.store.read() as tx:
        row = rows.deliveries_of(tx, [number]).get(number)
    if row is None or not _may_decide(visit, row.kind):
        raise NotForYou
    try:
        act(work, number, visit.actor)
    except Refused as error:
        if error.code is not RefusedCode.WRONG_STATE or error.facts["state"] is not goal:
            return _one(visit, number, refused(visit, error), HTTP_409_CONFLICT, typed=typed)
    except PlatformError as error:
        said = cause_text(error.cause, speech_of(visit))
        return _one(visit, number, said, HTTP_409_CONFLICT, typed=typed)
    return to(f"/deliveries/{number}")
