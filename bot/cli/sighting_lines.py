"""Sightings as people read them: a few lines each, no wider than 80 columns, the same video in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from bot.cli import shown_lines
from bot.hosts import shown_handle

if TYPE_CHECKING:
    from bot.domain.sighting import Sighting
    from bot.store.approvals import Approval

_NUMBER, _LABEL = 6, 14


def together(found: Sequence[Sighting]) -> list[Sighting]:
    """In the order they were seen, but those that show the same video right after the first of them."""
    place: dict[int, int] = {}
    for at, seen in enumerate(found):
        place.setdefault(seen.same_as or seen.id, at)
    return sorted(found, key=lambda seen: place[seen.same_as or seen.id])


def lines(seen: Sighting, said: Iterable[Approval]) -> list[tuple[str, str]]:
    """What a sighting is, why it is in its state, and whose yes it has; labels beside words."""
    post = seen.post
    what = (
        f"{seen.seen_at:%d %b %H:%M} UTC",
        shown_handle(post.author.handle),
        ",".join(post.kinds) or "no media",
        post.language,
    )
    first = f"{seen.id:<{_NUMBER}}{seen.state}".ljust(_LABEL)
    shows = [("shows" if place == 0 else "", words) for place, words in enumerate(shown_lines.of_post(post))]
    return [(first, ", ".join(filter(None, what))), *map(_labelled, shows), *_more(_about(seen, said))]


def _about(seen: Sighting, said: Iterable[Approval]) -> Mapping[str, str]:
    return {
        "why": "; ".join(seen.judgement.reasons),
        "care": "; ".join(seen.judgement.care),
        "same": f"the same video as sighting {seen.same_as}" if seen.same_as else "",
        "yes": ", ".join(one.by for one in said),
        "link": seen.post.url,
    }


def _more(about: Mapping[str, str]) -> list[tuple[str, str]]:
    return [_labelled((label, words)) for label, words in about.items() if words]


def _labelled(line: tuple[str, str]) -> tuple[str, str]:
    return (" " * _NUMBER + line[0]).ljust(_LABEL), line[1]
