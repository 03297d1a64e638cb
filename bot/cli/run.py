"""Commands that read the files and carry them out: check, run, rehearse."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import signals
from bot.cli.app import AsJson, ConfigPath, app, chosen, opened, print_json, say
from bot.cli.console_process import console_beside
from bot.cli.help import number_from_zero
from bot.cli.logs import Form, log_form
from bot.cli.words.remedies import with_commands
from bot.clock import system_clock
from bot.errors import FaultyFiles, GroundswellError, StoreError
from bot.services.events import EventName, StillPlanned

if TYPE_CHECKING:
    from bot.app import App
    from bot.errors import Fault
    from bot.services.campaign_files import Files


@app.command()
def check(
    config: ConfigPath = None,
    as_json: AsJson = False,
    online: Annotated[bool, typer.Option("--online", help="Ask the platforms and follow the links too.")] = False,
) -> None:
    """Find every mistake in bot.toml, schedules/ and messages/.

    Example: bot check --online
    """
    from bot.errors import merged

    found, files = _all_faults(chosen(config), online)
    faults = merged([*found, *_foreseen(chosen(config), files)])
    errors, warnings = (sum(fault.severity == kind for fault in faults) for kind in ("error", "warning"))
    if as_json:
        print_json([_fault_json(fault) for fault in faults])
    else:
        for fault in faults:
            typer.echo(with_commands(str(fault)))
        typer.echo(_counted(errors, warnings))
    if errors:
        raise typer.Exit(1)


def _counted(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "No mistake found."
    parts = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in ((errors, "error"), (warnings, "warning"))]
    return f"{', '.join(parts)}."


def _all_faults(path: Path, online: bool) -> tuple[list[Fault], Files | None]:
    from bot.services.checks.lint import read_whole

    if not online:
        return read_whole(path)
    from bot.services.checks.online import every_fault_online

    return every_fault_online(path, system_clock), None


def _foreseen(path: Path, files: Files | None) -> list[Fault]:
    """Return what planning would do with what is out or was stopped already; a store that cannot be read is said."""
    from bot.services.database.where import has_store

    if not has_store(path.parent):
        return []
    from bot.cli.words import plan as words
    from bot.cli.words import times
    from bot.services.checks.planned import foreseen

    try:
        planned = foreseen(path, system_clock(), files)
        times.show_in(planned.zone)
        return words.faults(planned.notes)
    except StoreError as error:
        say(f"What is planned already could not be looked at: {error}")
        return []


def _fault_json(fault: Fault) -> dict[str, object]:
    return {
        "severity": str(fault.severity),
        "path": fault.path,
        "line": fault.line,
        "column": fault.column or None,
        "code": str(fault.code) if fault.code else None,
        "what": fault.what,
        "instead": fault.instead,
        "places": list(fault.places or (fault.place,)),
    }


@app.command()
def run(
    config: ConfigPath = None,
    once: Annotated[bool, typer.Option("--once", help="Do all that is due, then end (for cron).")] = False,
    as_json: AsJson = False,
    log: Annotated[
        Form,
        typer.Option(
            metavar="FORM",
            parser=log_form,
            envvar="BOT_LOG",
            help="How each event is written: people (a line to read) or json (an object).",
        ),
    ] = Form.PEOPLE,
    web: Annotated[bool, typer.Option("--web", help="Serve the web console beside it, as bot web does.")] = False,
) -> None:
    """Run the campaign for real. Posts what is due, watches the hashtags, reshares what you approved.

    Press Ctrl+C to end; what is under way is finished first.

    Example: bot run --once
    """
    signals.wait_with_signals()
    with (
        opened(config, log=log) as campaign,
        signals.set_by_signals(campaign.work.stopping),
    ):
        if once:
            faulty = _once(campaign)
        else:
            _until_stopped(campaign, config, log, has_console=web, as_json=as_json)
        if as_json:
            from bot.cli.documents import deliveries_json
            from bot.store import deliveries

            with campaign.work.store.read() as tx:
                listed = deliveries.listed(tx)
            print_json(deliveries_json(campaign.work, listed))
    if once and faulty:
        raise typer.Exit(1)


def _until_stopped(campaign: App, config: Path | None, log: Form, *, has_console: bool, as_json: bool) -> None:
    """Work until the process is told to end, and serve the console beside it if it `has_console`."""
    from bot.platforms.build import load_writers
    from bot.services.drafting import drafts_in_subprocess
    from bot.services.watching.language import told_aside
    from bot.worker.worker import Worker

    _connect(campaign)
    load_writers(campaign.work.config)
    campaign.draft = drafts_in_subprocess
    _plan_at_start(campaign, at_once=True)
    console = console_beside(campaign.work, config, log, as_json=as_json) if has_console else nullcontext()
    with told_aside(), console:
        Worker(campaign).run()


def _once(campaign: App) -> bool:
    """Work once; troubles that the run before has told of alarm nobody again. Return whether files have faults."""
    from bot.services.told_once import ToldOnce
    from bot.worker.once import run_once

    told_once = ToldOnce(campaign.work.store, campaign.work.report, campaign.work.clock())
    campaign.work = replace(campaign.work, report=told_once.report)
    try:
        _connect(campaign)
        faulty = _plan_at_start(campaign)
        run_once(campaign)
        return faulty
    finally:
        told_once.keep()


def _connect(campaign: App) -> None:
    """Without a single account there is still a plan, and something to say of a day that is past."""
    try:
        campaign.connect()
    except GroundswellError:
        _plan_at_start(campaign)
        raise


def _plan_at_start(campaign: App, *, at_once: bool = False) -> bool:
    """Plan, unless that was done from these very files; one with a fault changes nothing of what it asked for before.
    Return whether there are any. Files that are being saved are left for later: what is due goes by the plan there is.

    A worker plans again while it works: `at_once` saves what is due the time that asking our servers takes.
    """
    from bot.services.report import past_day
    from bot.services.status import status

    now = status(campaign.work)
    for hindrance in now.held_back:
        campaign.work.tell(EventName.HELD_BACK, alarming=True, **asdict(hindrance))
    if now.open_doubt is not None:
        campaign.work.tell(EventName.HELD_BACK, alarming=True, **asdict(now.open_doubt))
    try:
        if at_once and campaign.is_planned():
            return False
        if not campaign.settle():
            campaign.work.tell(EventName.FILES_BEING_SAVED)
            return False
        report = campaign.plan(unless_planned=True)
        campaign.tell_news(report)
        return bool(report.errors)
    except FaultyFiles as error:
        planned = StillPlanned.NOTHING_NEW
        campaign.work.tell(EventName.FAULTY_FILES, alarming=True, faults=error.faults, planned=planned)
        return True
    finally:
        past = past_day(campaign.work)
        if past is not None:
            campaign.work.tell(
                EventName.PAST_DAY,
                day_of_action=past.day,
                days=past.days,
                is_anything_left=past.is_anything_left,
            )


@app.command()
def rehearse(
    config: ConfigPath = None,
    speed: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            parser=number_from_zero,
            help="Simulated hours per second; 0 for full speed.  [default: full speed; on a terminal, to follow]",
        ),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Stop before this day: T-7, T, 2025-04-16.")] = None,
    as_json: AsJson = False,
    web: Annotated[
        bool,
        typer.Option("--web", help="Show it in the web console too: from a week before the day on, you decide."),
    ] = False,
    listen: Annotated[
        str,
        typer.Option(
            "--listen",
            metavar="HOST:PORT",
            help="With --web: where this machine's browsers reach it; port 0 is any that is free.  "
            "[default: 127.0.0.1:0]",
        ),
    ] = "",
) -> None:
    """Play the whole campaign on a simulated clock. Nothing leaves this machine.

    Example: bot rehearse --speed 12 --until T
    """
    from bot.cli.rehearse import command

    if web and as_json:
        raise typer.BadParameter("--json is for scripts, --web for people: leave one out.", param_hint="--web")
    if listen and not web:
        raise typer.BadParameter("--listen says where the console is reached, which comes with --web: add it.")
    if web:
        from bot.cli.rehearse import in_browser

        in_browser.play(chosen(config), speed, until, listen or "127.0.0.1:0")
    else:
        command.play(chosen(config), speed, until, as_json)
