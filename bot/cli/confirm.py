"""Asks a person at the terminal, and shows what a post shows of others, as people read it."""

from __future__ import annotations

import getpass
import sys
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import typer

from bot.cli.app import say
from bot.domain.post import ShownAs, ShownState, all_shown
from bot.errors import Outcome, PlatformError, Refused, RefusedCode
from bot.hosts import shown_handle
from bot.text_display import shortened

if TYPE_CHECKING:
    from bot.domain.post import SeenPost, Shown

TRIES = 3

Gained = TypeVar("Gained")


def show(address: str, whose: str, *, browser: bool) -> None:
    """Show an address that the person has to open; it is printed even when a browser opens it."""
    say(f"Open this address, sign in as {whose}, and agree:\n\n  {address}\n")
    if browser and not _opened(address):
        say("No browser could be opened from here; open the address by hand.")


def asked(question: str, *, hidden: bool = False) -> str:
    """Return one word that the person typed. Raise Refused when nothing comes."""
    for _ in range(TRIES):
        typed = answer_line(question, hidden=hidden).strip()
        if not typed:
            raise Refused(RefusedCode.NOTHING_TYPED)
        if typed.isascii() and typed.isprintable() and " " not in typed:
            return typed
        say("That holds spaces or letters that cannot be in it. Copy it once more, without what is around it.")
    raise Refused(RefusedCode.NOT_USABLE_AS_TYPED)


def somebody_is_there() -> bool:
    """Return whether a person sits at the terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def said_yes(question: str, unanswered: RefusedCode = RefusedCode.NEITHER_YES_NOR_NO) -> bool:
    """Ask a question until it is answered by y or n. Raise Refused (`unanswered`) when it is not."""
    for _ in range(TRIES):
        answer = asked(question).casefold()
        if answer in {"y", "yes", "n", "no"}:
            return answer.startswith("y")
        say("Type y or n.")
    raise Refused(unanswered)


def agreed(question: str) -> bool:
    """Return whether the person typed y; whatever else is a no."""
    return answer_line(question).strip().casefold() in {"y", "yes"}


def exchanged(question: str, exchange: Callable[[str], Gained]) -> Gained:
    """Return what the platform gives for a code that the person types; one that it rejects may be typed again."""
    for tries_left in reversed(range(TRIES)):
        try:
            return exchange(asked(question))
        except PlatformError as error:
            if error.answer is not Outcome.REJECTED or not tries_left:
                raise
            say(f"{error}\nTry again.")
    raise AssertionError("the last try either gave something or raised")


def answer_line(question: str, *, hidden: bool = False) -> str:
    """Return the line that the person typed. Raise Refused where they broke off, or nobody is there."""
    try:
        if hidden and sys.stdin.isatty():
            return getpass.getpass(question, stream=sys.stderr)
        typer.echo(question, nl=False, err=True)
        return sys.stdin.readline()
    except (KeyboardInterrupt, EOFError):
        say("")
        raise Refused(RefusedCode.BROKEN_OFF) from None
    except (AttributeError, OSError, ValueError):
        raise Refused(RefusedCode.NO_TERMINAL) from None


def _opened(address: str) -> bool:
    try:
        return webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False


_LONGEST = 200
_NOT_THERE = {
    ShownState.UNREAD: "that could not be read",
    ShownState.PENDING: "whose author has not agreed to it yet",
    ShownState.GONE: "that was deleted or hidden",
}


def of_post(post: SeenPost) -> list[str]:
    """Return a line for each post that this one shows, the posts that those show included."""
    return [_line(shown) for shown in all_shown(post)]


def in_the_way(post: SeenPost) -> list[str]:
    """Return what keeps a post back that somebody has said yes to: it goes out only once nothing shown is hidden."""
    states = {shown.state for shown in all_shown(post)}
    obstacles = []
    if ShownState.PENDING in states:
        obstacles.append(
            "The author of the post it shows has not agreed to that yet: it is not reshared before they do."
        )
    if ShownState.GONE in states:
        obstacles.append("It shows a post that was deleted or hidden: it is not reshared while that is so.")
    return obstacles


def _line(shown: Shown) -> str:
    what = "words" if shown.how is ShownAs.WORDS else "a link to a post" if shown.how is ShownAs.LINK else "a post"
    author = f" by {shown_handle(shown.handle)}" if shown.handle else ""
    if shown.how is ShownAs.WORDS:
        return f"{what}{author}"
    if shown.post is None:
        where = f": {shown.url or shown.uri}" if shown.addresses else ""
        return shortened(f"{what}{author} {_NOT_THERE.get(shown.state, '')}{where}", _LONGEST)
    text = " ".join("\n".join((shown.post.text, *shown.post.poll)).split()) or "no words"
    kinds = ",".join(shown.post.kinds)
    return shortened(f"{what}{author} ({kinds}): {text}", _LONGEST)
