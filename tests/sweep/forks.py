"""A process with everything loaded that forks a worker for each life, so that a case costs milliseconds.

It holds no connection and no thread when it forks: each child opens its own store, files and sockets. The last life,
which goes on to the end, is lived here: a process that knows nothing of the one that died. Run by `tests.sweep.nursery`
as `python -m tests.sweep.forks FOLDER`; jobs come in by standard input, results go out by standard output.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from bot.domain.campaign import PlatformName
from bot.store.store import Store, sqlite_url
from tests.sweep import scene, trace
from tests.sweep.jobs import Job, Outcome, Result
from tests.sweep.life import BETWEEN_LIVES, Worker
from tests.sweep.scene import Scene, config_of
from tests.sweep.trace import Step

LONGEST_LIFE = 60
"""Seconds after which a life that hangs is ended, and the case fails."""

WAITING = b"waiting\n"


def main() -> None:
    """Take jobs until there are no more."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    forks = Forks(folder)
    forks.warm_up()
    for line in sys.stdin.buffer:
        result = forks.do(msgspec.json.decode(line, type=Job))
        sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
        sys.stdout.buffer.flush()


class Forks:
    """The parent of all lives, one after another, on one store file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "groundswell.db"
        self._store: Store | None = None

    def do(self, job: Job) -> Result:
        """One case from its first life to its outcome."""
        store = self._fresh_store(Path(job.store))
        ends: list[int] = []
        steps: tuple[Step, ...] = ()
        for number, life in enumerate(job.lives):
            child, pipe = _fork(partial(self._lived, job, store, number))
            if life.dies_waiting:
                _kill_when_told(child)
            told, end = _ended(child, pipe)
            ends.append(end)
            steps += told.steps
            if told.failed:
                return Result(tuple(ends), told)
        outcome = _guarded(partial(self._lived_to_the_end, job, store))
        store.close()
        return Result(tuple(ends), outcome, steps)

    def _lived(self, job: Job, store: Store, number: int) -> Outcome:
        life, steps = job.lives[number], list[Step]()
        worker = self._worker(job, store, number)
        if life.is_watched:
            trace.recording(steps)
        elif life.dies_at is not None:
            trace.dying_at(life.dies_at)
        worker.work_off()
        sys.settrace(None)
        return Outcome(steps=tuple(steps))

    def _lived_to_the_end(self, job: Job, store: Store) -> Outcome:
        with self._worker(job, store, len(job.lives)) as worker:
            worker.work_off()
            return worker.outcome()

    def warm_up(self) -> None:
        """Deliver once in this very process, on an embedded network: what that loads and compiles, no child has to."""
        access = {"platform": "rehearsal", "journal": str(self._folder / "warm-up.jsonl")}
        now = datetime.now(UTC)
        template = self._folder / "warm-up.db"
        scene.set_scene(template, Scene.POST, config_of(PlatformName.REHEARSAL, ""), None, now)
        self.do(Job(str(template), access, now))
        gc.collect()
        gc.freeze()

    def _fresh_store(self, template: Path) -> Store:
        """The case's own copy. The engine outlives the case, its connections do not: it only keeps compiled SQL."""
        for ending in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + ending).unlink(missing_ok=True)
        shutil.copyfile(template, self._file)
        if self._store is None:
            self._store = Store.open(sqlite_url(self._file))
        return self._store

    def _worker(self, job: Job, store: Store, number: int) -> Worker:
        return Worker(job, store, self._folder, job.now + number * BETWEEN_LIVES)


def _fork(run: Callable[[], Outcome]) -> tuple[int, int]:
    """Run in a child; gives its process id, and where its outcome can be read."""
    readable, writable = os.pipe()
    child = os.fork()
    if child:
        os.close(writable)
        return child, readable
    try:
        outcome = _guarded(run)
        with open(writable, "wb") as pipe:
            pipe.write(msgspec.json.encode(outcome))
        os._exit(0)
    finally:
        os._exit(1)


def _guarded(run: Callable[[], Outcome]) -> Outcome:
    """The outcome, or the traceback of what went wrong. A life that hangs ends this process, and with it the test."""
    signal.alarm(LONGEST_LIFE)
    try:
        return run()
    except Exception:
        return Outcome(failed=traceback.format_exc())
    finally:
        signal.alarm(0)


def _kill_when_told(child: int) -> None:
    sys.stdout.buffer.write(WAITING)
    sys.stdout.buffer.flush()
    sys.stdin.buffer.readline()
    os.kill(child, signal.SIGKILL)


def _ended(child: int, readable: int) -> tuple[Outcome, int]:
    with open(readable, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return msgspec.json.decode(told, type=Outcome) if told else Outcome(), os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
