"""Web addresses as people write them in files: what is wrong with one, and what to write instead."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from bot.hosts import canonical_address

_HOST = re.compile(r"(?!-)[^\s/\\?#@:\[\]]+\Z")


def is_loopback(host: str) -> bool:
    """Return whether this host is this machine, where plain http gives no secret away."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def link_fault(url: str) -> str:
    """Return what is wrong with a link for readers, or "" when it is a plain http or https address."""
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https"):
        return "is not a web address"
    if wrong := next((letter for letter in url if letter in '{}<>"'), ""):
        return f"holds {wrong}, which no address has"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or a password"
    return ""


def server_fault(url: str) -> str:
    """Return what is wrong with the address of a server that gets our secrets, or "" when it may have them."""
    fault = link_fault(url)
    parts = _split(url)
    if fault or parts is None:
        return fault
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        return "would send secrets unencrypted"
    if parts.query or parts.fragment:
        return "holds more than a server's address"
    return ""


def server(written: str) -> str:
    """Return a server's address from a host name or an address, without a slash at the end. Raise ValueError."""
    url = written.strip() if "://" in written else f"https://{written.strip()}"
    if server_fault(url):
        raise ValueError(server_fault(url))
    return canonical_address(url).rstrip("/")


def _split(url: str) -> SplitResult | None:
    """Return the parts of an absolute address, or None for what is none: Python reads nearly everything as an
    address."""
    try:
        parts = urlsplit(url)
        _ = parts.port
        host = parts.hostname or ""
    except ValueError:
        return None
    if any(letter.isspace() or not letter.isprintable() for letter in url):
        return None
    return parts if ":" in host or _HOST.match(host) else None
