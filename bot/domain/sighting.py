"""Somebody's post under a tracked hashtag, and where it stands between being seen and being reshared."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.domain.moderation import Judgement, Verdict
from bot.domain.post import SeenPost
from bot.values import dataclass


class SightingState(StrEnum):
    """`held` waits for a person, `approved` for its turn; `gone` was deleted or hidden by its author."""

    HELD = "held"
    APPROVED = "approved"
    REJECTED = "rejected"
    RESHARED = "reshared"
    GONE = "gone"


DECIDABLE = frozenset({SightingState.HELD, SightingState.REJECTED, SightingState.APPROVED})
"""A person may still decide on it, or decide otherwise: it is stored whole, and not reshared."""

WAITING = frozenset({SightingState.HELD, SightingState.APPROVED})
"""It is not reshared yet, and may be."""

ALLOWED = frozenset({SightingState.APPROVED, SightingState.RESHARED})
"""It has its yes."""

CLOSED = frozenset({SightingState.REJECTED, SightingState.RESHARED})
"""Nothing is to be done about it any more."""

AFTER_VERDICT = {
    Verdict.HOLD: SightingState.HELD,
    Verdict.APPROVE: SightingState.APPROVED,
    Verdict.REJECT: SightingState.REJECTED,
}


@dataclass(frozen=True)
class Seen:
    """A post just read, the campaign's hashtags it carries, and what the rules say of it.

    `author_key` is the keyed hash of its author's handle, `shown_keys` are those of whose posts it shows. `same_as` is
    the first sighting that shows the same, 0 for none.
    """

    post: SeenPost
    tags: tuple[str, ...]
    judgement: Judgement
    author_key: str = ""
    shown_keys: frozenset[str] = frozenset()
    same_as: int = 0


@dataclass(frozen=True)
class Sighting:
    """A row of the store. `sources` names every place it was seen at; `post` is as it was judged last.

    `same_as` is the first sighting that shows the same video, None where this is the first or the only one.
    """

    id: int
    state: SightingState
    post: SeenPost
    tags: tuple[str, ...]
    sources: tuple[str, ...]
    seen_at: datetime
    judgement: Judgement
    decided_by: str = ""
    decided_at: datetime | None = None
    same_as: int | None = None
