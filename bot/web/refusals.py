"""Why something was not done, in the words of the console: what is in the way, and what to press instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.domain.users import Weakness
from bot.errors import Refused, RefusedCode
from bot.web.languages import Speech


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


def _later(speech: Speech, until: datetime) -> str:
    return speech.say(
        "There were too many wrong tries. The next one counts after %(time)s.", time=speech.clock_to_second(until)
    )


Words = Callable[..., str]

_REFUSALS: dict[RefusedCode, Words] = {
    RefusedCode.SIGN_IN_WRONG: lambda speech: speech.gettext("Name and password do not belong together. Try again."),
    RefusedCode.SIGN_IN_LATER: _later,
    RefusedCode.CODE_WRONG: lambda speech: speech.gettext(
        "That is not the code of this moment. Wait for the next one, and type that."
    ),
    RefusedCode.INVITATION_OVER: lambda speech: speech.gettext(
        "It was used already, or is older than three days. Ask an admin of your campaign for another one."
    ),
    RefusedCode.PASSWORD_TOO_WEAK: _weak,
    RefusedCode.USER_EXISTS: lambda speech, name: speech.say("There is somebody called %(name)s already.", name=name),
}


def explained() -> frozenset[RefusedCode]:
    """Return the refusals that have words of their own here."""
    return frozenset(_REFUSALS)
