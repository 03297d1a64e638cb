"""Commands on people: logging accounts in."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.common import AsJson, ConfigPath, app, chosen, print_json, say


@app.command()
def login(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's name in bot.toml.")],
    config: ConfigPath = None,
    as_json: AsJson = False,
    browser: Annotated[bool, typer.Option(help="Open the address in a browser.")] = True,
) -> None:
    """Connect an account: opens the platform's page, takes the code it shows, and keeps the token outside the project.

    Example: bot login mastodon
    """
    from bot.cli import oauth

    path, handle = oauth.login(chosen(config), account, browser=browser and not as_json)
    if as_json:
        print_json({"account": account, "handle": handle, "file": str(path)})
    else:
        say(f"{account} is {handle}. The token is kept in {path}, readable by you alone.")
