"""`bot login`: shows the address, takes the code, and keeps the tokens out of the campaign's folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.app import AsJson, ConfigPath, app, chosen, print_json, say
from bot.cli.confirm import TRIES, asked, exchanged, show
from bot.clock import system_clock
from bot.domain.campaign import Account, Config, PlatformName
from bot.errors import GroundswellError, Outcome, PlatformError, Refused, RefusedCode
from bot.files.config import load as configuration
from bot.files.config.credentials import Secret, SecretError
from bot.files.config.login import keep_login, secret_of
from bot.values import dataclass

if TYPE_CHECKING:
    from bot.platforms.x.login import PendingPinLogin, PinLogin

_APP_KEYS = ("api_key", "api_secret")
_WHERE_KEYS_ARE = """\
X first needs the key and the secret of an app of yours.
  1. In X's developer portal, https://developer.x.com, make an app or open the one you have.
  2. Under "User authentication settings" choose "Read and write"; a token made before that can only read.
  3. Under "Keys and tokens" make the API key and its secret, and copy each of them here."""
_AUTOMATED_LABEL = (
    "X's rules ask an automated account to carry the automated label and to name who runs it. Set it there under "
    "Settings, Your account, Account information, Automation."
)


@dataclass(frozen=True)
class Connected:
    """An account that can be used. `file` holds its tokens; None where it needs none."""

    handle: str
    file: Path | None


@dataclass(frozen=True)
class _Login:
    handle: str
    notes: tuple[str, ...]
    secrets: Mapping[str, str] = field(repr=False)


def walk_through_login(path: Path, name: str, *, browser: bool) -> Connected:
    """Log an account of `bot.toml` in. Raise Refused when the person gives up, PlatformError when X or Mastodon do."""
    config = configuration.read(path)
    account = config.accounts.get(name)
    if account is None:
        raise Refused(RefusedCode.NO_SUCH_ACCOUNT, account=name, known=tuple(config.accounts))
    match account.platform:
        case PlatformName.REHEARSAL:
            say(f"{name} is on the rehearsal's own network: nobody needs to log in there.")
            return Connected("", None)
        case PlatformName.MASTODON:
            done = _mastodon(account, browser)
        case PlatformName.X:
            done = _x(config, account, path, browser)
    file = _kept(config, account, path, done)
    for note in (*done.notes, *_overruled(config, account, path, done.secrets)):
        say(f"! {note}")
    return Connected(done.handle, file)


def _mastodon(account: Account, browser: bool) -> _Login:
    from bot.platforms.mastodon.login import CodeLogin

    dialogue = CodeLogin(account.name, account.api_base_url, system_clock)
    pending = dialogue.begin()
    show(pending.authorize_url, "the campaign's account", browser=browser)
    token = exchanged("The code it shows: ", lambda code: dialogue.finish(pending, code))
    facts = dialogue.facts(token)
    return _Login(facts.handle, facts.notes, {"access_token": token})


def _x(config: Config, account: Account, path: Path, browser: bool) -> _Login:
    """Log in to X. All four secrets are kept together: X's token serves with the app's key that it was made for, and
    with no other."""
    dialogue, pending = _begun_x(config, account, path)
    show(pending.authorize_url, "the campaign's account", browser=browser)
    done = exchanged("The PIN it shows: ", lambda pin: dialogue.finish(pending, pin))
    secrets = {"api_key": dialogue.api_key, "api_secret": dialogue.api_secret}
    secrets |= {"access_token": done.access_token, "access_token_secret": done.access_token_secret}
    return _Login(done.handle, (_AUTOMATED_LABEL,), secrets)


def _begun_x(config: Config, account: Account, path: Path) -> tuple[PinLogin, PendingPinLogin]:
    """Return a login that X has agreed to begin. Keys it refuses are asked for again, unless `bot.toml` says where they
    are."""
    from bot.platforms.x.login import PinLogin

    keys = _known_keys(config, account, path)
    written = [place for name in _APP_KEYS if (place := _place(account, name))]
    for tries_left in reversed(range(TRIES)):
        api_key, api_secret = keys or _asked_keys()
        dialogue = PinLogin(account.name, account.api_base_url, api_key, api_secret, system_clock)
        try:
            return dialogue, dialogue.begin()
        except PlatformError as error:
            if written or error.answer is not Outcome.REJECTED or not tries_left:
                raise
            say(str(error))
            keys = None
    raise AssertionError("the last try either began or raised")


def _known_keys(config: Config, account: Account, path: Path) -> tuple[str, str] | None:
    """Return the app's key and secret from where `bot.toml` says, or from an earlier login.

    Raise SecretError for a file of `bot.toml` that cannot be used.
    """
    try:
        api_key, api_secret = (secret_of(config, account, name, path).reveal() for name in _APP_KEYS)
    except SecretError:
        if any(account.secrets[name].file for name in _APP_KEYS):
            raise
        return None
    return api_key, api_secret


def _asked_keys() -> tuple[str, str]:
    say(_WHERE_KEYS_ARE)
    return asked("API key (not shown): ", hidden=True), asked("API secret (not shown): ", hidden=True)


def _place(account: Account, name: str) -> str:
    """Return where `bot.toml` has put a secret, "" if nowhere: that comes before anything `bot login` keeps."""
    source = account.secrets[name]
    if source.env and os.environ.get(source.env, "").strip():
        return f"the environment variable {source.env}"
    return f"the file {source.file}" if source.file else ""


def _kept(config: Config, account: Account, path: Path, done: _Login) -> Path:
    try:
        return keep_login(config, account, path, done.handle, done.secrets)
    except OSError as error:
        where = error.filename or "its folder"
        reason = f"{error.strerror} ({where}); see that it can be written, then log in again"
        raise GroundswellError(f"The token could not be kept: {reason}.") from None


def _overruled(config: Config, account: Account, path: Path, secrets: Mapping[str, str]) -> Iterator[str]:
    """Yield what to say where another secret than the one just kept would be used."""
    for name, value in secrets.items():
        if secret_of(config, account, name, path) != Secret(value):
            place = _place(account, name)
            yield f"Another {name} is in {place}, and that one comes first. Take it away to use this login."


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

    done = walk_through_login(chosen(config), account, browser=browser and not as_json)
    if as_json:
        print_json({"account": account, "handle": done.handle, "file": str(done.file) if done.file else None})
    elif done.file:
        say(f"{account} is {done.handle}. Its token is kept in {done.file}, readable by you alone.")
