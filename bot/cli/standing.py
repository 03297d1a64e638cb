"""Commands on the campaign as it stands: stop, resume, report."""

from __future__ import annotations

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
def resume(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Let sending go on. For after `bot stop`, and after an account was closed and is mended.

    Example: bot resume
    """
    from bot.services import stop as switch

    with opened(config) as campaign:
        switch.resume(campaign.work, actor())
    if as_json:
        print_json({"stopped": False})
    else:
        say("Sending goes on. What became too late meanwhile is missed by its own rule: bot queue --state missed")


@app.command()
def report(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show what the campaign has done, in figures without people.

    Example: bot report --json
    """
    from bot.services.report import figures
    from bot.store import deliveries, sightings

    with opened(config) as campaign, campaign.work.store.read() as tx:
        found = figures(deliveries.listed(tx), sightings.listed(tx))
    if as_json:
        print_json(found)
        return
    for name, counts in found.items():
        listed = ", ".join(f"{count} {what}" for what, count in sorted(counts.items(), key=lambda one: -one[1]))
        typer.echo(f"{name.replace('_', ' '):22} {listed or 'none'}")
