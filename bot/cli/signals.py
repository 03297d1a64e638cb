"""SIGTERM and SIGINT ask the work to end; they never interrupt it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ASKING = frozenset({signal.SIGTERM, signal.SIGINT})


def wait_with_signals() -> None:
    """Block these signals until somebody asks for them; to be called before any thread is made."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _ASKING)


@contextmanager
def set_by_signals(stopping: threading.Event) -> Iterator[None]:
    """Set the event when a signal comes, or has come since `wait_with_signals`; further ones change nothing.

    A thread waits for them: a handler would run in the midst of the main thread, which may just hold the event's lock.
    """
    is_over = threading.Event()

    def listen() -> None:
        while not is_over.is_set():
            signal.sigwait(_ASKING)
            if not is_over.is_set():
                stopping.set()

    listener = threading.Thread(target=listen, name="signals", daemon=True)
    listener.start()
    try:
        yield
    finally:
        is_over.set()
        signal.pthread_kill(listener.ident or 0, signal.SIGTERM)
        listener.join()
