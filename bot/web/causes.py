"""Why something is as it is, in the console's words: a sentence for each cause that a delivery or an account can have.

What platforms say stays in their words; a cause that has none of ours is said by its code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.causes import Cause, CauseCode, with_words
from bot.errors import AT_BEGINS, MARK_BEGINS, MARK_ENDS, Remedy
from bot.web.languages import N_, Speech, Words, said


def cause_text(text: str, speech: Speech) -> str:
    """Return a text with words in place of the causes in it, as a sentence; what a person can do stands beside it."""
    worded = _without_marks(with_words(text, lambda cause: _words(cause, speech)), speech).strip()
    return worded[:1].upper() + worded[1:]


def _words(cause: Cause, speech: Speech) -> str:
    facts = {
        name: cause_text(value, speech) if isinstance(value, str) else value for name, value in cause.facts.items()
    }
    words = _CAUSES.get(cause.code)
    try:
        return words(speech, **facts) if words is not None else _by_code(speech, cause.code, facts)
    except (KeyError, TypeError, ValueError):  # another version keeps other facts with it
        return _by_code(speech, cause.code, {})


def _by_code(speech: Speech, code: CauseCode, facts: Mapping[str, Any]) -> str:
    said = str(facts.get("what") or facts.get("cause") or facts.get("problem") or "")
    return said or speech.say("no words for it yet (%(code)s)", code=code.replace("_", " "))


def _without_marks(text: str, speech: Speech) -> str:
    """Put words in the place of what the command line says with a command, and of instants."""
    text = _DO.sub(lambda mark: _REMEDIES[mark[1]](speech, about=mark[2].strip()), text)
    return _AT.sub(lambda mark: speech.clock(datetime.fromisoformat(mark[1])), text)


def _platforms(_speech: Speech, what: str = "", more: str = "", **_facts: Any) -> str:
    return f"{what}{more}"


_DO = re.compile(rf"{MARK_BEGINS}({'|'.join(Remedy)})([^{MARK_ENDS}]*){MARK_ENDS}")
_AT = re.compile(rf"{AT_BEGINS}([^{MARK_ENDS}]+){MARK_ENDS}")
_AT_THE_TERMINAL = said(N_("see to it at the terminal"))
_REMEDIES: Mapping[str, Words] = {
    **dict.fromkeys(Remedy, _AT_THE_TERMINAL),
    Remedy.LOG_IN: said(N_("the login of %(about)s at the terminal")),
    Remedy.CANCEL: said(N_("“Cancel it”")),
    Remedy.RELEASE: said(N_("“Let it go”")),
    Remedy.RESUME: said(N_("“Let it go on”")),
    Remedy.RETRY: said(N_("“Try it again”")),
    Remedy.SHOW: said(N_("look at delivery %(about)s")),
}

_CAUSES: Mapping[CauseCode, Words] = {
    CauseCode.TOO_LATE_WHEN_PLANNED: said(N_("it was too late already when it was planned")),
    CauseCode.LEFT_SCHEDULE: said(N_("it left the schedule")),
    CauseCode.HELD_WHEN_LEFT: said(N_("it was held when it left the schedule")),
    CauseCode.NEAR_OTHER: said(N_("its words are the same as, or near to, those of delivery %(other)s")),
    CauseCode.HELD_BY: said(N_("held by %(by)s")),
    CauseCode.HELD_BY_FILES: said(N_("its schedule holds it until somebody has read it")),
    CauseCode.HELD_UNREAD: said(N_("nobody has read it yet, and its schedule holds it until then")),
    CauseCode.CANCELLED_BY: said(N_("cancelled by %(by)s")),
    CauseCode.TAKEN_BACK: said(N_("taken back")),
    CauseCode.AUTHOR_ASKED: said(N_("its author asked us not to")),
    CauseCode.CAMPAIGN_OVER: said(N_("the campaign is over")),
    CauseCode.NOT_KNOWN_AFTER_RESTORE: said(
        N_("it was due while this store knew nothing, and the account shows posts that nobody here remembers")
    ),
    CauseCode.TOO_LATE: said(N_("too late by its own rule")),
    CauseCode.LINK_UNKNOWN: said(N_("the address %(link)s is not known")),
    CauseCode.LINK_TO_COME: said(N_("the address %(link)s is not known yet")),
    CauseCode.LINK_NOT_IN_TIME: said(N_("the address %(link)s was not known in time")),
    CauseCode.NO_YES: said(N_("nobody’s yes stands any more")),
    CauseCode.NO_MONEY: said(N_("today’s budget of %(account)s does not cover it")),
    CauseCode.SENDER_ENDED: said(N_("the worker ended while this was being sent")),
    CauseCode.PARTS_OUT: said(N_("%(cause)s (%(out)s of %(parts)s parts are out)")),
    CauseCode.MEND_AND_RETRY: said("%(cause)s"),
    CauseCode.PROVED_ABSENT: said(N_("proved absent from our own timeline; it is sent again")),
    CauseCode.NOT_LOOKED_YET: said(N_("nobody has looked yet whether it is out: %(cause)s")),
    CauseCode.CANNOT_LOOK: said(N_("nobody knows yet whether it is out, and nobody can look: %(cause)s")),
    CauseCode.NOBODY_KNOWS: said(N_("nobody knows whether it is out: %(cause)s")),
    CauseCode.TIMELINE_BEHIND: said(N_("our own timeline is behind and does not even show our newest post")),
    CauseCode.TIMELINE_LACKS_POST: said(N_("our own timeline is behind: it lacks a post that it showed before")),
    CauseCode.OLDER_POST_THERE: said(
        N_("a post with the same words is there, but it was there before this one was sent")
    ),
    CauseCode.SAID_BEFORE_BUT_ABSENT: said(
        N_("the platform says the text was posted before, but it is not on our timeline")
    ),
    CauseCode.NEVER_ANSWERED: said(N_("it was asked for %(times)s times, and no answer ever said whether it was done")),
    CauseCode.ACCOUNT_NOT_IN_FILES: said(
        N_("nobody knows whether it is out, and it cannot be looked for: %(account)s is not in the files any more")
    ),
    CauseCode.NOT_TAKEN_BACK_YET: said(N_("not taken back yet, and tried again: %(cause)s")),
    CauseCode.NOT_EDITED: said(N_("not changed: %(cause)s")),
    CauseCode.NOT_EDITED_YET: said(N_("not changed yet, and tried again: %(cause)s")),
    CauseCode.IT_IS_THERE: said(N_("it is there")),
    CauseCode.IT_IS_ABSENT: said(N_("it is not there")),
    CauseCode.NOT_SEEN: said(N_("it could not be seen: %(cause)s")),
    CauseCode.ACCOUNT_CLOSED: said(N_("%(account)s is closed: %(cause)s")),
    CauseCode.STOPPED: said(N_("sending is stopped")),
    **dict.fromkeys(
        (
            *(CauseCode.RATE_LIMITED, CauseCode.UNREACHABLE, CauseCode.LOGIN_REFUSED, CauseCode.SAID_BEFORE),
            *(CauseCode.GATEWAY, CauseCode.REFUSED, CauseCode.NO_ANSWER, CauseCode.UNCLEAR_ANSWER, CauseCode.NOT_DONE),
        ),
        _platforms,
    ),
}
