"""Somebody's post as a person reads it who decides about it: who posted, when, what it carries, what is alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.cli.words.amounts import counted, duration_text
from bot.cli.words.times import time_text
from bot.domain.post import Author, MediaKind, SeenPost
from bot.domain.sighting import Sighting
from bot.hosts import shown_handle

_KINDS = {
    MediaKind.VIDEO: "video",
    MediaKind.VIDEO_LINK: "link to a video",
    MediaKind.GIF: "GIF",
    MediaKind.IMAGE: "picture",
    MediaKind.AUDIO: "sound",
    MediaKind.OTHER: "a file",
    MediaKind.TEXT: "",
    MediaKind.SILENT_VIDEO: "video without sound",
    MediaKind.UNKNOWN: "a file that its server has not fetched yet",
}
_YEARS = 730
"""From so many days on an account's age is told in years."""


def who_text(author: Author, now: datetime) -> str:
    """Return who posted: handle, followers, and how old the account is."""
    followers = f"{author.followers:,} followers" if author.followers is not None else "followers not known"
    if author.followers == 1:
        followers = "1 follower"
    return f"{shown_handle(author.handle)}, {followers}, {_age_text(author, now)}"


def _age_text(author: Author, now: datetime) -> str:
    if author.joined_at is None:
        return "age of the account not known"
    days = (now - author.joined_at).days
    age = counted(days // 365, "year") if days >= _YEARS else counted(max(days, 0), "day")
    return f"account {age} old"


def when_text(at: datetime, now: datetime) -> str:
    """Return when something was, and how long ago that is."""
    return f"{time_text(at, seconds=False)}, {ago_text(at, now)}"


def ago_text(at: datetime, now: datetime) -> str:
    """Return how long ago something was."""
    return f"{duration_text(now - at)} ago"


def carries_text(post: SeenPost) -> str:
    """Return what a post carries: media, links, a poll, and whether the media have alternative texts."""
    kinds = [_KINDS[kind] for kind in post.kinds if _KINDS[kind]]
    files = len(post.media_ids)
    if files > 1:
        kinds.append(f"{files} files")
    if post.links:
        kinds.append(counted(post.links, "link"))
    if post.poll:
        kinds.append("a poll")
    if post.lacks_alt:
        kinds.append("not all with alternative text" if post.alts else "no alternative text")
    return ", ".join(kinds) or "words alone"


def alike_text(sighting: Sighting, same_text: Sequence[int]) -> str:
    """Return which other sightings show the same video, or say the same; "" where none does."""
    video = f"the same video as sighting {sighting.same_as}" if sighting.same_as else ""
    numbers = ", ".join(map(str, same_text))
    text = f"the same text as sighting{'s' if len(same_text) > 1 else ''} {numbers}" if same_text else ""
    return "; ".join(filter(None, (video, text)))
