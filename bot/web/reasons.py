"""Why a post waits, or does not: the reasons of rules and people in the words of the console."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache

from bot.causes import Cause, CauseCode, because, with_words
from bot.domain.moderation import Reason
from bot.web.causes import cause_text
from bot.web.languages import Speech, Words


def reason_text(reason: str, speech: Speech) -> str:
    """Return a reason in words; one in the campaign's own words, or in those of an earlier version, as it is."""
    return _plain(speech).get(reason) or with_words(reason, lambda cause: _worded(cause, speech))


def reasons_text(reasons: Iterable[str], speech: Speech) -> str:
    """Return the reasons in a row."""
    return "; ".join(dict.fromkeys(reason_text(reason, speech) for reason in reasons))


def _worded(cause: Cause, speech: Speech) -> str:
    words = _CAUSES.get(cause.code)
    try:
        if words is not None:
            return words(speech, **cause.facts)
    except TypeError:  # another version keeps other facts with it
        pass
    return cause_text(because(cause.code, **cause.facts), speech)


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


_CAUSES: Mapping[CauseCode, Words] = {
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
    CauseCode.CALLED_OFF: lambda speech, reasons: reasons_text(reasons, speech),
}
"""The reasons that sightings are kept with; what only deliveries are kept with is not among them."""
