"""How the command line explains itself: commands in groups, arguments in people's words, mistakes in plain ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from bot.text_display import quoted

CommandFunction = TypeVar("CommandFunction", bound=Callable[..., Any])

_GROUPS = {
    "Start": ("init", "pack", "login", "check", "rehearse", "plan", "run", "web", "user"),
    "Every day": (
        *("queue", "show", "post", "edit", "hold", "release", "cancel", "report"),
        *("sightings", "review", "approve", "reject", "flag", "automatic", "sources", "budget"),
    ),
    "Stop and undo": ("stop", "resume", "undo", "withdraw", "forget", "remember", "dismiss", "purge"),
    "Repair": ("retry", "resolve", "db"),
}
"""The commands as people look for them."""


class WrongWords(typer.BadParameter):
    """What was typed does not say what is meant; its message says all."""

    def format_message(self) -> str:
        """Return the message as it is."""
        return self.message


class Explained(TyperCommand):
    """Shows its arguments and options in the words that people type, without the names that Python has for them."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return what follows the command's name: options, then each argument, in brackets where it may be left out."""
        arguments = [one for one in self.get_params(ctx) if one.param_type_name == "argument"]
        pieces = [(_named(one), one.required) for one in arguments]
        return [str(self.options_metavar), *(name if is_needed else f"[{name}]" for name, is_needed in pieces)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write what each argument and each option is."""
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            records = [(one, one.get_help_record(ctx)) for one in self.get_params(ctx) if one.param_type_name == kind]
            rows = [(_named(one) if kind == "argument" else record[0], record[1]) for one, record in records if record]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _named(argument: Any) -> str:
    """Return an argument's name as it stands in the usage line and beside its explanation."""
    return f"{argument.metavar or argument.name}{'' if argument.nargs == 1 else '…'}"


class Commands(typer.Typer):
    """Commands that explain themselves so."""

    def command(
        self, name: str | None = None, *, cls: type[TyperCommand] | None = Explained, **options: Any
    ) -> Callable[[CommandFunction], CommandFunction]:
        """Return what makes a function a command."""
        return super().command(name, cls=cls, **options)


class Grouped(TyperGroup):
    """Lists the commands in groups, and says what the numbers are that they take."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; what is wrong with its words is a sentence of its own."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            if error.param is not None or error.param_hint is not None:
                raise
            raise WrongWords(error.message[:1].upper() + error.message[1:], error.ctx) from None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each group with a line for each of its commands."""
        width = max(map(len, self.commands))
        for title, names in _GROUPS.items():
            with formatter.section(title):
                rows = [(name.ljust(width), self.commands[name].get_short_help_str(80)) for name in names]
                formatter.write_dl(rows)
        with formatter.section("Numbers"):
            formatter.write_dl(
                [
                    ("delivery".ljust(width), "one post or reshare of yours, from `bot queue`: bot hold 12"),
                    ("sighting".ljust(width), "somebody's post, from `bot sightings`: bot approve 7"),
                ]
            )


def whole_number(least: int) -> Callable[[str], int]:
    """Return what reads a whole number of `least` or more as a person writes it. It raises BadParameter."""

    def read(written: str) -> int:
        bare = written.strip()
        if not (bare.isascii() and bare.isdigit() and len(bare) < _LONGEST and int(bare) >= least):
            raise typer.BadParameter(f"{quoted(written)} is not a whole number of {least} or more")
        return int(bare)

    return read


def number_from_zero(written: str) -> float:
    """Return a number that is not below zero as a person wrote it. Raise BadParameter."""
    try:
        read = float(written.strip().replace(",", "."))
    except ValueError:
        read = -1.0
    if not 0 <= read < float("inf"):
        raise typer.BadParameter(f"{quoted(written)} is not a number of 0 or more")
    return read


_LONGEST = 10
"""A number with so many digits is a slip."""
