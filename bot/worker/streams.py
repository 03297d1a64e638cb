"""Streams: each listened to in a thread of its own, begun and ended as accounts and hashtags come and go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.causes import CauseCode, because
from bot.domain.delivery import backoff
from bot.domain.polling import KnownStream, StreamState
from bot.errors import Outcome, PlatformError
from bot.platforms.base import Stream
from bot.services.events import EventName
from bot.services.work import Work
from bot.store import sources
from bot.store.engine import stream_lock
from bot.values import dataclass

LOCK_WAIT = 0.5
"""Seconds to wait for one of ours that is just letting a stream go."""

LOOK_AGAIN = timedelta(seconds=20)
"""How often to see whether the worker that listens to a stream is still there."""

OFF_FOR = timedelta(hours=1)
STEADY = timedelta(minutes=1)
"""A stream that was open for this long was well: what happens then is a new trouble."""

WRITE_EVERY = timedelta(seconds=30)
WRITE_EVENTS_EVERY = timedelta(seconds=10)

BREATH = 0.05
"""Seconds between two pieces of a stream, so that a flood fills the server's buffers and not our time."""

MOST_UNANNOUNCED = 3
"""Finds in a row that a stream did not announce, after which it is taken for silent."""


@dataclass(frozen=True)
class StreamCallbacks:
    """What a listener calls in its own thread.

    `announced` when something is there, or may have been missed; `failed` with an error that nobody thought of; `off`
    with the reason why a server is left alone.
    """

    announced: Callable[[], None]
    failed: Callable[[Exception], None]
    off: Callable[[str], None]


class StreamListener:
    """Listens to one stream while no other worker does; whatever becomes of it, it is tried again."""

    def __init__(self, work: Work, stream: Stream, callbacks: StreamCallbacks) -> None:
        self._work, self._stream, self._callbacks = work, stream, callbacks
        self._ended = threading.Event()
        self._guard = threading.Lock()
        self._unannounced = self._failures = 0
        self._is_silent = False
        self._open_since: datetime | None = None
        self._known = KnownStream(stream.source, StreamState.LOST, work.clock())
        self._written_at: datetime | None = None
        self._thread = threading.Thread(target=self._run, name=f"stream {stream.source}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Ask the listener to end soon."""
        self._ended.set()
        self._stream.hang_up()

    def join(self, seconds: float) -> None:
        """Wait until the listener has ended, for this many seconds at most."""
        self._thread.join(seconds)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def found_unannounced(self, last_read: datetime | None) -> None:
        """Note that a reading in turn found posts, which had to be announced if this was open before
        `last_read` (UTC)."""
        with self._guard:
            since = self._open_since
            if since is None or last_read is None or last_read < since:
                return
            self._unannounced += 1
            if self._unannounced < MOST_UNANNOUNCED:
                return
            self._unannounced, self._is_silent = 0, True
        self._stream.hang_up()

    def _run(self) -> None:
        """Listen until told to end, whatever goes wrong: a thread that died of an error would be silence that nobody
        notices."""
        while not self._ended.is_set():
            try:
                wait = self._listen_alone()
            except Exception as error:
                self._callbacks.failed(error)
                wait = LOOK_AGAIN
            self._ended.wait(wait.total_seconds())

    def _listen_alone(self) -> timedelta:
        """Listen until it is over, unless another worker does, and return how long to wait then."""
        with self._work.locks.hold(stream_lock(self._stream.source), LOCK_WAIT) as ours:
            if not ours or self._ended.is_set():
                return LOOK_AGAIN
            try:
                self._listen()
                return timedelta(0)
            except PlatformError as error:
                return self._over(error)
            finally:
                with self._guard:
                    self._open_since = None

    def _listen(self) -> None:
        """Listen until told to end. Raise PlatformError as soon as the stream is over."""
        with closing(self._stream.listen()) as signs:
            for is_event in signs:
                if self._ended.is_set():
                    break
                self._heard(is_event=is_event)
                self._ended.wait(BREATH)
        self._write(StreamState.LOST, because(CauseCode.NOBODY_LISTENS))

    def _heard(self, *, is_event: bool) -> None:
        now, before = self._work.clock(), self._known.event_at
        was_open, was_silent = self._open_since is not None, self._is_silent
        with self._guard:
            self._open_since = self._open_since or now
            if is_event:
                self._unannounced, self._is_silent = 0, False
        if is_event or not was_open:  # a stream says nothing of what came before it was open
            self._callbacks.announced()
        if is_event:
            self._known = replace(self._known, event_at=now)
        is_news = not was_open or was_silent is not self._is_silent
        is_awaited = is_event and _is_past(before, WRITE_EVENTS_EVERY, now)
        if is_news or is_awaited or _is_past(self._written_at, WRITE_EVERY, now):
            state = StreamState.SILENT if self._is_silent else StreamState.OPEN
            self._write(state, self._known.reason if self._is_silent else "", heard_at=now)

    def _over(self, error: PlatformError) -> timedelta:
        """Return what the end of a stream means, and return how long to leave it alone."""
        now = self._work.clock()
        if self._ended.is_set():
            self._write(StreamState.LOST, because(CauseCode.NOBODY_LISTENS))
            return timedelta(0)
        if error.answer is Outcome.REJECTED:
            self._callbacks.off(error.cause)
            self._write(StreamState.OFF, error.cause)
            return OFF_FOR
        was_steady = self._open_since is not None and now - self._open_since >= STEADY and not self._is_silent
        self._failures = 1 if was_steady else self._failures + 1
        if self._is_silent:
            self._say_silent()
        else:
            self._write(StreamState.LOST, error.cause)
        return max(backoff(self._failures), (error.retry_at or now) - now)

    def _say_silent(self) -> None:
        reason = because(CauseCode.STREAM_SILENT)
        if self._known.state is not StreamState.SILENT:
            self._work.tell(EventName.STREAM_SILENT, source=self._stream.source, error=reason)
        self._write(StreamState.SILENT, reason)

    def _write(self, state: StreamState, reason: str, heard_at: datetime | None = None) -> None:
        now, stream = self._work.clock(), self._known
        since = stream.since if state is stream.state else now
        self._known = replace(stream, state=state, since=since, reason=reason, heard_at=heard_at or stream.heard_at)
        self._written_at = now
        with self._work.store.begin() as tx:
            sources.save_stream(tx, self._known)


def _is_past(last: datetime | None, wait: timedelta, now: datetime) -> bool:
    """Return whether this much time has gone by since then; a clock that was set back counts as time gone by."""
    return last is None or not last <= now < last + wait


JOIN_WITHIN = 1.0
"""Seconds that all threads together are given to end; one that hangs in a name server does not hold up the end."""

Key = tuple[str, str]
"""An account and a source of it."""


class StreamListeners:
    """All listeners of a worker; one whose account was made again is made again too."""

    def __init__(self, announced: Callable[[Key], None], failed: Callable[[Exception], None]) -> None:
        self._announced, self._failed = announced, failed
        self._running: dict[Key, tuple[object, StreamListener]] = {}
        self._ending: list[StreamListener] = []
        self._said: set[str] = set()
        self._guard = threading.Lock()
        self._is_over = False

    def renew(self, work: Work, wanted: Iterable[tuple[str, object, Stream]]) -> None:
        """Listen to these, each with its account and the adapter it is of, and to no others."""
        by_key = {(account, stream.source): (origin, stream) for account, origin, stream in wanted}
        with self._guard:
            for key, (origin, listener) in list(self._running.items()):
                if key not in by_key or by_key[key][0] is not origin:
                    del self._running[key]
                    self._end(listener)
            self._ending = [listener for listener in self._ending if listener.is_alive]
            for key, (origin, stream) in by_key.items():
                if key not in self._running and not self._is_over:
                    self._running[key] = origin, self._started(work, key, stream)

    def of(self, key: Key) -> StreamListener | None:
        """Return the one that listens for a source, if there is one."""
        running = self._running.get(key)
        return running[1] if running else None

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

    def _end(self, listener: StreamListener) -> None:
        listener.end()
        self._ending.append(listener)

    def _started(self, work: Work, key: Key, stream: Stream) -> StreamListener:
        def off(reason: str) -> None:
            if reason not in self._said:
                self._said.add(reason)
                work.tell(EventName.STREAM_OFF, error=reason)

        listener = StreamListener(work, stream, StreamCallbacks(partial(self._announced, key), self._failed, off))
        listener.start()
        return listener
