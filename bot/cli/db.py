"""Commands on the store itself: upgrade, check, back up, restore, move, adopt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.app import AsJson, ConfigPath, actor, app, chosen, opened, print_json, say, show_times_of
from bot.cli.help import CommandGroup, Commands
from bot.cli.words.remedies import with_commands
from bot.clock import system_clock

if TYPE_CHECKING:
    from bot.services.database.integrity import IntegrityReport

db = Commands(
    cls=CommandGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Look after the store: back up, restore, check, move.\n\nEach command takes --config and --json.\n\n"
    "Example: bot db backup",
)
app.add_typer(db, name="db")


@db.command()
def upgrade(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Bring the store's tables to what this version needs. Stop all workers first.

    Example: bot db upgrade
    """
    from bot.services.database import open as database

    with database.open_existing(chosen(config)) as opened_store:
        before, after = database.upgrade(opened_store)
    if as_json:
        print_json({"from": before, "to": after})
    elif before == after:
        say(f"Nothing to do: the store has the newest schema, {after}.")
    else:
        say(f"Upgraded from {before or 'an empty database'} to {after}.")


@db.command()
def check(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Look the store over. Nothing is changed.

    Example: bot db check
    """
    from dataclasses import asdict

    from bot.cli.words.restore import doubt_text
    from bot.services.database import integrity as database_check
    from bot.services.database import open as database

    with database.open_existing(chosen(config)) as opened_store:
        checked = database_check.check(opened_store)
    show_times_of(chosen(config))
    if as_json:
        doubt = checked.doubt
        texts = {"doubt": doubt_text(doubt) if doubt else "", "doubt_code": str(doubt.why) if doubt else None}
        print_json(asdict(checked) | texts)
    else:
        _show(checked)
    if checked.faults:
        raise typer.Exit(1)


def _show(checked: IntegrityReport) -> None:
    """Print what was checked, then what is wrong and what to do about it."""
    from bot.cli.words.restore import doubt_text

    typer.echo(f"store     {checked.address}")
    typer.echo(f"schema    {checked.schema or 'none'} (newest: {checked.newest_schema})")
    typer.echo(f"name      {checked.name}, epoch {checked.epoch}, at {checked.place}")
    counts = ", ".join(f"{count} {state}" for state, count in checked.deliveries.items())
    typer.echo(f"queue     {counts or 'empty'}")
    if checked.moved_to:
        typer.echo(f"moved     to {checked.moved_to}; nothing can be changed here any more")
    if checked.doubt is not None:
        typer.echo(f"doubt     {doubt_text(checked.doubt)}")
    if checked.in_doubt:
        typer.echo(f"in doubt  {', '.join(checked.in_doubt)}")
    for fault in checked.faults:
        typer.echo(with_commands(f"error: {fault.what}. {fault.do}"))
    if not checked.faults:
        is_well = not (checked.doubt or checked.in_doubt or checked.moved_to)
        typer.echo("Nothing is wrong with it." if is_well else "It is whole; see above what keeps it from sending.")


@db.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to.  [default: var/backups/groundswell-TIME.db]")
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Write the whole store into one file, while workers work.

    Example: bot db backup /mnt/backups/groundswell.db
    """
    from bot.services.database import backup as database_backup

    with opened(config) as campaign:
        written = database_backup.backup(campaign.work.store, campaign.root, file, system_clock())
    size = written.stat().st_size
    if as_json:
        print_json({"file": str(written), "bytes": size})
    else:
        say(f"Backed up to {written} ({size:,} bytes). Keep it as safe as the store itself.")


@db.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What bot db backup wrote.")],
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the store's place. The store that was there is kept aside.

    Nothing is sent after that until each account's own timeline has been read, and compared with the backup.

    Example: bot db restore var/backups/groundswell-2025-04-15T030000Z.db
    """
    from bot.services.database import backup as database_backup
    from bot.services.database import open as database

    with database.open_existing(chosen(config)) as opened_store:
        path = database_backup.restore(opened_store, file, system_clock())
    if as_json:
        print_json({"restored": str(file), "kept_aside": str(path) if path else None})
        return
    old_store = f" What was there is kept as {path}." if path else ""
    say(f"Restored from {file}.{old_store} Start the worker: it looks what was sent since, before it sends anything.")
    if path is None:
        say(
            "Whoever asked to be forgotten after this backup was made is not known here. Run `bot forget` for each of "
            "them before you start it."
        )


@db.command()
def copy(
    target: Annotated[str, typer.Argument(metavar="URL", help="An empty database, postgresql+psycopg://…")],
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Move the store into another database. Broken off, it goes on when called again.

    The store that it was copied from is sealed: nothing can be sent from it, or changed in it, any more.

    Example: bot db copy postgresql+psycopg://groundswell@db.example/groundswell
    """
    from bot.services.database import move as database_copy
    from bot.services.database import open as database

    with database.open_existing(chosen(config)) as opened_store:
        done = database_copy.copy(opened_store, target, system_clock(), actor())
    rows = {name: table.rows for name, table in done.tables.items()}
    if as_json:
        print_json({"moved_to": done.target, "was_done": done.was_done, "rows": rows})
    else:
        say(f"Moved to {done.target} ({sum(rows.values())} rows, compared). Set DATABASE_URL to it for every worker.")


@db.command()
def adopt(
    config: ConfigPath = None,
    as_json: AsJson = False,
    although_moved: Annotated[
        bool, typer.Option("--although-moved", help="Use a store again that was moved away with bot db copy.")
    ] = False,
    without_reading: Annotated[
        bool, typer.Option("--without-reading", help="A timeline cannot be read: hold what was due, for you to decide.")
    ] = False,
) -> None:
    """Make this database the one that posts. First make sure that no other copy is running.

    Example: bot db adopt
    """
    from bot.services.database import open as database
    from bot.services.database import restore_guard as database_adopt

    with database.open_existing(chosen(config)) as opened_store:
        held = database_adopt.adopt_store(
            opened_store, system_clock(), actor(), although_moved=although_moved, without_reading=without_reading
        )
    if as_json:
        print_json({"adopted": True, "held": [delivery.id for delivery in held]})
    elif without_reading:
        say(f"This store sends from now on. {len(held)} deliveries are held for you: bot queue --state held")
    else:
        say("This store sends from now on. Before that, the worker looks what was sent that it does not know.")
