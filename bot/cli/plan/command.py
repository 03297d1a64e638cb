"""`bot plan` itself: plans, then shows the planned posts, or writes them into a file for others."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.app import AsJson, ConfigPath, app, opened, print_json, say, say_obstacles
from bot.cli.help import WrongWords
from bot.cli.output import plain, screen_width
from bot.cli.selection import ByAccount, ByDay, ByLanguage, ByMessage, delivery_filter
from bot.cli.words.amounts import counted
from bot.errors import Refused, RefusedCode

if TYPE_CHECKING:
    from bot.domain.delivery import Delivery
    from bot.services.preview import Preview
    from bot.services.selection import DeliveryFilter
    from bot.services.work import Work

_HEAD = 2048
"""How much of a file is read to tell whether it is ours."""


@app.command()
def plan(
    words: Annotated[bool, typer.Option("--words", help="Show every text in full, as it will go out.")] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one page with texts and pictures, for sign-off.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a table for translators and spreadsheets.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that `bot plan` did not make, too.")
    ] = False,
    message: ByMessage = None,
    account: ByAccount = None,
    language: ByLanguage = None,
    day: ByDay = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Read your messages and schedules, and show what goes out when. Nothing is sent; the queue follows the files.

    Example: bot plan --words --day T-3

    Example: bot plan --html plan.html
    """
    from bot.cli.words.plan import PLANNED, plan_lines
    from bot.services.plan import scheduled
    from bot.services.preview import previews
    from bot.services.status import status

    _refuse_files(html, csv, force=force)
    with opened(config) as campaign:
        if not campaign.settle():
            raise Refused(RefusedCode.FILES_BEING_SAVED)
        report = campaign.plan()
        work = campaign.work
        posts = _chosen(work, scheduled(work.store), delivery_filter(work, message, account, language, day))
        now, listed = status(work), previews(work, posts)
        if as_json:
            from bot.cli.documents import deliveries_json

            print_json(deliveries_json(work, posts))
        elif words or not (html or csv):
            _print(work, listed, in_full=words)
        _write_files(work, listed, html, csv)
    if not as_json:
        for line in plan_lines(report.notes):
            typer.echo(f"\n{_wrapped(plain(line))}")
        say(f"Planned: {PLANNED.format(**report.counts)}.")
        say_obstacles(now)
    for file in filter(None, (html, csv)):
        say(f"Written: {file} ({counted(len(listed), 'post')}, {file.stat().st_size / 1_000_000:.1f} MB).")
    if report.errors:
        raise typer.Exit(1)


def _print(work: Work, listed: Sequence[Preview], *, in_full: bool) -> None:
    """Print the posts as a calendar, or each with all of its words."""
    from bot.cli.plan import run_up

    lines_of = run_up.words_lines if in_full else run_up.calendar_lines
    for line in lines_of(work.config.campaign, listed, screen_width()):
        typer.echo(line)


def _write_files(work: Work, listed: Sequence[Preview], html: Path | None, csv: Path | None) -> None:
    """Write the files that were asked for. Raise Refused where one cannot be written."""
    if html is not None:
        from bot.cli.plan import page

        write(html, page.page(work, listed, work.clock()))
    if csv is not None:
        from bot.cli.plan import table

        write(csv, table.table(listed))


def _refuse_files(html: Path | None, csv: Path | None, *, force: bool) -> None:
    """Raise WrongWords where both files are one, and Refused where one is there that is not ours."""
    if html is None and csv is None:
        return
    if html is not None and csv is not None and html.resolve() == csv.resolve():
        raise WrongWords("--html and --csv write a file each: give them two names")
    from bot.cli.plan import page, table

    for file, mark in ((html, page.GENERATOR), (csv, table.BEGINS)):
        if file is not None:
            refuse_foreign(file, mark, force=force)


def _chosen(work: Work, posts: Sequence[Delivery], wanted: DeliveryFilter) -> list[Delivery]:
    """Return the posts that were asked for, all of them where nothing was. Raise Refused where none fits."""
    from bot.domain.delivery import State
    from bot.services.selection import chosen_deliveries

    if wanted.is_empty:
        return list(posts)
    try:
        ids = set(chosen_deliveries(work, wanted, frozenset(State)))
    except Refused as error:
        if error.code is not RefusedCode.NOTHING_TO_DO:
            raise
        ids = set()
    chosen = [post for post in posts if post.id in ids]
    if not chosen:
        raise Refused(RefusedCode.NO_POST_FITS)
    return chosen


def _wrapped(text: str) -> str:
    """Return a text with lines as wide as the screen, where there is one; no command in it is broken by a hyphen."""
    if not sys.stdout.isatty():
        return text
    return textwrap.fill(text, screen_width(), break_long_words=False, break_on_hyphens=False)


def refuse_foreign(file: Path, mark: str, *, force: bool) -> None:
    """Raise Refused where there is a file of this name that is not one of ours, known by its `mark`."""
    if file.exists() and not file.is_file():
        raise Refused(RefusedCode.NOT_A_FILE, file=str(file))
    try:
        with file.open("rb") as stream:
            is_ours = mark.encode() in stream.read(_HEAD)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Refused(RefusedCode.CANNOT_WRITE, file=str(file), problem=error.strerror) from error
    if not (is_ours or force):
        raise Refused(RefusedCode.NOT_WRITTEN_OVER, file=str(file))


def write(file: Path, text: str) -> None:
    """Write a file whole or not at all. Raise Refused where that cannot be done."""
    try:
        with NamedTemporaryFile("w", dir=file.parent, encoding="utf-8", newline="", delete=False) as written:
            try:
                written.write(text)
                written.flush()
                os.fchmod(written.fileno(), 0o644 & ~_umask())
                os.replace(written.name, file)
            except BaseException:
                Path(written.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise Refused(RefusedCode.CANNOT_WRITE, file=str(file), problem=error.strerror) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
