"""`bot init`: asks for what a campaign begins with, writes its first files, and says what to do next."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.cli.app import AsJson, ConfigPath, Yes, app, chosen, print_json, say
from bot.cli.words.amounts import counted
from bot.clock import system_clock
from bot.errors import Fault, Refused, RefusedCode, merged
from bot.values import dataclass

if TYPE_CHECKING:
    from bot.files.starter.pack import Usual

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class _Question:
    """What is asked, why, and what an empty line means: "" that an answer is needed, unless it `is_optional`."""

    flag: str
    asks: str
    explains: str
    usual: str = ""
    is_optional: bool = False


_QUESTIONS = {
    question.flag.removeprefix("--"): question
    for question in (
        _Question("--name", "Name of the campaign", "As people call it."),
        _Question("--day", "Day of action", "Everything is counted from it. Such as 2027-05-20."),
        _Question("--city", "City", "Its clock is the one that posts are planned by.", "Berlin"),
        _Question(
            "--languages", "Languages", "The first messages come in en, be, ru, de, fr and es. Such as: en, de", "en"
        ),
        _Question("--hashtags", "Hashtags", "By them people are found. A capital for each word: FairFaresNow"),
        _Question(
            "--account",
            "Accounts",
            "The server of each account on Mastodon, and x for X. Such as: mastodon.example, x",
        ),
        _Question(
            "--contact",
            "Contact",
            "A mailbox or a page, for people of other servers. Empty: none yet.",
            is_optional=True,
        ),
        _Question(
            "--website",
            "Website",
            "Where your messages lead. Empty: not known yet, and what uses it waits.",
            is_optional=True,
        ),
    )
}


def _of_pack(usual: Usual) -> tuple[dict[str, _Question], tuple[str, ...]]:
    """Return the questions with the answers of a pack as the usual ones; and its languages."""
    values = {
        "name": usual.name,
        "day": usual.day_of_action.isoformat(),
        "city": usual.zone.key,
        "languages": ", ".join(usual.languages),
        "hashtags": ", ".join(usual.hashtags),
    }
    taken_over = {name: replace(_QUESTIONS[name], usual=value) for name, value in values.items()}
    taken_over["languages"] = replace(
        taken_over["languages"], explains="Those that its messages are written in, or some of them."
    )
    return _QUESTIONS | taken_over, usual.languages


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", show_default="here", help="Where to.")] = Path(),
    name: Annotated[str | None, typer.Option(metavar="NAME", help="The campaign's name.")] = None,
    day: Annotated[str | None, typer.Option(metavar="DAY", help="The day of action: 2027-05-20.")] = None,
    city: Annotated[str | None, typer.Option(metavar="CITY", help="Whose clock posts are planned by: Cologne.")] = None,
    languages: Annotated[str | None, typer.Option(metavar="CODES", help="Of en, be, ru, de, fr, es: en,de.")] = None,
    hashtags: Annotated[str | None, typer.Option(metavar="NAMES", help="Without #: FairFaresNow.")] = None,
    account: Annotated[
        list[str] | None, typer.Option(metavar="SERVER", help="A Mastodon server, or x. Once for each account.")
    ] = None,
    contact: Annotated[str | None, typer.Option(metavar="ADDRESS", help="A mailbox, or a page.")] = None,
    website: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Where the messages lead.")] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="PACK", help="Take a campaign over: a zip of `bot pack`, or its folder."),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Begin a campaign of your own. Asks a few questions and writes its first files; nothing is written over.

    Example: bot init fair-fares
    """
    from bot.files.starter import pack as packs
    from bot.files.starter import starter

    pack = packs.read_pack(source) if source else None
    questions, among = (_QUESTIONS, starter.LANGUAGES) if pack is None else _of_pack(packs.usual_answers(pack))
    is_asked = not yes and sys.stdin is not None and sys.stdin.isatty()
    if is_asked:
        say(
            "A few questions. An empty line takes what stands in [brackets]; Ctrl-C breaks off, and nothing is written."
        )
    today = system_clock().astimezone().date()

    def answer(question: _Question, given: str | None, read: Callable[[str], Answer]) -> Answer:
        return _answer(question, given, read, is_asked=is_asked)

    answers = starter.Answers(
        name=answer(questions["name"], name, starter.name_of),
        day_of_action=answer(questions["day"], day, lambda written: starter.day_of(written, today)),
        zone=answer(questions["city"], city, starter.zone_of),
        languages=answer(questions["languages"], languages, lambda written: starter.languages_of(written, among)),
        hashtags=answer(questions["hashtags"], hashtags, starter.hashtags_of),
        accounts=answer(questions["account"], ",".join(account) if account else None, starter.accounts_of),
        contact=answer(questions["contact"], contact, starter.contact_of),
        website=answer(questions["website"], website, starter.website_of),
    )
    files: Mapping[str, str | bytes] = packs.files_of(pack, answers) if pack else starter.files_of(answers, today)
    starter.write(folder, files)
    unwritten = _unwritten(folder)
    if as_json:
        places = [{"path": fault.path, "line": fault.line} for fault in unwritten]
        print_json({"folder": str(folder), "files": list(files), "unwritten": places})
    else:
        _say_what_is_next(folder, [account.name for account in answers.accounts], len(unwritten))


def _answer(question: _Question, given: str | None, read: Callable[[str], Answer], *, is_asked: bool) -> Answer:
    """Return what a flag, a person, or the usual answer says. Raise Refused where there is none, or none of use."""
    from bot.cli.confirm import TRIES, answer_line

    if given is None and is_asked:
        say(f"\n{question.asks}. {question.explains}")
        for _ in range(TRIES):
            usual = f" [{question.usual}]" if question.usual else ""
            try:
                return read(answer_line(f"{question.asks}{usual}: ").strip() or question.usual)
            except ValueError as error:
                say(str(error))
        raise Refused(RefusedCode.NOT_USABLE_AS_TYPED)
    if given is None and not question.usual and not question.is_optional:
        raise Refused(RefusedCode.NEEDS_AN_ANSWER, flag=question.flag, what=question.asks, explains=question.explains)
    try:
        return read(question.usual if given is None else given)
    except ValueError as error:
        raise Refused(RefusedCode.ANSWER_NOT_USABLE, flag=question.flag, why=str(error)) from error


def _unwritten(folder: Path) -> list[Fault]:
    """Return the places that wait for somebody's words."""
    from bot.services.checks.lint import every_fault

    return [fault for fault in merged(every_fault(folder / "bot.toml")) if fault.is_unwritten]


def _say_what_is_next(folder: Path, accounts: list[str], places: int) -> None:
    where = "" if folder == Path() else f"cd {folder}\n  "
    waits = (
        f"names the {counted(places, 'place')} where your words are wanted, each with its file and line"
        if places
        else "finds what is not right yet, with file and line"
    )
    logins = "\n  ".join(f"bot login {account}" for account in accounts)
    say(
        f"\nWritten: {folder / 'bot.toml'}, {folder / 'schedules'} and {folder / 'messages'}. Next:\n\n"
        f"  {where}bot rehearse     see the whole campaign; nothing is sent\n"
        f"  bot check        {waits}\n"
        f"  {logins}\n"
        "  bot plan         when each post goes out\n"
        "  bot run          runs it for real\n"
    )


@app.command()
def pack(
    file: Annotated[Path, typer.Argument(metavar="FILE.zip", help="Where to; there is none of this name yet.")],
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Pack the campaign for another union. Its words and days go in, nothing of your accounts and people.

    Example: bot pack fair-fares.zip
    """
    from bot.files.starter import pack as packs

    packed = packs.pack_of(chosen(config).resolve().parent)
    packs.write_zip(packed, file)
    if as_json:
        print_json({"file": str(file), "files": sorted(packed.files)})
    else:
        say(
            f"{file} holds {len(packed.files)} files: messages, schedules and bot.toml without accounts, tokens, and "
            f"handles of people. Who takes it over runs: bot init --from {file.name}"
        )
