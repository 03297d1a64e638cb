"""The points of sending: before and after each commit and each request, where somebody else may step in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection

from bot.errors import PlatformError
from bot.services.work import Locks
from bot.store.engine import LockName
from bot.store.store import Store

Deed = Callable[[], object]

Place = int | str
"""A point by its number, or by its name: "before publish", say, at the first request of this kind."""

NAMED = ("before reshare", "after reshare", "before undo_post", "after undo_post", "after own_posts", "before upload")
"""Some that are worth a story; publishing is worth most."""


class Died(BaseException):
    """The process has ended here: no handler of its own runs any more that could change anything."""


class Points:
    """Counts the points that a process passes; at each of them others do what was arranged, or it dies."""

    def __init__(self) -> None:
        self.is_alive = True
        self._arranged: dict[Place, Sequence[Deed]] = {}
        self._dies_at: Place | None = None
        self._passed = 0
        self._is_closed = False

    @contextmanager
    def arranged(self, deeds: Mapping[Place, Sequence[Deed]], dies_at: Place | None = None) -> Iterator[None]:
        """Have these deeds done at the points of these numbers; those that are not come by are done in the end."""
        self._arranged, self._dies_at, self._passed = dict(deeds), dies_at, 0
        try:
            yield
        except Died:
            pass
        finally:
            left, self._arranged, self._dies_at = self._arranged, {}, None
        for deeds_left in left.values():
            _do(deeds_left)

    def reached(self, name: str = "") -> None:
        """One more point; raises Died where the process ends there, and ever after."""
        if not self.is_alive:
            raise Died
        if self._is_closed:
            return
        place, self._passed = self._passed, self._passed + 1
        with self.closed():
            _do(self._arranged.pop(place, ()))
            _do(self._arranged.pop(name, ()))
        if self._dies_at in {place, name}:
            self.is_alive = False
            raise Died

    @contextmanager
    def closed(self) -> Iterator[None]:
        """A stretch on which nobody steps in: inside a transaction, SQLite has no other writer."""
        before, self._is_closed = self._is_closed, True
        try:
            yield
        finally:
            self._is_closed = before


def _do(deeds: Sequence[Deed]) -> None:
    for deed in deeds:
        deed()


class WatchedStore:
    """A store with a point before and after each transaction."""

    def __init__(self, store: Store, points: Points) -> None:
        self._store = store
        self._points = points

    @contextmanager
    def begin(self, *arguments: Any, **more: Any) -> Iterator[Connection]:
        self._points.reached()
        with self._points.closed(), self._store.begin(*arguments, **more) as tx:
            yield tx
        self._points.reached()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._points.closed(), self._store.read() as tx:
            yield tx
        self._points.reached()

    def in_one_trip(self, *what: Any) -> Any:
        self._points.reached()
        row = self._store.in_one_trip(*what)
        self._points.reached()
        return row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class WatchedPlatform:
    """An adapter with a point before each request leaves, and one after it was accepted or refused.

    `before` and `after` are called at these points, whoever may step in there.
    """

    def __init__(self, platform: Any, points: Points, before: Deed, after: Deed) -> None:
        self._platform = platform
        self._points = points
        self._before = before
        self._after = after

    def _asked(self, name: str, request: Callable[[], Any]) -> Any:
        self._points.reached(f"before {name}")
        self._before()
        try:
            answer = request()
        except PlatformError:
            self._answered(name)
            raise
        self._answered(name)
        return answer

    def _answered(self, name: str) -> None:
        self._after()
        self._points.reached(f"after {name}")

    def publish(self, *what: Any) -> Any:
        return self._asked("publish", lambda: self._platform.publish(*what))

    def reshare(self, *what: Any) -> Any:
        return self._asked("reshare", lambda: self._platform.reshare(*what))

    def fetch(self, *what: Any) -> Any:
        return self._asked("fetch", lambda: self._platform.fetch(*what))

    def undo_post(self, *what: Any) -> Any:
        return self._asked("undo_post", lambda: self._platform.undo_post(*what))

    def undo_reshare(self, *what: Any) -> Any:
        return self._asked("undo_reshare", lambda: self._platform.undo_reshare(*what))

    def own_posts(self, *what: Any) -> Any:
        return self._asked("own_posts", lambda: self._platform.own_posts(*what))

    def upload(self, *what: Any) -> Any:
        return self._asked("upload", lambda: self._platform.upload(*what))

    def is_ready(self, *what: Any) -> Any:
        return self._asked("is_ready", lambda: self._platform.is_ready(*what))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)


class Impatient:
    """Locks for which nobody waits: in one thread, whoever holds a lock could never let go of it meanwhile."""

    def __init__(self, locks: Locks) -> None:
        self._locks = locks

    def hold(self, name: LockName, wait: float = 0.0) -> AbstractContextManager[bool]:
        return self._locks.hold(name)

    def held(self, names: Iterable[LockName]) -> frozenset[str]:
        return self._locks.held(names)

    def close(self) -> None:
        self._locks.close()
