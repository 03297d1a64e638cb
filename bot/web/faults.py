"""Faults in the files people write, in the console's words: what is wrong, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

from bot.domain.limits import MediaFault
from bot.fault_codes import FaultCode
from bot.text_display import printable
from bot.web.languages import N_, Speech, Words, said

_ISOLATE, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_QUOTED = re.compile(f"{_ISOLATE}([^{_ISOLATE}{_END}]*){_END}")


_CLOSING = f"{_END}»“”’\N{NO-BREAK SPACE} "


def full_stop(text: str) -> str:
    """Return a text as a sentence among others: with its full stop, unless what it quotes has one."""
    return text if not text or text.rstrip(_CLOSING).endswith((".", "!", "?", "…")) else f"{text}."


def quoted(theirs: str) -> str:
    """Return the words of others, or of a file, as they stand in a text of ours: set apart."""
    return f"{_ISOLATE}{printable(theirs)}{_END}"


def with_quotes(text: str) -> Markup:
    """Return a text for a page, in which what is set apart has its own direction, and no language of ours."""
    return Markup(_QUOTED.sub(r'<bdi lang="">\1</bdi>', str(escape(text))))  # noqa: S704


def fault_text(
    speech: Speech, path: str, line: int, fault: str = "", about: Mapping[str, str] | None = None, text: str = ""
) -> str:
    """Return a fault as a sentence: where it is, what is wrong, and what to write; the English that it was kept with
    where its code is another version's."""
    facts = about or {}
    try:
        said = _media(speech, facts) if fault == FaultCode.MEDIA_REFUSED else _WORDS[fault](speech, **facts)
    except (KeyError, TypeError):
        return text
    if fault in _OF_WHOLE_FILES:
        text = speech.say("“%(path)s”: %(what)s.", path=path, what=said)
    else:
        text = speech.say("in %(path)s, line %(line)s: %(what)s.", path=path, line=line, what=said)
    return " ".join(filter(None, (text, _instead(speech, facts))))


def _media(speech: Speech, facts: Mapping[str, str]) -> str:
    return media_text(speech, facts["fault"], {name: fact for name, fact in facts.items() if name != "fault"})


def _instead(speech: Speech, facts: Mapping[str, str]) -> str:
    """Return what to write, as far as it can be said letter by letter."""
    if write := facts.get("write"):
        return speech.say("Write: %(words)s", words=quoted(write))
    if near := facts.get("near"):
        return speech.say("Probably meant: %(words)s", words=quoted(near))
    if rename := facts.get("rename"):
        return speech.say("Call it: %(words)s", words=quoted(rename))
    if known := facts.get("known"):
        return speech.say("Known are: %(words)s", words=quoted(known))
    return ""


_OF_WHOLE_FILES = frozenset(
    {
        *(FaultCode.FILE_MISSING, FaultCode.NOT_A_FILE, FaultCode.FILE_TOO_LARGE, FaultCode.FILE_UNREADABLE),
        *(FaultCode.NO_FOLDER, FaultCode.LINK_NOWHERE, FaultCode.NAMES_ALIKE, FaultCode.NOT_READ),
        *(FaultCode.SCHEDULE_ELSEWHERE,),
    }
)
_WORDS: Mapping[str, Words] = {
    FaultCode.FILE_MISSING: said(N_("this file is missing")),
    FaultCode.NOT_A_FILE: said(N_("this has to be a file, and is something else")),
    FaultCode.FILE_TOO_LARGE: said(N_("this file is larger than 1 MB. Pictures and films lie beside it, not in it")),
    FaultCode.FILE_UNREADABLE: said(N_("this cannot be read. The person who runs the bot gives it the right to")),
    FaultCode.NOT_UTF8: said(N_("this file is not saved as UTF-8. Save it so")),
    FaultCode.INVISIBLE_SIGN: said(N_("there is a character that nobody sees (%(sign)s). Take it out")),
    FaultCode.NO_FOLDER: said(N_("the folder %(folder)s is missing")),
    FaultCode.LINK_NOWHERE: said(N_("this link leads nowhere. Take it away")),
    FaultCode.NAMES_ALIKE: said(
        N_("this folder has the same name as another one, in letters that look the same. Put all into one of them")
    ),
    FaultCode.NOT_READ: said(
        N_("nothing in this file is posted, since files of this name, or at this place, are not read")
    ),
    FaultCode.NOT_TOML: said(N_("this line is not written as it has to be in TOML")),
    FaultCode.KEY_TWICE: said(N_("“%(key)s” stands twice, here and on line %(line)s. Take one of the two out")),
    FaultCode.TABLE_TWICE: said(
        N_("%(table)s stands twice, here and on line %(line)s. Put all of it below the first one")
    ),
    FaultCode.UNKNOWN_KEY: said(N_("“%(key)s” is not known here")),
    FaultCode.MISPLACED_KEY: said(N_("“%(key)s” does not belong here, but below %(header)s")),
    FaultCode.MISSING_KEY: said(N_("%(table)s lacks “%(key)s”")),
    FaultCode.NO_TABLE: said(N_("%(table)s is missing")),
    FaultCode.EMPTY_ENTRY: said(N_("this %(table)s is empty")),
    FaultCode.OTHER_KIND: said(N_("“%(key)s” has to be written in another way")),
    FaultCode.OUT_OF_RANGE: said(N_("“%(key)s” has to be between %(least)s and %(most)s")),
    FaultCode.NO_UNIT: said(N_("“%(key)s” is %(written)s, without its unit: s, m, h or d")),
    FaultCode.UNREADABLE_VALUE: said(N_("“%(key)s” cannot be “%(written)s”")),
    FaultCode.NOT_KNOWN: said(N_("“%(written)s” is not known at “%(key)s”")),
    FaultCode.MEANS_NOTHING: said(N_("“%(key)s” means nothing here. Take it out")),
    FaultCode.EMPTY_LIST: said(N_("“%(key)s” is empty, so nothing would come of it")),
    FaultCode.TWICE_IN_LIST: said(N_("“%(written)s” stands twice at “%(key)s”. Take one out")),
    FaultCode.LONGER_THAN: said(N_("“%(key)s” is longer than “%(other)s”, and has to be shorter")),
    FaultCode.TOO_SHORT: said(N_("“%(key)s” is shorter than a minute")),
    FaultCode.BAD_NAME: said(N_("“%(name)s” cannot be a name here. Use these letters alone: %(letters)s")),
    FaultCode.BAD_ADDRESS: said(N_("the address at “%(key)s” cannot be used")),
    FaultCode.NOT_AN_AMOUNT: said(N_("“%(key)s” is not an amount in US dollars")),
    FaultCode.NOT_A_DAY: said(N_("“%(written)s” is not a day")),
    FaultCode.DAY_TOO_FAR: said(N_("“%(written)s” is too far away to be meant")),
    FaultCode.NOT_A_TIME: said(N_("“%(written)s” is not a time of day")),
    FaultCode.NOT_A_ZONE: said(N_("“%(written)s” is not a time zone. Write the nearest big city, as in Europe/Berlin")),
    FaultCode.NOT_A_LANGUAGE: said(N_("“%(language)s” is not the code of a language, as en, be or pt-BR are")),
    FaultCode.NOT_A_HASHTAG: said(
        N_("“#%(tag)s” would not be one hashtag. Write letters, digits and underscores alone, and a letter at least")
    ),
    FaultCode.NOT_A_HANDLE: said(N_("“%(handle)s” is not the name of an account")),
    FaultCode.NOT_A_COUNTRY: said(N_("“%(written)s” is not the code of a country")),
    FaultCode.ACCOUNT_NAMELESS: said(
        N_("[accounts] lacks the name of the account. Write [accounts.mastodon], or another name")
    ),
    FaultCode.NO_ACCOUNT: said(N_("no account is named, so nothing could be posted")),
    FaultCode.SAME_ACCOUNT: said(
        N_("%(account)s and %(other)s are the same account, and all would be posted twice. Take one of them out")
    ),
    FaultCode.SECRET_IN_FILE: said(
        N_("“%(key)s” is a secret, and must not stand in this file. Take it out, and have the secret changed")
    ),
    FaultCode.NOT_A_VARIABLE: said(N_("“%(key)s” has to name where the secret is kept")),
    FaultCode.LINK_RESERVED: said(N_("{%(name)s} has a meaning of its own. Give the link another name")),
    FaultCode.LINKS_MISSING: said(N_("[links] names no address, and messages use %(names)s")),
    FaultCode.TRUSTED_AND_BLOCKED: said(N_("“%(handle)s” is both trusted and blocked. Take one out")),
    FaultCode.RULE_APPROVES_STRANGERS: said(
        N_("the rule “%(rule)s” would approve posts of people whom nobody knows. It may only hold them")
    ),
    FaultCode.RULE_FIXED: said(N_("“%(written)s” holds before all rules, to protect people. Take this rule out")),
    FaultCode.PHRASE_EMPTY: said(N_("a phrase without a word would never be found. Take it out")),
    FaultCode.FACT_OVER_WHEN_CHECKED: said(
        N_(
            "“%(name)s” was good until %(until)s, and was checked after that, on %(checked)s. Write until "
            "when it is good"
        )
    ),
    FaultCode.NO_SUCH_FACT: said(N_("“%(name)s” is no fact of facts.toml")),
    FaultCode.NO_TEXT: said(N_("there are no words here. Write some, or take the line of --- out")),
    FaultCode.HEAD_BROKEN: said(
        N_("a head stands before the first words, between two lines of +++ alone. This one would be posted")
    ),
    FaultCode.NO_SPLIT: said(N_("“%(shown)s” would be posted. A thread is split by a line of --- alone")),
    FaultCode.NO_ALT_TEXT: said(N_("this file has no alternative text: what people who cannot see it should know")),
    FaultCode.ALT_AS_IT_STANDS: said(
        N_("alternative text is posted as it stands, braces and all. Write the words themselves")
    ),
    FaultCode.WOULD_BE_POSTED: said(
        N_("this would be posted as it stands: %(shown)s. Take it out, or write what belongs there")
    ),
    FaultCode.UNWRITTEN: lambda speech, note="": (
        speech.say("this place waits for somebody’s words: %(note)s", note=quoted(note))
        if note
        else speech.gettext("this place waits for somebody’s words")
    ),
    FaultCode.NO_PLACEHOLDER: said(N_("“%(shown)s” is not a placeholder, and would be posted as it stands")),
    FaultCode.HEAD_NAMES_NO_LINK: said(N_("{link} is used, and the head names no link")),
    FaultCode.NO_HASHTAGS: said(N_("{hashtags} is used, and the campaign has none")),
    FaultCode.TEXT_TOO_LONG: said(
        N_(
            "these words are too long for %(account)s: %(length)s characters, and %(limit)s fit. Shorten "
            "them, or split "
            "them with a line of ---"
        )
    ),
    FaultCode.VISIBILITY_ON_X: said(
        N_(
            "X knows no visibility “%(visibility)s”: %(account)s would post it to everybody. Write a file for "
            "X without it"
        )
    ),
    FaultCode.MEDIA_MISSING: said(N_("the file “%(file)s” is missing. Put it beside the message")),
    FaultCode.MEDIA_UNREADABLE: said(N_("the file “%(file)s” cannot be read. Give it a plain name")),
    FaultCode.MEDIA_OUTSIDE: said(N_("the file “%(file)s” lies outside of messages/. Put it beside the message")),
    FaultCode.MEDIA_CUT_OFF: said(N_("the file “%(file)s” is not whole: its end is missing. Copy it again")),
    FaultCode.MEDIA_EMPTY: said(N_("the file “%(file)s” is empty. Save it again")),
    FaultCode.MEDIA_IS_POINTER: said(
        N_("“%(file)s” is a pointer of Git LFS, and not the file. The person who runs the bot fetches it")
    ),
    FaultCode.MEDIA_UNKNOWN: said(
        N_("“%(file)s” is no picture, film or sound that platforms take. Save it as PNG, JPEG or MP4")
    ),
    FaultCode.MEDIA_TELLS_PLACE: said(
        N_("%(file)s tells where it was taken, and that cannot be taken out here. Save it anew without places")
    ),
    FaultCode.SCHEDULE_ELSEWHERE: said(N_("a schedule is not read here. Put it into schedules/")),
    FaultCode.NO_MESSAGES: said(N_("this names a message, and messages/ holds none")),
    FaultCode.NO_SUCH_MESSAGE: said(N_("there is no message “%(message)s”")),
    FaultCode.NO_WORDS_IN: said(N_("%(message)s has no words in “%(language)s” for %(account)s")),
    FaultCode.NO_LANGUAGE_OF_ITS: said(
        N_("%(account)s posts in %(languages)s alone, and is to post %(message)s in none of these")
    ),
    FaultCode.NO_TIME_FOR: said(N_("nothing says at what time these languages go out: %(languages)s")),
    FaultCode.PAST_MIDNIGHT: said(
        N_("with this gap “%(language)s” would go out on %(account)s after midnight. Write a shorter gap")
    ),
    FaultCode.CLOCK_CHANGES: said(
        N_(
            "on %(day)s the clocks of %(zone)s change, and this time is none or two: %(first)s or %(second)s. "
            "Give this "
            "day a [[post]] of its own"
        )
    ),
    FaultCode.SCHEDULED_TWICE: said(
        N_(
            "%(message)s (%(language)s) is planned twice on %(day)s for %(account)s, here and in %(place)s. "
            "Take one of "
            "the two out"
        )
    ),
    FaultCode.NO_DAYS_LEFT: said(N_("%(message)s counts the days, and on %(day)s none are left. Take that day out")),
    FaultCode.DAY_DIFFERS: said(
        N_(
            "%(time)s is %(day)s in %(zone)s, so the countdown would be wrong by a day. Choose a time at "
            "which it is the "
            "same day in both zones"
        )
    ),
    FaultCode.PARTS_ALIKE: said(N_("%(message)s has two parts with the same words, which X refuses")),
    FaultCode.REPEATED_ON_X: said(
        N_(
            "%(account)s would post the same words twice within a day, with %(other)s and %(message)s, and X "
            "refuses the "
            "second"
        )
    ),
    FaultCode.TWINS_ON_X: said(
        N_("%(account)s and %(other)s would post nearly the same words on X, which X forbids. Give each its own")
    ),
}


def media_text(speech: Speech, fault: str, facts: Mapping[str, Any]) -> str:
    """Return what a platform does not take of a file, "" for what an earlier version has kept without its code."""
    if fault == MediaFault.SHAPE and facts["takes"]:
        return _TOO_SMALL(speech, **facts)
    words = _MEDIA.get(fault)
    return words(speech, **facts) if words is not None else ""


_TOO_SMALL = said(N_("%(file)s has %(has)s pixels, and %(account)s takes %(takes)s or more. Save it larger"))
_MEDIA: Mapping[str, Words] = {
    MediaFault.TYPE: said(N_("%(account)s does not take %(file)s, which is %(has)s. Save it as %(takes)s")),
    MediaFault.BYTES: said(N_("%(file)s has %(has)s MB, and %(account)s takes %(takes)s. Save it smaller")),
    MediaFault.ALT: said(
        N_("the alternative text has %(has)s characters, and %(account)s takes %(takes)s. Shorten it")
    ),
    MediaFault.PIXELS: said(N_("%(file)s has %(has)s pixels, and %(account)s takes %(takes)s. Save it smaller")),
    MediaFault.FRAMES: said(N_("%(file)s has %(has)s frames, too many for %(account)s. Save it as a video (MP4)")),
    MediaFault.TOO_LONG: said(
        N_("%(file)s is %(has)s long, and %(account)s takes %(takes)s. Cut it, or put it on a page and link to it")
    ),
    MediaFault.TOO_SHORT: said(
        N_("%(file)s is %(has)s seconds long, and %(account)s takes %(takes)s or more. Attach a picture instead")
    ),
    MediaFault.FRAME_RATE: said(
        N_("%(file)s has %(has)s frames a second, and %(account)s takes %(takes)s. Save it with 30")
    ),
    MediaFault.SHAPE: said(
        N_("%(file)s has %(has)s pixels, too narrow for %(account)s. Save it as 16:9, 9:16 or square")
    ),
    MediaFault.VIDEO_CODEC: said(
        N_("the picture of %(file)s is in %(has)s, and %(account)s takes %(takes)s. Save it as MP4 with H.264")
    ),
    MediaFault.AUDIO_CODEC: said(
        N_("the sound of %(file)s is in %(has)s, and %(account)s takes %(takes)s. Save it as MP4 with AAC sound")
    ),
    MediaFault.CHANNELS: said(
        N_("the sound of %(file)s has %(has)s channels, and %(account)s takes two. Save it in stereo")
    ),
    MediaFault.TOO_MANY: said(
        N_("%(account)s takes %(takes)s files, and here are %(has)s. Take some out, or write a thread")
    ),
    MediaFault.MIXED: said(N_("%(account)s takes one video or sound, or else pictures alone. Leave one of the two")),
    MediaFault.TWO_GIFS: said(
        N_(
            "%(account)s takes one animated GIF, alone, and %(file)s is one of %(has)s files. Save still pictures as "
            "PNG, or write a thread"
        )
    ),
}
