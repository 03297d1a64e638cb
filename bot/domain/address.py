"""Web addresses in what people write, taken apart without ever reading more into them than a browser would."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote

from bot.domain.text import composed
from bot.hosts import canonical_host

MOST = 100
"""So many addresses of one text are looked at: nobody reads more, and a flood must not stall the reading."""

_LONGEST = 2048
"""Characters of an address that is taken apart; no service hands out longer ones."""

_WRITTEN = re.compile(r"https?://[^\s<>\"“”«»]+", re.IGNORECASE)
_AROUND = frozenset(".,;:!?'’…*_~]}")
_PARTS = re.compile(r"https?://([^/?#\\@:%]+)(?::([0-9]{1,5}))?([/?#].*)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Address:
    """An address taken apart: the host in lower case, the path's steps, and what the query says."""

    host: str
    port: str
    steps: tuple[str, ...]
    query: str

    @property
    def is_on_usual_port(self) -> bool:
        """Whether it is where browsers look when no port is written."""
        return self.port in {"", "80", "443"}

    def asked(self, key: str) -> str:
        """The first value of a key in the query, "" where it is not there."""
        pairs = (pair.partition("=") for pair in self.query.split("&"))
        return next((unquote(value) for name, _, value in pairs if name == key), "")


def addresses_in(text: str) -> tuple[str, ...]:
    """The web addresses in a plain text, without the punctuation around them, up to `MOST`."""
    return tuple(_bare(match.group()) for match in islice(_WRITTEN.finditer(text), MOST))


def without_addresses(text: str) -> str:
    """The plain text with a space in place of each web address."""
    return _WRITTEN.sub(" ", text)


def plain_address(address: str) -> str:
    """An address without what differs between two ways to write it: scheme, "www.", percent signs, a last slash."""
    host, slash, rest = (address.partition("://")[2] or address).partition("/")
    return f"{canonical_host(host).removeprefix('www.')}{slash}{unquote(rest)}".rstrip("/")


def _bare(address: str) -> str:
    """A bracket at the end belongs to the sentence, unless the address has one that it closes."""
    address = address[: _LONGEST + 1]
    end, spare = len(address), address.count(")") - address.count("(")
    while end and (address[end - 1] in _AROUND or (address[end - 1] == ")" and spare > 0)):
        end -= 1
        spare -= address[end] == ")"
    return address[:end]


def taken_apart(address: str) -> Address | None:
    """None for what can be read differently: user names, percent signs, backslashes, wide letters in the host."""
    match = _PARTS.fullmatch(address.strip()) if len(address) <= _LONGEST else None
    if match is None:
        return None
    host, port, rest = match.groups(default="")
    if composed(host) != composed(host, "NFKC"):
        return None
    path, _, query = rest.partition("#")[0].partition("?")
    steps = tuple(unquote(step) for step in path.split("/") if step)
    return Address(canonical_host(host), port, steps, query)
