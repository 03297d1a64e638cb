"""What all commands share: where the campaign is, how answers are printed, and how a no is said."""

from __future__ import annotations

import getpass
import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import __version__
from bot.cli import logs, output
from bot.cli.help import app as app
from bot.cli.words import times
from bot.cli.words.remedies import spelled_out, with_commands
from bot.clock import system_clock
from bot.errors import FaultyFiles
from bot.files.config.credentials import masked
from bot.services.events import Event, EventName
from bot.text_display import escaped

if TYPE_CHECKING:
    from bot.app import App
    from bot.services.status import CampaignStatus
from bot.cli.output import plain

ConfigPath = Annotated[
    Path | None, typer.Option("--config", metavar="PATH", help="The campaign's bot.toml.  [default: bot.toml]")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Expect = Annotated[
    str | None,
    typer.Option(
        "--expect", metavar="HANDLE", help="For scripts: do it only if it is this author's, else say whose it is."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask, even at a terminal.")]


def _version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"groundswell {__version__}")
        raise typer.Exit


@app.callback()
def main(
    config: ConfigPath = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    _given_first[:] = [config] if config else []


_given_first: list[Path] = []
"""The `--config` that stood before the command, for those who write it there."""


def chosen(config: Path | None) -> Path:
    """Return the campaign's file: from the command, from before it, or `bot.toml` here; of a folder, the one in it."""
    given = next((path for path in (config, *_given_first) if path), None)
    if given is None:
        return Path("bot.toml")
    return given / "bot.toml" if given.is_dir() else given


def actor() -> str:
    """Return who is at the keyboard, for the audit."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def print_json(document: object) -> None:
    """Print the one JSON document on standard output, with what could upset or mislead a terminal escaped.

    It is UTF-8, or ASCII alone where standard output has another encoding.
    """
    text = masked(json.dumps(spelled_out(document), ensure_ascii=not output.shows_everything(), indent=2))
    typer.echo("\n".join(map(escaped, text.split("\n"))))


def print_json_list(items: Iterable[object]) -> None:
    """Print a JSON array as `print_json` does, one item after the other: a long one is not held whole."""
    count = 0
    for count, item in enumerate(items, 1):
        text = masked(json.dumps(spelled_out(item), ensure_ascii=not output.shows_everything(), indent=2))
        lines = "\n".join(f"  {escaped(line)}" for line in text.split("\n"))
        typer.echo(f"{'[' if count == 1 else ','}\n{lines}", nl=False)
    typer.echo("\n]" if count else "[]")


def say(text: str, *, alarming: bool = False, code: str = "") -> None:
    """Say something to people, beside the answer: on standard error, in the log's own form where there is a log.

    A refusal has a `code`, by which scripts that read the log know it.
    """
    text = with_commands(text)
    if _form[-1] is logs.Form.JSON:
        facts = {"text": text} | ({"code": code} if code else {})
        logs.write(logs.json_line(Event(system_clock(), EventName.SAID, facts, alarming)))
    else:
        typer.echo(_wrapped(masked(text)) if sys.stderr.isatty() else masked(text), err=True)


def _wrapped(text: str) -> str:
    """Return a text between whose words lines are broken, as wide as the screen; what is indented is left as it is."""
    width = output.screen_width()
    wrapper = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(line if line.startswith(" ") else wrapper.fill(line) for line in text.split("\n"))


_form = [logs.Form.PEOPLE]
"""How this process writes its log, the last one counts."""


_TOLD_PLAINLY = frozenset({EventName.ACCOUNT_FAILED, EventName.FAULTY_FILES})
"""What a command that keeps no log tells a person as a sentence: its words say what it is about."""


@contextmanager
def opened(
    config: Path | None,
    *,
    connect: bool = False,
    needs_account: bool = True,
    log: logs.Form | None = None,
    alarms: logs.Form = logs.Form.PEOPLE,
    looks: bool = False,
) -> Iterator[App]:
    """Open the campaign for one command; `connect` builds the accounts' adapters too.

    What `needs_account` to be done is refused where none can be used from here; the rest a worker that can goes on
    with.

    What only `looks` works on a store that cannot be written, too, and says so.

    With a `log` everything that happens is written down in that form, else what is alarming, in the form of `alarms`.
    """
    from bot.app import open_app

    def report(event: Event) -> None:
        if log is None and not connect and event.name == EventName.ACCOUNT_FAILED:
            return  # whoever only looks is told of it by how the account stands
        if log is None and event.name in _TOLD_PLAINLY:
            from bot.cli.words.events import event_text

            say(event_text(event), alarming=event.alarming)
        elif log is not None or event.alarming:
            logs.write(logs.line(event, log or alarms))

    if log is not None or alarms is logs.Form.JSON:
        _form.append(log or alarms)
        logs.listen_to_libraries(report)
    opened_app = open_app(chosen(config), system_clock, report, looks=looks)
    times.show_in(opened_app.work.config.campaign.timezone)
    if opened_app.work.store.only_reads:
        say("The store can only be read from here. This is how it stands there.")
    try:
        if connect:
            opened_app.connect(needs_account=needs_account)
        yield opened_app
    finally:
        opened_app.close()


def show_times_of(path: Path) -> None:
    """Say times in the zone of this `bot.toml`, or in UTC where it has a fault: for what works without it."""
    from bot.files.config import load as configuration

    with suppress(FaultyFiles):
        times.show_in(configuration.read(path).campaign.timezone)


def say_obstacles(status: CampaignStatus, *, unless: frozenset[str] = frozenset()) -> None:
    """Say what keeps things from going out as the campaign stands, a line each; `unless` it was said already."""
    from bot.cli.words.status import obstacles

    for text in obstacles(status):
        if text not in unless:
            say(text)


def say_unseen(status: CampaignStatus) -> None:
    """Say what is not seen of hashtags and mentions, a line each."""
    from bot.cli.words.status import unseen

    for text in unseen(status):
        say(text)


WIDEST = 80
"""Longer lines are hard to read."""


_BELOW = "  "
"""How words are indented that stand below their label, where there is no room beside it."""


def print_labelled(lines: Sequence[tuple[str, str]]) -> None:
    """Print words beside their labels, as wide as the terminal and no wider than is good to read."""
    width = min(output.screen_width(), WIDEST)
    indent = " " * (max(len(label) for label, _ in lines) + 2)
    is_beside = 2 * len(indent) <= width
    for label, words in lines:
        if not is_beside and label.strip():
            typer.echo(textwrap.fill(label.rstrip(), width, break_long_words=False, break_on_hyphens=False))
        first = label.ljust(len(indent)) if is_beside else _BELOW
        typer.echo(
            textwrap.fill(
                plain(words),
                width,
                initial_indent=first,
                subsequent_indent=indent if is_beside else _BELOW,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
