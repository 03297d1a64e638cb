"""Asks a person at the terminal, on standard error, so that standard output keeps to its one answer."""

from __future__ import annotations

import getpass
import sys
import webbrowser
from collections.abc import Callable
from typing import TypeVar

import typer

from bot.cli.common import say
from bot.errors import Answer, PlatformError, Refused

TRIES = 3

Gained = TypeVar("Gained")


def show(address: str, whose: str, *, browser: bool) -> None:
    """Show an address that the person has to open; it is printed even when a browser opens it."""
    say(f"Open this address, sign in as {whose}, and agree:\n\n  {address}\n")
    if browser and not _opened(address):
        say("No browser could be opened from here; open the address by hand.")


def asked(question: str, *, hidden: bool = False) -> str:
    """One word that the person typed. Raises Refused when nothing comes."""
    for _ in range(TRIES):
        typed = _line(question, hidden=hidden).strip()
        if not typed:
            raise Refused("Nothing was typed, so nothing is kept. To begin again, run the command once more.")
        if typed.isascii() and typed.isprintable() and " " not in typed:
            return typed
        say("That holds spaces or letters that cannot be in it. Copy it once more, without what is around it.")
    raise Refused("That was not it, so nothing is kept.")


def somebody_is_there() -> bool:
    """Return whether a person sits at the terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def said_yes(question: str, undone: str = "Nothing was done.") -> bool:
    """Ask a question until it is answered by y or n. Raises Refused when it is not, saying what is `undone`."""
    for _ in range(TRIES):
        answer = asked(question).casefold()
        if answer in {"y", "yes", "n", "no"}:
            return answer.startswith("y")
        say("Type y or n.")
    raise Refused(f"That was neither y nor n. {undone}")


def exchanged(question: str, exchange: Callable[[str], Gained]) -> Gained:
    """What the platform gives for a code that the person types; one that it rejects may be typed again."""
    for left in reversed(range(TRIES)):
        try:
            return exchange(asked(question))
        except PlatformError as error:
            if error.answer is not Answer.REJECTED or not left:
                raise
            say(f"{error}\nTry again.")
    raise AssertionError("the last try either gave something or raised")


def _line(question: str, *, hidden: bool) -> str:
    try:
        if hidden and sys.stdin.isatty():
            return getpass.getpass(question, stream=sys.stderr)
        typer.echo(question, nl=False, err=True)
        return sys.stdin.readline()
    except (KeyboardInterrupt, EOFError):
        say("")
        raise Refused("Broken off; nothing is kept.") from None
    except (AttributeError, OSError, ValueError):
        raise Refused("Nothing can be typed here, so nothing is kept. Run this at a terminal.") from None


def _opened(address: str) -> bool:
    try:
        return webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False
