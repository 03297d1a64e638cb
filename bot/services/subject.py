"""Whose post a number stands for, said before anything is done to it: a slip of one digit may hit somebody else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from bot.domain.delivery import Delivery, Kind
from bot.domain.post import SeenPost, all_shown
from bot.errors import Refused, RefusedCode
from bot.hosts import canonical_handle, handle_key, shown_handle
from bot.services.work import Work, author_key, handle_keys, name_of, shown_keys
from bot.store import control, deliveries, sightings

_NAME_ON_X = re.compile(r"\w{1,15}", re.ASCII)


@dataclass(frozen=True)
class Subject:
    """What a command is about to act on. `owner` is whose post it is, "" where that is not stored any more; `keys` are
    the keyed hashes by which its owner is known all the same; `post` is somebody's that is stored."""

    name: str
    owner: str
    text: str = ""
    url: str = ""
    also_called: str = ""
    keys: frozenset[str] = frozenset()
    post: SeenPost | None = None
    called: str = ""
    """Whose it is, in words, where that may be several people."""

    @property
    def shown_owner(self) -> str:
        """Whose it is, for people."""
        return self.called or (shown_handle(self.owner) if self.owner else "somebody whose name is not kept")


def of_sighting(work: Work, sighting_id: int) -> Subject | None:
    """Return whose post a sighting is; None where there is no such sighting, which the command itself says best."""
    with work.store.read() as tx:
        return _of_sighting(tx, sighting_id)


def _of_sighting(tx: Connection, sighting_id: int) -> Subject | None:
    seen = sightings.get(tx, sighting_id)
    if seen is None:
        return None
    return Subject(f"sighting {sighting_id}", seen.post.author.handle, seen.post.text, seen.post.url, post=seen.post)


def of_shown(work: Work, sighting_id: int) -> Subject | None:
    """Return whose posts a sighting shows beside its own; None where it shows nobody's."""
    with work.store.read() as tx:
        seen = sightings.get(tx, sighting_id)
    shown = list(all_shown(seen.post)) if seen is not None else []
    handles = [one.post.author.handle if one.post is not None else one.named for one in shown]
    names = [shown_handle(handle) for handle in dict.fromkeys(filter(None, handles))]
    if seen is None or not names:
        return None
    text = next((one.post.text for one in shown if one.post is not None), "")
    keys = shown_keys(work, seen.post)
    return Subject(f"what sighting {sighting_id} shows", "", text, keys=keys, called=", ".join(names))


def of_delivery(work: Work, delivery_id: int) -> Subject | None:
    """Return whose post a delivery is: ours, or the author's of what is reshared; None where there is none."""
    with work.store.read() as tx:
        one = deliveries.get(tx, delivery_id)
        if one is None:
            return None
        name = f"delivery {one.id}"
        if one.kind is Kind.POST:
            ours = work.own_handles.get(one.account) or control.account(tx, one.account).handle
            what = f"{name} ({name_of(one)})"
            return Subject(what, ours or one.account, one.content.text, one.url, also_called=one.account)
        return _of_reshare(tx, one, f"{name} (a reshare on {one.account})")


def _of_reshare(tx: Connection, one: Delivery, name: str) -> Subject:
    keys = frozenset(filter(None, [sightings.author_key_of_delivery(tx, one.id)]))
    seen = sightings.get(tx, one.sighting_id) if one.sighting_id is not None else None
    if seen is None:
        return Subject(name, "", keys=keys)
    return Subject(name, seen.post.author.handle, seen.post.text, seen.post.url, keys=keys, post=seen.post)


def of_author(work: Work, author: str) -> Subject:
    """Return an author by name, and what is here of them. Raises Refused for what is no handle."""
    try:
        handle = canonical_handle(author)
    except ValueError:
        raise Refused(RefusedCode.NOT_A_HANDLE, written=author) from None
    keys = handle_keys(work, handle) | handle_keys(work, author)
    with work.store.read() as tx:
        found = sightings.sightings_of_author(tx, keys, partial(author_key, work))
        made = sightings.reshares_of_author(tx, keys, found)
    out = sum(one.sent_at is not None and one.undone_at is None for one in made)
    return Subject("all that is here of one author", handle, f"{len(found)} sightings, {out} reshares that are out")


def expect(work: Work, subject: Subject, handle: str) -> None:
    """Raises Refused unless the subject is this person's, in whichever way the handle is written."""
    if not any(_is_theirs(work, subject, each) for each in _as_written(handle)):
        owner = subject.shown_owner
        raise Refused(RefusedCode.ANOTHER_AUTHOR, subject=subject.name, owner=owner, expected=handle)


def _as_written(handle: str) -> tuple[str, ...]:
    """The handle, and what "@bob" is on X: a handle without a host is nobody's elsewhere."""
    bare = handle.strip().removeprefix("@").removeprefix("＠")
    return (handle, f"x:{bare}") if _NAME_ON_X.fullmatch(bare) else (handle,)


def _is_theirs(work: Work, subject: Subject, handle: str) -> bool:
    if not subject.owner:
        return bool(subject.keys & handle_keys(work, handle))
    return handle_key(handle) == handle_key(subject.owner) or handle == subject.also_called
