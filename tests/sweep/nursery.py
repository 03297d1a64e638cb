"""The test's end of the fork servers: several of them side by side, one for each core that is ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from tests.harness.one_certificate import VARIABLE, one_certificate
from tests.sweep.children import WAITING
from tests.sweep.jobs import Job, Result
from tests.sweep.trace import PROJECT, Step


class Nursery:
    """Fork servers; a context manager. `folder` is where they work, best on a disk that is memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.dry_runs: dict[tuple[str, str], tuple[Step, ...]] = {}
        """What tests keep here of lives that nobody ended."""

    def __enter__(self) -> Self:
        environment = {**os.environ, VARIABLE: one_certificate()}
        for number in range(_share_of_cores()):
            command = [sys.executable, "-m", "tests.sweep.forks", str(self._folder / f"forks-{number}")]
            self._processes.append(
                subprocess.Popen(command, cwd=PROJECT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()

    def do(self, job: Job, when_waiting: Callable[[], object] = lambda: None) -> Result:
        """One case; `when_waiting` returns when the life that waits for an answer is to be killed."""
        return _do(self._processes[0], job, when_waiting)

    def do_all(self, jobs: Sequence[Job]) -> list[Result]:
        """All cases, in the order of the jobs, as many at a time as there are cores."""
        free = list(self._processes)

        def do(job: Job) -> Result:
            process = free.pop()
            try:
                return _do(process, job, lambda: None)
            finally:
                free.append(process)

        with ThreadPoolExecutor(len(self._processes)) as pool:
            return list(pool.map(do, jobs))


def _share_of_cores() -> int:
    """The cores that are ours when pytest itself runs in several processes."""
    return max(1, (os.cpu_count() or 1) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _do(process: subprocess.Popen[bytes], job: Job, when_waiting: Callable[[], object]) -> Result:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(job) + b"\n")
    process.stdin.flush()
    while (line := process.stdout.readline()) == WAITING:
        when_waiting()
        process.stdin.write(b"now\n")
        process.stdin.flush()
    assert line, "the fork server has ended: a life hung, or see its traceback above"
    return msgspec.json.decode(line, type=Result)
