"""Changing the words of a post that is out: asked for durably, and tried until the platform has said yes or no."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.delivery import Action, Attempt, Delivery, Kind, Origin, SentPart, State, digest
from bot.domain.message import Content, Media, Part
from bot.domain.post import Edit, EditedMedia
from bot.errors import Outcome, PlatformError, Refused, RefusedCode
from bot.files import drafts
from bot.files.drafts import content_hash
from bot.platforms.base import REQUEST_DEADLINE
from bot.services import plan
from bot.services.campaign_files import Sound
from bot.services.compose import refuse
from bot.services.events import EventName
from bot.services.sending import attempts, media
from bot.services.work import LOCK_WAIT, Work
from bot.store import control, deliveries
from bot.store.control import AuditAction
from bot.store.deliveries import EditRequest
from bot.store.lock_names import account_lock

ASIDE = 1_000
"""Uploads of a change are kept beside those of the post itself, under parts from this number on."""


@dataclass(frozen=True)
class Proposal:
    """A post that is out, and what it shall say instead; `length` is of its longest part."""

    one: Delivery
    content: Content
    length: int
    is_unsure: bool = False
    """Whether an earlier change may be there, or not."""

    @property
    def is_needed(self) -> bool:
        """Whether it says anything else, as far as anybody knows."""
        return self.is_unsure or content_hash(self.content) != self.one.content_hash

    def changes(self) -> Iterator[tuple[str, str]]:
        """Each part that changes, as it is and as it would be; what all parts share stands before their words."""
        before, after = self.one.content, self.content
        for part, (old, new) in enumerate(zip(before.parts, after.parts, strict=True)):
            if _is_changed(before, after, part):
                yield _in_words(before, old), _in_words(after, new)


def _in_words(content: Content, part: Part) -> str:
    about = [f"[{content.language}]", f"[{content.content_warning}]" if content.content_warning else ""]
    about += ["[sensitive]"] if content.sensitive else []
    files = [f"[{one.path}: {one.alt}]" for one in part.media]
    return " ".join(filter(None, [*about, part.text, *files]))


def says(one: Delivery, wanted: Proposal) -> bool:
    """Whether a delivery says what was wanted."""
    return one.content_hash == content_hash(wanted.content)


def from_files(work: Work, delivery_id: int, files: Sound) -> Proposal:
    """Return what the files have for a delivery of the schedules. Raises Refused, also where they are at fault."""
    with work.store.read() as tx:
        one = _out(deliveries.get(tx, delivery_id), delivery_id)
        if one.origin is Origin.COMMAND:
            raise Refused(RefusedCode.TEXT_IS_IN_NO_FILE, delivery=one.id)
        found = plan.out_with_other_words(tx, files.drafts, work.clock(), list(work.config.accounts))
        is_unsure = deliveries.is_edit_unsure(tx, one.id)
    draft = next((each.draft for each in found if each.delivery.id == one.id), None)
    if draft is None and (files.schedules_at_fault or one.message in files.messages_at_fault):
        raise Refused(RefusedCode.FILES_AT_FAULT, fault=files.errors[0])
    said = (draft.content, draft.length) if draft else (one.content, one.length)
    return _possible(Proposal(one, *said, is_unsure))


def from_text(work: Work, delivery_id: int, text: str) -> Proposal:
    """Return what a person typed for a delivery that was typed. Raises Refused, also for words that would not fit."""
    with work.store.read() as tx:
        one = _out(deliveries.get(tx, delivery_id), delivery_id)
        is_unsure = deliveries.is_edit_unsure(tx, one.id)
    if one.origin is not Origin.COMMAND:
        raise Refused(RefusedCode.TEXT_IS_IN_FILES, delivery=one.id, message=one.message)
    account = work.config.accounts.get(one.account)
    if account is None:
        raise Refused(RefusedCode.ACCOUNT_NOT_IN_FILES, account=one.account)
    draft, faults = drafts.draft(
        work.config,
        text,
        account,
        language=one.language,
        due_at=one.due_at,
        expires_at=one.expires_at or one.due_at + timedelta(hours=6),
        message=one.message,
    )
    refuse(faults)
    return _possible(Proposal(one, draft.content, draft.length, is_unsure))


def _out(one: Delivery | None, delivery_id: int) -> Delivery:
    if one is None:
        raise Refused(RefusedCode.NO_SUCH_DELIVERY, delivery=delivery_id)
    if one.kind is not Kind.POST:
        raise Refused(RefusedCode.RESHARE_NOT_EDITABLE, delivery=one.id)
    if one.undo_asked_at is not None and one.state is not State.CANCELLED:
        raise Refused(RefusedCode.BEING_TAKEN_BACK, delivery=one.id)
    if one.state is not State.SENT:
        follows_files = one.origin is Origin.SCHEDULE
        raise Refused(RefusedCode.NOTHING_TO_EDIT, delivery=one.id, state=one.state, follows_files=follows_files)
    return one


def _possible(wanted: Proposal) -> Proposal:
    """Raises Refused where no platform could change it so, with what to do instead."""
    one, content = wanted.one, wanted.content
    if len(content.parts) != len(one.sent_parts):
        were, are = len(one.sent_parts), len(content.parts)
        raise Refused(RefusedCode.THREAD_LENGTH_FIXED, delivery=one.id, parts_out=were, parts_wanted=are)
    if content.visibility != one.content.visibility:
        raise Refused(RefusedCode.VISIBILITY_FIXED, delivery=one.id)
    return wanted


def edit(work: Work, wanted: Proposal, by: str) -> Delivery:
    """Ask for a change, and try it now; what the platform does not confirm now, a running worker tries on.

    Raises Refused where the platform cannot, or sending is stopped.
    """
    one = wanted.one
    platform = work.platforms.get(one.account)
    if platform is None:
        raise Refused(RefusedCode.ACCOUNT_UNUSABLE, account=one.account)
    if not platform.can_edit:
        raise Refused(RefusedCode.PLATFORM_CANNOT_EDIT, delivery=one.id, platform=one.platform, url=one.url)
    if one.account in work.memory.barred:
        raise Refused(RefusedCode.ACCOUNT_BARRED, account=one.account, problem=work.memory.barred[one.account])
    with work.store.begin() as tx:
        if control.is_stopped(tx):
            raise Refused(RefusedCode.SENDING_STOPPED)
        now = work.clock()
        new = content_hash(wanted.content)
        deliveries.request_edit(tx, EditRequest(one.id, now, wanted.content, new, wanted.length, not_before=now))
        control.write_audit(tx, now, by, AuditAction.EDIT, f"delivery {one.id}", _told(wanted.content))
    with work.locks.hold(account_lock(one.account), LOCK_WAIT) as ours:
        if ours:
            with work.store.begin() as tx:
                control.take_fencing_token(tx, one.account, work.store.fencing_token)
            edit_asked(work, one.account, only=one.id)
    with work.store.read() as tx:
        return attempts.must_get(tx, one.id)


def done_by_hand(work: Work, wanted: Proposal, by: str) -> Delivery:
    """A person has changed it there: from now on this is what is out."""
    one, now = wanted.one, work.clock()
    with work.store.begin() as tx:
        deliveries.drop_edit(tx, one.id)
        values = {"content": wanted.content, "content_hash": content_hash(wanted.content), "length": wanted.length}
        deliveries.change(tx, one.id, [State.SENT], **values, draft_hash="", error="")
        control.write_audit(
            tx, now, by, AuditAction.EDIT, f"delivery {one.id}", f"by hand, there: {_told(wanted.content)}"
        )
        return attempts.must_get(tx, one.id)


def _told(content: Content) -> str:
    return f"“{' '.join(content.text.split())}”"


def edit_asked(work: Work, account: str, only: int | None = None) -> None:
    """Change what was asked for; only the holder of the account's lock may call this."""
    now = work.clock()
    with work.store.read() as tx:
        waiting = deliveries.due_edits(tx, account, now, only)
    for asked in waiting:
        if only is None and attempts.must_yield(work, account):
            return
        _change(work, asked)


def _change(work: Work, asked: EditRequest) -> None:
    with work.store.read() as tx:
        one, is_unsure = deliveries.get(tx, asked.delivery_id), deliveries.is_edit_unsure(tx, asked.delivery_id)
    if one is None or one.state is not State.SENT:
        return
    if one.sent_at is not None and one.sent_at > asked.asked_at:  # taken back since, and posted anew
        with work.store.begin() as tx:
            deliveries.drop_edit(tx, one.id, asked.content_hash)
        return
    for sent in one.sent_parts:
        is_changed = is_unsure or _is_changed(one.content, asked.content, sent.index)
        if is_changed and not _change_part(work, one, asked, sent):
            return
        one = replace(one, content=_with_part(one.content, asked.content, sent.index))
    with work.store.begin() as tx:
        values = {"content": asked.content, "content_hash": asked.content_hash, "length": asked.length}
        deliveries.change(tx, one.id, [State.SENT], **values, draft_hash="", error="")
        deliveries.drop_edit(tx, one.id, asked.content_hash)
    work.tell_of(one, EventName.EDITED, words=" ".join(asked.content.text.split()), url=one.url)


def _is_changed(before: Content, after: Content, part: int) -> bool:
    """A change of what all parts share changes each of them."""
    return before.parts[part] != after.parts[part] or replace(before, parts=()) != replace(after, parts=())


def _with_part(before: Content, after: Content, part: int) -> Content:
    """What is out once a part is changed."""
    return replace(before, parts=(*before.parts[:part], after.parts[part], *before.parts[part + 1 :]))


def _change_part(work: Work, one: Delivery, asked: EditRequest, sent: SentPart) -> bool:
    """Whether the platform has it. What was changed of a thread before this part is written down part by part."""
    attempt: Attempt | None = None
    try:
        files = _files(work, one, asked, sent.index)
        attempt = _begun(work, one, asked, sent.index)
        if attempt is None:
            return False
        work.platforms[one.account].edit(sent.post_id, _edit(one, asked, sent.index, files, attempt))
    except PlatformError as error:
        _failed(work, one, asked, attempt, error)
        return False
    now = work.clock()
    with work.store.begin() as tx:
        deliveries.answer_attempt(tx, attempt.id, attempts.ACCEPTED, now)
        content = _with_part(one.content, asked.content, sent.index)
        deliveries.change(tx, one.id, [State.SENT], content=content, content_hash=content_hash(content))
        deliveries.drop_uploads(tx, one.id, ASIDE + sent.index)
    attempts.answered(work, one.account)
    return True


def _edit(one: Delivery, asked: EditRequest, part: int, files: tuple[EditedMedia, ...], attempt: Attempt) -> Edit:
    content = asked.content
    return Edit(
        text=content.parts[part].text,
        language=content.language,
        content_warning=content.content_warning,
        sensitive=content.sensitive,
        media=files,
        media_before=len(one.content.parts[part].media),
        leave_by=attempt.leave_by,
    )


def _files(work: Work, one: Delivery, asked: EditRequest, part: int) -> tuple[EditedMedia, ...]:
    """The files of a part: those that are there already stay, others are uploaded. Raises PlatformError."""
    before, after = list(one.content.parts[part].media), asked.content.parts[part].media
    places = [_place_of(each, before) for each in after]
    new = tuple(each for each, place in zip(after, places, strict=True) if place is None)
    ids = iter(media.uploaded(work, one, ASIDE + part, new))
    return tuple(
        EditedMedia(each.alt, place) if place is not None else EditedMedia(each.alt, media_id=next(ids))
        for each, place in zip(after, places, strict=True)
    )


def _place_of(wanted: Media, before: list[Media]) -> int | None:
    return next((place for place, one in enumerate(before) if one.sha256 == wanted.sha256), None)


def _begun(work: Work, one: Delivery, asked: EditRequest, part: int) -> Attempt | None:
    """Record the request before it leaves. None where it must not leave now."""
    now = work.clock()
    with work.store.begin() as tx:
        fresh, state = deliveries.get(tx, one.id, lock=True), control.account(tx, one.account)
        still = deliveries.requested_edit(tx, one.id)
        if fresh is None or fresh.state is not State.SENT or fresh.undo_asked_at is not None:
            return None
        if still is None or still.content_hash != asked.content_hash:
            return None
        if not attempts.may_send_now(work, one.account, state, now):
            return None
        number = fresh.attempts + 1
        deliveries.change(tx, one.id, [State.SENT], attempts=number)
        made = digest(asked.content_hash, str(part))
        attempt = deliveries.record_attempt(
            tx,
            delivery_id=one.id,
            part=part,
            number=number,
            revision=fresh.revision,
            started_at=now,
            deadline=now + REQUEST_DEADLINE,
            content_hash=made,
            idempotency_key=digest(work.store.instance_key, "edit", str(one.id), made, str(number))[:40],
            newest_own_id=state.newest_own_id,
            cost=0,
            action=Action.EDIT,
        )
    attempts.note_high_water_mark(work, attempt)
    return attempt


def _failed(work: Work, one: Delivery, asked: EditRequest, attempt: Attempt | None, error: PlatformError) -> None:
    """A no is final, unless it is the account's; an unknown outcome is looked at with the next try."""
    now = work.clock()
    is_final = error.answer is Outcome.REJECTED and not error.closes_account
    with work.store.begin() as tx:
        if attempt is not None:
            deliveries.answer_attempt(tx, attempt.id, error.answer, now, str(error))
        attempts.hold_account(tx, work, one.account, error)
        if is_final:
            deliveries.drop_edit(tx, one.id, asked.content_hash)
            deliveries.change(tx, one.id, [State.SENT], error=f"not changed: {error}")
        else:
            until = attempts.try_again(error, asked.failures + 1, now)
            deliveries.postpone_edit(tx, asked, until, str(error))
            deliveries.change(tx, one.id, [State.SENT], error=f"not changed yet, will be tried again: {error}")
    is_new = is_final or not asked.failures
    is_alarming = is_new and not error.unreachable
    work.tell_of(one, EventName.EDIT_FAILED, alarming=is_alarming, error=str(error))
