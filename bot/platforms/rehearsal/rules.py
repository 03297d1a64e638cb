"""What an embedded network refuses, in the words of its PlatformErrors, and what it bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from bot.domain.limits import Limits, refusals
from bot.domain.links import X, has_link
from bot.domain.message import Media, Visibility
from bot.domain.post import Edit, MediaKind, Outgoing
from bot.domain.text import normalised
from bot.errors import Answer, PlatformError
from bot.platforms.rehearsal.dialect import Dialect
from bot.platforms.rehearsal.ledger import Attachment, Posted, Uploaded
from bot.platforms.rehearsal.memory import Memory


def refused(why: str, *, duplicate: bool = False) -> PlatformError:
    """The network's no."""
    return PlatformError(why, Answer.REJECTED, duplicate=duplicate, status=422)


def number(post_id: str) -> int:
    """A post's id as a network counts; -1, which no post has, for what is no id of ours."""
    return int(post_id) if post_id.isascii() and post_id.isdigit() else -1


def check_post(memory: Memory, dialect: Dialect, handle: str, post: Outgoing, now: datetime) -> None:
    """Raise PlatformError (rejected; not sent while a file is processed) unless the network takes this post now."""
    length = dialect.measure(post.content_warning) + dialect.measure(post.text)
    if length > dialect.limits.max_characters:
        raise refused(f"the text counts {length}, {dialect.limits.max_characters} are allowed")
    if not post.text.strip() and not post.media_ids:
        raise refused("a post needs a text or a file")
    if post.reply_to and number(post.reply_to) not in memory.posts:
        raise refused(f"the post {post.reply_to}, which this one answers, does not exist")
    _check_media(memory, dialect, handle, post, now)
    _check_duplicate(memory, dialect, handle, post, now)


def check_edit(memory: Memory, dialect: Dialect, handle: str, post: Posted, edit: Edit, now: datetime) -> None:
    """Raise PlatformError (rejected; not sent while a file is processed) unless a post may be changed so."""
    if len(post.media) != edit.media_before and any(one.place is not None for one in edit.media):
        raise refused("the post has other files than it was sent with")
    new = tuple(one.media_id for one in edit.media if one.place is None)
    length = dialect.measure(edit.content_warning) + dialect.measure(edit.text)
    if length > dialect.limits.max_characters:
        raise refused(f"the text counts {length}, {dialect.limits.max_characters} are allowed")
    if not edit.text.strip() and not edit.media:
        raise refused("a post needs a text or a file")
    _check_uploads(memory, dialect, handle, new, now)


def _check_uploads(memory: Memory, dialect: Dialect, handle: str, media_ids: Sequence[str], now: datetime) -> None:
    for media_id in media_ids:
        upload = memory.uploads.get(media_id)
        if upload is None or upload.handle != handle or upload.expires_at <= now:
            raise refused(f"there is no upload {media_id}")
        if upload.ready_at > now:
            raise PlatformError(f"the upload {media_id} is still processed", Answer.NOT_SENT, retry_at=upload.ready_at)
        if dialect.media_attach_once and media_id in memory.attached:
            raise refused(f"the upload {media_id} is attached to another post")


def _check_media(memory: Memory, dialect: Dialect, handle: str, post: Outgoing, now: datetime) -> None:
    _check_uploads(memory, dialect, handle, post.media_ids, now)
    kinds = [memory.uploads[media_id].kind for media_id in post.media_ids]
    if len(kinds) > (1 if {MediaKind.VIDEO, MediaKind.GIF} & {*kinds} else dialect.limits.max_media):
        raise refused(f"a post carries one video, one animated GIF, or {dialect.limits.max_media} images")


def _check_duplicate(memory: Memory, dialect: Dialect, handle: str, post: Outgoing, now: datetime) -> None:
    if not dialect.duplicate_window:
        return
    oldest = now - dialect.duplicate_window
    text = normalised(post.text)
    for own in takewhile(lambda one: one.at > oldest, memory.own(handle)):
        if isinstance(own, Posted) and normalised(own.text) == text:
            raise refused("the same text was posted before", duplicate=True)


def check_file(limits: Limits, media: Media, size: int) -> None:
    """Raise PlatformError (rejected) unless a network with these limits takes a file of this size (bytes)."""
    for refusal in refusals(replace(media, size=size), "the network", limits):
        raise refused(f"{media.path}: {refusal.what}")


def attached(upload: Uploaded) -> Attachment:
    """An upload as it hangs on a post."""
    return Attachment(upload.media_id, upload.kind, upload.alt)


def is_visible(memory: Memory, dialect: Dialect, post: Posted) -> bool:
    """Whether others than its author's followers can see a post."""
    hidden = dialect.hides_locked and memory.profile(post.handle).locked
    return post.visibility is not Visibility.PRIVATE and not hidden


def reshareable(memory: Memory, dialect: Dialect, uri: str) -> Posted:
    """The post of this uri. Raises PlatformError (rejected) when it is gone or hidden."""
    post = memory.named(uri)
    if post is None or not is_visible(memory, dialect, post):
        raise refused(f"there is no post {uri}")
    return post


def check_owner(post: Posted, handle: str) -> None:
    """Raise PlatformError (rejected) unless a post is this account's own."""
    if post.handle != handle:
        raise refused(f"the post {post.post_id} is not ours to delete")


def post_cost(dialect: Dialect, post: Outgoing) -> int:
    """What publishing is billed, in micro-USD."""
    return dialect.prices.link_post if has_link(post.text, X) else dialect.prices.post
