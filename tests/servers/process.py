"""A server's process as whoever started it holds it."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Mapping
from typing import Any

from tests.harness.preloaded import SERVERS, preloaded

_PATIENCE_S = 60.0


class ServerProcess:
    """A server that runs, at `url`, until it is ended, or this process is. Raise RuntimeError if it does not start."""

    def __init__(self, module: str, options: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> None:
        told = preloaded(SERVERS).ask(module=module, environment=environment or {}, options=options)
        self.url: str = told["url"]
        self._pid: int = told["pid"]
        self._watched = os.pidfd_open(self._pid)

    @property
    def is_alive(self) -> bool:
        return not self._is_over(0)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal and wait for the end; whoever does not listen is killed. Do it once."""
        for each in (number, signal.SIGKILL):
            if not self._is_over(0):
                signal.pidfd_send_signal(self._watched, each)
                self._is_over(_PATIENCE_S / 12)
        os.close(self._watched)

    def _is_over(self, patience: float) -> bool:
        return bool(select.select([self._watched], [], [], patience)[0])
