"""What speaks against a reshare right before it leaves: the post as our own server shows it now decides."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from bot.causes import CauseCode, because
from bot.domain import fingerprint
from bot.domain.delivery import OUT, TO_BE_SENT, CancelledBy, Delivery, State
from bot.domain.moderation import Judgement, Reason, Verdict, judge, same_handle_among
from bot.domain.post import SeenPost, ShownState, all_shown, still_known
from bot.domain.sighting import ALLOWED, Sighting, SightingState
from bot.services.moderation import approval
from bot.services.moderation.approval import care_of, moderation_context
from bot.services.protection.stop_requests import may_want_out
from bot.services.watching import language
from bot.services.work import Work, author_key, author_keys, shown_keys
from bot.store import deliveries, sightings
from bot.store.approvals import drop_approvals
from bot.values import dataclass


@dataclass(frozen=True)
class GateRefusal:
    """What becomes of the sighting, and why in words; `post` is as it is now, and `today` what the rules say of it."""

    state: SightingState
    reasons: tuple[str, ...]
    post: SeenPost | None = None
    today: Judgement | None = None

    @property
    def text(self) -> str:
        """Every reason in a row, as it is kept with the delivery."""
        return because(CauseCode.CALLED_OFF, reasons=self.reasons)


def final_check(tx: Connection, work: Work, delivery: Delivery, fetched: SeenPost | None) -> GateRefusal | None:
    """Return what speaks against a reshare, or None. Trust is judged on what was `fetched` from our own server a moment
    ago: where a post was seen, anybody may have made it up."""
    sighting = sightings.get(tx, delivery.sighting_id) if delivery.sighting_id is not None else None
    if sighting is None or sighting.state not in ALLOWED:
        return GateRefusal(SightingState.REJECTED, (because(CauseCode.NO_YES),))
    if fetched is None:
        return GateRefusal(SightingState.GONE, (Reason.GONE,))
    post = language.with_language(fetched, work.config.campaign.languages)
    shows, author = shown_keys(work, post), author_keys(work, post.platform, post.author)
    if forgotten := sightings.forgotten_among(tx, shows | author):
        why = Reason.SHOWN_FORGOTTEN if forgotten.isdisjoint(author) else because(CauseCode.AUTHOR_ASKED)
        return GateRefusal(SightingState.REJECTED, (why,))
    today = judge(
        replace(post, reshared_by_us=False), moderation_context(tx, work)
    )  # by whom it was reshared is looked at here
    if today.is_final:
        return GateRefusal(SightingState.REJECTED, today.reasons, post, today)
    if any(shown.state is ShownState.GONE for shown in all_shown(post)):
        return GateRefusal(SightingState.REJECTED, (Reason.SHOWN_GONE,), post, today)
    if post.reshared_by_us and not delivery.attempts:
        return GateRefusal(SightingState.RESHARED, (Reason.ALREADY,), post, today)
    reasons = _doubts(tx, work, delivery, sighting, post, today)
    if not reasons:
        sightings.note_shown_by_delivery(tx, delivery.id, shows)
        return None
    return GateRefusal(SightingState.HELD, reasons, post, today)


def _doubts(
    tx: Connection, work: Work, delivery: Delivery, sighting: Sighting, post: SeenPost, today: Judgement
) -> tuple[str, ...]:
    """Return why a person has to look, for the first time or again."""
    if may_want_out(tx, work, post):
        return (Reason.MAY_WANT_OUT,)
    match fingerprint.changed(delivery.content_hash, post):
        case fingerprint.ChangedPart.OWN:
            return (Reason.EDITED,)
        case fingerprint.ChangedPart.SHOWN:
            return (Reason.SHOWN_EDITED,)
    if fingerprint.unread_now(delivery.content_hash, post):
        return (Reason.SHOWN_UNREAD,)
    if any(shown.state is ShownState.PENDING for shown in all_shown(post)):
        return (Reason.SHOWN_PENDING,)
    if post.shows and not fingerprint.knows_shown(delivery.content_hash):
        return (Reason.SHOWN,)
    if not same_handle_among(post.author.handle, [sighting.post.author.handle]):
        return (Reason.OTHER_AUTHOR,)
    if not sighting.decided_by and today.verdict is not Verdict.APPROVE:
        return today.reasons
    other = approval.shown_already_as(tx, sighting, [delivery.account], OUT)
    if other is not None and Reason.AGAIN not in sighting.judgement.reasons:
        return (because(CauseCode.SAME_VIDEO_OUT, sighting=other),)
    return ()


def call_off(tx: Connection, work: Work, delivery: Delivery, refusal: GateRefusal) -> None:
    """Call the reshare off, and have the sighting where people find it, with the post as it is now.

    What was said yes to is not what is there: no earlier yes counts any more.
    """
    deliveries.step(
        tx, delivery.id, TO_BE_SENT, State.CANCELLED, error=refusal.text, cancelled_by=CancelledBy.MODERATION
    )
    sighting = sightings.get(tx, delivery.sighting_id) if delivery.sighting_id is not None else None
    if sighting is None:
        return
    verdict = Verdict.HOLD if refusal.state is SightingState.HELD else Verdict.REJECT
    judgement = Judgement(verdict, refusal.reasons)
    sightings.decide(tx, sighting.id, [SightingState.APPROVED], refusal.state, judgement, work.clock())
    if refusal.state is SightingState.HELD:
        drop_approvals(tx, sighting.id)
    if refusal.post is not None and refusal.today is not None:
        post = still_known(sighting.post, refusal.post)
        sightings.refresh(tx, sighting.id, post, author_key(work, post.author.handle), shown_keys(work, post))
        sightings.hold_for_care(tx, sighting.id, care_of(sighting, refusal.today))
