"""Commands on the campaign as it stands: stop, resume, report."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.common import AsJson, ConfigPath, actor, app, opened, print_json, say


@app.command()
def stop(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Stop all sending at once. The worker lives on and idles until `bot resume`.

    Example: bot stop
    """
    from bot.services import stop as switch

    with opened(config) as campaign:
        busy = switch.stop(campaign.work, actor())
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
        str | None, typer.Argument(metavar="[ACCOUNT]", help="Open this account alone; a `bot stop` stays.")
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Let sending go on. For after `bot stop`, and after an account was closed and is mended.

    What was refused meanwhile does not go out by itself: bot queue --state rejected, then bot retry ID.

    Example: bot resume mastodon
    """
    from bot.services import stop as switch

    with opened(config) as campaign:
        goes_on = switch.resume(campaign.work, actor(), account)
    if as_json:
        print_json({"stopped": not goes_on} | ({"account": account} if account else {}))
    elif goes_on:
        what = f"{account} is open again" if account else "Sending goes on"
        say(f"{what}. What became too late meanwhile is missed by its own rule: bot queue --state missed")
    else:
        say(f"{account} is open again, but all sending is stopped. To let it go on: bot resume")


@app.command()
def report(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show what the campaign has done, in figures without people.

    And how its accounts stand: open, paused or closed, why, and what opens them again.

    Example: bot report --json
    """
    from bot.services.obstacles import in_words, standings
    from bot.services.report import accounts_json, figures
    from bot.store import deliveries, retention, sightings

    with opened(config) as campaign:
        accounts, now = standings(campaign.work), campaign.work.clock()
        with campaign.work.store.read() as tx:
            found = figures(deliveries.listed(tx), sightings.listed(tx), retention.tallies(tx))
    if as_json:
        print_json(found | {"accounts": accounts_json(accounts)})
        return
    for name, counts in found.items():
        listed = ", ".join(f"{count} {what}" for what, count in sorted(counts.items(), key=lambda one: -one[1]))
        typer.echo(f"{name.replace('_', ' '):22} {listed or 'none'}")
    for number, (name, standing) in enumerate(accounts.items()):
        typer.echo(f"{'' if number else 'accounts':22} {in_words(name, standing, now)}")
