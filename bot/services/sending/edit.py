"""Changing the words of a post that is out: asked for durably, and tried until the platform has said yes or no."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.causes import CauseCode, because
from bot.domain.actor import By
from bot.domain.delivery import Action, Attempt, AttemptAnswer, Delivery, Kind, Origin, SentPart, State
from bot.domain.message import Content, Media, Part, content_hash
from bot.domain.post import Edit, EditedMedia
from bot.domain.text import digest
from bot.errors import Outcome, PlatformError, Refused, RefusedCode
from bot.platforms.base import REQUEST_DEADLINE
from bot.services import named, plan
from bot.services.database.known_limits import remembered_limits
from bot.services.drafting import Sound
from bot.services.events import EventName
from bot.services.sending import attempts, media
from bot.services.work import LOCK_WAIT, Work
from bot.store import control, deliveries, edits, past_requests, uploads
from bot.store.control import AuditAction
from bot.store.edits import EditRequest
from bot.store.engine import account_lock
from bot.values import dataclass

ASIDE = 1_000
"""Uploads of a change are kept beside those of the post itself, under parts from this number on."""


@dataclass(frozen=True)
class Proposal:
    """A post that is out, and what it shall say instead; `length` is of its longest part."""

    delivery: Delivery
    content: Content
    length: int
    is_unsure: bool = False
    """Whether an earlier change may be there, or not."""

    @property
    def is_needed(self) -> bool:
        """Return whether it says anything else, as far as anybody knows."""
        return self.is_unsure or content_hash(self.content) != self.delivery.content_hash

    def changes(self) -> Iterator[tuple[str, str]]:
        """Yield each part that changes, as it is and as it would be; what all parts share stands before their words."""
        before, after = self.delivery.content, self.content
        for part, (old, new) in enumerate(zip(before.parts, after.parts, strict=True)):
            if _is_changed(before, after, part):
                yield _in_words(before, old), _in_words(after, new)


def _in_words(content: Content, part: Part) -> str:
    about = [f"[{content.language}]", f"[{content.content_warning}]" if content.content_warning else ""]
    about += ["[sensitive]"] if content.sensitive else []
    files = [f"[{file.path}: {file.alt}]" for file in part.media]
    return " ".join(filter(None, [*about, part.text, *files]))


def says(delivery: Delivery, proposal: Proposal) -> bool:
    """Return whether a delivery says what was wanted."""
    return delivery.content_hash == content_hash(proposal.content)


def from_files(work: Work, delivery_id: int, files: Sound) -> Proposal:
    """Return what the files have for a delivery of the schedules. Raise Refused, also where they are at fault."""
    with work.store.read() as tx:
        delivery = _out(deliveries.get(tx, delivery_id), delivery_id)
        if delivery.origin is Origin.COMMAND:
            raise Refused(RefusedCode.TEXT_IS_IN_NO_FILE, delivery=delivery.id)
        changes = plan.out_with_other_words(tx, files.drafts, work.clock(), list(work.config.accounts))
        is_unsure = past_requests.is_edit_unsure(tx, delivery.id)
    draft = next((other.draft for other in changes if other.delivery.id == delivery.id), None)
    if draft is None and (files.schedules_at_fault or delivery.message in files.messages_at_fault):
        raise Refused(RefusedCode.FILES_AT_FAULT, fault=files.errors[0])
    content_and_length = (draft.content, draft.length) if draft else (delivery.content, delivery.length)
    return _possible(Proposal(delivery, *content_and_length, is_unsure))


def from_text(work: Work, delivery_id: int, text: str) -> Proposal:
    """Return what a person typed for a delivery that was typed. Raise Refused, also for words that would not fit."""
    from bot.files import drafts  # a worker, which carries out what was asked for, reads no words
    from bot.services.compose import refuse

    with work.store.read() as tx:
        delivery = _out(deliveries.get(tx, delivery_id), delivery_id)
        is_unsure = past_requests.is_edit_unsure(tx, delivery.id)
        limits = remembered_limits(tx, work.config).get(delivery.account)
    if delivery.origin is not Origin.COMMAND:
        raise Refused(RefusedCode.TEXT_IS_IN_FILES, delivery=delivery.id, message=delivery.message)
    account = work.config.accounts.get(delivery.account)
    if account is None:
        raise Refused(RefusedCode.ACCOUNT_NOT_IN_FILES, account=delivery.account)
    draft, faults = drafts.draft(
        work.config,
        text,
        account,
        language=delivery.language,
        due_at=delivery.due_at,
        expires_at=delivery.expires_at or delivery.due_at + timedelta(hours=6),
        message=delivery.message,
        limits=limits,
        media=delivery.content.parts[0].media,
    )
    refuse(faults)
    return _possible(Proposal(delivery, draft.content, draft.length, is_unsure))


def _out(delivery: Delivery | None, delivery_id: int) -> Delivery:
    if delivery is None:
        raise Refused(RefusedCode.NO_SUCH_DELIVERY, delivery=delivery_id)
    if delivery.kind is not Kind.POST:
        raise Refused(RefusedCode.RESHARE_NOT_EDITABLE, delivery=delivery.id)
    if delivery.undo_asked_at is not None and delivery.state is not State.CANCELLED:
        raise Refused(RefusedCode.BEING_TAKEN_BACK, delivery=delivery.id)
    if delivery.state is not State.SENT:
        follows_files = delivery.origin is Origin.SCHEDULE
        raise Refused(
            RefusedCode.NOTHING_TO_EDIT, delivery=delivery.id, state=delivery.state, follows_files=follows_files
        )
    return delivery


def _possible(proposal: Proposal) -> Proposal:
    """Raise Refused where no platform could change it so, with what to do instead."""
    delivery, content = proposal.delivery, proposal.content
    if len(content.parts) != len(delivery.sent_parts):
        were, are = len(delivery.sent_parts), len(content.parts)
        raise Refused(RefusedCode.THREAD_LENGTH_FIXED, delivery=delivery.id, parts_out=were, parts_wanted=are)
    if content.visibility != delivery.content.visibility:
        raise Refused(RefusedCode.VISIBILITY_FIXED, delivery=delivery.id)
    return proposal


def edit(work: Work, proposal: Proposal, by: By) -> Delivery:
    """Ask for a change, and try it now; what the platform does not confirm now, a running worker tries on.

    Raise Refused where the platform cannot, or sending is stopped.
    """
    delivery = proposal.delivery
    platform = work.platforms.get(delivery.account)
    if platform is None:
        raise Refused(RefusedCode.ACCOUNT_UNUSABLE, account=delivery.account)
    if not platform.can_edit:
        raise Refused(
            RefusedCode.PLATFORM_CANNOT_EDIT, delivery=delivery.id, platform=delivery.platform, url=delivery.url
        )
    if delivery.account in work.memory.barred:
        raise Refused(
            RefusedCode.ACCOUNT_BARRED, account=delivery.account, problem=work.memory.barred[delivery.account]
        )
    with work.store.begin() as tx:
        if control.is_stopped(tx):
            raise Refused(RefusedCode.SENDING_STOPPED)
        named.must_not_name(tx, work, delivery.account, proposal.content)
        now = work.clock()
        new = content_hash(proposal.content)
        edits.request_edit(tx, EditRequest(delivery.id, now, proposal.content, new, proposal.length, not_before=now))
        control.write_audit(tx, now, by, AuditAction.EDIT, f"delivery {delivery.id}", _told(proposal.content))
    with work.locks.hold(account_lock(delivery.account), LOCK_WAIT) as ours:
        if ours:
            with work.store.begin() as tx:
                control.take_fencing_token(tx, delivery.account, work.store.fencing_token)
            edit_asked(work, delivery.account, only=delivery.id)
    with work.store.read() as tx:
        return attempts.must_get(tx, delivery.id)


def done_by_hand(work: Work, proposal: Proposal, by: By) -> Delivery:
    """Record that a person has changed it there: from now on this is what is out."""
    delivery, now = proposal.delivery, work.clock()
    with work.store.begin() as tx:
        edits.drop_edit(tx, delivery.id)
        values = {
            "content": proposal.content,
            "content_hash": content_hash(proposal.content),
            "length": proposal.length,
        }
        deliveries.change(tx, delivery.id, [State.SENT], **values, draft_hash="", error="")
        control.write_audit(
            tx, now, by, AuditAction.EDIT, f"delivery {delivery.id}", f"by hand, there: {_told(proposal.content)}"
        )
        return attempts.must_get(tx, delivery.id)


def _told(content: Content) -> str:
    return f"“{' '.join(content.text.split())}”"


def edit_asked(work: Work, account: str, only: int | None = None) -> None:
    """Change what was asked for; only the holder of the account's lock may call this."""
    now = work.clock()
    with work.store.read() as tx:
        waiting = edits.due_edits(tx, account, now, only)
    for asked in waiting:
        if only is None and attempts.must_yield(work, account):
            return
        _change(work, asked)


def _change(work: Work, asked: EditRequest) -> None:
    with work.store.read() as tx:
        delivery, is_unsure = deliveries.get(tx, asked.delivery_id), past_requests.is_edit_unsure(tx, asked.delivery_id)
    if delivery is None or delivery.state is not State.SENT:
        return
    if delivery.sent_at is not None and delivery.sent_at > asked.asked_at:  # taken back since, and posted anew
        with work.store.begin() as tx:
            edits.drop_edit(tx, delivery.id, asked.content_hash)
        return
    for sent in delivery.sent_parts:
        is_changed = is_unsure or _is_changed(delivery.content, asked.content, sent.index)
        if is_changed and not _change_part(work, delivery, asked, sent):
            return
        delivery = replace(delivery, content=_with_part(delivery.content, asked.content, sent.index))
    with work.store.begin() as tx:
        values = {"content": asked.content, "content_hash": asked.content_hash, "length": asked.length}
        deliveries.change(tx, delivery.id, [State.SENT], **values, draft_hash="", error="")
        edits.drop_edit(tx, delivery.id, asked.content_hash)
    work.tell_of(delivery, EventName.EDITED, words=" ".join(asked.content.text.split()), url=delivery.url)


def _is_changed(before: Content, after: Content, part: int) -> bool:
    """Return whether a part changes; a change of what all parts share changes each of them."""
    return before.parts[part] != after.parts[part] or replace(before, parts=()) != replace(after, parts=())


def _with_part(before: Content, after: Content, part: int) -> Content:
    """Return what is out once a part is changed."""
    return replace(before, parts=(*before.parts[:part], after.parts[part], *before.parts[part + 1 :]))


def _change_part(work: Work, delivery: Delivery, asked: EditRequest, sent: SentPart) -> bool:
    """Ask the platform for the change of one part, and return whether it has it. What was changed of a thread before
    this part is written down part by part."""
    attempt: Attempt | None = None
    try:
        files = _files(work, delivery, asked, sent.index)
        attempt = _begun(work, delivery, asked, sent.index)
        if attempt is None:
            return False
        work.platforms[delivery.account].edit(sent.post_id, _edit(delivery, asked, sent.index, files, attempt))
    except PlatformError as error:
        _failed(work, delivery, asked, attempt, error)
        return False
    now = work.clock()
    with work.store.begin() as tx:
        deliveries.answer_attempt(tx, attempt.id, AttemptAnswer.ACCEPTED, now)
        content = _with_part(delivery.content, asked.content, sent.index)
        values = {"content": content, "content_hash": content_hash(content), "uploads_lost": 0}
        deliveries.change(tx, delivery.id, [State.SENT], **values)
        uploads.drop_uploads(tx, delivery.id, ASIDE + sent.index)
    attempts.answered(work, delivery.account)
    return True


def _edit(delivery: Delivery, asked: EditRequest, part: int, files: tuple[EditedMedia, ...], attempt: Attempt) -> Edit:
    content = asked.content
    return Edit(
        text=content.parts[part].text,
        language=content.language,
        content_warning=content.content_warning,
        sensitive=content.sensitive,
        media=files,
        media_before=len(delivery.content.parts[part].media),
        leave_by=attempt.leave_by,
    )


def _files(work: Work, delivery: Delivery, asked: EditRequest, part: int) -> tuple[EditedMedia, ...]:
    """Return the files of a part: those that are there already stay, others are uploaded. Raise PlatformError."""
    before, after = list(delivery.content.parts[part].media), asked.content.parts[part].media
    places = [_place_of(each, before) for each in after]
    new = tuple(each for each, place in zip(after, places, strict=True) if place is None)
    ids = iter(media.uploaded(work, delivery, ASIDE + part, new))
    return tuple(
        EditedMedia(each.alt, place) if place is not None else EditedMedia(each.alt, media_id=next(ids))
        for each, place in zip(after, places, strict=True)
    )


def _place_of(medium: Media, before: list[Media]) -> int | None:
    return next((place for place, other in enumerate(before) if other.sha256 == medium.sha256), None)


def _begun(work: Work, delivery: Delivery, asked: EditRequest, part: int) -> Attempt | None:
    """Record the request before it leaves. None where it must not leave now."""
    now = work.clock()
    with work.store.begin() as tx:
        fresh, state = deliveries.get(tx, delivery.id, lock=True), control.account(tx, delivery.account)
        still = edits.requested_edit(tx, delivery.id)
        if fresh is None or fresh.state is not State.SENT or fresh.undo_asked_at is not None:
            return None
        if still is None or still.content_hash != asked.content_hash:
            return None
        if not attempts.may_send_now(work, delivery.account, state, now):
            return None
        number = fresh.attempts + 1
        deliveries.change(tx, delivery.id, [State.SENT], attempts=number)
        part_hash = digest(asked.content_hash, str(part))
        attempt = deliveries.record_attempt(
            tx,
            delivery_id=delivery.id,
            part=part,
            number=number,
            revision=fresh.revision,
            started_at=now,
            deadline=now + REQUEST_DEADLINE,
            content_hash=part_hash,
            idempotency_key=digest(work.store.instance_key, "edit", str(delivery.id), part_hash, str(number))[:40],
            newest_own_id=state.newest_own_id,
            cost=0,
            action=Action.EDIT,
        )
    attempts.note_high_water_mark(work, attempt)
    return attempt


def _failed(work: Work, delivery: Delivery, asked: EditRequest, attempt: Attempt | None, error: PlatformError) -> None:
    """Settle an edit that failed: a no is final, unless it is the account's; an unknown outcome is looked at with the
    next try."""
    now = work.clock()
    is_final = error.answer is Outcome.REJECTED and not error.closes_account
    with work.store.begin() as tx:
        if attempt is not None:
            deliveries.answer_attempt(tx, attempt.id, error.answer, now, error.cause)
        attempts.hold_account(tx, work, delivery.account, error)
        if is_final:
            edits.drop_edit(tx, delivery.id, asked.content_hash)
            deliveries.change(tx, delivery.id, [State.SENT], error=because(CauseCode.NOT_EDITED, cause=error.cause))
        else:
            until = attempts.try_again(error, asked.failures + 1, now)
            edits.postpone_edit(tx, asked, until, error.cause)
            deliveries.change(tx, delivery.id, [State.SENT], error=because(CauseCode.NOT_EDITED_YET, cause=error.cause))
    is_new = is_final or not asked.failures
    is_alarming = is_new and not error.unreachable
    work.tell_of(delivery, EventName.EDIT_FAILED, alarming=is_alarming, error=error.cause)
