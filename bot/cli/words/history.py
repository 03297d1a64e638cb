"""One delivery's story in English: what was sent, answered and looked at since, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from bot.cli.words import previews, stop_requests
from bot.cli.words.causes import cause_text
from bot.cli.words.deliveries import advice, delivery_name
from bot.cli.words.forecast import why_text
from bot.cli.words.status import START, lasting, somebody_tries_on
from bot.cli.words.times import time_text, times_text
from bot.domain.delivery import UNDECIDED, Action, AttemptAnswer, Delivery, Kind
from bot.languages import language_name
from bot.services.explain import DeliveryHistory, NextStepCode, next_step
from bot.services.forecast import Forecast
from bot.services.preview import Preview
from bot.services.status import CampaignStatus
from bot.services.work import Work
from bot.store.control import OURSELVES
from bot.store.past_requests import PastAttempt

_ANSWERS = {
    AttemptAnswer.NONE: "no answer is written down: it is under way, or its worker has ended",
    AttemptAnswer.ACCEPTED: "accepted",
    AttemptAnswer.FOUND: "no answer came, and it was found on our timeline afterwards",
    AttemptAnswer.LIMITED: "not carried out: it was told to wait",
    AttemptAnswer.GATEWAY: "something on the way refused it",
    AttemptAnswer.GATEWAY_OPEN: "something on the way lost sight of it",
    AttemptAnswer.NOT_SENT: "never sent",
    AttemptAnswer.REJECTED: "refused",
    AttemptAnswer.AMBIGUOUS: "nobody knows what became of it",
}

_EDIT_ANSWERS = _ANSWERS | {
    AttemptAnswer.AMBIGUOUS: "nobody knows what became of it, so it is looked at before the next try"
}

Line = tuple[str, str]
"""What it is about ("" for the same as above), and the words."""

Happened = tuple[datetime, list[Line]]
"""Lines about something, with its instant (UTC)."""


def fact_lines(preview: Preview) -> list[Line]:
    """Return what a delivery is and when it is due; of a post also how long it is, who may see it and what it costs."""
    delivery = preview.delivery
    lines = [("What", delivery_name(delivery.label)), ("Due", time_text(delivery.due_at))]
    if delivery.kind is Kind.RESHARE:
        return [*lines, ("Post", delivery.post_uri), *_unless_empty("Price", previews.price_text(preview))]
    longest = ", the longest part" if len(preview.prices) > 1 else ""
    return [
        *lines,
        ("Language", "several" if preview.is_translated else language_name(delivery.language)),
        ("Length", f"{previews.length_text(delivery)} characters{longest}"),
        *_unless_empty("Seen by", previews.visibility_text(delivery)),
        *_unless_empty("Price", previews.price_text(preview)),
    ]


def _unless_empty(label: str, words: str) -> list[Line]:
    return [(label, words)] if words else []


def story_lines(work: Work, history: DeliveryHistory) -> list[Line]:
    """Return what became of a delivery, in the order in which it happened, and what comes next."""
    delivery, lines = history.delivery, list[Line]()
    happenings = [*_acts(history), *_looks(history), *_requests(history), *_taken_back(history)]
    for _, happened in sorted(happenings, key=_by_time):
        lines += happened
    if delivery.error and delivery.error not in {past.error for past in history.requests}:
        lines.append(("Now", cause_text(delivery.error)))
    if delivery.trouble:
        lines.append(("Trouble", cause_text(delivery.trouble)))
    if history.asks:
        words = f"Its author may be asking to be left alone. {stop_requests.answers(delivery.sighting_id)}"
        lines.append(("Asks", words))
    if history.shown_asks:
        then = stop_requests.answers(delivery.sighting_id, is_shown=True)
        lines.append(("Asks", f"Somebody whose post it shows may be asking to be left alone. {then}"))
    return [*lines, ("Next", next_step_text(work, history.expected, history.stands))]


def _by_time(happened: Happened) -> datetime:
    return happened[0]


def _requests(history: DeliveryHistory) -> Iterator[Happened]:
    for past in history.requests:
        at = past.attempt.started_at
        when = time_text(at, history.delivery.due_at)
        yield at, [(f"Request {past.attempt.number}", when), ("", _said(history.delivery, past))]


def _looks(history: DeliveryHistory) -> Iterator[Happened]:
    """Yield the looks at our timeline, those in a row that showed the same as one."""
    for showed, group in groupby(history.looks, key=lambda act: act.detail):
        looks = list(group)
        times = times_text([act.at for act in looks], history.delivery.due_at)
        count = f"{len(looks)} times, at" if len(looks) > 1 else "at"
        yield looks[0].at, [("Looked", f"{count} {times}: {cause_text(showed).rstrip('.')}.")]


def _acts(history: DeliveryHistory) -> Iterator[Happened]:
    for act in history.acts:
        when = time_text(act.at, history.delivery.due_at)
        label = "By itself" if act.actor == OURSELVES else "By hand"
        yield act.at, [(label, f"{when} {act.actor}: {act.action} {cause_text(act.detail)}".strip())]


def _taken_back(history: DeliveryHistory) -> Iterator[Happened]:
    back = history.taken_back
    if back is not None and back.done_at is not None:
        yield back.done_at, [("Taken back", time_text(back.done_at, history.delivery.due_at))]


def _said(delivery: Delivery, past: PastAttempt) -> str:
    parts = len(delivery.content.parts)
    part_name = f"Part {past.attempt.part + 1} of {parts}: " if parts > 1 else ""
    why = f": {cause_text(past.error)}" if past.error else ""
    if past.attempt.action is Action.EDIT:
        part_name = f"Other words for part {past.attempt.part + 1}: " if parts > 1 else "Other words: "
        return f"{part_name}{_EDIT_ANSWERS[past.answer]}{why}".rstrip(".") + "."
    return f"{part_name}{_ANSWERS[past.answer]}{why}".rstrip(".") + "."


def answers(history: DeliveryHistory) -> dict[str, str]:
    """Return what a person can say of an outcome that nobody knows, and the command that says it."""
    if history.delivery.state not in UNDECIDED:
        return {}
    command = f"bot resolve {history.delivery.id}"
    return {"It is there": f"{command} --sent URL", "It is not there": f"{command} --not-sent"}


def next_step_text(work: Work, expected: Forecast, now: CampaignStatus) -> str:
    """Return what happens by itself, and when; or what a person has to do. `now` is how the campaign stands."""
    step, delivery = next_step(expected, now), expected.delivery
    reasons, tries_on = lasting(step.hindrances, now), somebody_tries_on(now)
    why = why_text(expected).rstrip(".")
    because = f": {why}" if why else ""
    if_found = (
        f"Found, it counts as sent; absent from {work.config.reconcile.reads} readings, it is sent again; else you are "
        "asked."
    )
    match step.code:
        case NextStepCode.UNDO_BLOCKED:
            return f"It is to be taken back, and cannot be as things are. {reasons}"
        case NextStepCode.UNDO_WAITS:
            return f"It is to be taken back, and is not yet. {tries_on}."
        case NextStepCode.BLOCKED:
            return f"It does not go out by itself as things are. {reasons}"
        case NextStepCode.STAYS:
            return f"It does not go by itself{because}."
        case NextStepCode.GOES:
            goes = "is tried again" if delivery.put_off_at is not None else "goes out"
            at = step.at or delivery.not_before
            when = "now" if at <= now.now else f"at {time_text(at, now.now)}"
            return f"It {goes} by itself {when}{because}. To keep it back, run: bot hold {delivery.id}"
        case NextStepCode.LOOK_BLOCKED:
            return f"It is not looked for as things are. {reasons} {if_found}"
        case NextStepCode.LOOKED_FOR:
            next_at = time_text(step.at or delivery.not_before, now.now)
            return f"It is looked for by itself, next at {next_at}. {if_found}"
        case NextStepCode.NOBODY_LOOKS:
            return f"No worker runs that could look for it. Start one: {START}. {if_found}"
        case NextStepCode.SENDER_ENDED:
            return (
                "A worker was sending it, and does not run any more: the next one finds out whether it is out. "
                f"Start one: {START}"
            )
        case NextStepCode.DECIDE:
            return "Nothing happens by itself. Look at the account with a browser, then say which is true:"
        case NextStepCode.IS_OUT:
            return f"It is out: {delivery.url}"
        case NextStepCode.BY_STATE:
            return advice(delivery.id, delivery.state)
