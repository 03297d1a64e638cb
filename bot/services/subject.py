"""Whose post a number stands for, said before anything is done to it: a slip of one digit may hit somebody else."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import partial

from sqlalchemy import Connection

from bot.domain.delivery import Delivery, DeliveryLabel, Kind
from bot.domain.post import SeenPost, all_shown
from bot.errors import Refused, RefusedCode
from bot.hosts import canonical_handle, handle_key
from bot.services.work import Work, author_key, handle_keys, shown_keys
from bot.store import authors, control, deliveries, sightings
from bot.values import dataclass

_NAME_ON_X = re.compile(r"\w{1,15}", re.ASCII)


class SubjectKind(StrEnum):
    """What a command acts on."""

    SIGHTING = "sighting"
    SHOWN = "shown"
    """What the post of a sighting shows of others."""

    DELIVERY = "delivery"
    AUTHOR = "author"
    """All that is here of one author."""


@dataclass(frozen=True)
class SubjectName:
    """What a command acts on, by the `number` of its sighting or delivery; `label` is what a delivery is known by."""

    kind: SubjectKind
    number: int = 0
    label: DeliveryLabel | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.number}" if self.number else self.kind


@dataclass(frozen=True)
class AuthorCounts:
    """How much is here of an author: sightings, and reshares that are out."""

    sightings: int
    reshares_out: int


@dataclass(frozen=True)
class Subject:
    """What a command is about to act on. `owner` is whose post it is, "" where that is not stored any more; `keys` are
    the keyed hashes by which its owner is known all the same; `post` is somebody's that is stored. What a post shows
    may be of several people: then they are `shown_owners`."""

    name: SubjectName
    owner: str
    text: str = ""
    url: str = ""
    also_called: str = ""
    keys: frozenset[str] = frozenset()
    post: SeenPost | None = None
    shown_owners: tuple[str, ...] = ()
    counts: AuthorCounts | None = None

    @property
    def owners(self) -> tuple[str, ...]:
        """Return the handles of everybody whose it is; none where no name is kept."""
        return self.shown_owners or ((self.owner,) if self.owner else ())


def of_sighting(work: Work, sighting_id: int) -> Subject | None:
    """Return whose post a sighting is; None where there is no such sighting, which the command itself says best."""
    with work.store.read() as tx:
        return _of_sighting(tx, sighting_id)


def _of_sighting(tx: Connection, sighting_id: int) -> Subject | None:
    sighting = sightings.get(tx, sighting_id)
    if sighting is None:
        return None
    name = SubjectName(SubjectKind.SIGHTING, sighting_id)
    return Subject(name, sighting.post.author.handle, sighting.post.text, sighting.post.url, post=sighting.post)


def of_shown(work: Work, sighting_id: int) -> Subject | None:
    """Return whose posts a sighting shows beside its own; None where it shows nobody's."""
    with work.store.read() as tx:
        sighting = sightings.get(tx, sighting_id)
    shown = list(all_shown(sighting.post)) if sighting is not None else []
    handles = [
        shown_post.post.author.handle if shown_post.post is not None else shown_post.named for shown_post in shown
    ]
    owners = tuple(dict.fromkeys(filter(None, handles)))
    if sighting is None or not owners:
        return None
    text = next((shown_post.post.text for shown_post in shown if shown_post.post is not None), "")
    keys = shown_keys(work, sighting.post)
    return Subject(SubjectName(SubjectKind.SHOWN, sighting_id), "", text, keys=keys, shown_owners=owners)


def of_delivery(work: Work, delivery_id: int) -> Subject | None:
    """Return whose post a delivery is: ours, or the author's of what is reshared; None where there is none."""
    with work.store.read() as tx:
        delivery = deliveries.get(tx, delivery_id)
        if delivery is None:
            return None
        name = SubjectName(SubjectKind.DELIVERY, delivery.id, delivery.label)
        if delivery.kind is Kind.POST:
            ours = work.memory.handles.get(delivery.account) or control.account(tx, delivery.account).handle
            return Subject(
                name, ours or delivery.account, delivery.content.text, delivery.url, also_called=delivery.account
            )
        return _of_reshare(tx, delivery, name)


def _of_reshare(tx: Connection, delivery: Delivery, name: SubjectName) -> Subject:
    keys = frozenset(filter(None, [authors.author_key_of_delivery(tx, delivery.id)]))
    sighting = sightings.get(tx, delivery.sighting_id) if delivery.sighting_id is not None else None
    if sighting is None:
        return Subject(name, "", keys=keys)
    return Subject(
        name, sighting.post.author.handle, sighting.post.text, sighting.post.url, keys=keys, post=sighting.post
    )


def refuse_no_handle(author: str) -> str:
    """Return a handle in the one form by which an author is named. Raise Refused for what is no handle."""
    try:
        return canonical_handle(author)
    except ValueError:
        raise Refused(RefusedCode.NOT_A_HANDLE, written=author) from None


def of_author(work: Work, author: str) -> Subject:
    """Return an author by name, and what is here of them. Raise Refused for what is no handle."""
    handle = refuse_no_handle(author)
    keys = handle_keys(work, handle) | handle_keys(work, author)
    with work.store.read() as tx:
        sighting_ids = authors.sightings_of_author(tx, keys, partial(author_key, work))
        reshares = authors.reshares_of_author(tx, keys, sighting_ids)
    out = sum(delivery.sent_at is not None and delivery.undone_at is None for delivery in reshares)
    return Subject(SubjectName(SubjectKind.AUTHOR), handle, counts=AuthorCounts(len(sighting_ids), out))


def expect(work: Work, subject: Subject, handle: str) -> None:
    """Raise Refused unless the subject is this person's, in whichever way the handle is written."""
    if not any(_is_theirs(work, subject, each) for each in _as_written(handle)):
        raise Refused(RefusedCode.ANOTHER_AUTHOR, subject=subject.name, owners=subject.owners, expected=handle)


def _as_written(handle: str) -> tuple[str, ...]:
    """Return the handle, and what "@bob" is on X: a handle without a host is nobody's elsewhere."""
    bare = handle.strip().removeprefix("@").removeprefix("＠")
    return (handle, f"x:{bare}") if _NAME_ON_X.fullmatch(bare) else (handle,)


def _is_theirs(work: Work, subject: Subject, handle: str) -> bool:
    if not subject.owner:
        return bool(subject.keys & handle_keys(work, handle))
    return handle_key(handle) == handle_key(subject.owner) or handle == subject.also_called
