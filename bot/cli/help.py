"""How the command line explains itself: commands in groups, arguments in people's words, mistakes in plain ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from inspect import getdoc
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info, get_group_from_info
from typer.models import CommandInfo, TyperInfo

from bot.text_display import nearest, quoted

CommandFunction = TypeVar("CommandFunction", bound=Callable[..., Any])

_GROUPS = {
    "Start": {
        "init": "init",
        "pack": "init",
        "login": "login",
        "check": "run",
        "rehearse": "run",
        "plan": "plan.command",
        "run": "run",
        "web": "web",
        "user": "web",
    },
    "Every day": {
        "queue": "queued",
        "show": "queued",
        "post": "post",
        "edit": "queued",
        "hold": "queued",
        "release": "queued",
        "cancel": "queued",
        "report": "status",
        "sightings": "sightings",
        "review": "sightings",
        "approve": "sightings",
        "reject": "sightings",
        "flag": "sightings",
        "automatic": "sightings",
        "sources": "sources",
        "budget": "sources",
    },
    "Stop and undo": {
        "stop": "status",
        "resume": "status",
        "undo": "queued",
        "withdraw": "protect",
        "forget": "protect",
        "remember": "protect",
        "dismiss": "protect",
        "purge": "protect",
    },
    "Repair": {
        "retry": "queued",
        "resolve": "queued",
        "db": "db",
    },
}
"""The commands as people look for them, and the module of `bot.cli` that has each: a command loads its own alone."""

_EXAMPLE = re.compile(r"^Example: .+", re.MULTILINE)

_MODULES = {name: module for group in _GROUPS.values() for name, module in group.items()}


class WrongWords(typer.BadParameter):
    """What was typed does not say what is meant; its message says all."""

    def format_message(self) -> str:
        """Return the message as it is."""
        return self.message


class Explained(TyperCommand):
    """Shows its arguments and options in the words that people type, without the names that Python has for them."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return what it takes, each to be read without pydantic where that is not needed."""
        return taken_plainly(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what was typed; where something is missing or is not taken, the error shows how it is given."""
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            if not (isinstance(error, typer.BadParameter) and error.message):  # else it says itself what is wrong
                error.message = " ".join(filter(None, self._how(ctx, error)))
            raise

    def _how(self, ctx: Any, error: Any) -> Iterator[str]:
        """Yield what is wrong with the words, what is taken instead, and an example that has it, where there is one."""
        if error.message:
            yield error.message if error.message.endswith(".") else f"{error.message}."
        wrong, options = getattr(error, "option_name", ""), _options(self.get_params(ctx))
        examples = _EXAMPLE.findall(self.help or "")
        if wrong in options:
            yield f"Write {options[wrong]}."
            examples = [example for example in examples if wrong in example.split()]
        elif wrong and (near := nearest(wrong, options)):
            yield f"Did you mean {near}?"
            error.possibilities = ()
        elif wrong:
            yield f"It takes {', '.join(options.values())}."
        yield next(iter(examples), "")

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return what follows the command's name: options, then each argument, in brackets where it may be left out."""
        arguments = [param for param in self.get_params(ctx) if param.param_type_name == "argument"]
        pieces = [(_named(param), param.required) for param in arguments]
        return [str(self.options_metavar), *(name if is_needed else f"[{name}]" for name, is_needed in pieces)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write what each argument and each option is."""
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            records = [
                (param, param.get_help_record(ctx)) for param in self.get_params(ctx) if param.param_type_name == kind
            ]
            rows = [
                (_named(param) if kind == "argument" else record[0], record[1]) for param, record in records if record
            ]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _options(params: Iterable[Any]) -> dict[str, str]:
    """Return how each option is written, by each of its names: "--limit N"."""
    return {
        name: name if option.is_flag else f"{name} {option.metavar or 'TEXT'}"
        for option in params
        if option.param_type_name == "option" and not option.hidden and option.name != "help"
        for name in (*option.opts, *option.secondary_opts)
    }


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


class CommandGroup(TyperGroup):
    """Commands that are called by their group's name and their own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what was typed before the command's own name."""
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            if wrong := getattr(error, "option_name", ""):
                error.message = f"No such option: {wrong}. Options stand behind the name of the command."
                error.possibilities = ()  # type: ignore[attr-defined]
            raise

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is called, and its words. Raise UsageError for a slip: it says which one is meant, or
        which there are."""
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = nearest(args[0], names)
            instead = f"Did you mean {near!r}?" if near else f"There are {', '.join(names)}."
            ctx.fail(f"No such command {args[0]!r}. {instead}")
        return super().resolve_command(ctx, args)


class Grouped(CommandGroup):
    """Lists the commands in groups, makes none but the one that is called, and says what numbers they take."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return what it takes, each to be read without pydantic where that is not needed."""
        return taken_plainly(super().get_params(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, made when it is first asked for; None where there is none of this name."""
        if cmd_name in _MODULES and cmd_name not in self.commands:
            self.commands[cmd_name] = _made(cmd_name)
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, none of which is made for that."""
        return list(_MODULES)

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
        width = max(map(len, _MODULES))
        for title, names in _GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), _first_sentence(name)) for name in names])
        with formatter.section("Numbers"):
            formatter.write_dl(
                [
                    ("delivery".ljust(width), "one post or reshare of yours, from `bot queue`: bot hold 12"),
                    ("sighting".ljust(width), "somebody's post, from `bot sightings`: bot approve 7"),
                ]
            )


app = Commands(
    name="bot",
    cls=Grouped,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Post a campaign's messages on Mastodon and X, watch its hashtags, reshare what a person approved.\n\n"
    "First steps: `bot rehearse` shows the whole campaign, `bot check` finds mistakes, `bot run` runs it for real.",
)


def _made(name: str) -> Any:
    """Return a command, or a group of them. Raise LookupError where its module declares none."""
    declared = _declared(name)
    looks: dict[str, Any] = {"pretty_exceptions_short": True, "rich_markup_mode": None}
    if isinstance(declared, CommandInfo):
        return get_command_from_info(declared, **looks)
    return get_group_from_info(declared, suggest_commands=False, **looks)


def _first_sentence(name: str) -> str:
    """Return what a command does, without making it: to find out what all of them take is a third of `bot --help`."""
    declared = _declared(name)
    is_command = isinstance(declared, CommandInfo)
    command = TyperCommand(name, help=getdoc(declared.callback)) if is_command else _made(name)
    return str(command.get_short_help_str(80))


def _declared(name: str) -> CommandInfo | TyperInfo:
    """Return a command, or a group of them, as its module declares it. Raise LookupError where it does not."""
    import_module(f"bot.cli.{_MODULES[name]}")
    for command in app.registered_commands:
        if command.callback is not None and command.callback.__name__ == name:
            return command
    for group in app.registered_groups:
        if group.name == name:
            return group
    raise LookupError(f"bot.cli.{_MODULES[name]} declares no group, nor `@app.command()` on a function called {name}")


def taken_plainly(params: list[Any]) -> list[Any]:
    """Return the parameters, their words to be taken as they are typed, or as the parameter's own `parser` reads them.

    Typer would have pydantic do it, which takes longer to load than most of what a command needs.
    """
    for param in params:
        if (plain := _Plain.of(param)) is not None:
            param.get_runtime_param = lambda plain=plain: plain
    return params


class _Plain:
    """Reads what was typed for one parameter, each word by itself."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        self._read = read

    @classmethod
    def of(cls, param: Any) -> _Plain | None:
        """Return what reads this parameter; None where Typer has to."""
        annotation, parser = param.type_descriptor.annotation, param.type_descriptor.parameter_info.parser
        kind = get_args(annotation)[0] if get_origin(annotation) is list else annotation
        read = parser or {str: str, bool: bool, Path: Path}.get(kind)
        return None if read is None else cls(read)

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value as the command's function takes it."""
        is_several = param.multiple or param.nargs == -1
        if value is None:
            return () if is_several else None
        return [self._read(word) for word in value] if is_several else self._read(value)


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
"""A number with this many digits is a slip."""
