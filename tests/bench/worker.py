"""The real `bot run`, a process of its own on the real clock, and what the kernel says of its memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

STOP_S = 20.0


class RunningWorker:
    """`with RunningWorker(bot_toml, secrets):`; its log goes into a file beside `bot.toml`."""

    def __init__(self, config: Path, environment: dict[str, str]) -> None:
        self._command = [sys.executable, "-m", "bot", "run", "--config", str(config)]
        self._environment = {**os.environ, **environment}
        self.log = config.parent / "worker.log"

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def memory(self) -> tuple[float, float]:
        """What it holds now and the most it ever held, in MB (10^6 bytes)."""
        return memory_of(self._process.pid)


def memory_of(pid: int | str) -> tuple[float, float]:
    """VmRSS and VmHWM of a process, in MB (10^6 bytes)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = {
        name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if "Vm" in name
    }
    return kilobytes["VmRSS"] * 1.024e-3, kilobytes["VmHWM"] * 1.024e-3
