"""Commands on the campaign as it stands: stop, resume, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.app import AsJson, ConfigPath, actor, app, chosen, opened, print_json, print_labelled, say, say_obstacles
from bot.clock import system_clock
from bot.errors import FaultyFiles

if TYPE_CHECKING:
    from bot.services.status import CampaignStatus


@app.command()
def stop(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Stop all posting and resharing now. The program keeps running and waits for `bot resume`.

    Example: bot stop
    """
    from bot.services import stop as switch

    try:
        with opened(config) as campaign:
            busy = switch.stop(campaign.work, actor())
    except FaultyFiles as error:
        busy = switch.stop_store(chosen(config), actor(), system_clock())
        say(f"Mend this before you go on:\n{error}")
    if as_json:
        print_json({"stopped": True, "still_sending": busy})
    elif not busy:
        say("Stopped. Nothing is sent any more. To go on: bot resume")
    if busy:
        say(f"Stopped, but a request on {', '.join(busy)} was still under way. Look at: bot queue --state sending")
        raise typer.Exit(1)


@app.command()
def resume(
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="ACCOUNT", help="Start this account again. If you had stopped everything, the rest stays stopped."
        ),
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Start posting and resharing again. After `bot stop`, or once an account that was closed works again.

    What was refused meanwhile does not go out by itself: bot queue --state rejected, then bot retry ID.

    Example: bot resume mastodon
    """
    from bot.services import stop as switch
    from bot.services.status import status

    with opened(config) as campaign:
        done, now = switch.resume(campaign.work, actor(), account), status(campaign.work)
    if as_json:
        print_json(
            {"stopped": done.is_stopped, "opened": list(done.opened)} | ({"account": account} if account else {})
        )
        return
    what = ["Nothing is stopped any more"] if done.was_stopped and not done.is_stopped else []
    what += [f"{name} is open again" for name in done.opened]
    say(f"{', '.join(what) or 'Nothing was stopped, and no account was closed'}.")
    if done.late:
        say(f"{done.late} became too late meanwhile, and are missed by their own rule: bot queue --state missed")
    say_obstacles(now)


@app.command()
def report(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show what the campaign has done, in figures without people.

    And how its accounts stand: open, paused or closed, why, and what opens them again.

    Example: bot report --json
    """
    from bot.cli.documents import status_json
    from bot.cli.words.status import in_words, notes, worker_lines
    from bot.cli.words.stop_requests import doubt_text
    from bot.services.report import report as figures
    from bot.services.status import status
    from bot.store import authors

    with opened(config, looks=True) as campaign:
        now, document = status(campaign.work), figures(campaign.work)
        with campaign.work.store.read() as tx:
            waiting = authors.open_stop_requests(tx)
    if as_json:
        print_json(document | status_json(now))
        return
    figures_in_words = [
        (name.replace("_", " "), ", ".join(f"{count} {what}" for what, count in _largest_first(counts)) or "none")
        for name, counts in document.items()
    ]
    stopped = [("sending", "stopped. To go on, run: bot resume")] if now.stopped else []
    accounts = [in_words(name, account, now) for name, account in now.accounts.items()]
    print_labelled(
        [
            *figures_in_words,
            *stopped,
            *_under("sources", _of_sources(now)),
            *_under("workers", worker_lines(now)),
            *_under("accounts", accounts),
            *_under("look at", [*map(doubt_text, waiting), *notes(now)]),
        ]
    )


def _of_sources(now: CampaignStatus) -> list[str]:
    """Return what keeps anything from being seen, or how long ago nothing did."""
    from bot.cli.words.status import silent, unseen
    from bot.cli.words.times import time_text

    read_at = now.sight.read_at
    fine = f"no trouble, last read at {time_text(read_at, now.now)}" if read_at else "not read yet"
    return [*unseen(now), *silent(now)] or [fine]


def _largest_first(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda entry: -entry[1])


def _under(label: str, lines: list[str]) -> list[tuple[str, str]]:
    """Return the lines, the first beside what they are about."""
    return [("" if number else label, line) for number, line in enumerate(lines)]
