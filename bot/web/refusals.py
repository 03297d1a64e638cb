"""Why something was not done, in the words of the console: what is in the way, and what to press instead."""

from __future__ import annotations

from datetime import datetime

from bot.domain.delivery import State
from bot.domain.users import Weakness
from bot.errors import Refused, RefusedCode
from bot.web.delivery_words import state_name
from bot.web.languages import N_, Speech, Words, said


def refusal_text(error: Refused, speech: Speech) -> str:
    """Return the sentences for a refusal."""
    words = _REFUSALS.get(error.code)
    if words is None:
        return speech.say("This was not done (%(code)s). Nothing was changed.", code=error.code)
    return words(speech, **error.facts)


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


_REFUSALS: dict[RefusedCode, Words] = {
    RefusedCode.SIGN_IN_WRONG: said(N_("Name and password do not belong together. Try again.")),
    RefusedCode.SIGN_IN_LATER: _later,
    RefusedCode.CODE_WRONG: said(N_("That is not the code of this moment. Wait for the next one, and type that.")),
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
    RefusedCode.NOTHING_OUT: said(N_("Nothing of it is out, so nothing can be taken back.")),
    RefusedCode.OUTCOME_NOT_KNOWN: said(N_("Nobody knows whether it is out. Say first which is true.")),
    RefusedCode.USER_EXISTS: said(N_("There is somebody called %(name)s already.")),
}


def explained() -> frozenset[RefusedCode]:
    """Return the refusals that have words of their own here."""
    return frozenset(_REFUSALS)
