"""Many posts of others refused at once, and their authors blocked; nothing is ever approved in bulk."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.actor import By
from bot.domain.moderation import Reason
from bot.domain.sighting import SightingState
from bot.errors import Refused, RefusedCode
from bot.services.moderation import approval, blocking, review_queue
from bot.services.work import Work
from bot.values import dataclass


@dataclass(frozen=True)
class ManyRejected:
    """What came of it: the posts that were `rejected`, those that others had `decided` on before, and how many of the
    authors were `blocked`."""

    rejected: tuple[int, ...]
    decided: tuple[int, ...]
    blocked: int


def reject_many(
    work: Work, sighting_ids: Iterable[int], by: By, why: Reason | None = None, *, block: bool = False
) -> ManyRejected:
    """Say no to each of these posts that still waits, and `block` the authors of those; what somebody has decided on
    meanwhile is left as it is."""
    rejected, decided, blocked = list[int](), list[int](), 0
    for number in dict.fromkeys(sighting_ids):
        (rejected if _reject(work, number, by, why) else decided).append(number)
    for number in rejected if block else ():
        try:
            blocking.block(work, number, by)
        except Refused as error:
            if error.code is not RefusedCode.ALREADY_BLOCKED:
                raise
        else:
            blocked += 1
    return ManyRejected(tuple(rejected), tuple(decided), blocked)


def _reject(work: Work, number: int, by: By, why: Reason | None) -> bool:
    """Say no to one post. Return whether it was this person's no that decided, now or when the same was sent before.
    A no stands for what the post has become, too."""
    while (sighting := review_queue.stands(work, number)) is not None and sighting.state is SightingState.HELD:
        try:
            approval.reject(work, number, by, why, as_seen=sighting)
        except Refused as error:
            if error.code is not RefusedCode.POST_CHANGED:
                return False
        else:
            return True
    return sighting is not None and sighting.state is SightingState.REJECTED and sighting.decided_by == str(by)
