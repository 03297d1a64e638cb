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
    browser: Annotated[bool, typer.Option("--browser", help="Open the address in a browser too.")] = False,
) -> None:
    """Connect an account. Shows an address to open, takes the code it gives, keeps the token outside the project.

    Example: bot login mastodon
    """
    from bot.cli import oauth

    done = oauth.login(chosen(config), account, browser=browser and not as_json)
    if as_json:
        print_json({"account": account, "handle": done.handle, "file": str(done.file) if done.file else None})
    elif done.file:
        say(f"{account} is {done.handle}. Its token is kept in {done.file}, readable by you alone.")
