"""What a post shows of others, as people read it: whose post, and which words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.post import ShownAs, ShownState, all_shown
from bot.hints import shortened
from bot.hosts import shown_handle

if TYPE_CHECKING:
    from bot.domain.post import SeenPost, Shown

_LONGEST = 200
_NOT_THERE = {
    ShownState.UNREAD: "that could not be read",
    ShownState.PENDING: "whose author has not agreed to it yet",
    ShownState.GONE: "that was deleted or hidden",
}


def of_post(post: SeenPost) -> list[str]:
    """Return a line for each post that this one shows, the posts that those show included."""
    return [_line(shown) for shown in all_shown(post)]


def in_the_way(post: SeenPost) -> list[str]:
    """Return what keeps a post back that somebody has said yes to: it goes out only once nothing shown is hidden."""
    states = {shown.state for shown in all_shown(post)}
    found = []
    if ShownState.PENDING in states:
        found.append("The author of the post it shows has not agreed to that yet: it is not reshared before they do.")
    if ShownState.GONE in states:
        found.append("It shows a post that was deleted or hidden: it is not reshared while that is so.")
    return found


def _line(shown: Shown) -> str:
    what = "words" if shown.how is ShownAs.WORDS else "a link to a post" if shown.how is ShownAs.LINK else "a post"
    whose = f" by {shown_handle(shown.handle)}" if shown.handle else ""
    if shown.how is ShownAs.WORDS:
        return f"{what}{whose}"
    if shown.post is None:
        where = f": {shown.url or shown.uri}" if shown.addresses else ""
        return shortened(f"{what}{whose} {_NOT_THERE.get(shown.state, '')}{where}", _LONGEST)
    text = " ".join("\n".join((shown.post.text, *shown.post.poll)).split()) or "no words"
    kinds = ",".join(shown.post.kinds)
    return shortened(f"{what}{whose} ({kinds}): {text}", _LONGEST)
