"""Where `bot login` keeps tokens: outside the campaign's folder, for its owner alone, whatever things are called.

A login belongs to a campaign by the number in `var/campaign-id`, which moves with the folder, and to an account by its
server. The account's name tells two on one server apart; where names have changed, a login that is left over is taken
by the only account that lacks one, and by no other campaign's.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from functools import lru_cache
from pathlib import Path

from bot.causes import CauseCode
from bot.domain.campaign import Account, Config
from bot.files.config.credentials import Secret, SecretError, private_text, secret
from bot.text_display import printable
from bot.values import dataclass

_ABOUT = ("account", "server", "handle", "campaign", "folder")


@dataclass(frozen=True)
class KeptLogin:
    """What is kept of one login: its secrets, and which account of which server they are for."""

    path: Path
    account: str
    server: str
    handle: str = ""
    campaign: str = ""
    folder: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


Logins = Sequence[KeptLogin]
"""All that are kept of one campaign."""


def logins_of(config_path: Path) -> Logins | None:
    """Return the logins of a campaign, for whoever asks for many secrets of it; None where one may not be read."""
    try:
        return _of_campaign(config_path)
    except SecretError:
        return None


def secret_of(config: Config, account: Account, name: str, config_path: Path, logins: Logins | None = None) -> Secret:
    """Return one secret of an account: from where `bot.toml` says, else from its login, which is looked for among
    these `logins` where they were read already. Raise SecretError."""
    try:
        return secret(account.secrets[name], config_path.parent)
    except SecretError as error:
        kept = kept_login(config, account, config_path, logins)
        if kept is None or name not in kept.secrets:
            elsewhere = _elsewhere(config, account) if kept is None else {}
            facts = {"secret": name, "account": account.name, "cause": str(error), **elsewhere}
            raise SecretError(CauseCode.SECRET_MISSING, **facts) from None
        return Secret(kept.secrets[name])


def secret_gap(config: Config, account: Account, config_path: Path) -> str:
    """Return why an account cannot be used for want of a secret, as a cause; "" where it has all it needs."""
    try:
        for name in account.secrets:
            secret_of(config, account, name, config_path)
    except SecretError as error:
        return str(error)
    return ""


def login_handle(config: Config, account: Account, config_path: Path, logins: Logins | None = None) -> str:
    """Return the handle that its server gave an account as it logged in; "" where another token than that is used."""
    with suppress(SecretError):
        kept = kept_login(config, account, config_path, logins)
        token = secret_of(config, account, "access_token", config_path, logins) if kept else None
        if kept and token == Secret(kept.secrets.get("access_token", "")):
            return kept.handle
    return ""


def kept_login(config: Config, account: Account, config_path: Path, logins: Logins | None = None) -> KeptLogin | None:
    """Return the login of an account, None where it has none. Raise SecretError where it may be any of several."""
    server = account.server
    kept = _of_campaign(config_path) if logins is None else logins
    logins = [login for login in kept if login.server == server]
    by_name = next((login for login in logins if login.account == account.name), None)
    if by_name is not None:
        return by_name
    earlier = _taken_along(config, account, config_path)
    if earlier is not None:
        return earlier
    here = {configured.name: configured for configured in config.accounts.values() if configured.server == server}
    left = [login for login in logins if login.account not in here]
    if not left:
        return None
    named = {login.account for login in logins}
    lacking = [
        account for account in here.values() if account.name not in named and not _has_token(account, config_path)
    ]
    if len(left) > 1 or [account.name for account in lacking] != [account.name]:
        names = sorted(login.handle or login.account for login in left)
        raise SecretError(CauseCode.LOGIN_UNCLEAR, account=account.name, server=account.server, logins=names)
    login = replace(left[0], account=account.name)
    with suppress(OSError):
        _write(login)
    return login


def keep_login(config: Config, account: Account, config_path: Path, handle: str, kept: Mapping[str, str]) -> Path:
    """Keep an account's secrets in place of its earlier login, and return their file. Raise OSError."""
    root = config_path.parent.resolve()
    folder = _home() / "logins" / (_campaign_id(root) or _new_campaign_id(root))
    before = next(
        (login for login in _in(folder) if (login.account, login.server) == (account.name, account.server)),
        None,
    )
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{account.server}-{account.name}")[:100]
    path = before.path if before else folder / f"{plain}-{secrets.token_hex(4)}.toml"
    _write(KeptLogin(path, account.name, account.server, handle, config.campaign.name, str(root), kept))
    return path


def _has_token(account: Account, config_path: Path) -> bool:
    """Return whether `bot.toml` says where its token is, and it is there."""
    try:
        return "access_token" not in account.secrets or bool(
            secret(account.secrets["access_token"], config_path.parent)
        )
    except SecretError:
        return False


def _home() -> Path:
    """Return our folder in `$XDG_CONFIG_HOME` (or `~/.config`)."""
    written = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(written) if written.startswith("/") else Path.home() / ".config") / "groundswell"


def _of_campaign(config_path: Path) -> Logins:
    """Return the logins of the campaign in this folder; where its number is lost, those that were made in it."""
    root, logins = config_path.parent.resolve(), _home() / "logins"
    number = _campaign_id(root)
    if number:
        return _in(logins / number)
    if not logins.is_dir():
        return ()
    for folder in sorted(logins.iterdir()):
        kept = _in(folder)
        if kept and all(login.folder == str(root) for login in kept):
            with suppress(OSError):
                _write_campaign_id(root, folder.name)
            return kept
    return ()


def _campaign_id(root: Path) -> str:
    try:
        written = (root / "var" / "campaign-id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
    return written if re.fullmatch(r"[0-9a-f]{16}", written) else ""


def _new_campaign_id(root: Path) -> str:
    """Make the campaign's id, and return the one that counts: another process may be making one at this moment, and the
    first stands."""
    _write_campaign_id(root, secrets.token_hex(8))
    return _campaign_id(root)


def _write_campaign_id(root: Path, number: str) -> None:
    folder = root / "var"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _campaign_id(root):
        (folder / "campaign-id").unlink(missing_ok=True)
    with suppress(FileExistsError):
        handle = os.open(folder / "campaign-id", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{number}\n")


def _in(folder: Path) -> Sequence[KeptLogin]:
    """Return the logins in a folder. A worker asks for those of all accounts before each delivery: they are read again
    where a file is not as it was, which among fifty accounts takes a twelfth of the time."""
    try:
        with os.scandir(folder) as entries:
            files = sorted((entry.name, _state(entry)) for entry in entries if entry.name.endswith(".toml"))
    except OSError:
        return ()
    return _read_all(folder, tuple(files))


def _state(file: os.DirEntry[str]) -> tuple[int, ...]:
    """Return what changes with a file's content, or with who may read it; () for one that cannot be asked."""
    try:
        stat = file.stat()
    except OSError:
        return ()
    return stat.st_ino, stat.st_mode, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


@lru_cache(maxsize=16)
def _read_all(folder: Path, files: tuple[tuple[str, tuple[int, ...]], ...]) -> Sequence[KeptLogin]:
    return tuple(login for name, _ in files if (login := _read(folder / name)) is not None)


def _read(path: Path) -> KeptLogin | None:
    """Return a login as it lies there, None for what is none. Raise SecretError for a file that others may read."""
    try:
        values = tomllib.loads(private_text(path))
    except (ValueError, RecursionError):
        return None
    texts = {key: value for key, value in values.items() if isinstance(value, str) and value}
    about = {name: texts.pop(name, "") for name in _ABOUT}
    return KeptLogin(path, **about, secrets=texts)


def _write(login: KeptLogin) -> None:
    """Write the file, its owner's from the first byte, and replace it as a whole."""
    login.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = login.path.with_suffix(f".{secrets.token_hex(4)}.tmp")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    about = {name: getattr(login, name) for name in _ABOUT}
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            pairs = (*about.items(), *login.secrets.items())
            file.writelines(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in pairs)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(login.path)
    finally:
        unfinished.unlink(missing_ok=True)


def _taken_along(config: Config, account: Account, config_path: Path) -> KeptLogin | None:
    """Return a login from where an earlier version kept it, by the names of campaign and account; it moves to its
    place."""
    before = _home() / _slug(config.campaign.name) / f"{account.name}.toml"
    login = _read(before) if before.is_file() else None
    if login is None or not login.secrets:
        return None
    with suppress(OSError):
        path = keep_login(config, account, config_path, "", login.secrets)
        before.unlink(missing_ok=True)
        with suppress(OSError):
            before.parent.rmdir()
        return replace(login, path=path, account=account.name, server=account.server)
    return login


def _slug(name: str) -> str:
    """Return a folder's name for a campaign's name, as earlier versions made it."""
    words = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    if name.isascii() and 0 < len(words) <= 80:
        return words
    return f"{words[:60].strip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("-")


def _elsewhere(config: Config, account: Account) -> Mapping[str, str]:
    """Return where an earlier version may have kept a login of this name, for a campaign that had another name then,
    and where it belongs; nothing where there is none."""
    paths = sorted(path for path in _home().glob(f"*/{account.name}.toml") if path.parent.name != "logins")
    if not paths:
        return {}
    there = _home() / _slug(config.campaign.name) / f"{account.name}.toml"
    return {"found_at": printable(str(paths[0])), "belongs_at": printable(str(there))}
