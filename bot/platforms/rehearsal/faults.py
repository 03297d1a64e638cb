"""Faults to inject: what goes wrong between an account and its embedded network, and when."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from threading import Lock

from bot.domain.campaign import PlatformName
from bot.errors import Outcome, PlatformError, Remedy, to_do
from bot.values import dataclass


class FaultyAction(StrEnum):
    """What an account asks a network for."""

    PUBLISH = "publish"
    RESHARE = "reshare"
    EDIT = "edit"
    UNDO = "undo"
    UPLOAD = "upload"
    PROCESSING = "processing"
    OWN_POSTS = "own_posts"
    FETCH = "fetch"
    READ = "read"
    FACTS = "facts"


class How(StrEnum):
    """How a request fails: never sent, refused, or unanswered though it was (or was not) accepted.

    `closed` refuses everything until a person fixes it, as when money has run out; `slow` keeps an upload in
    processing until `until`; `behind` leaves the newest post out of a reading of our own timeline.
    """

    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    AMBIGUOUS_ACCEPTED = "ambiguous_accepted"
    AMBIGUOUS_NOT_ACCEPTED = "ambiguous_not_accepted"
    RATE_LIMITED = "rate_limited"
    CLOSED = "closed"
    SLOW = "slow"
    BEHIND = "behind"


@dataclass(frozen=True)
class Mishap:
    """One fault in store; `until` (UTC) is when a rate limit or slow processing ends."""

    how: How
    until: datetime


class Faults:
    """The faults in store, for each action in the order in which they were asked for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[FaultyAction, deque[Mishap]] = {}

    def add(self, action: FaultyAction, mishap: Mishap) -> None:
        """Let the next request of this kind that has no fault yet go wrong."""
        with self._lock:
            self._waiting.setdefault(action, deque()).append(mishap)

    @contextmanager
    def around(self, action: FaultyAction) -> Iterator[Mishap | None]:
        """Do a request as faults have it: refuse it, lose its answer, or hand over what the caller is to make of it."""
        mishap = self._next(action)
        if mishap is not None and mishap.how not in _LATER:
            raise _error(action, mishap)
        yield mishap
        if mishap is not None and mishap.how is How.AMBIGUOUS_ACCEPTED:
            raise _error(action, mishap)

    def _next(self, action: FaultyAction) -> Mishap | None:
        if not self._waiting:
            return None
        with self._lock:
            waiting = self._waiting.get(action)
            return waiting.popleft() if waiting else None


_LATER = frozenset({How.AMBIGUOUS_ACCEPTED, How.SLOW, How.BEHIND})


_DOING = {
    FaultyAction.PUBLISH: "posting",
    FaultyAction.RESHARE: "resharing",
    FaultyAction.EDIT: "changing a post",
    FaultyAction.UNDO: "taking back",
    FaultyAction.UPLOAD: "uploading",
    FaultyAction.PROCESSING: "processing a file",
    FaultyAction.OWN_POSTS: "reading our timeline",
    FaultyAction.FETCH: "fetching a post",
    FaultyAction.READ: "reading a source",
    FaultyAction.FACTS: "asking who we are",
}


def _error(action: FaultyAction, mishap: Mishap) -> PlatformError:
    match mishap.how:
        case How.NOT_SENT:
            return PlatformError(
                f"{_DOING[action]}: no connection (rehearsed)", Outcome.NOT_SENT, host=PlatformName.REHEARSAL
            )
        case How.REJECTED:
            return PlatformError(
                f"{_DOING[action]}: the network said no (rehearsed)",
                Outcome.REJECTED,
                status=403,
                host=PlatformName.REHEARSAL,
            )
        case How.RATE_LIMITED:
            text = f"{_DOING[action]}: too many requests (rehearsed)"
            return PlatformError(
                text, Outcome.NOT_SENT, retry_at=mishap.until, pauses_account=True, host=PlatformName.REHEARSAL
            )
        case How.CLOSED:
            run = f"run `{to_do(Remedy.LOG_IN)}`, then `{to_do(Remedy.RESUME)}`"
            text = f"{_DOING[action]}: the account is closed (rehearsed); {run}"
            return PlatformError(
                text, Outcome.REJECTED, remedy=Remedy.LOG_IN, closes_account=True, host=PlatformName.REHEARSAL
            )
        case _:
            return PlatformError(
                f"{_DOING[action]}: no answer came (rehearsed)", Outcome.AMBIGUOUS, host=PlatformName.REHEARSAL
            )
