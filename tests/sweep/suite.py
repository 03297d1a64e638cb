"""The tests that every platform is put through; each platform's module says where.

What runs with `make test` kills before, between and after all the changes that outlive the process (a commit, a
request), and at one fixed sample of the lines between them, so that a run that failed fails again; `make test-long`
leaves no line out, and on Mastodon no time that it is executed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.sweep import points
from tests.sweep.jobs import Design, Life
from tests.sweep.judge import Verdict
from tests.sweep.nursery import Nursery
from tests.sweep.places import KEPT, Access, Effect, Place, WithAnswers
from tests.sweep.scene import Scene
from tests.sweep.sweep import Sweep, swept
from tests.sweep.trace import Point, Step

STRIDE = 512
OFFSET = int(os.environ.get("SWEEP_OFFSET", "0"))
"""Which of the lines between are in the sample: the same ones on every day, unless SWEEP_OFFSET says otherwise."""

SPREAD = 5
"""So many lines, evenly over the whole way, where another sweep has already killed at all of them."""

FEW = 6
"""So many, beside the two around the request, are enough to catch a design that is wrong."""

RECONCILE = "bot/services/sending/reconcile.py"


def _scenes(*each_time: Scene) -> pytest.MarkDecorator:
    """Return the mark of a test that `make test` goes through in these scenes, `make test-long` in both."""
    both = (Scene.THREAD, Scene.RESHARE)
    scenes = [each if each in each_time else pytest.param(each, marks=pytest.mark.long) for each in both]
    return pytest.mark.parametrize("scene", scenes)


BOTH_SCENES = _scenes(Scene.THREAD, Scene.RESHARE)
"""A thread passes all lines that a post passes, as a test here makes sure."""

MOSTLY_THREAD, MOSTLY_RESHARE = _scenes(Scene.THREAD), _scenes(Scene.RESHARE)
"""Where one scene each time is enough: what is different in the other one, another test here goes through."""

THREAD = pytest.mark.parametrize("scene", [Scene.THREAD])
RESHARE = pytest.mark.parametrize("scene", [Scene.RESHARE])
"""Of these lines a few are enough: the sweep of the whole recovery kills at all of them."""

EVERY_SCENE = pytest.mark.parametrize("scene", list(Scene))
"""Whoever recovers a post goes on with a file that is uploaded already, which no thread does here, and ends with it."""

ChosenPoint = Callable[[Sequence[Step]], Point]
AROUND_THE_REQUEST = pytest.mark.parametrize("died", [points.leaving, points.answered], ids=["leaving", "answered"])
"""Where it died the first time."""


def around_changes(steps: Sequence[Step]) -> list[Point]:
    """A line between each two changes, and the two around the request."""
    return list(dict.fromkeys([*points.of_each_change(steps), points.leaving(steps), points.answered(steps)]))


def in_short(steps: Sequence[Step]) -> list[Point]:
    """The same, and the sample of the others."""
    return list(dict.fromkeys([*around_changes(steps), *points.sampled(points.first(steps), STRIDE, OFFSET)]))


def few(sweep: Sweep, count: int) -> list[Verdict]:
    """What the sweep says of a design, from a few lines."""
    steps = sweep.dry_run()
    chosen = [*points.spread(points.first(steps), count), points.leaving(steps), points.answered(steps)]
    return sweep.kill(list(dict.fromkeys(chosen)))


FEWEST_REACHED = 50
"""One line in so many may not be come by again: a second life takes another turn where the first one had luck."""

SAMPLE = 10
"""Of so many lines, or more, one may be like that whatever their number."""


def assert_once(verdicts: Sequence[Verdict], what: str) -> None:
    """Every case was killed where it should be, and ended with all of it out exactly once."""
    print(f"{what}: {len(verdicts)} kills; SWEEP_OFFSET={OFFSET}")
    wrong = [str(verdict) for verdict in verdicts if not verdict.is_right]
    assert wrong == []
    unreached = [verdict.name for verdict in verdicts if not verdict.struck]
    print("not reached:", unreached)
    may_be_unreached = max(len(verdicts) // FEWEST_REACHED, int(len(verdicts) >= SAMPLE))
    assert len(unreached) <= may_be_unreached, unreached


class KilledOnce:
    """A process that dies while it delivers. Each platform's module has a fixture `place`."""

    def server(self) -> str:
        """The address of the PostgreSQL server that the stores are on; "" for SQLite."""
        return ""

    @pytest.fixture
    def sweep(self, place: Place, scene: Scene, nursery: Nursery, tmp_path: Path) -> Sweep:
        return swept(place, scene, nursery, tmp_path, server=self.server())

    @BOTH_SCENES
    def test_at_any_line_it_has_delivered_once_in_the_end(self, sweep: Sweep) -> None:
        assert_once(sweep.kill(self.in_short(self.steps(sweep))), sweep.scene)

    def steps(self, sweep: Sweep) -> tuple[Step, ...]:
        """Return every line of a life that nobody ends, which are the same ones for all tests of a class."""
        known = sweep.nursery.dry_runs
        if (key := (type(self).__name__, sweep.scene)) not in known:
            known[key] = sweep.dry_run()
        return known[key]

    def in_short(self, steps: Sequence[Step]) -> list[Point]:
        """The lines at which `make test` kills."""
        return in_short(steps)


class FoundOut:
    """Wrong designs, which must be found out. Each platform's module has a fixture `unprotected`: a place that forgives
    no mistake of ours."""

    doubles = frozenset(Scene)
    """What an unprotected server takes twice."""

    @MOSTLY_THREAD
    def test_by_a_design_that_retries_blindly_it_is_caught_delivering_twice(
        self, unprotected: Place, scene: Scene, nursery: Nursery, tmp_path: Path
    ) -> None:
        sweep = swept(unprotected, scene, nursery, tmp_path, Design.RETRY_BLINDLY)
        verdicts = few(sweep, FEW)
        assert any(verdict.doubled for verdict in verdicts) is (scene in self.doubles)
        assert [str(verdict) for verdict in verdicts if verdict.lost] == []

    @MOSTLY_RESHARE
    def test_by_a_design_that_forgets_first_and_then_sends_it_is_caught_losing(
        self, unprotected: Place, scene: Scene, nursery: Nursery, tmp_path: Path
    ) -> None:
        sweep = swept(unprotected, scene, nursery, tmp_path, Design.FORGET_FIRST)
        verdicts = few(sweep, FEW)
        assert any(verdict.lost for verdict in verdicts)
        assert [str(verdict) for verdict in verdicts if verdict.doubled] == []


class KilledAgain(KilledOnce):
    """The same; once more while what is left is picked up; and on the place that forgives nothing, `unprotected`."""

    @THREAD
    def test_a_thread_passes_every_line_that_a_post_passes(
        self, place: Place, sweep: Sweep, nursery: Nursery, tmp_path: Path
    ) -> None:
        (tmp_path / "post").mkdir()
        post = swept(place, Scene.POST, nursery, tmp_path / "post", server=self.server())
        of_a_thread = {(point.file, point.line) for point in points.first(self.steps(sweep))}
        of_a_post = {(point.file, point.line) for point in points.first(post.dry_run())}
        assert of_a_post - of_a_thread == set()

    @THREAD
    def test_again_while_it_looks_for_what_is_out_it_has_delivered_once_in_the_end(self, sweep: Sweep) -> None:
        before = Life(dies_at=points.answered(self.steps(sweep)))
        again = points.first(sweep.dry_run(before), points.RECOVERING)
        chosen = points.spread([point for point in again if point.file == RECONCILE], SPREAD)
        assert_once(sweep.kill(chosen, before), f"{sweep.scene}, after {before.dies_at}")

    @RESHARE
    def test_again_while_it_proves_that_nothing_is_out_it_has_delivered_once_in_the_end(self, sweep: Sweep) -> None:
        before = Life(dies_at=points.leaving(self.steps(sweep)))
        again = points.first(sweep.dry_run(before), points.RECOVERING)
        assert_once(sweep.kill(points.spread(again, SPREAD), before), f"{sweep.scene}, after {before.dies_at}")

    @THREAD
    def test_on_a_server_that_protects_nothing_it_has_delivered_once_in_the_end(
        self, unprotected: Place, scene: Scene, nursery: Nursery, tmp_path: Path
    ) -> None:
        sweep = swept(unprotected, scene, nursery, tmp_path, server=self.server())
        assert_once(sweep.kill(points.spread(points.first(sweep.dry_run()), SPREAD)), scene)


class KilledAnywhere(KilledOnce):
    """The same at every line: of its recovery, and of its way on the place that forgives nothing, `unprotected`, where
    it passes the same lines as where keys are honoured."""

    @pytest.mark.long
    @AROUND_THE_REQUEST
    @EVERY_SCENE
    def test_again_at_any_line_of_its_recovery_it_has_delivered_once_in_the_end(
        self, sweep: Sweep, died: ChosenPoint
    ) -> None:
        before = Life(dies_at=died(self.steps(sweep)))
        again = points.first(sweep.dry_run(before), points.RECOVERING)
        assert_once(sweep.kill(again, before), f"{sweep.scene}, after {before.dies_at}")

    @pytest.mark.long
    @BOTH_SCENES
    def test_at_any_line_on_a_server_that_protects_nothing_it_has_delivered_once_in_the_end(
        self, unprotected: Place, scene: Scene, nursery: Nursery, tmp_path: Path
    ) -> None:
        sweep = swept(unprotected, scene, nursery, tmp_path, server=self.server())
        assert_once(sweep.kill(points.first(sweep.dry_run())), scene)


class KilledWaiting(KilledOnce):
    """The same where requests go over a wire: it also dies with its request at the server and no answer read."""

    @pytest.mark.parametrize("effect", ["accept_then_delay", "hang"])
    @BOTH_SCENES
    def test_before_it_reads_the_answer_it_has_delivered_once_in_the_end(
        self, place: WithAnswers, sweep: Sweep, effect: Effect
    ) -> None:
        after = 1 if sweep.scene is Scene.THREAD else 0
        place.keep_back(effect, sweep.scene, after)

        def until_it_waits(access: Access) -> None:
            deadline = time.monotonic() + KEPT / 2
            while not place.keeps(effect) or _out(place, access) < after + (effect == "accept_then_delay"):
                assert time.monotonic() < deadline, "it never came to wait"
                time.sleep(0.01)

        assert_once([sweep.kill_waiting(effect, until_it_waits)], f"{sweep.scene}, {effect}")


def _out(place: Place, access: Access) -> int:
    (book,) = place.books([access])
    return len(book.posts) + len(book.reshares)
