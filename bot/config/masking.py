"""Takes known secrets out of whatever is about to be shown: the last line of defence."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, quote, unquote, urlsplit

MASK = "•••"

LEAST = 5
"""Shorter values are left: a mask over every "a" would hide the words and give the secret away."""

_PASSWORD = re.compile(r"://[^:/@]*:(.*)@")
_PASSWORD_KEYS = frozenset({"password", "sslpassword"})
_known: set[str] = set()


def hide(value: str) -> None:
    """From now on this value is masked, as it is and as it stands in an address or in JSON."""
    in_json = (json.dumps(value, ensure_ascii=plain)[1:-1] for plain in (True, False))
    for form in (value, quote(value, safe=""), unquote(value), *in_json):
        if len(form) >= LEAST:
            _known.add(form)


def hide_password_of(address: str) -> None:
    """From now on the password in a database's address is masked."""
    found = _PASSWORD.search(address)
    if found:
        hide(found.group(1))
    try:
        query = urlsplit(address).query
    except ValueError:
        return
    for key, value in parse_qsl(query):
        if key in _PASSWORD_KEYS:
            hide(value)


def masked(text: str) -> str:
    """A text without any secret that this process knows; the longest first, since one may be part of another."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text
