"""The question put to X's search: as narrow as what the campaign can use, for each post that comes back is billed.

Source of the operators: docs.x.com/x-api/posts/search/integrate/operators.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain.campaign import Wanted

LONGEST = 512
"""Characters of a question of X's recent search, without a contract of its own."""

LINKS = (
    'url:"youtube.com/watch"',
    'url:"youtu.be"',
    'url:"tiktok.com"',
    'url:"instagram.com/reel"',
    'url:"facebook.com/watch"',
    'url:"youtube.com/shorts"',
    "url:peertube",
    'url:"fb.watch"',
    'url:"vimeo.com"',
    'url:"youtube.com/live"',
    'url:"videos/watch"',
    'url:"facebook.com/reel"',
    '(url:"facebook.com" url:videos)',
)
"""Links to videos elsewhere, what is posted most first; what does not fit is left out, from the end.

X compares whole words of an address. PeerTube is on any host, so that only addresses which say so can be asked for: its
name in the host, or the way in which it writes longer addresses. All links would be found too, and paid for.
"""

_LONGEST_ID = 19
_LONGEST_NAME = 15


class Question:
    """One question about some hashtags that always fits; who we are may be known later, and its room is kept free.

    Our own posts are left out, and where they are read as mentions, so are posts that mention us.
    """

    def __init__(self, tags: Sequence[str], kinds: Sequence[Wanted], *, without_mentions: bool) -> None:
        self._without_mentions = without_mentions
        self._start = _any_of([f"#{tag}" for tag in tags])
        self._start += _narrowed(kinds, LONGEST - len(self._start) - _room_of_ending(without_mentions))

    def text(self, user_id: str, username: str) -> str:
        """The question; `username` is "" while it is not known."""
        return self._start + _ending(user_id, username if self._without_mentions else "")


def quotes_of(user_id: str, username: str) -> str:
    """Return the question for posts that quote one of ours; those that name us are mentions anyway."""
    ours = _any_of([f'url:"{host}/{username}/status"' for host in ("x.com", "twitter.com")])
    return f"{ours} is:quote{_ending(user_id, username)}"


def questions(tags: Sequence[str], kinds: Sequence[Wanted], *, without_mentions: bool) -> list[tuple[str, ...]]:
    """As few groups of hashtags as fit one question each, wherever they are only narrowed by what is native to X."""
    native = _either(_native(kinds))
    room = LONGEST - len(native) - _room_of_ending(without_mentions)
    return [tuple(group) for group in _groups([tag.removeprefix("#") for tag in tags], room)]


def _groups(tags: Sequence[str], room: int) -> Iterator[list[str]]:
    group: list[str] = []
    for tag in tags:
        if group and len(_any_of([f"#{one}" for one in (*group, tag)])) > room:
            yield group
            group = []
        group.append(tag)
    if group:
        yield group


def _any_of(parts: Sequence[str]) -> str:
    return "(" + " OR ".join(parts) + ")"


def _narrowed(kinds: Sequence[Wanted], room: int) -> str:
    """The kinds that are wanted, with as many links to videos as there is room for."""
    parts = _native(kinds)
    for link in LINKS if parts and Wanted.VIDEO in kinds else ():
        if len(_either([*parts, link])) > room:
            break
        parts.append(link)
    return _either(parts)


def _native(kinds: Sequence[Wanted]) -> list[str]:
    """X has no operator for GIFs: whoever wants them pays for every post with media."""
    if not kinds or Wanted.ANY in kinds:
        return []
    if Wanted.GIF in kinds:
        return ["has:media"]
    known = {Wanted.VIDEO: "has:video_link", Wanted.IMAGE: "has:images"}
    return [known[kind] for kind in dict.fromkeys(kinds)]


def _either(parts: Sequence[str]) -> str:
    if len(parts) > 1:
        return " " + _any_of(parts)
    return f" {parts[0]}" if parts else ""


def _ending(user_id: str, username: str) -> str:
    return f" -is:retweet -from:{user_id}" + (f" -@{username}" if username else "")


def _room_of_ending(without_mentions: bool) -> int:
    return len(_ending("0" * _LONGEST_ID, "_" * _LONGEST_NAME if without_mentions else ""))
