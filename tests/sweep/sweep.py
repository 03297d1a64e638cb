"""The sweep itself: a dry run to learn the lines, a case for each of them, and the ledger's verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.post import SeenPost
from tests.sweep import scene as scenes
from tests.sweep.jobs import Design, Job, Life, Result
from tests.sweep.judge import Verdict, judged
from tests.sweep.nursery import Nursery
from tests.sweep.places import Access, Place, opened
from tests.sweep.scene import Scene
from tests.sweep.trace import Point, Step

BEHIND = timedelta(minutes=5)
"""How far the hands of a case's clock are behind the servers', so that they never get far ahead of them."""

OVERDUE = timedelta(hours=1)

LIVES_FOR_A_LINE = 3
"""How often a line is tried before it counts as one that could not be reached."""


@dataclass(frozen=True)
class Sweep:
    """One scene in one place, for as many cases as are wanted."""

    place: Place
    scene: Scene
    nursery: Nursery
    store: Path
    theirs: SeenPost | None
    design: Design = Design.OURS
    server: str = ""
    """The address of the PostgreSQL server that the stores are on; "" for SQLite."""

    def dry_run(self, *before: Life) -> tuple[Step, ...]:
        """Every line of a life that nobody ends, after those `before`. Raises AssertionError when even that fails, or
        loads a module, which later lives would not come by."""
        job = self._job(*before, Life(is_watched=True))
        result = self.nursery.do(job)
        (verdict,) = self._judged(["the dry run"], [job], [result])
        assert (result.ends[-1], verdict.doubled, verdict.lost) == (0, (), ()), str(verdict)
        loaded = {step.file for step in result.steps if step.function == "<module>"}
        assert not loaded, f"load these in tests/sweep/places.py, before there are lives: {loaded}"
        return result.steps

    def kill(self, points: Sequence[Point], *before: Life) -> list[Verdict]:
        """A case for each point, after the lives `before`, judged."""
        return self.strike(points, lambda point: Life(dies_at=point), *before)

    def strike(self, points: Sequence[Point], life: Callable[[Point], Life], *before: Life) -> list[Verdict]:
        """A case for each point, whose last early life is struck there as `life` says, judged.

        A line that a life happened not to come by (a connection that was still open, a file that had not changed)
        is tried again in another life; both are judged.
        """
        verdicts: list[Verdict] = []
        left = list(points)
        for _ in range(LIVES_FOR_A_LINE):
            made = self.lives([(str(point), (*before, life(point))) for point in left])
            missed = [place for place, verdict in enumerate(made) if verdict.is_right and not verdict.struck]
            verdicts += [verdict for place, verdict in enumerate(made) if place not in missed]
            left = [left[place] for place in missed]
            if not left:
                return verdicts
        return verdicts + [made[place] for place in missed]

    def kill_waiting(self, name: str, when_waiting: Callable[[Access], object]) -> Verdict:
        """One case that is killed from outside, while it waits for an answer, once `when_waiting` has returned."""
        job = self._job(Life(dies_waiting=True))
        result = self.nursery.do(job, lambda: when_waiting(job.access))
        (verdict,) = self._judged([name], [job], [result])
        return verdict

    def lives(self, cases: Sequence[tuple[str, tuple[Life, ...]]]) -> list[Verdict]:
        """Cases by name, each with the lives that are to be cut short, judged."""
        jobs = [self._job(*lives) for _, lives in cases]
        return self._judged([name for name, _ in cases], jobs, self.nursery.do_all(jobs))

    def _job(self, *lives: Life) -> Job:
        now = datetime.now(UTC) - BEHIND
        return Job(str(self.store), self.place.newcomer(), now, lives, self.design, self.server)

    def _judged(self, names: Sequence[str], jobs: Sequence[Job], results: Sequence[Result]) -> list[Verdict]:
        books = self.place.books([job.access for job in jobs])
        cases = zip(names, books, results, strict=True)
        return [judged(name, self.scene, self.theirs, book, result) for name, book, result in cases]


def swept(
    place: Place, scene: Scene, nursery: Nursery, folder: Path, design: Design = Design.OURS, server: str = ""
) -> Sweep:
    """Set the scene in a place, once for all cases. `server` is that of PostgreSQL, "" for SQLite."""
    store = folder / "template.db"
    now = datetime.now(UTC) - OVERDUE
    uri = place.theirs() if scene is Scene.RESHARE else ""
    config, platform = opened(place.newcomer(), lambda: now)
    theirs = platform.fetch(uri) if uri else None
    platform.close()
    assert bool(theirs) is bool(uri), "the post to be reshared cannot be seen"
    scenes.set_scene(store, scene, config, theirs, now)
    return Sweep(place, scene, nursery, store, theirs, design, server)
