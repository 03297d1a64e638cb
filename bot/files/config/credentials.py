"""Secrets: looked up when needed, from the environment or an owner's file, and masked wherever they would show."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from bot.causes import CauseCode, because
from bot.domain.campaign import SecretSource
from bot.errors import GroundswellError
from bot.text_display import printable

MASK = "•••"

LEAST = 5
"""Shorter values are left: a mask over every "a" would hide the words and give the secret away."""

_PASSWORD = re.compile(r"://[^:/@]*:(.*)@")
_PASSWORD_KEYS = frozenset({"password", "sslpassword"})
_known: set[str] = set()


def hide(value: str) -> None:
    """Mask this value from now on, as it is and as it stands in an address or in JSON."""
    in_json = (json.dumps(value, ensure_ascii=plain)[1:-1] for plain in (True, False))
    for form in (value, quote(value, safe=""), unquote(value), *in_json):
        if len(form) >= LEAST:
            _known.add(form)


def hide_password_of(address: str) -> None:
    """Mask the password in a database's address from now on."""
    password = _PASSWORD.search(address)
    if password:
        hide(password.group(1))
    try:
        query = urlsplit(address).query
    except ValueError:
        return
    for key, value in parse_qsl(query):
        if key in _PASSWORD_KEYS:
            hide(value)


def masked(text: str) -> str:
    """Return a text without any secret that this process knows; the longest first, since one may be part of another."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


_LONGEST = 10_000


class SecretError(GroundswellError):
    """A secret is missing or lies open to others.

    Its text is a cause (see `bot.causes`) that says where it was looked for, and never the secret.
    """

    def __init__(self, code: CauseCode, **facts: object) -> None:
        super().__init__(because(code, **facts))


class Secret:
    """A secret that does not show in logs, errors or tracebacks unless it is asked for by name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        hide(value)

    def reveal(self) -> str:
        """Return the secret itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        raise TypeError("a secret is not written anywhere")


def secret(source: SecretSource, root: Path) -> Secret:
    """Return the secret from the environment, or else from its file beside `bot.toml`. Raise SecretError."""
    value = os.environ.get(source.env, "").strip() if source.env else ""
    if value:
        return Secret(value)
    if source.file:
        return Secret(private_text(root / Path(source.file).expanduser()))
    raise SecretError(CauseCode.SECRET_UNSET, env=source.env)


def private_text(path: Path) -> str:
    """Return the text of a file that its owner alone may read. Raise SecretError."""
    name = printable(str(path))
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise SecretError(CauseCode.SECRET_NO_FILE, file=name)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SecretError(CauseCode.SECRET_OPEN, file=name)
        text = path.read_bytes()[:_LONGEST].decode().strip()
    except OSError as error:
        raise SecretError(CauseCode.SECRET_UNREADABLE, file=name, problem=error.strerror) from None
    except ValueError:
        raise SecretError(CauseCode.SECRET_NO_TEXT, file=name) from None
    if not text:
        raise SecretError(CauseCode.SECRET_EMPTY, file=name)
    return text
