"""What an embedded network refuses, in the words of its PlatformErrors, and what it bills."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

from bot.domain.campaign import PlatformName
from bot.domain.limits import Limits, refusals
from bot.domain.links import ON_X, has_link
from bot.domain.message import Media, Visibility
from bot.domain.post import Edit, MediaKind, Outgoing
from bot.domain.text import normalised
from bot.errors import FailureDetail, Outcome, PlatformError
from bot.platforms.base import Clock
from bot.platforms.rehearsal.faults import Faults, FaultyAction, How, Mishap
from bot.platforms.rehearsal.rules import Dialect
from bot.platforms.rehearsal.state import (
    Billed,
    Deleted,
    Edited,
    Entry,
    Joined,
    Memory,
    Posted,
    PostedFile,
    Record,
    Reshared,
    Unreshared,
    Uploaded,
)


def refused(why: str, *, duplicate: bool = False) -> PlatformError:
    """Return the network's no."""
    return PlatformError(why, Outcome.REJECTED, duplicate=duplicate, status=422, host=PlatformName.REHEARSAL)


def number(post_id: str) -> int:
    """Return the number of a post's id as a network counts; -1, which no post has, for what is no id of ours."""
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
    if len(post.media) != edit.media_before and any(media.place is not None for media in edit.media):
        raise refused("the post has other files than it was sent with")
    new = tuple(media.media_id for media in edit.media if media.place is None)
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
            raise PlatformError(
                f"the upload {media_id} is still processed",
                Outcome.NOT_SENT,
                retry_at=upload.ready_at,
                host=PlatformName.REHEARSAL,
                detail=FailureDetail.FILES_PROCESSED,
            )
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
    for own in takewhile(lambda posted: posted.at > oldest, memory.own(handle)):
        if isinstance(own, Posted) and normalised(own.text) == text:
            raise refused("the same text was posted before", duplicate=True)


def check_file(limits: Limits, media: Media, size: int) -> None:
    """Raise PlatformError (rejected) unless a network with these limits takes a file of this size (bytes)."""
    for refusal in refusals(replace(media, size=size), "the network", limits):
        raise refused(f"{media.path}: {refusal.what}")


def attached(upload: Uploaded) -> PostedFile:
    """Return an upload as it hangs on a post."""
    return PostedFile(upload.media_id, upload.kind, upload.alt)


def is_visible(memory: Memory, dialect: Dialect, post: Posted) -> bool:
    """Return whether others than its author's followers can see a post."""
    hidden = dialect.hides_locked and memory.profile(post.handle).locked
    return post.visibility is not Visibility.PRIVATE and not hidden


def reshareable(memory: Memory, dialect: Dialect, uri: str) -> Posted:
    """Return the post of this uri. Raise PlatformError (rejected) when it is gone or hidden."""
    post = memory.named(uri)
    if post is None or not is_visible(memory, dialect, post):
        raise refused(f"there is no post {uri}")
    return post


def check_owner(post: Posted, handle: str) -> None:
    """Raise PlatformError (rejected) unless a post is this account's own."""
    if post.handle != handle:
        raise refused(f"the post {post.post_id} is not ours to delete")


def post_cost(dialect: Dialect, post: Outgoing) -> int:
    """Return what publishing is billed, in micro-USD."""
    return dialect.prices.link_post if has_link(post.text, ON_X) else dialect.prices.post


MEDIA_LIFETIME = timedelta(days=1)
"""How long an upload can be attached."""

FAULT_LASTS = timedelta(minutes=15)
"""How long a rate limit or slow processing lasts, unless its end is given."""


class Network:
    """People, posts and a ledger in memory; with a journal also on the disk, shared with other processes.

    Safe to use from several threads. Accounts are named by their handles ("@user@host", "x:handle").
    Raise StoreError when the journal cannot be opened.
    """

    def __init__(self, dialect: Dialect, clock: Clock, journal: Path | None = None) -> None:
        self.dialect = dialect
        self.clock = clock
        self.faults = Faults()
        self._record = Record(dialect, journal)

    def fail_next(self, action: FaultyAction, how: How, *, until: datetime | None = None) -> None:
        """Let the next request of this kind go wrong.

        `until` (UTC) ends a rate limit or slow processing; `FAULT_LASTS` from now where it is not given.
        """
        self.faults.add(action, Mishap(how, until or self.clock() + FAULT_LASTS))

    @property
    def ledger(self) -> tuple[Entry, ...]:
        """Everything that was accepted, in order."""
        with self.reading() as memory:
            return tuple(memory.entries)

    @property
    def spent(self) -> int:
        """What was billed so far, in micro-USD."""
        with self.reading() as memory:
            return memory.spent

    def reading(self) -> AbstractContextManager[Memory]:
        """Return all that is known now, standing still; what is read must not be changed."""
        return self._record.reading()

    def _next_id(self, memory: Memory, at: datetime) -> int:
        return max(self.dialect.first_id(at), memory.last_id + 1)

    def join(
        self,
        handle: str,
        *,
        bio: str = "",
        locked: bool = False,
        joined_at: datetime | None = None,
        followers: int | None = None,
    ) -> None:
        """Make an account, or change its profile; nothing happens when it is like this already."""
        with self._record.changing() as memory:
            member = memory.profile(handle)
            joined = Joined(member.at, handle, bio, locked, joined_at, followers)
            if member != joined:
                self._record.accept(replace(joined, at=self.clock()))

    def post(
        self,
        handle: str,
        text: str,
        *,
        at: datetime | None = None,
        language: str = "",
        kinds: Sequence[MediaKind] = (),
        visibility: Visibility = Visibility.PUBLIC,
        sensitive: bool = False,
        alt: str = "",
        reply_to: str = "",
    ) -> str:
        """Publish a post of an account, at `at` or now. Return its uri."""
        with self._record.changing() as memory:
            at = at or self.clock()
            post_id = self._next_id(memory, at)
            media = tuple(PostedFile(f"m{post_id}-{place}", kind, alt) for place, kind in enumerate(kinds))
            self._record.accept(Posted(at, post_id, handle, text, language, visibility, "", sensitive, media, reply_to))
            return self.dialect.uri(handle, post_id)

    def edit(self, uri: str, text: str) -> None:
        """Change a post's words as its author does; nothing happens when it is gone."""
        with self._record.changing() as memory:
            post = memory.named(uri)
            if post is not None:
                self._record.accept(Edited(self.clock(), post.post_id, text))

    def change(self, handle: str, post_id: str, edit: Edit) -> None:
        """Change an account's own post; one that says it already stays as it is. Raise PlatformError (rejected)."""
        with self._record.changing() as memory:
            post = memory.posts.get(number(post_id))
            if post is None:
                raise refused("the post is not there any more")
            check_owner(post, handle)
            now = self.clock()
            check_edit(memory, self.dialect, handle, post, edit, now)
            media = tuple(
                replace(post.media[media.place], alt=media.alt)
                if media.place is not None
                else attached(memory.uploads[media.media_id])
                for media in edit.media
            )
            entry = Edited(now, post.post_id, edit.text, edit.language, edit.content_warning, edit.sensitive, media)
            current = (post.text, post.language, post.content_warning, post.sensitive, post.media)
            if current != (entry.text, entry.language, entry.content_warning, entry.sensitive, entry.media):
                self._record.accept(entry)

    def delete(self, uri: str) -> None:
        """Delete a post as its author does; nothing happens when it is gone."""
        with self._record.changing() as memory:
            post = memory.named(uri)
            if post is not None:
                self._record.accept(Deleted(self.clock(), post.post_id))

    def upload(self, handle: str, kind: MediaKind, alt: str, processing: timedelta) -> Uploaded:
        """Take a file of an account, to be attached once `processing` is over."""
        with self._record.changing() as memory:
            now = self.clock()
            media_id = f"{self.dialect.first_id(now) + len(memory.uploads) + 1}"
            entry = Uploaded(now, media_id, handle, kind, alt, now + processing, now + processing + MEDIA_LIFETIME)
            self._record.accept(entry)
            return entry

    def publish(self, handle: str, post: Outgoing) -> Posted:
        """Accept an account's post, or give the one that its idempotency key made. Raise PlatformError."""
        with self._record.changing() as memory:
            now = self.clock()
            before = memory.under_key(handle, post.idempotency_key)
            if before is not None and now - before.at < self.dialect.key_lifetime:
                return before
            check_post(memory, self.dialect, handle, post, now)
            entry = Posted(
                at=now,
                post_id=self._next_id(memory, now),
                handle=handle,
                text=post.text,
                language=post.language,
                visibility=post.visibility,
                content_warning=post.content_warning,
                sensitive=post.sensitive,
                media=tuple(attached(memory.uploads[media_id]) for media_id in post.media_ids),
                reply_to=post.reply_to,
                idempotency_key=post.idempotency_key,
                cost=post_cost(self.dialect, post),
            )
            self._record.accept(entry)
            return entry

    def reshare(self, handle: str, uri: str) -> Reshared:
        """Accept an account's reshare, or give the one that stands. Raise PlatformError (rejected)."""
        with self._record.changing() as memory:
            post = reshareable(memory, self.dialect, uri)
            standing = memory.reshare_by(handle, post.post_id)
            if standing is not None:
                return standing
            now = self.clock()
            entry = Reshared(now, self._next_id(memory, now), handle, post.post_id, self.dialect.prices.reshare)
            self._record.accept(entry)
            return entry

    def undo_post(self, handle: str, post_id: str) -> None:
        """Delete an account's own post; one that is gone is gone. Raise PlatformError (rejected)."""
        with self._record.changing() as memory:
            post = memory.posts.get(number(post_id))
            if post is not None:
                check_owner(post, handle)
                self._record.accept(Deleted(self.clock(), post.post_id, self.dialect.prices.undo))

    def undo_reshare(self, handle: str, uri: str) -> None:
        """Take an account's reshare back; one that is gone is gone."""
        with self._record.changing() as memory:
            post = memory.named(uri)
            standing = memory.reshare_by(handle, post.post_id) if post else None
            if standing is not None:
                self._record.accept(Unreshared(self.clock(), standing.post_id, self.dialect.prices.undo))

    def bill_reading(self, handle: str, posts: Sequence[Posted]) -> int:
        """Bill an account for posts it read, each once in a UTC day. Return the bill, in micro-USD."""
        price = self.dialect.prices.read
        if not price or not posts:
            return 0
        with self._record.changing() as memory:
            now = self.clock()
            new = memory.unbilled(now.astimezone(UTC).date(), (post.post_id for post in posts))
            if new:
                self._record.accept(Billed(now, handle, price * len(new), new))
            return price * len(new)

    def bill(self, handle: str, cost: int) -> None:
        """Bill an account for anything else (micro-USD)."""
        if cost:
            with self._record.changing():
                self._record.accept(Billed(self.clock(), handle, cost))

    def close(self) -> None:
        """Close the journal's file."""
        self._record.close()
