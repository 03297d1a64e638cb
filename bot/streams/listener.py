"""Listening to one stream in a thread of its own, which says when something is there, and ends when told to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.circuit import backoff
from bot.domain.stream import KnownStream, StreamState
from bot.errors import Answer, PlatformError
from bot.platforms.base import Stream
from bot.services.work import Work
from bot.store import streams

LOCK_WAIT = 0.5
"""Seconds to wait for one of ours that is just letting a stream go."""

LOOK_AGAIN = timedelta(seconds=20)
"""How often to see whether the worker that listens to a stream is still there."""

OFF_FOR = timedelta(hours=1)
STEADY = timedelta(minutes=1)
"""A stream that was open for so long was well: what happens then is a new trouble."""

WRITE_EVERY = timedelta(seconds=30)
WRITE_EVENTS_EVERY = timedelta(seconds=10)

BREATH = 0.05
"""Seconds between two pieces of a stream, so that a flood fills the server's buffers and not our time."""

MOST_UNANNOUNCED = 3
"""Finds in a row that a stream did not announce, after which it is taken for silent."""


@dataclass(frozen=True)
class Ears:
    """What a listener calls in its own thread.

    `announced` when something is there, or may have been missed; `failed` with an error that nobody thought of; `off`
    with the reason why a server is left alone.
    """

    announced: Callable[[], None]
    failed: Callable[[Exception], None]
    off: Callable[[str], None]


class Listener:
    """Listens to one stream while no other worker does; whatever becomes of it, it is tried again."""

    def __init__(self, work: Work, stream: Stream, ears: Ears) -> None:
        self._work, self._stream, self._ears = work, stream, ears
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
        """Have it end soon."""
        self._ended.set()
        self._stream.hang_up()

    def join(self, seconds: float) -> None:
        """Wait until it has ended, so many seconds at the most."""
        self._thread.join(seconds)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def found_unannounced(self, last_read: datetime | None) -> None:
        """A reading in turn found posts; they had to be announced if this was open before `last_read` (UTC)."""
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
        """A thread that died of an error would be silence that nobody notices."""
        while not self._ended.is_set():
            try:
                wait = self._listen_alone()
            except Exception as error:
                self._ears.failed(error)
                wait = LOOK_AGAIN
            self._ended.wait(wait.total_seconds())

    def _listen_alone(self) -> timedelta:
        """Listens until it is over, unless another worker does; gives how long to wait then."""
        with self._work.locks.hold(f"stream-{self._stream.source}", LOCK_WAIT) as ours:
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
        """Until it is told to end; raises PlatformError as soon as the stream is over."""
        with closing(self._stream.listen()) as signs:
            for is_event in signs:
                if self._ended.is_set():
                    break
                self._heard(is_event=is_event)
                self._ended.wait(BREATH)
        self._write(StreamState.LOST, "nobody listens to it any more")

    def _heard(self, *, is_event: bool) -> None:
        now, before = self._work.clock(), self._known.event_at
        was_open, was_silent = self._open_since is not None, self._is_silent
        with self._guard:
            self._open_since = self._open_since or now
            if is_event:
                self._unannounced, self._is_silent = 0, False
        if is_event or (not was_open and self._failures):  # a stream says nothing of what came while it was lost
            self._ears.announced()
        if is_event:
            self._known = replace(self._known, event_at=now)
        is_news = not was_open or was_silent is not self._is_silent
        is_awaited = is_event and _is_past(before, WRITE_EVENTS_EVERY, now)
        if is_news or is_awaited or _is_past(self._written_at, WRITE_EVERY, now):
            state = StreamState.SILENT if self._is_silent else StreamState.OPEN
            self._write(state, self._known.reason if self._is_silent else "", heard_at=now)

    def _over(self, error: PlatformError) -> timedelta:
        """What the end of a stream means; gives how long to leave it alone."""
        now = self._work.clock()
        if self._ended.is_set():
            self._write(StreamState.LOST, "nobody listens to it any more")
            return timedelta(0)
        if error.answer is Answer.REJECTED:
            self._ears.off(str(error))
            self._write(StreamState.OFF, str(error))
            return OFF_FOR
        was_steady = self._open_since is not None and now - self._open_since >= STEADY and not self._is_silent
        self._failures = 1 if was_steady else self._failures + 1
        if self._is_silent:
            self._say_silent()
        else:
            self._write(StreamState.LOST, str(error))
        return max(backoff(self._failures), (error.retry_at or now) - now)

    def _say_silent(self) -> None:
        reason = "it did not announce posts that were there"
        if self._known.state is not StreamState.SILENT:
            self._work.tell("stream_silent", f"the stream of {self._stream.source} is opened anew: {reason}")
        self._write(StreamState.SILENT, reason)

    def _write(self, state: StreamState, reason: str, heard_at: datetime | None = None) -> None:
        now, known = self._work.clock(), self._known
        since = known.since if state is known.state else now
        self._known = replace(known, state=state, since=since, reason=reason, heard_at=heard_at or known.heard_at)
        self._written_at = now
        with self._work.store.begin() as tx:
            streams.save(tx, self._known)


def _is_past(last: datetime | None, wait: timedelta, now: datetime) -> bool:
    """Whether so long has gone by since then; a clock that was set back counts as time gone by."""
    return last is None or not last <= now < last + wait
