"""Web addresses in the posts of others: which of them lead to posts, and which to videos."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice, pairwise
from typing import NamedTuple
from urllib.parse import unquote
from uuid import RFC_4122, UUID

from bot.domain.post import MediaKind
from bot.domain.text import composed
from bot.hosts import canonical_address, canonical_host
from bot.values import dataclass

MOST = 100
"""How many addresses of one text are looked at: nobody reads more, and a flood must not stall the reading."""

_LONGEST = 2048
"""Characters of an address that is taken apart; no service hands out longer ones."""

_WRITTEN_ADDRESS = re.compile(r"https?://[^\s<>\"“”«»]+", re.IGNORECASE)
_AROUND_ADDRESS = frozenset(".,;:!?'’…*_~]}")
_PARTS = re.compile(r"https?://([^/?#\\@:%]+)(?::([0-9]{1,5}))?([/?#].*)?", re.IGNORECASE | re.DOTALL)


class Address(NamedTuple):
    """An address taken apart: the host in lower case, the path's steps, and what the query says."""

    host: str
    port: str
    steps: tuple[str, ...]
    query: str

    @property
    def is_on_usual_port(self) -> bool:
        """Return whether it is where browsers look when no port is written."""
        return self.port in {"", "80", "443"}

    def asked(self, key: str) -> str:
        """Return the first value of a key in the query, "" where it is not there."""
        pairs = (pair.partition("=") for pair in self.query.split("&"))
        return next((unquote(value) for name, _, value in pairs if name == key), "")


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the web addresses in a plain text, without the punctuation around them, up to `MOST`."""
    if "://" not in text:
        return ()
    return tuple([_bare_address(match[0]) for match in islice(_WRITTEN_ADDRESS.finditer(text), MOST)])


def plain_address(address: str) -> str:
    """Return an address without what differs between two ways to write it: scheme, "www.", percent signs, a
    last slash."""
    host, slash, rest = (address.partition("://")[2] or address).partition("/")
    return f"{canonical_host(host).removeprefix('www.')}{slash}{unquote(rest)}".rstrip("/")


def _bare_address(address: str) -> str:
    """Return an address without a bracket at its end, which belongs to the sentence, unless the address has one that it
    closes."""
    address = address[: _LONGEST + 1]
    if address[-1].isalnum():  # as most
        return address
    end, spare = len(address), address.count(")") - address.count("(")
    while end and (address[end - 1] in _AROUND_ADDRESS or (address[end - 1] == ")" and spare > 0)):
        end -= 1
        spare -= address[end] == ")"
    return address[:end]


def taken_apart(address: str) -> Address | None:
    """Return the parts of an address; None for what can be read differently: user names,
    backslashes, wide letters in the host."""
    match = _PARTS.fullmatch(address.strip()) if len(address) <= _LONGEST else None
    if match is None:
        return None
    host, port, rest = match.groups(default="")
    if not host.isascii() and composed(host) != composed(host, "NFKC"):
        return None
    path, _, query = rest.partition("#")[0].partition("?")
    steps = tuple(filter(None, path.split("/")))
    if "%" in path:
        steps = tuple(map(unquote, steps))
    return Address(canonical_host(host), port, steps, query)


_POST_NUMBER = re.compile(r"[0-9]{1,25}")
_ID = re.compile(r"(?=[\w-]*[0-9])[\w-]{6,64}|[A-Za-z0-9]{16,64}", re.ASCII)
"""Numbers, ULIDs, UUIDs, flakes: an id has digits, or is longer than a word."""

_ANNOUNCED = re.compile(
    r"^[^\S\n]{0,3}[>»♻🔁]{0,3}[^\S\n]{0,3}(?:re|qt|rt|qrt|quote|quoting|zitat|цытата|цитата)[^\S\n]{0,3}:[^\S\n]{0,3}(https?://[^\s<>\"]{1,2000})",
    re.IGNORECASE | re.MULTILINE,
)
_ANNOUNCES = re.compile(r":[^\S\n]{0,3}https?://", re.IGNORECASE)
"""What stands in each text that announces an address, and is found in far less time."""

_HANDLE_NAME = re.compile(r"@?[\w.-]{1,100}(?:@[\w.-]{1,255})?")
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
    """Return those of the addresses that lead to a post, once each, in their order."""
    candidates = map(post_address, islice(dict.fromkeys(addresses), MOST))
    return [address for address in candidates if address is not None]


def announced_in(text: str) -> list[str]:
    """Return the addresses that a line of the text announces as quoted ("RE: https://…"), whatever they look like."""
    if not _ANNOUNCES.search(text):
        return []
    return [match[1] for match in islice(_ANNOUNCED.finditer(text), MOST)]


def post_address(address: str) -> PostAddress | None:
    """Return what an address leads to, None where that is no post as far as one can see."""
    may_be_one = not address.isascii() or _MAY_BE_POST.search(address.lower())
    at = taken_apart(address) if may_be_one else None
    if at is None:
        return None
    network = _network_of(at.host)
    if network is not None:
        author = network(at)
        return None if author is None else PostAddress(address, author, is_readable=False)
    author = _on_a_server(at)
    return None if author is None else PostAddress(address, author)


def x_post(post_id: str) -> str:
    """Return the address that names a post on X whoever wrote it, and stays when its author takes another name."""
    return f"https://x.com/i/status/{post_id}"


def post_uris(address: str) -> tuple[str, ...]:
    """Return by what a post may be stored that this address leads to: on X by its number alone, whosever name stands
    before that; elsewhere by the address itself."""
    at = taken_apart(address)
    if at is None:
        return ()
    if _network_of(at.host) is not _on_x:
        return (canonical_address(address.partition("#")[0].partition("?")[0].rstrip("/")),)
    numbers = (after for step, after in pairwise(at.steps) if step in {"status", "statuses"})
    return tuple(x_post(number) for number in numbers if _POST_NUMBER.fullmatch(number))


def _network_of(host: str) -> Callable[[Address], str | None] | None:
    """Return how the addresses of the network are read that a host is of, or of whose subdomains it is one."""
    while host:
        if read := _NETWORKS.get(host):
            return read
        host = host.partition(".")[2]
    return None


def _on_a_server(at: Address) -> str | None:
    """Return the author that an address on a server of the fediverse names, "" for nobody, None where it is no post."""
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
    return _POST_NUMBER.fullmatch(step) is not None or _ID.fullmatch(step) is not None


def _handle(name: str, at: Address) -> str:
    """Return "@user@host"; an address may name the author's own server beside the one that shows the post."""
    if not _HANDLE_NAME.fullmatch(name):
        return ""
    bare = name.removeprefix("@")
    host = at.host if at.is_on_usual_port else f"{at.host}:{at.port}"
    return f"@{bare}" if "@" in bare else f"@{bare}@{host}"


def _on_x(at: Address) -> str | None:
    match at.steps:
        case ("i", "status", number, *_) | ("i", "web", "status", number, *_) if _POST_NUMBER.fullmatch(number):
            return ""
        case (name, "status" | "statuses", number, *_) if _POST_NUMBER.fullmatch(number):
            return f"x:{name}" if _X_NAME.fullmatch(name) and name not in _NOBODY else ""
    return None


def _after(*before: str) -> Callable[[Address], str | None]:
    """Return a network whose posts come after one of these steps; whose they are does not concern us there."""

    def read(at: Address) -> str | None:
        return "" if any(step in before and following for step, following in pairwise(at.steps)) else None

    return read


def _on_telegram(at: Address) -> str | None:
    match at.steps:
        case ("c", _, number) | ("s", _, number) | (_, number) if _POST_NUMBER.fullmatch(number):
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

_MAY_BE_POST = re.compile(
    rf"[/.](?:{'|'.join(map(re.escape, _NETWORKS))})|[@%]|/(?:users|p|{'|'.join(sorted(_NOTES))})/"
)
"""What stands in each address of a post; most others do not have to be taken apart."""

HOSTS = ("youtube.com", "youtu.be", "vimeo.com", "tiktok.com", "instagram.com", "facebook.com", "fb.watch")
"""The hosts whose links to videos are known, without their subdomains; PeerTube is on any host."""

_MAY_BE_VIDEO = re.compile(r"youtu|vimeo|tiktok|instagram|facebook|fb\.|/w/|/videos/|%")
"""What stands in each address of a video; hardly any other one has to be taken apart."""

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
    """Return the name of each video that these addresses show, once each, in their order."""
    return tuple(dict.fromkeys(name for address in islice(addresses, MOST) if (name := _name(address))))


def video_kinds(kinds: Iterable[MediaKind], videos: Iterable[str]) -> tuple[MediaKind, ...]:
    """Return what a post shows when these `videos` are linked in it: it is no mere text any more."""
    shown = tuple(kinds)
    if not any(not name.startswith("media:") for name in videos):
        return shown
    attached = (kind for kind in shown if kind is not MediaKind.TEXT)
    return tuple(dict.fromkeys((*attached, MediaKind.VIDEO_LINK)))


def _name(address: str) -> str:
    may_be_one = not address.isascii() or _MAY_BE_VIDEO.search(address.lower())
    parts = taken_apart(address) if may_be_one else None
    if parts is None:
        return ""
    service = _SERVICES.get(_without_subdomain(parts.host)) if parts.is_on_usual_port else None
    return service(parts) if service else _peertube(parts)


def _without_subdomain(host: str) -> str:
    """Return the name that a service is known by, where this is one of its faces."""
    return next((bare for start in _FACES if (bare := host.removeprefix(start)) in _SERVICES), host)


def _youtube(at: Address) -> str:
    match at.steps:
        case ("watch",):
            video_id = at.asked("v")
        case ("watch" | "shorts" | "live" | "embed" | "v" | "e", video_id, *_):
            pass
        case _:
            return ""
    return f"youtube:{video_id}" if _YOUTUBE_ID.fullmatch(video_id) and video_id not in _NO_VIDEO else ""


def _youtube_short(at: Address) -> str:
    return _youtube(at._replace(steps=("v", *at.steps)))


def _vimeo(at: Address) -> str:
    """Return the name of a Vimeo video: its number comes last, but for the key of one that is not listed."""
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
    """Return the name of an Instagram video, only for addresses that are certainly a video's: "/p/" is mostly a
    picture's."""
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
    """Return the name of a PeerTube video, without its host: every server that shows a video gives it the same UUID
    (version 4), written long or short (flickr's base 58, see docs.joinpeertube.org)."""
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
