"""One form for hosts and for handles, wherever people, servers and the store meet."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote, urlsplit

_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_WIDE = str.maketrans("＠：", "@:")
"""Signs as some keyboards have them. Wide letters of a user's name stay: it is another user's."""

_PORT = re.compile(r"(.*?)(?::([0-9]{1,5}))?", re.DOTALL)
_LONGEST = 300
"""Characters of a host or handle that are taken apart; no name server answers to longer ones."""

_X_HOSTS = frozenset({"x.com", "www.x.com", "mobile.x.com", "twitter.com", "www.twitter.com", "mobile.twitter.com"})
_X_NAME = re.compile(r"@?(\w{1,15})", re.ASCII)
_FEDIVERSE = re.compile(r"@?([\w.-]{1,200})@([^\s@/?#\\]+)")
_PROFILE = re.compile(
    r"/(?:web/|deck/)?(?:@|users/|profile/|u/|author/|a/|accounts/)([\w.-]+)(?:@([^\s@/?#\\]+))?(?:/.*)?"
)

_LIKE_LATIN = {
    "CYRILLIC": frozenset("асԁеһіјӏорԛѕԝхуъьҽпгѵѡвмнткѐёїӓӧӱ"),
    "GREEK": frozenset("αικνορτυχγεηω"),
    "ARMENIAN": frozenset("ոսցօզհղքյ"),
}
"""Letters that could be taken for Latin ones: a name of these alone under a Latin ending is a well-known trick."""

_TOGETHER = (
    frozenset({"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK"}),
    frozenset({"HANGUL", "CJK"}),
    frozenset({"BOPOMOFO", "CJK"}),
)
"""Scripts that one language writes side by side (UTS 39, 5.2)."""


def canonical_host(written: str) -> str:
    """Return a host as name servers know it: small ASCII letters (IDNA 2008 by way of UTS 46), no dot at the end.

    A port stays, unless it is HTTPS's own. What is no name of a host comes back in small letters, so that it equals
    itself and nothing else.
    """
    return _canonical_host(written)


@lru_cache(maxsize=4096)
def _canonical_host(written: str) -> str:
    host, port = _PORT.fullmatch(written.strip()).groups(default="")  # type: ignore[union-attr]  # it always matches
    name = _canonical_name(host)
    return f"{name}:{int(port)}" if port and int(port) != 443 else name


def _canonical_name(host: str) -> str:
    if host.isascii():
        return host.lower().removesuffix(".")
    return ".".join(_label(part) for part in _DOTS.split(_mapped(host[:_LONGEST]))).removesuffix(".")


def _mapped(host: str) -> str:
    """Return the letters that a name's letters stand for: small, composed, of usual width, without what nobody sees."""
    from idna import IDNAError, uts46_remap  # 4 ms of each start, needed for few names

    try:
        return uts46_remap(host, std3_rules=False, transitional=False)
    except IDNAError:
        return unicodedata.normalize("NFKC", host).lower()


def _label(part: str) -> str:
    """IDNA 2008 knows no signs; the names that have them all the same ("🍕") are encoded as browsers do."""
    from idna import IDNAError, alabel

    if part.isascii():
        return part
    try:
        return alabel(part).decode("ascii")
    except IDNAError:
        return f"xn--{part.encode('punycode').decode('ascii')}"


def canonical_address(url: str) -> str:
    """Return a web address with its host in the one form, and all else as it is; what is no address stays."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if not parts.netloc:
        return url
    login, at, place = parts.netloc.rpartition("@")
    host = canonical_host(place)
    if parts.scheme.lower() == "http":
        host = host.removesuffix(":80") if place.endswith(":80") else _with_https_port(place, host)
    start = url.index(parts.netloc)
    return f"{url[:start].lower()}{login}{at}{host}{url[start + len(parts.netloc) :]}"


def _with_https_port(place: str, host: str) -> str:
    """Plain HTTP at 443 is somewhere else than at 80."""
    return f"{host}:443" if place.endswith(":443") else host


def canonical_handle(written: str) -> str:
    """Return a handle in the one form, "@user@host" or "x:user", from any way in which people write one.

    "acct:user@host", addresses of profiles ("https://host/@user", "https://x.com/user"), names of hosts in any letters.
    Case stays in the user's name: `handle_key` makes handles comparable. Raise ValueError for what is no handle.
    """
    bare = unicodedata.normalize("NFC", written).translate(_WIDE).strip().strip("<>\"'")
    canonical = "" if len(bare) > 10 * _LONGEST else _of_address(bare) or _of_handle(bare)
    if not canonical:
        raise ValueError("is no handle")
    return canonical


def _of_handle(bare: str) -> str:
    scheme, colon, rest = bare.partition(":")
    if colon and scheme.casefold() == "x":
        match = _X_NAME.fullmatch(rest.strip())
        return f"x:{match[1]}" if match else ""
    if colon and scheme.casefold() == "acct":
        bare = rest
    match = _FEDIVERSE.fullmatch(bare)
    return f"@{match[1]}@{canonical_host(match[2])}" if match and _is_host(match[2]) else ""


def _of_address(bare: str) -> str:
    """Return the handle whose profile, or whose post, has this address; a profile of another server's account names
    both."""
    if "://" not in bare and not re.match(r"[^/@\s]+\.[^/@\s]+/", bare):
        return ""
    try:
        parts = urlsplit(bare if "://" in bare else f"https://{bare}")
    except ValueError:
        return ""
    if parts.scheme.lower() not in {"http", "https"} or "@" in parts.netloc:
        return ""
    host, path = canonical_host(unquote(parts.netloc)), unquote(parts.path)
    if host in _X_HOSTS:
        match = _X_NAME.fullmatch(path.strip("/").partition("/")[0])
        return f"x:{match[1]}" if match and match[1] != "i" else ""
    match = _PROFILE.fullmatch(path)
    if match is None or not _is_host(match[2] or host):
        return ""
    return f"@{match[1]}@{canonical_host(match[2] or host)}"


def _is_host(written: str) -> bool:
    """Return whether this can be the name of a host, with a port or without one."""
    host = canonical_host(written).rpartition(":")[0] or canonical_host(written)
    return bool(re.fullmatch(r"(?!-)[a-z0-9._-]*[a-z0-9]", host)) and ".." not in host and not host.startswith(".")


@lru_cache(maxsize=4096)
def handle_key(handle: str) -> str:
    """Return the form in which handles are compared: platforms ignore case in them, and hosts have one form.

    What is no handle is compared as it is, but for case.
    """
    try:
        return canonical_handle(handle).casefold()
    except ValueError:
        return handle.casefold()


def shown_host(host: str) -> str:
    """Return a host as people write it, in their own letters, unless it could be taken for another one."""
    name, colon, port = canonical_host(host).partition(":")
    if "xn--" not in name:
        return f"{name}{colon}{port}"
    labels = [_shown_label(label) for label in name.split(".")]
    shown = ".".join(labels)
    is_safe = canonical_host(shown) == name and _is_plain(labels)
    return f"{shown if is_safe else name}{colon}{port}"


def shown_source(name: str) -> str:
    """Return a source's name, with its server's as people write it."""
    host, space, rest = name.partition(" ")
    return f"{shown_host(host)}{space}{rest}" if "xn--" in host else name


def shown_handle(handle: str) -> str:
    """Return a handle for people's eyes: as it is, with its host as they write it where that misleads nobody."""
    user, at, host = handle.rpartition("@")
    return f"{user}@{shown_host(host)}" if at and user and "xn--" in host.lower() else handle


def _shown_label(label: str) -> str:
    from idna import IDNAError, ulabel

    try:
        return ulabel(label)
    except (IDNAError, UnicodeError):
        return label


def _is_plain(labels: list[str]) -> bool:
    """Return whether no label mixes scripts, or is all of letters that look Latin while its ending is Latin."""
    ending_is_latin = labels[-1].isascii()
    for label in labels:
        scripts = {script for letter in label if (script := _script(letter))}
        if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
            return False
        like_latin = frozenset().union(*(_LIKE_LATIN.get(script, frozenset()) for script in scripts))
        if ending_is_latin and not label.isascii() and set(label) - set("-0123456789") <= like_latin:
            return False
        if label.startswith("xn--"):
            return False
    return True


def _script(letter: str) -> str:
    """Return the script of a letter by its name in Unicode; "" for digits and the hyphen, which belong to all."""
    if letter in "-0123456789":
        return ""
    return unicodedata.name(letter, "UNKNOWN").split()[0]


def host_of(address: str) -> str:
    """Return the host of an address in its one form, with its port if it has one; a bare host is one already.

    "" where there is none.
    """
    try:
        return canonical_host(urlsplit(address).netloc if "://" in address else address.strip("/"))
    except ValueError:
        return ""
