"""What waits for a person, in words: what it is, why, and where it is answered."""

from __future__ import annotations

from bot.services.status import Hindrance
from bot.services.today import NeedCode, PersonNeeded
from bot.values import dataclass
from bot.web.causes import account_name, cause_text
from bot.web.delivery_words import hindrance_text
from bot.web.faults import full_stop
from bot.web.languages import Speech

ICONS = {
    NeedCode.STOPPED: "octagon-x",
    NeedCode.UNKNOWN_OUTCOME: "circle-help",
    NeedCode.APPROVALS: "scan-eye",
    NeedCode.LINK_DUE: "radio",
    NeedCode.LINK_MISSING: "radio",
    NeedCode.HELD_BACK: "pause",
    NeedCode.MAY_WANT_OUT: "hand",
    NeedCode.NO_MONEY: "clock",
    NeedCode.NOT_READ: "activity",
}
_OTHER_ICON = "triangle-alert"


@dataclass(frozen=True)
class ShownNeed:
    """One thing that waits, as it is shown."""

    code: NeedCode
    icon: str
    title: str
    text: str
    of: PersonNeeded


def need(waiting: PersonNeeded, speech: Speech) -> ShownNeed:
    """Return how a thing that waits is shown."""
    title, text = _said(waiting, speech)
    return ShownNeed(waiting.code, ICONS.get(waiting.code, _OTHER_ICON), title, text.strip(), waiting)


def _said(waiting: PersonNeeded, speech: Speech) -> tuple[str, str]:
    reason = full_stop(cause_text(waiting.reason, speech))
    since = speech.clock(waiting.since) if waiting.since else ""
    account = account_name(waiting.account)
    match waiting.code:
        case NeedCode.STOPPED:
            return speech.gettext("Sending is stopped"), speech.say(
                "By %(name)s, since %(time)s. Nothing leaves until it is let go on.", name=waiting.by, time=since
            )
        case NeedCode.STORE_IN_DOUBT:
            return speech.gettext("The store is older than what was sent"), speech.gettext(
                "Nothing leaves until it is known what is out. An admin sees to it at the terminal, with the check of "
                "the database."
            )
        case NeedCode.NO_WORKER:
            seen = speech.say("The last sign was at %(time)s.", time=since) if since else ""
            return speech.gettext("Nothing goes out: no worker is running"), " ".join(
                filter(None, (seen, speech.gettext("What is due waits, and is missed by its own rule.")))
            )
        case NeedCode.FILES_AT_FAULT:
            return speech.spelled("A mistake in the files", "%(num)s mistakes in the files", waiting.count), " ".join(
                (
                    speech.gettext("All goes on by the files as they were before it."),
                    _first_fault(waiting, cause_text(waiting.reason, speech), speech),
                )
            )
        case NeedCode.UNKNOWN_OUTCOME:
            return speech.gettext("Is this post out?"), _unknown(waiting, speech)
        case NeedCode.LINK_DUE | NeedCode.LINK_MISSING:
            return speech.say("The address “%(link)s” is missing", link=waiting.link), _link(waiting, speech)
        case NeedCode.ACCOUNT_CLOSED | NeedCode.NO_MONEY:
            return _account(waiting, speech, reason)
        case NeedCode.MAY_WANT_OUT:
            return speech.gettext("Somebody may be asking to be left alone"), speech.count(
                "Read what they say, and answer: one post of theirs, or showing theirs, is concerned.",
                "Read what they say, and answer: %(num)s posts are concerned.",
                waiting.count,
            )
        case NeedCode.TROUBLE_AHEAD:
            return speech.spelled(
                "A post will not go out as it is", "%(num)s posts will not go out as they are", waiting.count
            ), reason
        case NeedCode.REJECTED:
            return speech.spelled("A post was refused", "%(num)s posts were refused", waiting.count), _on(
                account, reason
            )
        case NeedCode.HELD_BACK:
            return speech.spelled("A post is held", "%(num)s posts are held", waiting.count), _on(account, reason)
        case NeedCode.ALARM:
            return speech.gettext("Automatic approval is paused"), " ".join(
                (reason, speech.gettext("Until it is switched on again, everything waits for a person."))
            )
        case NeedCode.APPROVALS:
            return speech.spelled("A post waits for a yes", "%(num)s posts wait for a yes", waiting.count), _care(
                waiting, speech
            )
        case NeedCode.NOT_READ:
            return speech.spelled("A source cannot be read", "%(num)s sources cannot be read", waiting.count), (
                speech.gettext("What people post there is not seen until it can.")
            )


def _first_fault(waiting: PersonNeeded, fault: str, speech: Speech) -> str:
    return fault if waiting.count == 1 else speech.say("The first of them: %(fault)s", fault=fault)


def _on(account: str, reason: str) -> str:
    return f"{account}: {reason}" if account and reason else account or reason


def _unknown(waiting: PersonNeeded, speech: Speech) -> str:
    (row,) = waiting.deliveries
    language = speech.language_name(row.language) if row.language else ""
    about = ", ".join(filter(None, (row.message or speech.gettext("a reshare"), language, account_name(row.account))))
    return speech.say(
        "%(about)s. A request left and no answer came, and our timeline does not settle it. Open the account, then say "
        "which is true.",
        about=about,
    )


def _link(waiting: PersonNeeded, speech: Speech) -> str:
    first = speech.clock(waiting.since) if waiting.since else ""
    day = speech.short_day(waiting.since.astimezone(speech.zone).date()) if waiting.since else ""
    text = speech.spelled(
        "One post waits for it, on %(day)s at %(time)s.",
        "%(num)s posts wait for it, the first on %(day)s at %(time)s.",
        waiting.count,
        day=day,
        time=first,
    )
    if waiting.until is None:
        return text
    missed = speech.say(
        "From %(time)s on, what waits is missed.", time=speech.when(waiting.until, waiting.since or waiting.until)
    )
    return f"{text} {missed}"


def _account(waiting: PersonNeeded, speech: Speech, reason: str) -> tuple[str, str]:
    if waiting.code is NeedCode.NO_MONEY:
        title = speech.say("%(account)s has no money left today", account=account_name(waiting.account))
        return title, speech.gettext("What is due waits until midnight (UTC), or for a higher budget in bot.toml.")
    title = speech.say("%(account)s sends nothing", account=account_name(waiting.account))
    if waiting.obstacle is None:
        return title, reason
    return title, hindrance_text(Hindrance(waiting.obstacle, waiting.account, waiting.reason), speech)


def _care(waiting: PersonNeeded, speech: Speech) -> str:
    care = (
        speech.spelled("One is held for care.", "%(num)s are held for care.", waiting.with_care)
        if waiting.with_care
        else ""
    )
    oldest = speech.say("The oldest waits since %(time)s.", time=speech.clock(waiting.since)) if waiting.since else ""
    return f"{care} {oldest}".strip()
