"""Somebody's post under a tracked hashtag, and where it stands between being seen and being reshared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.moderation import Judgement, Verdict
from bot.domain.post import SeenPost


class SightingState(StrEnum):
    """`new` is seen and not yet judged; `held` waits for a person; `gone` was deleted, hidden or edited away."""

    NEW = "new"
    HELD = "held"
    APPROVED = "approved"
    REJECTED = "rejected"
    RESHARED = "reshared"
    GONE = "gone"


AFTER_VERDICT = {
    Verdict.HOLD: SightingState.HELD,
    Verdict.APPROVE: SightingState.APPROVED,
    Verdict.REJECT: SightingState.REJECTED,
}


@dataclass(frozen=True)
class Sighting:
    """A row of the store. `sources` names every place it was seen at; `post` is as it was read last."""

    id: int
    state: SightingState
    post: SeenPost
    tags: tuple[str, ...]
    sources: tuple[str, ...]
    seen_at: datetime
    judgement: Judgement | None = None
    decided_by: str = ""
    decided_at: datetime | None = None
    fingerprint: str = ""
