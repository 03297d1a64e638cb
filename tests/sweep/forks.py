"""A process with everything loaded that forks a worker for each life, so that a case costs milliseconds.

It holds no connection and no thread when it forks: each child opens its own store, files and sockets. The last life,
which goes on to the end, is lived here: a process that knows nothing of the one that died. Run by `tests.sweep.nursery`
as `python -m tests.sweep.forks FOLDER`; jobs come in by standard input, results go out by standard output.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from bot.domain.campaign import PlatformName
from bot.store.store import Store
from tests.sweep import children, scene, trace, wrong
from tests.sweep.copies import Copies, Databases, Files
from tests.sweep.jobs import Design, Job, Life, Outcome, Result
from tests.sweep.life import HandClock, Worker
from tests.sweep.scene import Scene, config_of
from tests.sweep.trace import Point, Step
from tests.sweep.world import World

BETWEEN_LIVES = timedelta(seconds=90)
"""How long nobody lives: longer than any request takes."""


def main() -> None:
    """Take jobs until there are no more."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    forks = Forks(folder)
    forks.copies_on("")
    for line in sys.stdin.buffer:
        result = forks.do(msgspec.json.decode(line, type=Job))
        sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
        sys.stdout.buffer.flush()


class Forks:
    """The parent of all lives, one after another, on one store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock = HandClock()
        self._copies: dict[str, Copies] = {}

    def do(self, job: Job) -> Result:
        """One case from its first life to its outcome."""
        store = self.copies_on(job.server).fresh(Path(job.store))
        self._clock.now = job.now
        ends: list[int] = []
        steps: tuple[Step, ...] = ()
        all_struck = True
        for life in job.lives:
            told, end, struck = self._live(job, store, life)
            ends.append(end)
            steps += told.steps
            all_struck = all_struck and struck
            if told.failed:
                return Result(tuple(ends), told)
            self._clock.now += BETWEEN_LIVES
        outcome = children.guarded(partial(self._lived_to_the_end, job, store))
        store.close()
        return Result(tuple(ends), outcome, steps, all_struck)

    def _live(self, job: Job, store: Store, life: Life) -> tuple[Outcome, int, bool]:
        """One of the early lives: what it told, how it ended, and whether it was struck where it should be."""
        child, pipe = children.fork(partial(self._lived, job, store, life))
        if life.dies_waiting:
            children.kill_when_told(child)
        stopped, meanwhile = life.pauses_at is not None and children.has_stopped(child), Outcome()
        if stopped:
            self._clock.now += BETWEEN_LIVES
            meanwhile = children.guarded(partial(self._lived_meanwhile, job, store, life))
            store.close()
            os.kill(child, signal.SIGCONT)
        told, end = children.end_of(child, pipe)
        struck = stopped or told.struck or end == -signal.SIGKILL
        return meanwhile if meanwhile.failed else told, end, struck

    def _lived(self, job: Job, store: Store, life: Life) -> Outcome:
        steps, struck = list[Step](), list[Point]()
        worker = Worker(job, store, self._folder, self._clock, endures=bool(life.is_cut_at or life.pauses_at))
        if job.design is Design.SEND_HOWEVER_LATE:
            wrong.send_however_late()
        if life.is_watched:
            journals = [Path(job.access["journal"])] if "journal" in job.access else []
            world = World([*self._copies[job.server].files, *journals], store.engine, self._clock)
            trace.recording(steps, world, lambda: self._clock.looks)
        elif life.dies_at is not None:
            trace.dying_at(life.dies_at)
        elif life.pauses_at is not None:
            trace.pausing_at(life.pauses_at)
        elif life.is_cut_at is not None:
            self._cut_at(life.is_cut_at, job.server, struck)
        worker.work_off()
        sys.settrace(None)
        return Outcome(steps=tuple(steps), struck=bool(struck))

    def _cut_at(self, point: Point, server: str, struck: list[Point]) -> None:
        def cut() -> None:
            self._copies[server].cut()
            struck.append(point)

        trace.striking_at(point, cut)

    def _lived_meanwhile(self, job: Job, store: Store, life: Life) -> Outcome:
        """While a life is paused: another worker does all of its work, or must not where the lock is kept."""
        if life.loses_lock:
            self._copies[job.server].cut()
        with self._worker(job, store) as worker:
            if life.loses_lock:
                worker.work_off()
            elif not worker.is_kept_out():
                return Outcome(failed="another worker took over from one that was paused with its lock in its hands")
            return worker.outcome()

    def _lived_to_the_end(self, job: Job, store: Store) -> Outcome:
        with self._worker(job, store) as worker:
            worker.work_off()
            return worker.outcome()

    def _worker(self, job: Job, store: Store) -> Worker:
        return Worker(job, store, self._folder, self._clock)

    def copies_on(self, server: str) -> Copies:
        """Where the stores are that cases are lived on; "" for files, else the address of a PostgreSQL server."""
        if server not in self._copies:
            self._copies[server] = Databases(server) if server else Files(self._folder)
            self._warm_up(server)
        return self._copies[server]

    def _warm_up(self, server: str) -> None:
        """Deliver once in this very process, on an embedded network: what that loads and compiles, no child has to."""
        name = f"warm-up-{len(self._copies)}"
        access = {"platform": "rehearsal", "journal": str(self._folder / f"{name}.jsonl")}
        now = datetime.now(UTC)
        template = self._folder / f"{name}.db"
        scene.set_scene(template, Scene.POST, config_of(PlatformName.REHEARSAL, ""), None, now)
        self.do(Job(str(template), access, now, server=server))
        gc.collect()
        gc.freeze()


if __name__ == "__main__":
    main()
