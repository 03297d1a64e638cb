"""One embedded network: what people and our accounts do on it, one change at a time, on the clock it is handed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.message import Visibility
from bot.domain.post import Edit, MediaKind, Outgoing
from bot.platforms.base import Clock
from bot.platforms.rehearsal import rules
from bot.platforms.rehearsal.dialect import Dialect
from bot.platforms.rehearsal.faults import Action, Faults, How, Mishap
from bot.platforms.rehearsal.ledger import (
    Attachment,
    Billed,
    Deleted,
    Edited,
    Entry,
    Joined,
    Posted,
    Reshared,
    Unreshared,
    Uploaded,
)
from bot.platforms.rehearsal.memory import Memory
from bot.platforms.rehearsal.record import Record

MEDIA_LIFETIME = timedelta(days=1)
"""How long an upload can be attached."""

FAULT_LASTS = timedelta(minutes=15)
"""How long a rate limit or slow processing lasts, unless its end is given."""


class Network:
    """People, posts and a ledger in memory; with a journal also on the disk, shared with other processes.

    Safe to use from several threads. Accounts are named by their handles ("@user@host", "x:handle").
    Raises StoreError when the journal cannot be opened.
    """

    def __init__(self, dialect: Dialect, clock: Clock, journal: Path | None = None) -> None:
        self.dialect = dialect
        self.clock = clock
        self.faults = Faults()
        self._record = Record(dialect, journal)

    def fail_next(self, action: Action, how: How, *, until: datetime | None = None) -> None:
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
        """All that is known now, standing still; what is read must not be changed."""
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
        """Somebody makes an account, or changes its profile; nothing happens when it is like this already."""
        with self._record.changing() as memory:
            known = memory.profile(handle)
            wanted = Joined(known.at, handle, bio, locked, joined_at, followers)
            if known != wanted:
                self._record.accept(replace(wanted, at=self.clock()))

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
        """Somebody posts, at `at` or now. Gives the post's uri."""
        with self._record.changing() as memory:
            at = at or self.clock()
            post_id = self._next_id(memory, at)
            media = tuple(Attachment(f"m{post_id}-{place}", kind, alt) for place, kind in enumerate(kinds))
            self._record.accept(Posted(at, post_id, handle, text, language, visibility, "", sensitive, media, reply_to))
            return self.dialect.uri(handle, post_id)

    def edit(self, uri: str, text: str) -> None:
        """The author changes a post's words; nothing happens when it is gone."""
        with self._record.changing() as memory:
            post = memory.named(uri)
            if post is not None:
                self._record.accept(Edited(self.clock(), post.post_id, text))

    def change(self, handle: str, post_id: str, edit: Edit) -> None:
        """Change an account's own post; one that says it already stays as it is. Raises PlatformError (rejected)."""
        with self._record.changing() as memory:
            post = memory.posts.get(rules.number(post_id))
            if post is None:
                raise rules.refused("the post is not there any more")
            rules.check_owner(post, handle)
            now = self.clock()
            rules.check_edit(memory, self.dialect, handle, post, edit, now)
            media = tuple(
                replace(post.media[one.place], alt=one.alt)
                if one.place is not None
                else rules.attached(memory.uploads[one.media_id])
                for one in edit.media
            )
            entry = Edited(now, post.post_id, edit.text, edit.language, edit.content_warning, edit.sensitive, media)
            there = (post.text, post.language, post.content_warning, post.sensitive, post.media)
            if there != (entry.text, entry.language, entry.content_warning, entry.sensitive, entry.media):
                self._record.accept(entry)

    def delete(self, uri: str) -> None:
        """The author deletes a post; nothing happens when it is gone."""
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
        """Accept an account's post, or give the one that its idempotency key made. Raises PlatformError."""
        with self._record.changing() as memory:
            now = self.clock()
            before = memory.under_key(handle, post.idempotency_key)
            if before is not None and now - before.at < self.dialect.key_lifetime:
                return before
            rules.check_post(memory, self.dialect, handle, post, now)
            entry = Posted(
                at=now,
                post_id=self._next_id(memory, now),
                handle=handle,
                text=post.text,
                language=post.language,
                visibility=post.visibility,
                content_warning=post.content_warning,
                sensitive=post.sensitive,
                media=tuple(rules.attached(memory.uploads[one]) for one in post.media_ids),
                reply_to=post.reply_to,
                idempotency_key=post.idempotency_key,
                cost=rules.post_cost(self.dialect, post),
            )
            self._record.accept(entry)
            return entry

    def reshare(self, handle: str, uri: str) -> Reshared:
        """Accept an account's reshare, or give the one that stands. Raises PlatformError (rejected)."""
        with self._record.changing() as memory:
            post = rules.reshareable(memory, self.dialect, uri)
            standing = memory.reshare_by(handle, post.post_id)
            if standing is not None:
                return standing
            now = self.clock()
            entry = Reshared(now, self._next_id(memory, now), handle, post.post_id, self.dialect.prices.reshare)
            self._record.accept(entry)
            return entry

    def undo_post(self, handle: str, post_id: str) -> None:
        """Delete an account's own post; one that is gone is gone. Raises PlatformError (rejected)."""
        with self._record.changing() as memory:
            post = memory.posts.get(rules.number(post_id))
            if post is not None:
                rules.check_owner(post, handle)
                self._record.accept(Deleted(self.clock(), post.post_id, self.dialect.prices.undo))

    def undo_reshare(self, handle: str, uri: str) -> None:
        """Take an account's reshare back; one that is gone is gone."""
        with self._record.changing() as memory:
            post = memory.named(uri)
            standing = memory.reshare_by(handle, post.post_id) if post else None
            if standing is not None:
                self._record.accept(Unreshared(self.clock(), standing.post_id, self.dialect.prices.undo))

    def bill_reading(self, handle: str, posts: Sequence[Posted]) -> int:
        """Bill an account for posts it read, each once in a UTC day. Gives the bill, in micro-USD."""
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
        """Let go of the journal's file."""
        self._record.close()
