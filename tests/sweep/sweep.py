"""The sweep itself: a dry run to learn the lines, a case for each of them, and the ledger's verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.sweep import scene as scenes
from tests.sweep.jobs import Design, Job, Life, Result
from tests.sweep.judge import Verdict, judged
from tests.sweep.nursery import Nursery
from tests.sweep.places import Place, opened
from tests.sweep.scene import Scene
from tests.sweep.trace import Point, Step


@dataclass(frozen=True)
class Sweep:
    """One scene in one place, for as many cases as are wanted."""

    place: Place
    scene: Scene
    nursery: Nursery
    store: Path
    theirs: str
    design: Design = Design.OURS

    def dry_run(self) -> tuple[Step, ...]:
        """Every line of a life that nobody ends. Raises AssertionError when even that goes wrong."""
        job = self._job(Life(is_watched=True))
        result = self.nursery.do(job)
        (verdict,) = self._judged(["the dry run"], [job], [result])
        assert verdict.is_right, str(verdict)
        return result.steps

    def kill(self, points: Sequence[Point]) -> list[Verdict]:
        """A case for each point, judged."""
        return self.lives([(str(point), (Life(dies_at=point),)) for point in points])

    def lives(self, cases: Sequence[tuple[str, tuple[Life, ...]]]) -> list[Verdict]:
        """Cases by name, each with the lives that are to be cut short, judged."""
        jobs = [self._job(*lives) for _, lives in cases]
        return self._judged([name for name, _ in cases], jobs, self.nursery.do_all(jobs))

    def _job(self, *lives: Life) -> Job:
        return Job(str(self.store), self.place.newcomer(), datetime.now(UTC), lives, self.design)

    def _judged(self, names: Sequence[str], jobs: Sequence[Job], results: Sequence[Result]) -> list[Verdict]:
        books = self.place.books([job.access for job in jobs])
        cases = zip(names, books, results, strict=True)
        return [judged(name, self.scene, self.theirs, book, result) for name, book, result in cases]


def swept(place: Place, scene: Scene, nursery: Nursery, folder: Path, design: Design = Design.OURS) -> Sweep:
    """Set the scene in a place, once for all cases."""
    theirs = place.theirs() if scene is Scene.RESHARE else ""
    store = folder / "template.db"
    access = place.newcomer()
    now = datetime.now(UTC)
    config, platform = opened(access, lambda: now)
    seen = platform.fetch(theirs) if theirs else None
    assert bool(seen) is bool(theirs), "the post to be reshared cannot be seen"
    scenes.set_scene(store, scene, config, seen, now)
    platform.close()
    return Sweep(place, scene, nursery, store, theirs, design)
