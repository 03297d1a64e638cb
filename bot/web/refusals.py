"""Why something was not done, in the words of the console: what is in the way, and what to press instead."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.domain.delivery import State
from bot.domain.moderation import ChecklistItem
from bot.domain.users import Weakness
from bot.errors import Fault, Refused, RefusedCode
from bot.web.causes import account_name, cause_text, reasons_text
from bot.web.delivery_words import state_name
from bot.web.faults import full_stop, quoted
from bot.web.languages import N_, Speech, Words, said


def refusal_text(error: Refused, speech: Speech) -> str:
    """Return the sentences for a refusal."""
    words = _REFUSALS.get(error.code)
    if words is None:
        return speech.say("This was not done (%(code)s). Nothing was changed.", code=error.code)
    named = {"account": account_name(str(error.facts["account"]))} if "account" in error.facts else {}
    return words(speech, **error.facts | named)


def _weak(speech: Speech, weakness: Weakness) -> str:
    return {
        Weakness.SHORT: speech.gettext("This password is short. Take twelve letters or more."),
        Weakness.LONG: speech.gettext("This password is too long. Take at most 256 letters."),
        Weakness.LIKE_NAME: speech.gettext(
            "This password is near your name. Take words that have nothing to do with you."
        ),
        Weakness.GUESSABLE: speech.gettext(
            "This password is easily guessed. Take four words that have nothing to do with each other."
        ),
    }[weakness]


def _wrong_state(speech: Speech, state: State, **_about: object) -> str:
    return speech.say("That cannot be done any more: it is %(state)s by now.", state=state_name(state, speech))


def _later(speech: Speech, until: datetime) -> str:
    return speech.say(
        "There were too many wrong tries. The next one counts after %(time)s.", time=speech.clock_to_second(until)
    )


def _forbidden(speech: Speech, reasons: Collection[str], **_about: object) -> str:
    return speech.say("Nobody can approve it: %(reasons)s.", reasons=reasons_text(reasons, speech))


def _same_video_out(speech: Speech, other: int, **_about: object) -> str:
    return speech.say(
        "Sighting %(number)s shows the same video, and is out or about to be. To show it once more, tick that as well.",
        number=other,
    )


def _other_words(speech: Speech, text: str, **_about: object) -> str:
    return speech.say(
        "The post there says something else: “%(words)s”. Copy the address of the right one.", words=quoted(text[:120])
    )


def _forgotten_but_out(speech: Speech, reshares: int) -> str:
    return speech.count(
        "Forgotten, but %(num)s reshare is still out. It is being taken back until the platform confirms it.",
        "Forgotten, but %(num)s reshares are still out. They are being taken back until the platform confirms it.",
        reshares,
    )


def _breaks_files(speech: Speech, fault: Fault) -> str:
    return speech.say(
        "With this address the files would have a mistake, so it was not put in: %(fault)s",
        fault=cause_text(fault.as_cause, speech),
    )


def _incomplete(speech: Speech, missing: Collection[ChecklistItem], **_about: object) -> str:
    return speech.count(
        "One sentence is not ticked. Where it is not so, or you are not sure, it is a no, or for somebody else.",
        "%(num)s sentences are not ticked. Where one is not so, or you are not sure, it is a no, or for somebody else.",
        len(missing),
    )


_REFUSALS: dict[RefusedCode, Words] = {
    RefusedCode.SIGN_IN_WRONG: said(N_("Name and password do not belong together. Try again.")),
    RefusedCode.SIGN_IN_LATER: _later,
    RefusedCode.CODE_WRONG: said(N_("That is not the code of this moment. Wait for the next one, and type that.")),
    RefusedCode.PASSKEY_TOO_LATE: said(N_("That took more than five minutes, or came twice. Try once more.")),
    RefusedCode.PASSKEY_WRONG: said(
        N_("This passkey is none of yours here, or its answer was for another page. Try once more, or another way.")
    ),
    RefusedCode.PASSKEY_KNOWN: said(N_("This device, or key, is somebody’s passkey already. Take another one.")),
    RefusedCode.PASSKEY_COPIED: said(
        N_("Somebody may have a copy of this passkey. Come in another way, remove it, and tell an admin.")
    ),
    RefusedCode.LAST_FACTOR: said(
        N_("It is your only second factor, and what you may do needs one. Add another one first.")
    ),
    RefusedCode.TOO_MANY_TOKENS: said(
        N_("You have %(most)s already, and nobody can have more. End one that you do not use any more first.")
    ),
    RefusedCode.INVITATION_OVER: said(
        N_("It was used already, or is older than three days. Ask an admin of your campaign for another one.")
    ),
    RefusedCode.PASSWORD_TOO_WEAK: _weak,
    RefusedCode.NO_SUCH_DELIVERY: said(N_("There is no delivery %(delivery)s")),
    RefusedCode.WRONG_STATE: _wrong_state,
    RefusedCode.NO_POST_ADDRESS: said(
        N_("That is no address of a post. Copy it from the browser, on the post itself.")
    ),
    RefusedCode.NOTHING_TO_RESOLVE: said(N_("It is known by now what became of it. Look below.")),
    RefusedCode.ANOTHER_OWN_POST: said(N_("That is another post of ours. Copy this one’s address.")),
    RefusedCode.SOMEBODY_ELSES_POST: said(N_("That is somebody else’s post. Copy the address of ours.")),
    RefusedCode.NO_SUCH_POST: said(N_("There is no post at that address.")),
    RefusedCode.POST_SAYS_OTHER_WORDS: _other_words,
    RefusedCode.POST_IS_RESHARE: said(N_("That is a reshare of ours, and no post. Copy the address of the post.")),
    RefusedCode.POST_ANSWERS_ANOTHER: said(
        N_("That post answers another one than this part of the thread does. Copy the address of the right one.")
    ),
    RefusedCode.NOT_THE_RESHARED_POST: said(
        N_("That is not the post that is reshared here. Copy its address, or that of our reshare of it.")
    ),
    RefusedCode.NOT_RESHARED: said(
        N_(
            "%(account)s has not reshared that post, as far as its timeline shows. Look at the account; where it is "
            "not there, say so below."
        )
    ),
    RefusedCode.ACCOUNT_UNREADABLE: said(
        N_(
            "%(account)s cannot be read now, so nobody can see whether that is the right post. Try again once the "
            "account can be used."
        )
    ),
    RefusedCode.ACCOUNT_BUSY: said(N_("A worker is busy on %(account)s. Try again in a minute.")),
    RefusedCode.ACCOUNT_BARRED: lambda speech, problem, **_about: full_stop(cause_text(str(problem), speech)),
    RefusedCode.OUT_OF_REACH: said(
        N_("%(account)s is not in the files any more, so it cannot be taken back from here. Delete it there by hand.")
    ),
    RefusedCode.RESHARED_POST_PURGED: said(
        N_("Whose post this reshared is forgotten since, so take the reshare back on the account itself.")
    ),
    RefusedCode.RESHARED_POST_NOT_KEPT: said(
        N_("The post that this reshared is not kept any more, so it cannot be sent again.")
    ),
    RefusedCode.NOTHING_OUT: said(N_("Nothing of it is out, so nothing can be taken back.")),
    RefusedCode.OUTCOME_NOT_KNOWN: said(N_("Nobody knows whether it is out. Say first which is true.")),
    RefusedCode.USER_EXISTS: said(N_("There is somebody called %(name)s already.")),
    RefusedCode.APPROVAL_FORBIDDEN: _forbidden,
    RefusedCode.SAME_VIDEO_OUT: _same_video_out,
    RefusedCode.CHECKLIST_INCOMPLETE: _incomplete,
    RefusedCode.SECOND_PERSON_NEEDED: said(N_("You have said yes to it already. Somebody else has to, too.")),
    RefusedCode.SECOND_YES_FROM_CONSOLE: said(N_("The second yes has to be that of another user of the console.")),
    RefusedCode.POST_CHANGED: said(
        N_("It has changed since you saw it, and nothing was decided. This is how it is now.")
    ),
    RefusedCode.DECIDED_MEANWHILE: said(N_("Somebody else has decided on it since you saw it. Nothing was changed.")),
    RefusedCode.AUTHOR_MAY_WANT_OUT: said(
        N_("Its author may be asking to be left alone. No yes counts before that is answered.")
    ),
    RefusedCode.SHOWN_AUTHOR_MAY_WANT_OUT: said(
        N_("Somebody whose post it shows may be asking to be left alone. No yes counts before that is answered.")
    ),
    RefusedCode.NAMES_SOMEBODY: said(
        N_(
            "Its words name, or link to, somebody who asked to be left alone, or may be asking for it. Take them out "
            "first."
        )
    ),
    RefusedCode.ALREADY_RESHARED: said(N_("It is out already. It can only be taken back now.")),
    RefusedCode.NO_USABLE_ACCOUNT: said(
        N_("No account of the campaign is there to look through. Watch it at its place.")
    ),
    RefusedCode.READING_OVER_BUDGET: said(
        N_("Looking would go over the budget of %(account)s. Watch it at its place.")
    ),
    RefusedCode.POST_UNREADABLE: said(N_("Its platform gave no answer. Try again, or watch it at its place.")),
    RefusedCode.FILE_CHANGED_MEANWHILE: said(
        N_("%(name)s was changed meanwhile, and nothing was written. Look once more whether it is still right.")
    ),
    RefusedCode.FILE_NOT_CHANGEABLE: said(N_("%(name)s cannot be changed from here. It is changed with an editor.")),
    RefusedCode.ADDRESS_NOT_USABLE: said(
        N_("That is no address that readers can follow. Copy it from the browser; it begins with https://.")
    ),
    RefusedCode.ADDRESS_KNOWN: said(N_("Somebody else has put in an address meanwhile. Nothing was changed.")),
    RefusedCode.ADDRESS_BREAKS_FILES: _breaks_files,
    RefusedCode.ALREADY_BLOCKED: said(N_("Its author is blocked already, by %(by)s.")),
    RefusedCode.NO_SUCH_SIGHTING: said(N_("There is no post of somebody with the number %(sighting)s.")),
    RefusedCode.SIGHTING_NOT_KEPT: said(
        N_("This post is not kept any more. With the author’s name, an admin can have them forgotten at the terminal.")
    ),
    RefusedCode.FORGOTTEN_BUT_OUT: _forgotten_but_out,
    RefusedCode.ASKS_FOR_NOTHING: said(N_("Its author asks for nothing, as far as is known. Nothing was changed.")),
    RefusedCode.SHOWS_NOBODY_ELSE: said(N_("It shows nobody else’s post any more.")),
    RefusedCode.SIGHTING_GONE: said(N_("Its author has deleted or hidden it. There is nothing to decide any more.")),
}
