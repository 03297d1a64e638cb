"""The web console, and who may use it: web, user."""

from __future__ import annotations

import gc
import os
import re
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import signals
from bot.cli.app import AsJson, ConfigPath, actor, app, opened, print_json, say
from bot.cli.console_process import UNTIL_INPUT_ENDS, when_input_ends
from bot.cli.help import CommandGroup, Commands
from bot.cli.logs import Form, log_form
from bot.cli.words.times import time_text
from bot.clock import system_clock
from bot.domain.text import rfc3339
from bot.domain.users import Role, name_key, needs_second_factor
from bot.text_display import quoted

if TYPE_CHECKING:
    from bot.store.users import Invitation, User

LISTEN = "localhost:8377"
"""By a name, for passkeys are made for names alone: it is 127.0.0.1 and ::1."""

user = Commands(
    cls=CommandGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Say who may use the web console. Every command takes --config and --json.\n\n"
    "Example: bot user add Kasia --role moderator",
)
app.add_typer(user, name="user")

_GIVES_WAY = 5
"""How much less of a busy processor the console takes than the worker beside it (nice(2)): posts have their second."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="Who: a name of up to 40 letters.")]


@app.command()
def web(
    config: ConfigPath = None,
    listen: Annotated[
        str,
        typer.Option("--listen", metavar="HOST:PORT", envvar="BOT_WEB_LISTEN", help="Where browsers reach it."),
    ] = LISTEN,
    without_tls: Annotated[
        bool, typer.Option("--without-tls", help="Let others reach it without TLS, in a network that is all yours.")
    ] = False,
    log: Annotated[
        Form,
        typer.Option(
            metavar="FORM",
            parser=log_form,
            envvar="BOT_LOG",
            help="How what is alarming is written: people (a line to read) or json (an object).",
        ),
    ] = Form.PEOPLE,
    as_json: AsJson = False,
    until_input_ends: Annotated[bool, typer.Option(UNTIL_INPUT_ENDS, hidden=True)] = False,
) -> None:
    """Serve the web console: see what goes out, decide, and stop, in a browser.

    Its address is the first line it prints. Let somebody in with: bot user add NAME --role admin

    Example: bot web
    """
    signals.wait_with_signals()
    os.nice(_GIVES_WAY)
    from bot.store import users
    from bot.web.console import LOOPBACK_NAMES, Console
    from bot.web.server import listen_of, require_door, serve

    at = listen_of(listen)
    with opened(config, alarms=log) as campaign, signals.set_by_signals(campaign.work.stopping):
        rules, store = campaign.work.config.console, campaign.work.store
        require_door(store, at, has_proxy=bool(rules.trusted_proxies), without_tls=without_tls)
        if until_input_ends:
            when_input_ends(campaign.work.stopping.set)
        console = Console(campaign, system_clock, LOOPBACK_NAMES | {at.host.lower()}, without_tls)

        def tell(address: str) -> None:
            _look_for_what_can_go()
            if as_json:
                print_json({"address": address})
            else:
                typer.echo(f"The console is at {address}")
            with store.read() as tx:
                if not users.has_users(tx):
                    say("Nobody can sign in yet. Run: bot user add NAME --role admin")

        serve(console, at, rules.trusted_proxies, campaign.work.stopping, tell)


_USUAL = 700


def _look_for_what_can_go() -> None:
    """Have Python look for what can be thrown away as often as it usually does, and only among what pages are made of:
    through all that is loaded it took 50 ms, and what twenty open tabs left lay about for long, 4 MB."""
    gc.freeze()
    gc.set_threshold(_USUAL)


def _console_address(written: str) -> str:
    """Return where the console is reached as a person wrote it. Raise BadParameter."""
    match = _ADDRESS.fullmatch(written.strip())
    if match is None:
        raise typer.BadParameter(
            f"{quoted(written)} is no address of a console. Write it as in the browser, without a path: "
            "https://console.union.example"
        )
    return match[1]


_ADDRESS = re.compile(r"(https?://(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?)/?", re.IGNORECASE)


def _role(written: str) -> Role:
    """Return a role as a person wrote it. Raise BadParameter."""
    try:
        return Role(written.strip().lower())
    except ValueError:
        raise typer.BadParameter(f"{quoted(written)} is not a role; the roles are {', '.join(Role)}") from None


Address = Annotated[
    str,
    typer.Option(
        "--address",
        metavar="URL",
        envvar="BOT_WEB_ADDRESS",
        help="Where the console is reached, for the link.",
        parser=_console_address,
    ),
]


@user.command()
def add(
    name: Name,
    role: Annotated[
        list[Role] | None,
        typer.Option(
            "--role",
            metavar="ROLE",
            parser=_role,
            help="viewer, editor, moderator or admin; may be given several times.  [default: viewer]",
        ),
    ] = None,
    config: ConfigPath = None,
    address: Address = f"http://{LISTEN}",
    as_json: AsJson = False,
) -> None:
    """Invite somebody: prints a link that works once, within 72 hours. Send it by a way that you trust.

    Example: bot user add Kasia --role moderator
    """
    from bot.services import users

    roles = role or []
    with opened(config) as campaign:
        token = users.invite(campaign.work.store, name, roles, actor(), system_clock())
    _tell_link(name, token, address, as_json=as_json)
    if not as_json and needs_second_factor(roles):
        say("They will set up a second factor too: a passkey, or an app on their phone that shows codes.")


@user.command()
def roles(
    name: Name,
    role: Annotated[
        list[Role], typer.Option("--role", metavar="ROLE", parser=_role, help="As for `bot user add`; these alone.")
    ],
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody other roles, in place of those they had. They sign in anew.

    Example: bot user roles Kasia --role moderator --role editor
    """
    from bot.services import users

    with opened(config) as campaign:
        known = users.give_roles(campaign.work.store, name, role, actor(), system_clock())
    given = sorted({*role} - {Role.VIEWER})
    if as_json:
        print_json({"name": known.name, "roles": given})
        return
    say(f"{known.name} is {', '.join(given) or Role.VIEWER} from now on, and signs in anew.")
    if needs_second_factor(role) and not needs_second_factor(known.roles):
        say("They will set up a second factor too: a passkey, or an app on their phone that shows codes.")


@user.command()
def reset(
    name: Name, config: ConfigPath = None, address: Address = f"http://{LISTEN}", as_json: AsJson = False
) -> None:
    """Let somebody in again who lost their password or second factor. Both end, and a link to begin anew is printed.

    Example: bot user reset Kasia
    """
    from bot.services import users

    with opened(config) as campaign:
        token = users.reset(campaign.work.store, name, actor(), system_clock())
    _tell_link(name, token, address, as_json=as_json)


def _tell_link(name: str, token: str, address: str, *, as_json: bool) -> None:
    link = f"{address}/invitations/{token}"
    if as_json:
        print_json({"name": name, "link": link})
    else:
        typer.echo(link)
        say(f"{name} opens this link, once, within 72 hours. Whoever has it can use it: send it by a way you trust.")


@user.command()
def disable(name: Name, config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Let somebody in no more. Their sessions end at once, and so does a link that they have not opened yet.

    Example: bot user disable Kasia
    """
    from bot.services import users

    with opened(config) as campaign:
        was_user = users.disable(campaign.work.store, name, actor(), system_clock()) is not None
    if as_json:
        print_json({"name": name, "disabled": True})
    elif not was_user:
        say(f"{name} was only invited. The link holds no more.")
    else:
        say(f"{name} is let in no more, and is signed out everywhere. To let them in again: bot user reset {name}")


@user.command("list")
def listed(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show who may use the web console, with which roles.

    Example: bot user list
    """
    from bot.store import users

    with opened(config, looks=True) as campaign, campaign.work.store.read() as tx:
        known, open_links = users.users(tx), users.invitations(tx, system_clock())
    until = {name_key(link.name): link.expires_at for link in open_links}
    names = {name_key(person.name) for person in known}
    people: list[User | Invitation] = [*known, *(link for link in open_links if name_key(link.name) not in names)]
    if as_json:
        print_json(
            [
                {
                    "name": person.name,
                    "roles": sorted(person.roles),
                    "disabled": isinstance(person, users.User) and person.disabled_at is not None,
                    "invited_until": rfc3339(until.get(name_key(person.name))),
                }
                for person in people
            ]
        )
        return
    for person in people:
        roles = ", ".join(sorted(person.roles)) or Role.VIEWER
        is_disabled = isinstance(person, users.User) and person.disabled_at is not None
        expires_at = until.get(name_key(person.name))
        invited = f"  (invited, until {time_text(expires_at)})" if expires_at else ""
        typer.echo(f"{person.name}  {roles}{'  (disabled)' if is_disabled else ''}{invited}")
    if not people:
        say("Nobody yet. Run: bot user add NAME --role admin")
