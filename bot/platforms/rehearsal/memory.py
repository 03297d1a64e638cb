"""What an embedded network knows, built from its ledger entry by entry."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

from bot.domain.hashtag import folded
from bot.domain.message import Visibility
from bot.platforms.rehearsal.dialect import Dialect
from bot.platforms.rehearsal.ledger import (
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
from bot.platforms.rehearsal.words import hashtags_in, mentions_in


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

    def take_in(self, entry: Entry) -> None:
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
        self.attached.update(one.media_id for one in post.media)
        if post.idempotency_key:
            self._keys[post.handle, post.idempotency_key] = post.post_id
        for key in self._keys_of(post):
            self._timelines[key].append(post.post_id)

    def _edited(self, entry: Edited) -> None:
        names = ("text", "language", "content_warning", "sensitive", "media")
        changed = {name: value for name in names if (value := getattr(entry, name)) is not None}
        self.posts[entry.post_id] = replace(self.posts[entry.post_id], **changed)
        self.attached.update(one.media_id for one in entry.media or ())

    def _keys_of(self, post: Posted) -> set[str]:
        """The timelines that a post belongs to, by who may see it."""
        keys: set[str] = set()
        if post.visibility is Visibility.PUBLIC:
            keys.update(hashtag_key(tag) for tag in hashtags_in(post.text))
        if post.visibility is not Visibility.PRIVATE:
            keys.update(mention_key(self._dialect.handle(*named)) for named in mentions_in(post.text))
        return keys

    def _deleted(self, post_id: int) -> None:
        del self.posts[post_id]
        for gone in [one for one in self._reshares.values() if one.of == post_id]:
            self._unreshare(gone.post_id)

    def _reshare(self, entry: Reshared) -> None:
        self._reshares[entry.post_id] = entry
        self._reshared[entry.handle, entry.of] = entry.post_id
        self._own[entry.handle].append(entry.post_id)
        self.last_id = entry.post_id

    def _unreshare(self, reshare_id: int) -> None:
        gone = self._reshares.pop(reshare_id)
        del self._reshared[gone.handle, gone.of]

    def profile(self, handle: str) -> Joined:
        """An account's profile; an empty one where nothing was said of it."""
        return self._profiles.get(handle) or Joined(datetime.min.replace(tzinfo=UTC), handle)

    def named(self, uri: str) -> Posted | None:
        """The post of this uri, None when it never was or is gone."""
        return self.posts.get(self._by_uri.get(uri, -1))

    def under_key(self, handle: str, key: str) -> Posted | None:
        """The post that an account published under an idempotency key, while it stands."""
        return self.posts.get(self._keys.get((handle, key), -1))

    def reshare_by(self, handle: str, of: int) -> Reshared | None:
        """An account's reshare of a post, while both stand."""
        post_id = self._reshared.get((handle, of))
        return None if post_id is None else self._reshares[post_id]

    def own(self, handle: str) -> Iterator[Posted | Reshared]:
        """What an account posted and reshared and did not take back, newest first."""
        for post_id in reversed(self._own[handle]):
            standing = self.posts.get(post_id) or self._reshares.get(post_id)
            if standing is not None:
                yield standing

    def timeline(self, keys: Iterable[str], after: int, limit: int) -> tuple[list[int], bool]:
        """The lowest ids under any of these keys that are greater than `after`, and whether there are more.

        Ids of posts that are gone are among them, so that a reader gets past any number of them.
        """
        ids: set[int] = set()
        for key in keys:
            known = self._timelines.get(key)
            if known:
                start = bisect_right(known, after)
                ids.update(known[start : start + limit + 1])
        found = sorted(ids)
        return found[:limit], len(found) > limit

    def is_under(self, post: Posted, keys: Iterable[str]) -> bool:
        """Whether a post still belongs to one of these timelines; an edit may have taken the hashtag away."""
        return not self._keys_of(post).isdisjoint(keys)

    def unbilled(self, day: date, post_ids: Iterable[int]) -> tuple[int, ...]:
        """Those of the posts whose reading was not billed yet on this UTC day."""
        return tuple(one for one in post_ids if one not in self._billed[day])


def hashtag_key(tag: str) -> str:
    """The name of a hashtag's timeline."""
    return f"#{folded(tag)}"


def mention_key(handle: str) -> str:
    """The name of the timeline of what mentions an account."""
    return f"to {handle.casefold()}"
