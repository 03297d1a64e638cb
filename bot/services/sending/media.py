"""Media goes ahead of its post, so that the post itself leaves on the second; without it no post leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection

from bot.causes import CauseCode, because
from bot.domain.delivery import Delivery, Kind, State
from bot.domain.message import Media
from bot.domain.post import Upload
from bot.domain.text import digest
from bot.errors import Outcome, PlatformError
from bot.files.media import OutgoingFile
from bot.services.events import EventName
from bot.services.sending import attempts
from bot.services.sending.attempts import hold_account, is_open
from bot.services.work import Work
from bot.store import control, deliveries, uploads
from bot.store import schema as t
from bot.store.engine import media_lock, serialize_uploads
from bot.store.uploads import StoredUpload

AHEAD = timedelta(minutes=15)
"""How long before its post a file is uploaded."""

LOOK_AGAIN = timedelta(seconds=5)
"""How soon to ask again about a file that the platform is still processing."""

SAFETY = timedelta(minutes=10)
"""An upload that dies sooner than this is made again."""

FAILED_AGAIN = timedelta(minutes=1)
"""How soon an upload that failed is tried again ahead of its post: uploads are few in any rate limit."""

MOST_UPLOADS = 3
"""How often a file is uploaded that the platform fails to process, or loses, before a person has to see to it."""


class StillProcessing(PlatformError):
    """The platform has the file and is busy with it: nothing is wrong."""


def wanted(work: Work) -> list[str]:
    """Return the accounts whose posts of the next quarter of an hour carry files: one query for all of them."""
    now = work.clock()
    with work.store.read() as tx:
        soon = deliveries.listed(tx, *_is_soon(now))
    return sorted({delivery.account for delivery in soon if _has_media(delivery)})


def prepare(work: Work, account: str) -> int:
    """Upload what the account's posts of the next quarter of an hour carry. Return how many posts are ready."""
    with work.locks.hold(media_lock(account)) as ours:
        soon = _soon(work, account) if ours else []
        return sum(_prepare_one(work, delivery) for delivery in soon if _has_media(delivery))


def _soon(work: Work, account: str) -> list[Delivery]:
    now = work.clock()
    with work.store.read() as tx:
        return deliveries.listed(tx, t.delivery.c.account == account, *_is_soon(now))


def _is_soon(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        t.delivery.c.state == State.PLANNED,
        t.delivery.c.kind == Kind.POST,
        t.delivery.c.not_before > now,
        t.delivery.c.not_before <= now + AHEAD,
    )


def _has_media(delivery: Delivery) -> bool:
    return any(part.media for part in delivery.content.parts)


def _prepare_one(work: Work, delivery: Delivery) -> bool:
    now = work.clock()
    with work.store.read() as tx:
        is_put_off = delivery.upload_not_before is not None and now < delivery.upload_not_before <= now + AHEAD
        if is_put_off or not is_open(tx, work, delivery.account, now) or _posts_ask_first(tx, delivery.account, now):
            return False
    try:
        return all(attachable(work, delivery, part) is not None for part in range(len(delivery.content.parts)))
    except StillProcessing:
        return False
    except PlatformError as error:
        with work.store.begin() as tx:
            hold_account(tx, work, delivery.account, error)
            wait = _next_upload(delivery, error, now)
            deliveries.change(tx, delivery.id, [State.PLANNED], error=error.cause, upload_not_before=wait)
        alarming = not error.unreachable and error.cause != delivery.error
        work.tell_of(delivery, EventName.UPLOAD_FAILED, alarming=alarming, error=error.cause)
        return False


def _next_upload(delivery: Delivery, error: PlatformError, now: datetime) -> datetime:
    """Return when to try again ahead of its post: what was refused is not brought again and again, but once more when
    due."""
    if error.answer is Outcome.REJECTED and not error.closes_account:
        return delivery.not_before
    return min(max(error.retry_at or now, now + FAILED_AGAIN), now + AHEAD)


def _posts_ask_first(tx: Connection, account: str, now: datetime) -> bool:
    """Return whether posts ask first: an account that may be back is asked one thing, and what is due is more urgent
    than what will be."""
    return control.account(tx, account).is_out_of_reach and deliveries.is_any_due(tx, account, now)


def attachable(work: Work, delivery: Delivery, part: int) -> tuple[str, ...]:
    """Return the media ids of one part, uploaded now where they are not yet.

    Raise PlatformError: not sent while a file is missing, changed or still processing; rejected when the
    platform cannot use it.
    """
    return uploaded(work, delivery, part, delivery.content.parts[part].media)


def uploaded(work: Work, delivery: Delivery, part: int, files: Sequence[Media]) -> tuple[str, ...]:
    """Return the media ids of these files, kept for a part of a delivery, or for a change of it. Raises as
    `attachable`."""
    if not files:
        return ()
    if delivery.uploads_lost >= MOST_UPLOADS:
        unusable = because(CauseCode.MEDIA_UNUSABLE, platform=delivery.platform, file=files[0].path)
        raise PlatformError(delivery.error or unusable, Outcome.REJECTED)
    kept = _still_good(work, delivery, part, files)
    return tuple(
        _usable(work, delivery, part, position, media, kept.get(position)) for position, media in enumerate(files)
    )


def _usable(work: Work, delivery: Delivery, part: int, position: int, media: Media, upload: StoredUpload | None) -> str:
    if upload is None:
        upload = _upload(work, delivery, part, position, media)
    if not upload.ready:
        if not _is_processed(work, delivery, part, upload):
            text = because(CauseCode.STILL_PROCESSING, platform=delivery.platform, file=media.path)
            raise StillProcessing(text, Outcome.NOT_SENT, retry_at=work.clock() + LOOK_AGAIN)
        with work.store.begin() as tx:
            uploads.mark_upload_ready(tx, delivery.id, part, position)
    return upload.media_id


def _still_good(work: Work, delivery: Delivery, part: int, files: Sequence[Media]) -> dict[int, StoredUpload]:
    """Return the earlier uploads that serve, by place; raise PlatformError where too many were lost.

    Where a request has failed with them they may be gone, attached or not, whatever their life was: the platform is
    asked, so that a file is not brought again for each try. All that are lost at once count as one.
    """
    with work.store.read() as tx:
        stored = uploads.uploads_of_part(tx, delivery.id, part)
    fit = {place: stored[place] for place, media in enumerate(files) if _fits(work, media, stored.get(place))}
    lost = {place: error for place, upload in fit.items() if (error := _loss(work, delivery, upload)) is not None}
    if lost:
        _count_lost(work, delivery, part, lost)
    return {place: upload for place, upload in fit.items() if place not in lost}


def _fits(work: Work, media: Media, upload: StoredUpload | None) -> bool:
    return (
        upload is not None
        and upload.content_hash == _fingerprint(work, media)
        and upload.expires_at >= work.clock() + SAFETY
    )


def _loss(work: Work, delivery: Delivery, upload: StoredUpload) -> PlatformError | None:
    """Return the platform's word that an upload which a request has failed with is of no use any more."""
    if not upload.ready or not delivery.has_failed:
        return None
    try:
        work.platforms[delivery.account].is_ready(upload.media_id)
    except PlatformError as error:
        if error.answer is not Outcome.REJECTED or error.closes_account:
            raise error.as_not_sent() from error
        return error
    return None


def _fingerprint(work: Work, media: Media) -> str:
    """Return what an upload is good for: the file with its alternative text, and a place or none."""
    return digest(media.sha256, media.alt, *(() if work.config.strip_location else ("with its place",)))


def _is_processed(work: Work, delivery: Delivery, part: int, upload: StoredUpload) -> bool:
    try:
        return work.platforms[delivery.account].is_ready(upload.media_id)
    except PlatformError as error:
        if error.answer is not Outcome.REJECTED or error.closes_account:
            raise error.as_not_sent() from error
        _count_lost(work, delivery, part, {upload.position: error})
        again = because(CauseCode.UPLOADED_AGAIN, cause=error.cause)
    raise PlatformError(again, Outcome.NOT_SENT, retry_at=work.clock() + LOOK_AGAIN)


def _count_lost(work: Work, delivery: Delivery, part: int, lost: Mapping[int, PlatformError]) -> None:
    """Forget uploads that are of no use, so that they are made again. Raises the error where that was so too often."""
    with work.store.begin() as tx:
        for position in lost:
            uploads.drop_uploads(tx, delivery.id, part, position)
        count = uploads.count_lost_upload(tx, delivery.id)
    if count >= MOST_UPLOADS:
        raise next(iter(lost.values()))


def _upload(work: Work, delivery: Delivery, part: int, position: int, media: Media) -> StoredUpload:
    try:
        with OutgoingFile(work.root / media.path) as file:
            upload = _given(work, delivery, file, media)
    except OSError as error:
        raise PlatformError(
            because(CauseCode.FILE_GONE, file=media.path, problem=error.strerror), Outcome.NOT_SENT
        ) from error
    stored = StoredUpload(position, _fingerprint(work, media), upload.media_id, upload.ready, upload.expires_at)
    with work.store.begin(serialize=serialize_uploads(delivery.id)) as tx:
        uploads.keep_upload(tx, delivery.id, part, stored)
    attempts.answered(work, delivery.account)
    work.tell_of(delivery, EventName.UPLOADED, file=media.path, platform=delivery.platform)
    return stored


def _given(work: Work, delivery: Delivery, file: OutgoingFile, media: Media) -> Upload:
    """Upload a file that is as it was when it was planned, before, and while, it is sent. Raise OSError."""
    changed = because(CauseCode.FILE_CHANGED, file=media.path)
    if file.digest() != media.sha256:
        raise PlatformError(changed, Outcome.NOT_SENT)
    if work.config.strip_location:
        file.without_place(media.mime_type)
    try:
        upload = work.platforms[delivery.account].upload(file, media)
    except PlatformError as error:
        raise error.as_not_sent() from error
    if file.has_sent_other(media.sha256):  # somebody wrote into it meanwhile: nobody has seen what was sent
        raise PlatformError(changed, Outcome.NOT_SENT)
    return upload
