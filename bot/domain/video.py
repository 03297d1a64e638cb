"""Links to videos: which addresses show a video on a known service, and one name for it however it is written.

A name is the service and what names the video there: "youtube:ID", "vimeo:ID" ("vimeo:ID/KEY" where it is not listed),
"tiktok:ID", "instagram:CODE", "facebook:ID", "peertube:UUID"; "tiktok:short/CODE" and the like for short addresses, of
which only their service knows where they lead. The addresses are as the services hand them out under "share" in 2026.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from uuid import RFC_4122, UUID

from bot.domain.address import MOST, Address, taken_apart
from bot.domain.post import MediaKind

HOSTS = ("youtube.com", "youtu.be", "vimeo.com", "tiktok.com", "instagram.com", "facebook.com", "fb.watch")
"""The hosts whose links to videos are known, without their subdomains; PeerTube is on any host."""

_FACES = ("", "www.", "m.", "web.", "mbasic.", "music.")

_YOUTUBE_ID = re.compile(r"[\w-]{11}", re.ASCII)
_NO_VIDEO = frozenset({"live_stream", "videoseries"})
_NUMBER = re.compile(r"[0-9]{4,24}")
_KEY = re.compile(r"[0-9a-z]{6,32}")
_CODE = re.compile(r"[\w-]{5,40}", re.ASCII)
_BASE58 = "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_SHORT_UUID = re.compile(rf"[{_BASE58}]{{22}}")
_LONG_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def videos_in(addresses: Iterable[str]) -> tuple[str, ...]:
    """The name of each video that these addresses show, once each, in their order."""
    return tuple(dict.fromkeys(name for address in islice(addresses, MOST) if (name := _name(address))))


def video_kinds(kinds: Iterable[MediaKind], videos: Iterable[str]) -> tuple[MediaKind, ...]:
    """What a post shows when these `videos` are linked in it: it is no mere text any more."""
    shown = tuple(kinds)
    if not any(not name.startswith("media:") for name in videos):
        return shown
    attached = (kind for kind in shown if kind is not MediaKind.TEXT)
    return tuple(dict.fromkeys((*attached, MediaKind.VIDEO_LINK)))


def _name(address: str) -> str:
    parts = taken_apart(address)
    if parts is None:
        return ""
    known = _SERVICES.get(_without_subdomain(parts.host)) if parts.is_on_usual_port else None
    return known(parts) if known else _peertube(parts)


def _without_subdomain(host: str) -> str:
    """The name that a service is known by, where this is one of its faces."""
    return next((bare for start in _FACES if (bare := host.removeprefix(start)) in _SERVICES), host)


def _youtube(at: Address) -> str:
    match at.steps:
        case ("watch",):
            found = at.asked("v")
        case ("watch" | "shorts" | "live" | "embed" | "v" | "e", found, *_):
            pass
        case _:
            return ""
    return f"youtube:{found}" if _YOUTUBE_ID.fullmatch(found) and found not in _NO_VIDEO else ""


def _youtube_short(at: Address) -> str:
    return _youtube(replace(at, steps=("v", *at.steps)))


def _vimeo(at: Address) -> str:
    """The number comes last, but for the key of a video that is not listed."""
    match at.steps:
        case (number,) | ("channels", _, number) | ("groups" | "album" | "showcase", _, "videos" | "video", number):
            return _vimeo_name(number, at.asked("h"))
        case ("video", number):
            return _vimeo_name(number, at.asked("h"))
        case (number, key):
            return _vimeo_name(number, key) if _KEY.fullmatch(key) else ""
    return ""


def _vimeo_name(number: str, key: str) -> str:
    if not _NUMBER.fullmatch(number):
        return ""
    return f"vimeo:{number}/{key}" if _KEY.fullmatch(key) else f"vimeo:{number}"


def _tiktok(at: Address) -> str:
    match at.steps:
        case (_, "video", number) | ("embed", "v2" | "v3", number) | ("embed", number) | ("player", "v1", number):
            return _numbered("tiktok", number)
        case ("v", number):
            return _numbered("tiktok", number.removesuffix(".html"))
        case ("t", code):
            return _coded("tiktok:short/", code)
    return ""


def _tiktok_short(at: Address) -> str:
    return _coded("tiktok:short/", at.steps[0]) if len(at.steps) == 1 else ""


def _instagram(at: Address) -> str:
    """Only addresses that are a video's for certain: "/p/" is mostly a picture's."""
    match at.steps:
        case ("share", "reel", code):
            return _coded("instagram:short/", code)
        case ("reel" | "reels" | "tv", code, *_) | (_, "reel" | "tv", code):
            return _coded("instagram:", code) if code != "audio" else ""
    return ""


def _facebook(at: Address) -> str:
    match at.steps:
        case ("watch",) | ("watch", "live") | ("video.php",):
            return _numbered("facebook", at.asked("v"))
        case ("share", "v" | "r", code):
            return _coded("facebook:short/", code)
        case ("reel", number) | (_, "videos", number) | (_, "videos", _, number):
            return _numbered("facebook", number)
    return ""


def _facebook_short(at: Address) -> str:
    return _coded("facebook:short/", at.steps[0]) if len(at.steps) == 1 else ""


def _peertube(at: Address) -> str:
    """Named without its host: every server that shows a video gives it the same UUID (version 4), written long or
    short (flickr's base 58, see docs.joinpeertube.org)."""
    match at.steps:
        case ("w", written) | ("videos", "watch" | "embed", written):
            uuid = _uuid(written)
            return f"peertube:{uuid}" if uuid and uuid.version == 4 and uuid.variant == RFC_4122 else ""
    return ""


def _uuid(written: str) -> UUID | None:
    if _LONG_UUID.fullmatch(written):
        return UUID(written)
    if not _SHORT_UUID.fullmatch(written):
        return None
    value = 0
    for letter in written:
        value = value * 58 + _BASE58.index(letter)
    return UUID(int=value) if value < 2**128 else None


def _numbered(service: str, number: str) -> str:
    return f"{service}:{number}" if _NUMBER.fullmatch(number) else ""


def _coded(start: str, code: str) -> str:
    return f"{start}{code}" if _CODE.fullmatch(code) else ""


_SERVICES: dict[str, Callable[[Address], str]] = {
    "youtube.com": _youtube,
    "youtube-nocookie.com": _youtube,
    "youtu.be": _youtube_short,
    "vimeo.com": _vimeo,
    "player.vimeo.com": _vimeo,
    "tiktok.com": _tiktok,
    "vm.tiktok.com": _tiktok_short,
    "vt.tiktok.com": _tiktok_short,
    "instagram.com": _instagram,
    "facebook.com": _facebook,
    "fb.com": _facebook,
    "fb.watch": _facebook_short,
}
