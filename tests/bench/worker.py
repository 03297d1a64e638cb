"""The real `bot run`, a process of its own on the real clock: its log, its end, and what the kernel says of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

STOP_S = 20.0


class RunningWorker:
    """`with RunningWorker(bot_toml, secrets):`; its log goes into a file beside `bot.toml`, one JSON object a line."""

    def __init__(self, config: Path, environment: dict[str, str]) -> None:
        self._command = [sys.executable, "-m", "bot", "run", "--config", str(config), "--log", "json"]
        self._environment = {**os.environ, **environment}
        self._log = config.parent / "worker.log"
        self.started = 0.0
        """When its program was called last (Unix seconds)."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def start(self) -> None:
        """Call the program."""
        with self._log.open("ab") as log:
            self.started = time.time()
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.kill()
        self._process.wait()

    def events(self) -> list[dict[str, Any]]:
        """What its log says so far; what is no event (a library's warning) is left out."""
        lines = (line for line in self._log.read_text().splitlines() if line.startswith("{"))
        return [json.loads(line) for line in lines]

    def memory(self) -> tuple[float, float]:
        """What it holds now and the most it ever held, in MB (10^6 bytes)."""
        return memory_of(self._process.pid)

    def threads(self) -> int:
        """How many threads it has now."""
        return len(list(Path(f"/proc/{self._process.pid}/task").iterdir()))

    def processor(self) -> float:
        """How many seconds of processor it has taken."""
        return processor_of(self._process.pid)


def memory_of(pid: int | str) -> tuple[float, float]:
    """VmRSS and VmHWM of a process, in MB (10^6 bytes)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = {
        name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if "Vm" in name
    }
    return kilobytes["VmRSS"] * 1.024e-3, kilobytes["VmHWM"] * 1.024e-3


_BY_SCHEDULER = 2
"""The clock of a process that counts by the scheduler, as `clock_getcpuclockid` of the C library makes its number."""


def processor_of(pid: int) -> float:
    """How many seconds of processor a process has taken, all its threads together."""
    return time.clock_gettime(~pid << 3 | _BY_SCHEDULER)
