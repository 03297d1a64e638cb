"""The last look at the clock, right before the bytes of a request leave: whoever slept until then sends nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from urllib3.connection import HTTPConnection

_thread = threading.local()


class TooLate(Exception):
    """The request must not leave any more: this process was asleep since it was recorded."""


@contextmanager
def leaving(is_too_late: Callable[[], bool]) -> Iterator[None]:
    """While the block runs, punctual connections ask this before each piece of what this thread sends."""
    _thread.is_too_late = is_too_late
    try:
        yield
    finally:
        del _thread.is_too_late


class Punctual(HTTPConnection):
    """A connection that looks at the clock when it is there, and sends nothing when it is too late.

    A request that lacks its last piece is none to any server, so that it counts as not sent. Only a sleep between this
    look and the kernel's taking the bytes goes unnoticed.
    """

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        is_too_late = getattr(_thread, "is_too_late", None)
        if is_too_late is not None and is_too_late():
            self.close()
            raise TooLate
        super().send(data)
