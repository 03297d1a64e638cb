"""Designs that are wrong on purpose, built from the real pieces: a sweep that does not catch them is worthless."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain import delivery
from bot.domain.delivery import Delivery, State
from bot.domain.post import Published, SeenPost
from bot.platforms.base import Platform
from bot.services import resharing
from bot.services.sending import attempts, deliver, media
from bot.services.work import Work
from bot.store import deliveries, uploads
from bot.store.engine import account_lock


def retry_blindly(work: Work, account: str) -> object:
    """What a dead worker left in `sending` is planned again, media and all, without looking whether it is out."""
    with work.store.begin() as tx:
        for one in deliveries.in_states(tx, [State.SENDING], account):
            uploads.drop_uploads(tx, one.id, len(one.sent_parts))
            deliveries.step(tx, one.id, State.SENDING, State.PLANNED)
    return deliver.deliver(work, account)


class Unseeing:
    """A platform on which nobody looks whether a post is reshared already."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def fetch(self, uri: str, known_id: str = "") -> SeenPost | None:
        """The post, as if we had never reshared it."""
        post = self._platform.fetch(uri, known_id)
        return post and replace(post, reshared_by_us=False)

    def __getattr__(self, name: str) -> object:
        return getattr(self._platform, name)


def forget_first(work: Work, account: str) -> object:
    """Each part is written down as sent, and only then does its request leave."""
    with work.locks.hold(account_lock(account)):
        with work.store.begin() as tx:
            claimed = deliveries.claim_due(tx, account, work.clock())
        for one in claimed:
            _send(work, one)
        turn = resharing.claim_next(work, account)
        post = resharing.fetch_again(work, turn) if turn else None
        if turn and post:
            _forget(work, turn, 0)
            work.platforms[account].reshare(post)
    return True


def _send(work: Work, one: Delivery) -> None:
    before = ""
    for part in range(len(one.content.parts)):
        media_ids = media.attachable(work, one, part)
        outgoing = deliver._outgoing(one, part, media_ids)
        _forget(work, one, part)
        before = work.platforms[one.account].publish(replace(outgoing, reply_to=before)).post_id


def _forget(work: Work, one: Delivery, part: int) -> None:
    begun = attempts.begin(work, one, part, 0)
    assert begun is not None
    attempts.accepted(work, begun, Published("", one.post_uri))


def send_however_late() -> None:
    """From here on, in this process, a request that is on record leaves whenever it comes to it."""
    delivery.LEAVE_WITHIN = timedelta(days=1)
