"""One delivery's whole story in plain words: what was sent, answered and looked at since, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from bot.domain.delivery import UNDECIDED, Action, Delivery, Kind, State
from bot.domain.text import instant
from bot.errors import Outcome, Refused, RefusedCode
from bot.services import forecast
from bot.services.decisions import advice
from bot.services.forecast import Forecast
from bot.services.protection import stop_requests
from bot.services.sending.attempts import ACCEPTED, FOUND, GATEWAY, GATEWAY_OPEN, LIMITED
from bot.services.status import CampaignStatus, status
from bot.services.status_text import START, lasting, somebody_tries_on
from bot.services.work import Work, name_of
from bot.store import control, deliveries, sightings
from bot.store.control import AuditAction, AuditEntry
from bot.store.deliveries import PastAttempt

_LONGEST_WORDS = 120
_ANSWERS = {
    "": "no answer is written down: it is under way, or its worker has ended",
    ACCEPTED: "accepted",
    FOUND: "no answer came, and it was found on our timeline afterwards",
    LIMITED: "not carried out: it was told to wait",
    GATEWAY: "something on the way refused it",
    GATEWAY_OPEN: "something on the way lost sight of it",
    Outcome.NOT_SENT: "never sent",
    Outcome.REJECTED: "refused",
    Outcome.AMBIGUOUS: "nobody knows what became of it",
}

_EDIT_ANSWERS = _ANSWERS | {Outcome.AMBIGUOUS: "nobody knows what became of it, so it is looked at before the next try"}

Line = tuple[str, str]
"""What it is about ("" for the same as above), and the words."""

Happened = tuple[datetime, list[Line]]
"""Lines about something, with its instant (UTC)."""


@dataclass(frozen=True)
class DeliveryHistory:
    """A delivery with each of its requests, each look at our timeline since, and what people did."""

    expected: Forecast
    requests: tuple[PastAttempt, ...]
    looks: tuple[AuditEntry, ...]
    acts: tuple[AuditEntry, ...]
    asks: bool = False
    """Whether the author of what is reshared may be asking to be left alone, and nobody has answered yet."""

    shown_asks: bool = False
    """The same of somebody whose post it shows."""

    @property
    def one(self) -> Delivery:
        """The delivery as it is shown everywhere: a reshare has its turn as `due_at`."""
        return self.expected.delivery

    @property
    def answers(self) -> dict[str, str]:
        """What a person can say of an outcome that nobody knows, and the command that says it."""
        if self.one.state not in UNDECIDED:
            return {}
        said = f"bot resolve {self.one.id}"
        return {"It is there": f"{said} --sent URL", "It is not there": f"{said} --not-sent"}


def story(work: Work, delivery_id: int) -> DeliveryHistory:
    """All that is known of a delivery. Raises Refused where there is none of this number."""
    with work.store.read() as tx:
        one = deliveries.get(tx, delivery_id)
        if one is None:
            raise Refused(RefusedCode.NO_SUCH_DELIVERY, delivery=delivery_id)
        return _told(tx, work, one)


def _told(tx: Connection, work: Work, one: Delivery) -> DeliveryHistory:
    acts = control.audit_of(tx, f"delivery {one.id}")
    looks = tuple(act for act in acts if act.action == AuditAction.LOOK)
    (expected,) = forecast.of(tx, work, [one])
    requests = tuple(deliveries.attempt_history(tx, one.id))
    asks = bool(sightings.open_stop_requests_among(tx, [sightings.author_key_of_delivery(tx, one.id)]))
    shown_asks = bool(sightings.open_stop_requests_among(tx, sightings.shown_keys_of_delivery(tx, one.id)))
    return DeliveryHistory(
        expected, requests, looks, tuple(act for act in acts if act.action != AuditAction.LOOK), asks, shown_asks
    )


def lines(work: Work, told: DeliveryHistory) -> list[Line]:
    """The story for people, in the order in which it happened."""
    one = told.one
    found = [("What", _words(one)), ("", name_of(one)), ("Due", _day_and_time(work, one.due_at))]
    for _, happened in sorted([*_acts(work, told), *_looks(work, told), *_requests(work, told)], key=_by_time):
        found += happened
    if one.error and one.error not in {past.error for past in told.requests}:
        found.append(("Now", one.error))
    if one.trouble:
        found.append(("Trouble", one.trouble))
    if told.asks:
        words = f"Its author may be asking to be left alone. {stop_requests.answers(one.sighting_id)}"
        found.append(("Asks", words))
    if told.shown_asks:
        then = stop_requests.answers(one.sighting_id, is_shown=True)
        found.append(("Asks", f"Somebody whose post it shows may be asking to be left alone. {then}"))
    return [*found, ("Next", next_step(work, told.expected, status(work)))]


def _by_time(happened: Happened) -> datetime:
    return happened[0]


def _requests(work: Work, told: DeliveryHistory) -> Iterator[Happened]:
    for past in told.requests:
        at = past.attempt.started_at
        when = f"{_time(work, told.one, at)} ({at.astimezone(UTC):%H:%M:%S} UTC)"
        yield at, [(f"Request {past.attempt.number}", when), ("", _said(told.one, past))]


def _looks(work: Work, told: DeliveryHistory) -> Iterator[Happened]:
    """Looks in a row that showed the same are one."""
    for showed, some in groupby(told.looks, key=lambda act: act.detail):
        looks = list(some)
        times = ", ".join(_time(work, told.one, act.at) for act in looks)
        count = f"{len(looks)} times, at" if len(looks) > 1 else "at"
        yield looks[0].at, [("Looked", f"{count} {times}: {showed.rstrip('.')}.")]


def _acts(work: Work, told: DeliveryHistory) -> Iterator[Happened]:
    for act in told.acts:
        yield act.at, [("By hand", f"{_time(work, told.one, act.at)} {act.actor}: {act.action} {act.detail}".strip())]


def _words(one: Delivery) -> str:
    text = " ".join(one.content.text.split()) if one.kind is Kind.POST else one.post_uri
    return f"“{text if len(text) <= _LONGEST_WORDS else text[: _LONGEST_WORDS - 1].rstrip() + '…'}”"


def _day_and_time(work: Work, at: datetime) -> str:
    local = at.astimezone(work.config.campaign.timezone)
    return f"{local:%a %d %b %Y %H:%M:%S %Z} ({at.astimezone(UTC):%H:%M:%S} UTC)"


def _time(work: Work, one: Delivery, at: datetime) -> str:
    """In the campaign's zone; the day is said where it is another than the day it was due."""
    zone = work.config.campaign.timezone
    local = at.astimezone(zone)
    is_that_day = local.date() == one.due_at.astimezone(zone).date()
    return f"{local:%H:%M:%S}" if is_that_day else f"{local:%d %b %H:%M:%S}"


def _said(one: Delivery, past: PastAttempt) -> str:
    parts = len(one.content.parts)
    which = f"Part {past.attempt.part + 1} of {parts}: " if parts > 1 else ""
    why = f": {past.error}" if past.error else ""
    if past.attempt.action is Action.EDIT:
        which = f"Other words for part {past.attempt.part + 1}: " if parts > 1 else "Other words: "
        return f"{which}{_EDIT_ANSWERS.get(past.answer, past.answer)}{why}".rstrip(".") + "."
    return f"{which}{_ANSWERS.get(past.answer, past.answer)}{why}".rstrip(".") + "."


def next_step(work: Work, expected: Forecast, now: CampaignStatus) -> str:
    """What happens by itself, and when; or what a person has to do. `now` is how the campaign stands."""
    one = expected.delivery
    if one.undo_asked_at is not None and one.undone_at is None:
        if now.running and (reasons := _cannot_be_asked(one, now)):
            return f"It is to be taken back, and cannot be as things are. {reasons}"
        return f"It is to be taken back, and is not yet. {somebody_tries_on(now)}."
    match one.state:
        case State.PLANNED | State.CLAIMED:
            return _goes(work, expected, now)
        case State.UNKNOWN:
            return _looked_for(work, one, now)
        case State.SENDING if not now.running:
            return (
                "A worker was sending it, and does not run any more: the next one finds out whether it is out. "
                f"Start one: {START}"
            )
        case State.NEEDS_DECISION:
            return "Nothing happens by itself. Look at the account with a browser, then say which is true:"
        case State.SENT if one.url:
            return f"It is out: {one.url}"
    return advice(one)


def _goes(work: Work, expected: Forecast, now: CampaignStatus) -> str:
    """When it goes out; or all that keeps it from it, as things are."""
    one = expected.delivery
    why = f": {expected.why.rstrip('.')}" if expected.why else ""
    if reasons := lasting(now.of_delivery(one), now):
        return f"It does not go out by itself as things are. {reasons}"
    if one.state is State.PLANNED and expected.at is None:
        return f"It does not go by itself{why}."
    at = expected.at or one.not_before
    goes = "is tried again" if one.put_off_at is not None else "goes out"
    when = "now" if at <= now.now else f"at {_day_and_time(work, at)}"
    return f"It {goes} by itself {when}{why}. To keep it back, run: bot hold {one.id}"


def _looked_for(work: Work, one: Delivery, now: CampaignStatus) -> str:
    then = (
        f"Found, it counts as sent; absent from {work.config.reconcile.reads} readings, it is sent again; else you are "
        "asked."
    )
    if now.running and (reasons := _cannot_be_asked(one, now)):
        return f"It is not looked for as things are. {reasons} {then}"
    if now.running:
        return f"It is looked for by itself, next at {_time(work, one, one.not_before)}. {then}"
    return f"No worker runs that could look for it. Start one: {START}. {then}"


def _cannot_be_asked(one: Delivery, now: CampaignStatus) -> str:
    """Why no worker that runs can ask its account anything; "" where one can. The stop switch keeps nobody from it."""
    return lasting([each for each in now.of_account(one.account) if each not in now.general], now)


def document(work: Work, told: DeliveryHistory) -> dict[str, Any]:
    """The story for scripts: the delivery's own fields, and the requests, looks and acts beside them."""
    now = status(work)
    return {
        **forecast.forecast_json(told.expected, now),
        "requests": [_request(past) for past in told.requests],
        "looks": [{"at": instant(act.at), "showed": act.detail} for act in told.looks],
        "acts": [
            {"at": instant(act.at), "actor": act.actor, "code": act.code, "action": act.action, "detail": act.detail}
            for act in told.acts
        ],
        "next": next_step(work, told.expected, now),
        "worker_running": bool(now.running),
        "answers": list(told.answers.values()),
        "asks": told.asks or told.shown_asks,
    }


def _request(past: PastAttempt) -> dict[str, Any]:
    tried = past.attempt
    return {
        "attempt": tried.id,
        "number": tried.number,
        "part": tried.part,
        "action": str(tried.action),
        "started_at": instant(tried.started_at),
        "answered_at": instant(past.answered_at),
        "answer": past.answer,
        "error": past.error,
    }
