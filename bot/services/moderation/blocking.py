"""Authors that somebody of us blocks: none of their posts is reshared, and nobody can read who they are."""

from __future__ import annotations

from bot.domain.actor import By
from bot.domain.moderation import Judgement, Reason, Verdict
from bot.domain.sighting import WAITING, SightingState
from bot.errors import Refused, RefusedCode
from bot.services.work import Work, author_key, author_keys
from bot.store import authors, control, sightings
from bot.store.authors import BlockedAuthor
from bot.store.control import AuditAction
from bot.store.deliveries import call_off_reshares
from bot.store.engine import Serialize


def block(work: Work, sighting_id: int, by: By) -> BlockedAuthor:
    """Block the author of a sighting: what waits of theirs is rejected, and whatever they post later, too.

    A reshare under way is taken back; what is known to be out stays out. Raise Refused where there is no such sighting,
    or its author is blocked already.
    """
    now = work.clock()
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        sighting = sightings.get(tx, sighting_id)
        if sighting is None:
            raise Refused(RefusedCode.NO_SUCH_SIGHTING, sighting=sighting_id)
        keys = author_keys(work, sighting.post.platform, sighting.post.author)
        if (known := authors.blocked_among(tx, keys)) is not None:
            raise Refused(RefusedCode.ALREADY_BLOCKED, sighting=sighting_id, by=known.by)
        posts = sightings.of_ids(tx, authors.own_sightings_of_author(tx, keys, lambda handle: author_key(work, handle)))
        authors.block(tx, keys, str(by), now, len(posts))
        for post in posts:
            if post.state in WAITING:
                judgement = Judgement(Verdict.REJECT, (Reason.BLOCKED,))
                sightings.decide(tx, post.id, WAITING, SightingState.REJECTED, judgement, now, str(by))
                call_off_reshares(tx, post.id, Reason.BLOCKED, take_back_at=now)
        control.write_audit(tx, now, by, AuditAction.BLOCK, f"sighting {sighting_id}")
        author = authors.blocked_among(tx, keys)
    assert author is not None
    return author


def unblock(work: Work, key: str, by: By) -> bool:
    """Block an author no more, by the key under which they are listed. Return whether somebody was known by it."""
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        is_known = authors.unblock(tx, key)
        if is_known:
            control.write_audit(tx, work.clock(), by, AuditAction.UNBLOCK, "an author")
    return is_known


def blocked(work: Work) -> list[BlockedAuthor]:
    """Return everybody who is blocked, the latest first: by whom and when, and never who they are."""
    with work.store.read() as tx:
        return authors.blocked(tx)
