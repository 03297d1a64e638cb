"""All that a worker listens to, begun and ended as accounts and hashtags come and go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from functools import partial

from bot.platforms.base import Stream
from bot.services.work import Work
from bot.streams.listener import Ears, Listener

JOIN_WITHIN = 1.0
"""Seconds that all threads together are given to end; one that hangs in a name server does not hold up the end."""

Key = tuple[str, str]
"""An account and a source of it."""


class Listeners:
    """All listeners of a worker; one whose account was made anew is made anew too."""

    def __init__(self, announced: Callable[[Key], None], failed: Callable[[Exception], None]) -> None:
        self._announced, self._failed = announced, failed
        self._running: dict[Key, tuple[object, Listener]] = {}
        self._ending: list[Listener] = []
        self._said: set[str] = set()
        self._guard = threading.Lock()
        self._is_over = False

    def renew(self, work: Work, wanted: Iterable[tuple[str, object, Stream]]) -> None:
        """Listen to these, each with its account and the adapter it is of, and to no others."""
        found = {(account, stream.source): (origin, stream) for account, origin, stream in wanted}
        with self._guard:
            for key, (origin, listener) in list(self._running.items()):
                if key not in found or found[key][0] is not origin:
                    del self._running[key]
                    self._end(listener)
            self._ending = [one for one in self._ending if one.is_alive]
            for key, (origin, stream) in found.items():
                if key not in self._running and not self._is_over:
                    self._running[key] = origin, self._started(work, key, stream)

    def of(self, key: Key) -> Listener | None:
        """The one that listens for a source, if there is one."""
        found = self._running.get(key)
        return found[1] if found else None

    def end(self) -> None:
        """End them all, within a second."""
        with self._guard:
            self._is_over = True
            for _, listener in self._running.values():
                self._end(listener)
            self._running.clear()
        until = time.monotonic() + JOIN_WITHIN
        for listener in self._ending:
            listener.join(max(until - time.monotonic(), 0.0))

    def _end(self, listener: Listener) -> None:
        listener.end()
        self._ending.append(listener)

    def _started(self, work: Work, key: Key, stream: Stream) -> Listener:
        def off(reason: str) -> None:
            if reason not in self._said:
                self._said.add(reason)
                work.tell("stream_off", f"{reason} What is posted is found by looking, as often as without streams")

        listener = Listener(work, stream, Ears(partial(self._announced, key), self._failed, off))
        listener.start()
        return listener
