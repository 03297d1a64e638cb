"""Web addresses that lead to somebody's post: of the fediverse's servers, and of the networks people quote from.

The ways of writing are those of the servers' own links in 2026: Mastodon, GoToSocial, Takahē, Pleroma and Akkoma,
Misskey and its kin, Pixelfed, Friendica, Lemmy; and of X, Bluesky, Threads, Telegram, VK, Instagram, TikTok, Facebook.
A film on YouTube, Vimeo or PeerTube is no post.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice, pairwise

from bot.domain.address import MOST, Address, taken_apart

_NUMBER = re.compile(r"[0-9]{1,25}")
_ID = re.compile(r"(?=[\w-]*[0-9])[\w-]{6,64}|[A-Za-z0-9]{16,64}", re.ASCII)
"""Numbers, ULIDs, UUIDs, flakes: an id has digits, or is longer than a word."""

_ANNOUNCED = re.compile(
    r"^[^\S\n]{0,3}[>»♻🔁]{0,3}[^\S\n]{0,3}(?:re|qt|rt|qrt|quote|quoting|zitat|цытата|цитата)[^\S\n]{0,3}:[^\S\n]{0,3}(https?://[^\s<>\"]{1,2000})",
    re.IGNORECASE | re.MULTILINE,
)
_NAME = re.compile(r"@?[\w.-]{1,100}(?:@[\w.-]{1,255})?")
_X_NAME = re.compile(r"[A-Za-z0-9_]{1,15}")
_NOBODY = frozenset({"i", "web", "intent", "share", "search", "home"})
_NOTES = frozenset({"notes", "notice", "objects", "statuses", "status", "display", "post", "comment", "activities"})


@dataclass(frozen=True)
class PostAddress:
    """An address that leads to a post; `author` is the handle it names, "" where it names nobody. `is_readable` says
    that a server of the fediverse may be asked for it."""

    address: str
    author: str = ""
    is_readable: bool = True


def posts_among(addresses: Iterable[str]) -> list[PostAddress]:
    """Those of the addresses that lead to a post, once each, in their order."""
    found = (post_address(address) for address in islice(dict.fromkeys(addresses), MOST))
    return [one for one in found if one is not None]


def announced_in(text: str) -> list[str]:
    """The addresses that a line of the text announces as quoted ("RE: https://…"), whatever they look like."""
    return [match[1] for match in islice(_ANNOUNCED.finditer(text), MOST)]


def post_address(address: str) -> PostAddress | None:
    """What an address leads to, None where that is no post as far as one can see."""
    at = taken_apart(address)
    if at is None:
        return None
    network = next((read for host, read in _NETWORKS.items() if _is_on(at.host, host)), None)
    if network is not None:
        author = network(at)
        return None if author is None else PostAddress(address, author, is_readable=False)
    author = _on_a_server(at)
    return None if author is None else PostAddress(address, author)


def _is_on(host: str, network: str) -> bool:
    return host == network or host.endswith(f".{network}")


def _on_a_server(at: Address) -> str | None:
    """The author that an address on a server of the fediverse names, "" for nobody, None where it is no post."""
    steps = tuple(step for step in at.steps if step not in {"web", "deck", "activity", "embed"})
    match steps:
        case (name, number) if name.startswith("@") and _is_id(number):
            return _handle(name, at)
        case (name, "posts" | "statuses" | "notes", number, *_) if name.startswith("@") and _is_id(number):
            return _handle(name, at)
        case ("users", name, "statuses" | "posts" | "notes" | "objects", number, *_) if _is_id(number):
            return _handle(name, at)
        case ("ap", "users", _, "statuses" | "posts", number, *_) if _is_id(number):
            return ""
        case ("p", name, number) if _is_id(number):
            return _handle(name, at)
        case (kind, number) if kind in _NOTES and _is_id(number):
            return ""
        case ("i", "web", "post", number) if _is_id(number):
            return ""
    return None


def _is_id(step: str) -> bool:
    return _NUMBER.fullmatch(step) is not None or _ID.fullmatch(step) is not None


def _handle(name: str, at: Address) -> str:
    """ "@user@host"; an address may name the author's own server beside the one that shows the post."""
    if not _NAME.fullmatch(name):
        return ""
    bare = name.removeprefix("@")
    host = at.host if at.is_on_usual_port else f"{at.host}:{at.port}"
    return f"@{bare}" if "@" in bare else f"@{bare}@{host}"


def _on_x(at: Address) -> str | None:
    match at.steps:
        case ("i", "status", number, *_) | ("i", "web", "status", number, *_) if _NUMBER.fullmatch(number):
            return ""
        case (name, "status" | "statuses", number, *_) if _NUMBER.fullmatch(number):
            return f"x:{name}" if _X_NAME.fullmatch(name) and name not in _NOBODY else ""
    return None


def _after(*before: str) -> Callable[[Address], str | None]:
    """A network whose posts come after one of these steps; whose they are does not concern us there."""

    def read(at: Address) -> str | None:
        return "" if any(step in before and following for step, following in pairwise(at.steps)) else None

    return read


def _on_telegram(at: Address) -> str | None:
    match at.steps:
        case ("c", _, number) | ("s", _, number) | (_, number) if _NUMBER.fullmatch(number):
            return ""
    return None


def _on_vk(at: Address) -> str | None:
    is_post = any(step.startswith(("wall", "video", "clip", "photo")) and "_" in step for step in at.steps)
    return "" if is_post or at.asked("w").startswith("wall") else None


def _on_facebook(at: Address) -> str | None:
    is_asked = at.steps[:1] in {("story.php",), ("permalink.php",), ("photo.php",), ("watch",), ("photo",)} and at.query
    return "" if is_asked else _after("posts", "videos", "reel", "share", "photos", "permalink", "groups")(at)


def _short(at: Address) -> str | None:
    return "" if len(at.steps) == 1 else None


_NETWORKS: dict[str, Callable[[Address], str | None]] = {
    "x.com": _on_x,
    "twitter.com": _on_x,
    "fxtwitter.com": _on_x,
    "vxtwitter.com": _on_x,
    "fixupx.com": _on_x,
    "nitter.net": _on_x,
    "bsky.app": _after("post"),
    "threads.net": _after("post", "t"),
    "threads.com": _after("post", "t"),
    "instagram.com": _after("p", "reel", "reels", "tv", "stories", "share"),
    "vm.tiktok.com": _short,
    "vt.tiktok.com": _short,
    "tiktok.com": _after("video", "photo", "t", "v"),
    "facebook.com": _on_facebook,
    "fb.watch": _short,
    "t.me": _on_telegram,
    "telegram.me": _on_telegram,
    "vk.com": _on_vk,
    "vk.ru": _on_vk,
    "vkvideo.ru": _on_vk,
    "ok.ru": _after("topic", "video"),
    "tumblr.com": _after("post"),
    "reddit.com": _after("comments"),
    "linkedin.com": _after("posts", "update"),
}
