"""A delivery in words: what it is, how it stands, what was asked and answered, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.domain.delivery import AttemptAnswer, Delivery, Kind, State
from bot.domain.moderation import Reason
from bot.services.explain import DeliveryHistory, NextStep, NextStepCode
from bot.services.status import Hindrance, Obstacle
from bot.store.control import OURSELVES, AuditAction, AuditEntry
from bot.store.rows import DeliveryRow
from bot.values import dataclass
from bot.web.causes import account_name, cause_text, reason_text
from bot.web.faults import full_stop
from bot.web.languages import Speech

TONES = {
    State.SENT: "out",
    State.REJECTED: "bad",
    State.UNKNOWN: "bad",
    State.NEEDS_DECISION: "bad",
    State.MISSED: "bad",
    State.HELD: "wait",
}
"""How a state looks: green is out alone, red what is not known or refused, yellow where a person is needed."""


def state_name(state: State, speech: Speech) -> str:
    """Return how a delivery stands, in one or two words."""
    return {
        State.PLANNED: speech.gettext("planned"),
        State.CLAIMED: speech.gettext("about to go"),
        State.SENDING: speech.gettext("on its way"),
        State.SENT: speech.gettext("out"),
        State.REJECTED: speech.gettext("refused"),
        State.UNKNOWN: speech.gettext("not known"),
        State.NEEDS_DECISION: speech.gettext("not known: say which"),
        State.HELD: speech.gettext("held"),
        State.MISSED: speech.gettext("missed"),
        State.CANCELLED: speech.gettext("cancelled"),
    }[state]


def state_meanings(speech: Speech) -> dict[State, tuple[str, str]]:
    """Return what each state is called and what it means, for those who ask."""
    texts = {
        State.PLANNED: speech.gettext("It goes out by itself at its time."),
        State.SENT: speech.gettext("The platform has said that it has it."),
        State.HELD: speech.gettext("Somebody, or its schedule, keeps it back until somebody lets it go."),
        State.NEEDS_DECISION: speech.gettext(
            "A request left, no answer came, and looking did not settle it. Open the account, then say which is true."
        ),
        State.UNKNOWN: speech.gettext("A request left and no answer came; it is looked for by itself."),
        State.REJECTED: speech.gettext("The platform said no. Its words stand with the post."),
        State.MISSED: speech.gettext("Its time went by, and by its own rule it does not go out late."),
        State.CANCELLED: speech.gettext("Somebody called it off, or it left the schedule."),
    }
    return {state: (state_name(state, speech), text) for state, text in texts.items()}


def name(delivery: Delivery | DeliveryRow, speech: Speech) -> str:
    """Return what people call a delivery: its message, or that it is a reshare."""
    return delivery.message if delivery.kind is Kind.POST else speech.gettext("reshare")


@dataclass(frozen=True)
class Happened:
    """Something that happened to a delivery, at an instant (UTC): what, and what is said of it."""

    at: datetime
    title: str
    text: str
    tone: str = ""


def timeline(history: DeliveryHistory, speech: Speech) -> list[Happened]:
    """Return what became of a delivery, the earliest first."""
    return sorted(
        [
            *_requests(history, speech),
            *_looks(history, speech),
            *_acts(history, speech),
            *_taken_back(history, speech),
        ],
        key=lambda it: it.at,
    )


def _requests(history: DeliveryHistory, speech: Speech) -> Iterator[Happened]:
    answers = {
        AttemptAnswer.NONE: speech.gettext("No answer is written down: it is under way, or its worker has ended."),
        AttemptAnswer.ACCEPTED: speech.gettext("Accepted."),
        AttemptAnswer.FOUND: speech.gettext("No answer came; it was found on our timeline afterwards."),
        AttemptAnswer.LIMITED: speech.gettext("Not carried out: it was told to wait."),
        AttemptAnswer.GATEWAY: speech.gettext("Something on the way refused it."),
        AttemptAnswer.GATEWAY_OPEN: speech.gettext("Something on the way lost sight of it."),
        AttemptAnswer.NOT_SENT: speech.gettext("It never left."),
        AttemptAnswer.REJECTED: speech.gettext("Refused."),
        AttemptAnswer.AMBIGUOUS: speech.gettext("Nobody knows what became of it."),
    }
    good = {AttemptAnswer.ACCEPTED, AttemptAnswer.FOUND}
    for past in history.requests:
        title = speech.say("Request %(number)s", number=past.attempt.number)
        why = full_stop(cause_text(past.error, speech)) if past.error else ""
        tone = "out" if past.answer in good else "bad" if past.answer else ""
        yield Happened(past.attempt.started_at, title, f"{answers[past.answer]} {why}".strip(), tone)


def _looks(history: DeliveryHistory, speech: Speech) -> Iterator[Happened]:
    for look in history.looks:
        yield Happened(look.at, speech.gettext("A look at our timeline"), full_stop(cause_text(look.detail, speech)))


def _acts(history: DeliveryHistory, speech: Speech) -> Iterator[Happened]:
    for act in history.acts:
        yield Happened(act.at, act_text(act, speech), "")


def _taken_back(history: DeliveryHistory, speech: Speech) -> Iterator[Happened]:
    back = history.taken_back
    if back is None:
        return
    if back.asked is None:
        yield Happened(back.asked_at, speech.gettext("It was asked back."), "")
    if back.done_at is not None:
        yield Happened(back.done_at, speech.gettext("Taken back."), "")


def stands_text(history: DeliveryHistory, speech: Speech, now: datetime) -> str:
    """Return why a delivery stands as it does, "" where there is nothing to say; of one that was taken back, when that
    was, and who asked for it or why."""
    back = history.taken_back
    if back is None or back.done_at is None:
        return full_stop(cause_text(history.delivery.error, speech)) if history.delivery.error else ""
    done = speech.say("Taken back: %(time)s.", time=speech.when(back.done_at, now))
    return f"{done} {act_text(back.asked, speech)}" if back.asked else done


def act_text(act: AuditEntry, speech: Speech) -> str:
    """Return what somebody did, as a sentence."""
    if act.code == AuditAction.UNDO and act.actor == OURSELVES:
        return speech.say("Groundswell itself asked it back. %(reason)s.", reason=_why(act.detail, speech))
    texts = {
        AuditAction.HOLD: speech.gettext("%(name)s held it."),
        AuditAction.RELEASE: speech.gettext("%(name)s let it go."),
        AuditAction.CANCEL: speech.gettext("%(name)s cancelled it."),
        AuditAction.RETRY: speech.gettext("%(name)s asked to try it again."),
        AuditAction.RESOLVE_AS_SENT: speech.gettext("%(name)s said that it is there."),
        AuditAction.RESOLVE_AS_NOT_SENT: speech.gettext("%(name)s said that it is not there."),
        AuditAction.UNDO: speech.gettext("%(name)s asked to take it back."),
        AuditAction.EDIT: speech.gettext("%(name)s changed its words."),
        AuditAction.POST: speech.gettext("%(name)s asked for it."),
        AuditAction.APPROVE: speech.gettext("%(name)s said yes to the post."),
        AuditAction.REJECT: speech.gettext("%(name)s said no to the post."),
        AuditAction.RECONSIDER: speech.gettext("%(name)s took the yes back."),
        AuditAction.FLAG: speech.gettext("%(name)s held the post for care."),
        AuditAction.BLOCK: speech.gettext("%(name)s blocked its author."),
        AuditAction.DISMISS: speech.gettext("%(name)s said that its author does not ask to be left alone."),
        AuditAction.FORGET: speech.gettext("%(name)s had its author forgotten."),
        AuditAction.WATCH: speech.gettext("%(name)s fetched the post again."),
    }
    text = texts.get(act.code)  # type: ignore[call-overload]
    return text % {"name": act.actor} if text else f"{act.actor}: {act.code}"


def _why(why: str, speech: Speech) -> str:
    """Return a reason, or a cause, as a sentence without its full stop."""
    words = reason_text(why, speech) if why in set(Reason) else cause_text(why, speech)
    return f"{words[:1].upper()}{words[1:]}".rstrip(".")


def next_text(step: NextStep, speech: Speech, now: datetime) -> str:
    """Return what happens by itself, and when; or what a person has to do."""
    reasons = " ".join(hindrance_text(hindrance, speech) for hindrance in step.hindrances)
    at = speech.when(step.at, now) if step.at is not None and step.at > now else speech.gettext("now")
    match step.code:
        case NextStepCode.UNDO_BLOCKED:
            return speech.gettext("It is to be taken back, and cannot be as things are.") + f" {reasons}"
        case NextStepCode.UNDO_WAITS:
            return speech.gettext("It is to be taken back, and is not yet.")
        case NextStepCode.BLOCKED:
            return speech.gettext("It does not go out by itself as things are.") + f" {reasons}"
        case NextStepCode.STAYS:
            return speech.gettext("It does not go by itself.")
        case NextStepCode.GOES:
            return speech.say("It goes out by itself: %(time)s.", time=at)
        case NextStepCode.LOOK_BLOCKED:
            return speech.gettext("It is not looked for as things are.") + f" {reasons}"
        case NextStepCode.LOOKED_FOR:
            return speech.say(
                "It is looked for by itself: %(time)s. Found, it counts as out; absent, it is sent again.", time=at
            )
        case NextStepCode.NOBODY_LOOKS:
            return speech.gettext("No worker runs that could look for it.")
        case NextStepCode.SENDER_ENDED:
            return speech.gettext("Its worker does not run any more: the next one finds out whether it is out.")
        case NextStepCode.DECIDE:
            return speech.gettext("Nothing happens by itself. Open the account, then say which is true.")
        case NextStepCode.IS_OUT:
            return speech.gettext("It is out.")
        case NextStepCode.BY_STATE:
            return speech.gettext("Nothing more happens by itself.")


def hindrance_text(hindrance: Hindrance, speech: Speech) -> str:
    """Return what keeps something back, as a sentence."""
    account = account_name(hindrance.account)
    is_link = hindrance.code is Obstacle.WAITS_FOR_LINK
    reason = hindrance.reason if is_link else full_stop(cause_text(hindrance.reason, speech))
    values = {"account": account, "reason": reason}
    texts = {
        Obstacle.STOPPED: speech.gettext("Sending is stopped."),
        Obstacle.ACCOUNT_UNKNOWN: speech.gettext("%(account)s is not in the files any more."),
        Obstacle.ACCOUNT_CLOSED: speech.gettext("%(account)s is closed. %(reason)s"),
        Obstacle.ACCOUNT_BARRED: speech.gettext("%(account)s cannot be used. %(reason)s"),
        Obstacle.NO_TOKEN: speech.gettext("%(account)s cannot be used. %(reason)s"),
        Obstacle.NEEDS_ADOPTION: speech.gettext("%(account)s is paused: this store may not be the one that sends."),
        Obstacle.NEEDS_RECOVERY: speech.gettext("%(account)s is paused until its timeline was read."),
        Obstacle.OUT_OF_REACH: speech.gettext("%(account)s cannot be reached. %(reason)s"),
        Obstacle.RATE_LIMITED: speech.gettext("%(account)s is paused. %(reason)s"),
        Obstacle.NO_MONEY: speech.gettext("%(account)s has no money for it before midnight (UTC)."),
        Obstacle.WAITS_FOR_LINK: speech.gettext("It waits for the address %(reason)s."),
        Obstacle.TOO_LATE: speech.gettext("It is too late by its own rule."),
        Obstacle.NO_WORKER_FOR_ACCOUNT: speech.gettext("No worker that runs works on %(account)s."),
    }
    return texts.get(hindrance.code, speech.gettext("No worker runs.")) % values
