"""Why something is as it is, in the console's words: why a post waits or does not, what became of a request, what is
missing.

What a platform itself has said stays in its words, between quotation marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from bot.causes import Cause, CauseCode, because, causes_in, with_words
from bot.domain.campaign import PlatformName
from bot.domain.identity import IdentityDoubt
from bot.domain.moderation import Reason
from bot.errors import AT_BEGINS, MARK_BEGINS, MARK_ENDS, FailureDetail, Remedy
from bot.hosts import shown_handle
from bot.web.faults import fault_text, full_stop, media_text, quoted
from bot.web.languages import N_, Speech, Words, said


def cause_text(text: str, speech: Speech) -> str:
    """Return a text with words in place of the causes in it, as a sentence, or several where they are several; what a
    person can do stands beside it."""
    several = list(causes_in(text))
    if len(several) > 1:
        return " ".join(full_stop(_capital(_phrase(because(each.code, **each.facts), speech))) for each in several)
    return _capital(_phrase(text, speech))


def account_name(name: str) -> str:
    """Return what people call an account of ours: one that is named like its network is written as the network is."""
    return {"mastodon": "Mastodon", "x": "X"}.get(name, name)


def shown_name(handle: str) -> str:
    """Return somebody's handle as people write it: one on X with the network's name behind it, where they give none."""
    name = handle.removeprefix(_AT_X)
    return f"@{name} (X)" if name and name != handle else shown_handle(handle)


_AT_X = "x:"


def _phrase(text: str, speech: Speech) -> str:
    """Return a text in words as it stands within a sentence."""
    return _without_marks(with_words(text, lambda cause: _words(cause, speech)), speech).strip()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_NAMED = ("file", "host", "post", "platform", "url")
"""Facts that are written as they are, also where a sentence begins with them."""


def _words(cause: Cause, speech: Speech) -> str:
    facts = {name: _phrase(value, speech) if isinstance(value, str) else value for name, value in cause.facts.items()}
    facts |= {name: quoted(shown) for name in _NAMED if isinstance(shown := facts.get(name), str)}
    if isinstance(account := facts.get("account"), str):
        facts["account"] = quoted(account_name(account))
    words = _CAUSES.get(cause.code)
    try:
        return words(speech, **facts) if words is not None else _by_code(speech, cause.code)
    except (KeyError, TypeError, ValueError):  # another version keeps other facts with it
        return _by_code(speech, cause.code)


def _by_code(speech: Speech, code: CauseCode) -> str:
    return speech.say("no words for it yet (%(code)s)", code=code.replace("_", " "))


def _without_marks(text: str, speech: Speech) -> str:
    """Put words in the place of what the command line says with a command, and of instants."""
    text = _DO.sub(lambda mark: _REMEDIES[mark[1]](speech, about=mark[2].strip()), text)
    return _AT.sub(lambda mark: speech.clock(datetime.fromisoformat(mark[1])), text)


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


def reason_text(reason: str, speech: Speech) -> str:
    """Return a reason in words; one in the campaign's own words, or in those of an earlier version, as it is."""
    return _plain(speech).get(reason) or _phrase(reason, speech)


def reasons_text(reasons: Iterable[str], speech: Speech) -> str:
    """Return the reasons in a row."""
    return "; ".join(dict.fromkeys(reason_text(reason, speech) for reason in reasons))


@cache
def _plain(speech: Speech) -> Mapping[str, str]:
    say = speech.gettext
    return {
        Reason.OURS: say("our own post"),
        Reason.NOT_PUBLIC: say("not public"),
        Reason.LOCKED: say("of a locked account"),
        Reason.BLOCKED: say("its author is blocked"),
        Reason.OPTED_OUT: say("its author asks in the profile not to be reshared"),
        Reason.ALREADY: say("reshared by us already"),
        Reason.WRONG_KIND: say("carries none of what is looked for"),
        Reason.SENSITIVE: say("marked as sensitive"),
        Reason.REPLY: say("a reply to somebody"),
        Reason.NO_ALT_TEXT: say("without alternative text"),
        Reason.TRUSTED: say("its author is trusted"),
        Reason.NOBODY_DECIDED: say("waits for a person"),
        Reason.SECOND: say("waits for a second person"),
        Reason.PAUSED: say("automatic approval is paused"),
        Reason.FLAGGED: say("held for care by one of us"),
        Reason.MAY_WANT_OUT: say("its author may be asking to be left alone"),
        Reason.GONE: say("deleted or hidden by its author"),
        Reason.EDITED: say("edited since it was approved"),
        Reason.OTHER_AUTHOR: say("its author is not the one who was seen"),
        Reason.AGAIN: say("shown once more on purpose"),
        Reason.TAKEN_BACK: say("taken back by us"),
        Reason.NOT_FETCHED: say("has a file that its server has not fetched yet"),
        Reason.WITHHELD: say("hidden in some countries by its platform"),
        Reason.SILENT: say("a video without sound, which its server takes for a GIF"),
        Reason.SHY: say("its author asks not to be found"),
        Reason.PART_UNREAD: say("a part of it could not be read"),
        Reason.FOLLOWERS_UNKNOWN: say("not known how many follow the account"),
        Reason.AGE_UNKNOWN: say("not known how old the account is"),
        Reason.CYRILLIC: say("in Cyrillic letters, in a language that is not known"),
        Reason.SHOWN: say("shows somebody else’s post"),
        Reason.SHOWN_UNREAD: say("shows a post that could not be read"),
        Reason.SHOWN_PENDING: say("shows a post whose author has not agreed to it yet"),
        Reason.SHOWN_GONE: say("shows a post that was deleted or hidden"),
        Reason.SHOWN_NOT_PUBLIC: say("shows a post that is not public"),
        Reason.SHOWN_LOCKED: say("shows a post of a locked account"),
        Reason.SHOWN_BLOCKED: say("shows a post of a blocked author"),
        Reason.SHOWN_OPTED_OUT: say("shows a post whose author asks in the profile not to be reshared"),
        Reason.SHOWN_FORGOTTEN: say("shows a post of somebody who asked to be forgotten"),
        Reason.SHOWN_EDITED: say("what it shows was edited since it was approved"),
        **_of_a_no(speech),
    }


def _of_a_no(speech: Speech) -> Mapping[str, str]:
    say = speech.gettext
    return {
        Reason.OFF_TOPIC: say("Not about the campaign"),
        Reason.UNSAFE: say("Not safe for somebody"),
        Reason.UNCLEAR: say("Unclear what it shows"),
        Reason.SPAM: say("Advertising or abuse"),
        Reason.POOR: say("Poor picture or sound"),
        Reason.DUPLICATE: say("Shown already"),
        Reason.OTHER: say("For another reason"),
    }


def _small_account(speech: Speech, followers: int) -> str:
    return speech.count(
        "small account: fewer than %(num)s follower", "small account: fewer than %(num)s followers", followers
    )


def _new_account(speech: Speech, days: int) -> str:
    return speech.count("new account: younger than %(num)s day", "new account: younger than %(num)s days", days)


def _same_video(speech: Speech, sighting: int | None = None) -> str:
    return speech.say("the same video as sighting %(number)s", number=sighting or "…")


def _same_video_out(speech: Speech, sighting: int | None = None) -> str:
    return speech.say("the same video is out already, as sighting %(number)s", number=sighting or "…")


def _hijack(speech: Speech, authors: int, within_s: int) -> str:
    within = speech.length(timedelta(seconds=within_s))
    return speech.count(
        "one text from %(num)s account within %(time)s",
        "one text from %(num)s accounts within %(time)s",
        authors,
        time=within,
    )


def _older(speech: Speech, age_s: int) -> str:
    return speech.say("older than %(time)s", time=speech.length(timedelta(seconds=age_s)))


def _younger(speech: Speech, age_s: int) -> str:
    return speech.say("its account is younger than %(time)s", time=speech.length(timedelta(seconds=age_s)))


def _platforms(speech: Speech, what: str = "", more: str = "", host: str = "", **facts: Any) -> str:
    """Return what became of a request; what an earlier version has kept of it as it is."""
    return _of_host(speech, host, **facts) if host else f"{what}{more}"


def _of_host(
    speech: Speech,
    host: str,
    *,
    code: CauseCode,
    said: str = "",
    detail: str = "",
    account: str = "",
    until: str = "",
    status: int = 0,
    **_facts: Any,
) -> str:
    words = _BY_DETAIL.get(detail)
    if words is None:
        words = _NOT_DONE_BY_ANSWER if code is CauseCode.NOT_DONE and status else _BY_OUTCOME[code]
    name = speech.gettext("the rehearsed network") if host == quoted(PlatformName.REHEARSAL) else host
    text = words(speech, host=name, account=account, status=status)
    if until and code is CauseCode.RATE_LIMITED:
        text = speech.say("%(host)s asks to wait until %(time)s", host=name, time=_instant(until, speech))
    return speech.say("%(what)s. Its words: “%(said)s”", what=text, said=quoted(said)) if said else text


def _instant(kept: str, speech: Speech) -> str:
    at = datetime.fromisoformat(kept)
    return f"{speech.short_day(at.astimezone(speech.zone).date())}, {speech.clock(at)}"


_NOT_DONE_BY_ANSWER = said(N_("%(host)s answered %(status)s, and nothing was done"))
_BY_OUTCOME: Mapping[CauseCode, Words] = {
    CauseCode.RATE_LIMITED: said(N_("%(host)s asks to wait for a while")),
    CauseCode.UNREACHABLE: said(N_("%(host)s cannot be reached, and nothing was sent")),
    CauseCode.LOGIN_REFUSED: said(
        N_(
            "%(host)s does not accept our login any more. The person who runs the bot logs in anew, and opens the "
            "account again"
        )
    ),
    CauseCode.SAID_BEFORE: said(
        N_(
            "%(host)s says that the same words were posted before, and takes them only once. If that post serves, "
            "leave it; else change the words in the files"
        )
    ),
    CauseCode.GATEWAY: said(
        N_("something on the way to %(host)s has answered in its place (%(status)s). It is tried again by itself")
    ),
    CauseCode.REFUSED: said(N_("%(host)s refused it (%(status)s)")),
    CauseCode.NO_ANSWER: said(N_("%(host)s did not answer; it may have been done all the same")),
    CauseCode.UNCLEAR_ANSWER: said(N_("%(host)s answered %(status)s, which does not say whether it was done")),
    CauseCode.NOT_DONE: said(N_("%(host)s could not be asked, and nothing was done")),
}
_BY_DETAIL: Mapping[str, Words] = {
    FailureDetail.ASLEEP: said(N_("the computer that the bot runs on was asleep when the request should have left")),
    FailureDetail.CANNOT_EDIT: said(N_("%(host)s does not let programs change posts")),
    FailureDetail.CLOCK_WRONG: said(
        N_(
            "%(host)s accepts nothing while the clock of the computer that the bot runs on is wrong. The person who "
            "runs the bot sets it right, and it goes on by itself"
        )
    ),
    FailureDetail.CREDITS_GONE: said(
        N_("the credits of %(account)s at %(host)s are used up. The person who runs the bot buys some, then opens it")
    ),
    FailureDetail.FILE_UNUSABLE: said(
        N_("%(host)s cannot use a file of it. Look at the file and at its alternative text, then try it again")
    ),
    FailureDetail.FILES_GONE: said(N_("%(host)s has its files no more; nothing was posted, and they are sent again")),
    FailureDetail.FILES_PROCESSED: said(N_("%(host)s is still working on its files; nothing was posted yet")),
    FailureDetail.FOLLOWERS_ONLY: said(
        N_("%(host)s has no posts for followers only. Leave it out of the accounts of this message")
    ),
    FailureDetail.MOVED: said(
        N_("%(host)s leads to another address. The person who runs the bot puts the right one into bot.toml")
    ),
    FailureDetail.NEEDS_LOGIN: said(N_("%(host)s shows this to nobody without an account there")),
    FailureDetail.NOT_THERE: said(
        N_(
            "%(host)s did not publish it: the post that it answers was deleted, or it was out itself and was deleted "
            "there. To publish it anew, wait an hour, then try it again"
        )
    ),
    FailureDetail.SHUT_OUT: said(
        N_("%(host)s has shut %(account)s out. Log in there with a browser to see why; then it can be opened again")
    ),
    FailureDetail.TOKEN_TOO_NARROW: said(
        N_("the login of %(account)s does not allow this at %(host)s. The person who runs the bot logs it in anew")
    ),
}


def _of_outcome(code: CauseCode) -> Words:
    return lambda speech, **facts: _platforms(speech, **facts, code=code)


def _budget_too_small(speech: Speech, account: str, day: str, missing: int, budget: int, **_about: Any) -> str:
    return speech.say(
        "the budget of %(account)s for %(day)s (UTC) does not cover it: %(missing)s more than its %(budget)s",
        account=account,
        day=speech.short_day(date.fromisoformat(day)),
        missing=speech.dollars(missing),
        budget=speech.dollars(budget),
    )


def _paused(speech: Speech, account: str, until: str, cause: str, **_about: Any) -> str:
    time = _instant(until, speech)
    return speech.say("%(account)s is paused until %(time)s: %(cause)s", account=account, time=time, cause=cause)


def _may_be_other(speech: Speech, account: str, doubt: str, others: list[str], **_about: Any) -> str:
    known = speech.all_of(map(account_name, others))
    by_itself = speech.gettext(
        "It is asked who it is, and goes on by itself once it has said so; else the person who runs the bot logs it in "
        "anew"
    )
    match doubt:
        case IdentityDoubt.RENEWED if [quoted(account_name(each)) for each in others] != [account]:
            why = speech.say(
                "%(account)s may be %(others)s of before, or another account", account=account, others=known
            )
        case IdentityDoubt.RENEWED:
            why = speech.say("the login or the server of %(account)s is another one than before", account=account)
        case IdentityDoubt.CANDIDATES:
            why = speech.say("%(account)s may be one of several of before: %(others)s", account=account, others=known)
        case IdentityDoubt.NEIGHBOURS:
            why = speech.say(
                "%(account)s may be the same account as %(others)s, and all would be posted twice",
                account=account,
                others=known,
            )
        case _:
            return speech.say(
                "%(account)s is the same account as %(others)s, and all would be posted twice. One of them has to "
                "leave bot.toml",
                account=account,
                others=known,
            )
    return f"{full_stop(why)} {by_itself}"


def _login_unclear(speech: Speech, account: str, server: str, logins: list[str]) -> str:
    return speech.say(
        "logins at %(server)s are kept (%(logins)s), and it is not clear which of them is that of %(account)s. The "
        "person who runs the bot logs it in anew",
        server=server,
        logins=", ".join(logins),
        account=account,
    )


def _called_off(speech: Speech, reasons: list[str]) -> str:
    return reasons_text(reasons, speech)


def _since(speech: Speech, since: str) -> str:
    time = _instant(since, speech)
    return speech.say("something on the way has answered in place of the platform since %(time)s", time=time)


_CAUSES: Mapping[CauseCode, Words] = {
    CauseCode.TOO_LATE_WHEN_PLANNED: said(N_("it was too late already when it was planned")),
    CauseCode.LEFT_SCHEDULE: said(N_("it left the schedule")),
    CauseCode.HELD_WHEN_LEFT: said(N_("it was held when it left the schedule")),
    CauseCode.NEAR_OTHER: said(N_("its words are the same as, or near to, those of delivery %(other)s")),
    CauseCode.HELD_BY: said(N_("held by %(by)s")),
    CauseCode.HELD_BY_FILES: said(N_("its schedule holds it until somebody has read it")),
    CauseCode.HELD_UNREAD: said(N_("nobody has read it yet, and its schedule holds it until then")),
    CauseCode.NAMES_SOMEBODY: said(
        N_(
            "it names, or links to, somebody who asked to be left alone, or may be asking for it. Take them out of its "
            "words before you release it"
        )
    ),
    CauseCode.HELD_REWORDED: said(
        N_("it has other words since it was held for whom it named. Read them before you let it go")
    ),
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
    CauseCode.SMALL_ACCOUNT: _small_account,
    CauseCode.NEW_ACCOUNT: _new_account,
    CauseCode.CARE_LANGUAGE: lambda speech, language: speech.say(
        "written in %(language)s", language=speech.name_of_language(language)
    ),
    CauseCode.TOO_OLD: _older,
    CauseCode.YOUNG_ACCOUNT: _younger,
    CauseCode.OTHER_LANGUAGE: lambda speech, language: speech.say(
        "in another language: %(language)s", language=speech.name_of_language(language)
    ),
    CauseCode.MANY_HASHTAGS: lambda speech, count: speech.count("%(num)s hashtag", "%(num)s hashtags", count),
    CauseCode.MANY_LINKS: lambda speech, count: speech.count("%(num)s link", "%(num)s links", count),
    CauseCode.SAME_TEXT: lambda speech, count: speech.count(
        "the same text from %(num)s other account", "the same text from %(num)s other accounts", count
    ),
    CauseCode.SAME_VIDEO: _same_video,
    CauseCode.SAME_VIDEO_OUT: _same_video_out,
    CauseCode.OF_SHOWN: lambda speech, reason: speech.say(
        "the post it shows: %(reason)s", reason=reason_text(reason, speech)
    ),
    CauseCode.HIJACK: _hijack,
    CauseCode.SWITCHED_ON: lambda speech, by: speech.say("switched on by %(name)s", name=by),
    CauseCode.SWITCHED_OFF: lambda speech, by: speech.say("switched off by %(name)s", name=by),
    CauseCode.FOR_CARE: lambda speech, reason: speech.say("for care: %(reason)s", reason=reason_text(reason, speech)),
    CauseCode.BY_PERSON: lambda speech, by: speech.say("by %(name)s", name=by),
    CauseCode.CALLED_OFF: _called_off,
    CauseCode.FAULT: fault_text,
    CauseCode.GATEWAY_SINCE: _since,
    CauseCode.ACCOUNT_PAUSED: _paused,
    CauseCode.ACCOUNT_REFUSED: said(N_("%(account)s is refused by its server: %(cause)s")),
    CauseCode.ACCOUNT_READS_ONLY: said(
        N_("%(account)s may only read. The person who runs the bot logs it in anew, with the right to write")
    ),
    CauseCode.ACCOUNT_SILENT: said(N_("%(account)s does not answer: %(cause)s")),
    CauseCode.LIMITS_UNTOLD: said(N_("its server does not say what it accepts")),
    CauseCode.MAY_BE_OTHER: _may_be_other,
    CauseCode.NAMES_BUSY: said(
        N_("nothing is sent on %(account)s yet: accounts have other names than before. It goes on by itself")
    ),
    CauseCode.SECRET_MISSING: said(
        N_(
            "its login is missing (%(secret)s): %(cause)s. The person who runs the bot puts that right, or logs "
            "%(account)s in anew"
        )
    ),
    CauseCode.SECRET_UNSET: said(N_("the environment variable %(env)s is not set")),
    CauseCode.SECRET_NO_FILE: said(N_("%(file)s is not a file")),
    CauseCode.SECRET_OPEN: said(N_("others can read the file %(file)s, so it is not used")),
    CauseCode.SECRET_UNREADABLE: said(N_("the file %(file)s cannot be read")),
    CauseCode.SECRET_NO_TEXT: said(N_("the file %(file)s holds something that is not text")),
    CauseCode.SECRET_EMPTY: said(N_("the file %(file)s is empty")),
    CauseCode.LOGIN_UNCLEAR: _login_unclear,
    CauseCode.FILE_GONE: said(N_("the file %(file)s cannot be read. Put it back")),
    CauseCode.FILE_CHANGED: said(N_("the file %(file)s has changed since it was planned; it is planned anew")),
    CauseCode.STILL_PROCESSING: said(N_("%(platform)s is still working on %(file)s")),
    CauseCode.UPLOADED_AGAIN: lambda speech, cause: speech.say(
        "%(cause)s It is sent to the platform again", cause=full_stop(cause)
    ),
    CauseCode.MEDIA_UNUSABLE: said(N_("%(platform)s cannot use %(file)s. Try another format, or a smaller file")),
    CauseCode.TOO_LONG: said(
        N_(
            "%(post)s is too long for %(account)s: %(length)s characters, and %(limit)s fit. Shorten it, or split it "
            "with a line of ---"
        )
    ),
    CauseCode.MEDIA_REFUSED: lambda speech, post, what="", instead="", fault="", **facts: (
        media_text(speech, fault, facts) or f"{post}: {what}. {instead}"
    ),
    CauseCode.LINK_DEAD: said(
        N_("the link %(url)s: %(problem)s. It may be the network; look at the link with a browser")
    ),
    CauseCode.LINK_ANSWERS: said(N_("it answers %(status)s")),
    CauseCode.LINK_KEEPS_PROGRAMS_OUT: said(N_("it could not be checked, since it answers %(status)s to programs")),
    CauseCode.LINK_PRIVATE: said(N_("it is not for everybody")),
    CauseCode.LINK_SLOW: said(N_("it does not answer within %(seconds)s seconds")),
    CauseCode.LINK_UNREACHABLE: said(N_("it cannot be reached")),
    CauseCode.LINK_NOT_ASKED: said(N_("it has not answered yet")),
    CauseCode.REPEATED: said(
        N_(
            "%(post)s says the same as delivery %(other)s on %(account)s within a day, which X refuses. Write other "
            "words"
        )
    ),
    CauseCode.BUDGET_TOO_SMALL: _budget_too_small,
    **{code: _of_outcome(code) for code in _BY_OUTCOME},
}
"""Why something was not done, or waits, as it stands within a sentence."""
