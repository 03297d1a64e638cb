"""A server's process as whoever started it holds it."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 60.0


class ServerProcess:
    """A server that runs, at `url`, until it is ended, or this process is. Raise RuntimeError if it does not start."""

    def __init__(self, module: str, options: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> None:
        forks = _forks()
        assert forks.stdin is not None
        assert forks.stdout is not None
        forks.stdin.write(json.dumps({"module": module, "environment": environment or {}, "options": options}) + "\n")
        forks.stdin.flush()
        is_there, _, _ = select.select([forks.stdout], [], [], _PATIENCE_S)
        answer = forks.stdout.readline() if is_there else ""
        if not answer:
            raise RuntimeError(f"{module} did not start")
        told = json.loads(answer)
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


@cache
def _forks() -> subprocess.Popen[str]:
    """Return the one of this process, started when it is first needed."""
    command = [sys.executable, "-m", "tests.servers.preloaded"]
    forks = subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    atexit.register(forks.communicate)
    return forks
