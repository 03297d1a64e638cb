"""What an embedded network knows: its ledger, on the disk first, and the memory built from it."""

from __future__ import annotations

import fcntl
import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import RLock
from typing import Any

import msgspec

from bot.causes import CauseCode
from bot.domain.message import Visibility
from bot.domain.post import MediaKind
from bot.domain.text import folded
from bot.errors import Outcome, PlatformError, StoreError
from bot.platforms.rehearsal.rules import Dialect, hashtags_in, mentions_in
from bot.values import dataclass


@dataclass(frozen=True)
class PostedFile:
    """A file on a post."""

    media_id: str
    kind: MediaKind
    alt: str = ""


@dataclass(frozen=True)
class Joined:
    """Somebody made an account, or changed its profile.

    `joined_at` (UTC) and `followers` are None where the network does not tell.
    """

    at: datetime
    handle: str
    bio: str = ""
    locked: bool = False
    joined_at: datetime | None = None
    followers: int | None = None


@dataclass(frozen=True)
class Posted:
    """A post; `reply_to` is the id of a post here, `cost` in micro-USD. `at` (UTC) is its time of publication."""

    at: datetime
    post_id: int
    handle: str
    text: str
    language: str = ""
    visibility: Visibility = Visibility.PUBLIC
    content_warning: str = ""
    sensitive: bool = False
    media: tuple[PostedFile, ...] = ()
    reply_to: str = ""
    idempotency_key: str = ""
    cost: int = 0


@dataclass(frozen=True)
class Edited:
    """An author changed a post's words; what is None stayed as it was."""

    at: datetime
    post_id: int
    text: str
    language: str | None = None
    content_warning: str | None = None
    sensitive: bool | None = None
    media: tuple[PostedFile, ...] | None = None


@dataclass(frozen=True)
class Deleted:
    """A post was deleted by its author."""

    at: datetime
    post_id: int
    cost: int = 0


@dataclass(frozen=True)
class Reshared:
    """An account reshared the post `of`; the reshare has an id of its own."""

    at: datetime
    post_id: int
    handle: str
    of: int
    cost: int = 0


@dataclass(frozen=True)
class Unreshared:
    """An account took a reshare back."""

    at: datetime
    post_id: int
    cost: int = 0


@dataclass(frozen=True)
class Uploaded:
    """A file, which can be attached from `ready_at` until `expires_at` (UTC)."""

    at: datetime
    media_id: str
    handle: str
    kind: MediaKind
    alt: str
    ready_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Billed:
    """Money for reading posts; `post_ids` are those that are not billed again this UTC day."""

    at: datetime
    handle: str
    cost: int
    post_ids: tuple[int, ...] = ()


Entry = Joined | Posted | Edited | Deleted | Reshared | Unreshared | Uploaded | Billed

_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Joined, Posted, Edited, Deleted, Reshared, Unreshared, Uploaded, Billed)
}


def encoded(entry: Entry) -> bytes:
    """Return an entry as one line of JSON, its newline included."""
    return msgspec.json.encode([type(entry).__name__, entry]) + b"\n"


def decoded(line: bytes) -> Entry:
    """Return the entry that a line holds. Raise StoreError for a line that is none."""
    try:
        kind, fields = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
        entry: Entry = msgspec.json.decode(fields, type=_KINDS[kind])
    except (msgspec.DecodeError, KeyError) as problem:
        raise StoreError(CauseCode.JOURNAL_UNREADABLE, line=repr(line[:60])) from problem
    return entry


class Memory:
    """The state of a network. Lists of ids only grow, in ascending order: a reading costs what is new in it."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.entries: list[Entry] = []
        self.spent = 0
        self.last_id = 0
        self.posts: dict[int, Posted] = {}
        self.uploads: dict[str, Uploaded] = {}
        self.attached: set[str] = set()
        self._profiles: dict[str, Joined] = {}
        self._by_uri: dict[str, int] = {}
        self._reshares: dict[int, Reshared] = {}
        self._reshared: dict[tuple[str, int], int] = {}
        self._keys: dict[tuple[str, str], int] = {}
        self._timelines: defaultdict[str, list[int]] = defaultdict(list)
        self._own: defaultdict[str, list[int]] = defaultdict(list)
        self._billed: defaultdict[date, set[int]] = defaultdict(set)

    def apply(self, entry: Entry) -> None:
        """Make an entry part of what is known."""
        self.entries.append(entry)
        match entry:
            case Joined():
                self._profiles[entry.handle] = entry
            case Posted():
                self._posted(entry)
            case Edited():
                self._edited(entry)
            case Deleted():
                self._deleted(entry.post_id)
            case Reshared():
                self._reshare(entry)
            case Unreshared():
                self._unreshare(entry.post_id)
            case Uploaded():
                self.uploads[entry.media_id] = entry
            case Billed():
                self._billed[entry.at.astimezone(UTC).date()].update(entry.post_ids)
        if not isinstance(entry, (Joined, Edited, Uploaded)):
            self.spent += entry.cost

    def _posted(self, post: Posted) -> None:
        self.posts[post.post_id] = post
        self.last_id = post.post_id
        self._by_uri[self._dialect.uri(post.handle, post.post_id)] = post.post_id
        self._own[post.handle].append(post.post_id)
        self.attached.update(file.media_id for file in post.media)
        if post.idempotency_key:
            self._keys[post.handle, post.idempotency_key] = post.post_id
        for key in self._keys_of(post):
            self._timelines[key].append(post.post_id)

    def _edited(self, entry: Edited) -> None:
        names = ("text", "language", "content_warning", "sensitive", "media")
        changed = {name: value for name in names if (value := getattr(entry, name)) is not None}
        self.posts[entry.post_id] = replace(self.posts[entry.post_id], **changed)
        self.attached.update(file.media_id for file in entry.media or ())

    def _keys_of(self, post: Posted) -> set[str]:
        """Return the timelines that a post belongs to, by who may see it."""
        keys: set[str] = set()
        if post.visibility is Visibility.PUBLIC:
            keys.update(hashtag_key(tag) for tag in hashtags_in(post.text))
        if post.visibility is not Visibility.PRIVATE:
            keys.update(mention_key(self._dialect.handle(*named)) for named in mentions_in(post.text))
        return keys

    def _deleted(self, post_id: int) -> None:
        del self.posts[post_id]
        for its_reshare in [reshare for reshare in self._reshares.values() if reshare.of == post_id]:
            self._unreshare(its_reshare.post_id)

    def _reshare(self, entry: Reshared) -> None:
        self._reshares[entry.post_id] = entry
        self._reshared[entry.handle, entry.of] = entry.post_id
        self._own[entry.handle].append(entry.post_id)
        self.last_id = entry.post_id

    def _unreshare(self, reshare_id: int) -> None:
        reshare = self._reshares.pop(reshare_id)
        del self._reshared[reshare.handle, reshare.of]

    def profile(self, handle: str) -> Joined:
        """Return an account's profile; an empty one where nothing was said of it."""
        return self._profiles.get(handle) or Joined(datetime.min.replace(tzinfo=UTC), handle)

    def named(self, uri: str) -> Posted | None:
        """Return the post of this uri, None when it never was or is gone."""
        return self.posts.get(self._by_uri.get(uri, -1))

    def under_key(self, handle: str, key: str) -> Posted | None:
        """Return the post that an account published under an idempotency key, while it stands."""
        return self.posts.get(self._keys.get((handle, key), -1))

    def reshare_by(self, handle: str, of: int) -> Reshared | None:
        """Return an account's reshare of a post, while both stand."""
        post_id = self._reshared.get((handle, of))
        return None if post_id is None else self._reshares[post_id]

    def own(self, handle: str) -> Iterator[Posted | Reshared]:
        """Yield what an account posted and reshared and did not take back, newest first."""
        for post_id in reversed(self._own[handle]):
            standing = self.posts.get(post_id) or self._reshares.get(post_id)
            if standing is not None:
                yield standing

    def timeline(self, keys: Iterable[str], after: int, limit: int) -> tuple[list[int], bool]:
        """Return the lowest ids under any of these keys that are greater than `after`, and whether there are more.

        Ids of posts that are gone are among them, so that a reader gets past any number of them.
        """
        ids: set[int] = set()
        for key in keys:
            post_ids = self._timelines.get(key)
            if post_ids:
                start = bisect_right(post_ids, after)
                ids.update(post_ids[start : start + limit + 1])
        in_order = sorted(ids)
        return in_order[:limit], len(in_order) > limit

    def is_under(self, post: Posted, keys: Iterable[str]) -> bool:
        """Return whether a post still belongs to one of these timelines; an edit may have taken the hashtag away."""
        return not self._keys_of(post).isdisjoint(keys)

    def unbilled(self, day: date, post_ids: Iterable[int]) -> tuple[int, ...]:
        """Return those of the posts whose reading was not billed yet on this UTC day."""
        return tuple(post_id for post_id in post_ids if post_id not in self._billed[day])


def hashtag_key(tag: str) -> str:
    """Return the name of a hashtag's timeline."""
    return f"#{folded(tag)}"


def mention_key(handle: str) -> str:
    """Return the name of the timeline of what mentions an account."""
    return f"to {handle.casefold()}"


class Journal:
    """An append-only file of lines that several processes may share. Raise OSError where the disk does.

    The caller sees to it that its own threads take turns.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._read = 0
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keep other processes out; one that is killed gives its turn up by dying."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def has_grown(self) -> bool:
        """Return whether another process may have added lines since they were last read."""
        return os.fstat(self._file).st_size != self._read

    def new_lines(self) -> list[bytes]:
        """Return the lines not read yet; must be called within a turn.

        A last line without its end was being written by a process that died: it was never accepted, and is cut off.
        """
        size = os.fstat(self._file).st_size
        data = os.pread(self._file, size - self._read, self._read)
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.ftruncate(self._file, self._read + len(whole))
        self._read += len(whole)
        return whole.splitlines()

    def add(self, line: bytes) -> None:
        """Write a line through to the disk, or leave no trace of it; must be called within a turn, all lines read."""
        try:
            self._write(line)
        except OSError:
            os.ftruncate(self._file, self._read)
            raise
        self._read += len(line)

    def _write(self, line: bytes) -> None:
        if os.write(self._file, line) != len(line):
            raise OSError(f"the disk took only a part of {len(line)} bytes")
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


class Record:
    """A network's memory behind its lock, with or without a journal. Safe to use from several threads.

    Opening it raises StoreError for a journal that cannot be read.
    """

    def __init__(self, dialect: Dialect, journal: Path | None) -> None:
        self._memory = Memory(dialect)
        self._lock = RLock()
        try:
            self._journal = Journal(journal) if journal else None
            with self.reading():
                pass  # a journal that cannot be read is told now, not in the middle of a request
        except OSError as problem:
            raise StoreError(CauseCode.JOURNAL_UNOPENED, said=str(problem)) from problem

    @contextmanager
    def reading(self) -> Iterator[Memory]:
        """Lend all that is known now, standing still; what is read must not be changed."""
        with self._lock:
            if self._journal is not None and self._journal.has_grown():
                with self._journal.turn():
                    self._catch_up(self._journal)
            yield self._memory

    @contextmanager
    def changing(self) -> Iterator[Memory]:
        """Lend the same with everybody else kept out, other processes too, so that what was checked holds for
        `accept`."""
        with self._lock:
            if self._journal is None:
                yield self._memory
                return
            with self._journal.turn():
                self._catch_up(self._journal)
                yield self._memory

    def _catch_up(self, journal: Journal) -> None:
        for line in journal.new_lines():
            self._memory.apply(decoded(line))

    def accept(self, entry: Entry) -> None:
        """Remember an entry; must be called while `changing`. Raise PlatformError (not sent) when the disk is full."""
        if self._journal is not None:
            try:
                self._journal.add(encoded(entry))
            except OSError as problem:
                raise PlatformError(f"the rehearsal's journal: {problem}", Outcome.NOT_SENT) from problem
        self._memory.apply(entry)

    def close(self) -> None:
        """Close the journal's file."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None
