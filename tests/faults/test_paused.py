"""A worker is paused at any line and woken after others have taken over: what it was about to send is out once.

It is paused by SIGSTOP, and time goes by for everybody by a clock that stands in memory they share. The ledger is the
judge. A pause between our last look at the clock and the moment at which the kernel has the request's bytes cannot be
noticed by anybody on this side: see `docs/promises.md`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.postgresql import postgresql
from tests.sweep import points
from tests.sweep.jobs import Design, Life
from tests.sweep.nursery import Nursery
from tests.sweep.places import Place
from tests.sweep.scene import Scene
from tests.sweep.served import Mastodon, X
from tests.sweep.suite import OFFSET, STRIDE, assert_once
from tests.sweep.sweep import Sweep, swept
from tests.sweep.trace import Point, Step

LAST = ("bot/platforms/http_client.py",)
"""Where the clock is looked at for the last time."""

FEW, SPARSE = 2, 2 * STRIDE


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    memory = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(prefix="paused-", dir=memory if memory.is_dir() else None))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def forks(folder: Path) -> Iterator[Nursery]:
    with Nursery(folder) as running:
        yield running


@pytest.fixture(scope="module")
def mastodon() -> Iterator[Mastodon]:
    with Mastodon() as running:
        yield running


@pytest.fixture(scope="module")
def keyless() -> Iterator[Mastodon]:
    with Mastodon() as running:
        running.settings(dialect="gotosocial")
        yield running


@pytest.fixture(scope="module")
def x() -> Iterator[X]:
    with X() as running:
        running.settings(duplicate_window_s=0)
        yield running


@pytest.fixture(params=["keyless", *(pytest.param(each, marks=pytest.mark.long) for each in ("mastodon", "x"))])
def place(request: pytest.FixtureRequest) -> Place:
    """With keys; without; and X, which here forgives no repetition either."""
    found: Place = request.getfixturevalue(request.param)
    return found


def robbed(point: Point) -> Life:
    """Paused there, with its connections to the database cut, so that others take over."""
    return Life(pauses_at=point, loses_lock=True)


def paused(point: Point) -> Life:
    """Paused there, with its lock in its hands."""
    return Life(pauses_at=point)


def cut(point: Point) -> Life:
    """Going on from there, with new connections to the database."""
    return Life(is_cut_at=point)


def on_postgresql(
    place: Place, scene: Scene, forks: Nursery, folder: Path, design: Design = Design.OURS
) -> tuple[Sweep, list[Step]]:
    """A sweep, and the steps of a life that nothing happens to."""
    sweep = swept(place, scene, forks, folder, design, postgresql().url("postgres"))
    return sweep, list(sweep.dry_run())


def to_be_paused_at(steps: list[Step]) -> list[Point]:
    """From the record of the attempt to that of its answer, without what nobody can notice."""
    unseen = points.unseen(steps)
    return [point for point in points.after_the_record(steps) if point not in unseen]


EVERY_SCENE = pytest.mark.parametrize("scene", list(Scene))


def test_one_that_was_paused_and_lost_its_lock_sends_nothing_that_others_have_sent_meanwhile(
    place: Place, forks: Nursery, tmp_path: Path
) -> None:
    """Of a thread, for its first part has no picture: a file that is attached once only would forbid the double."""
    sweep, steps = on_postgresql(place, Scene.THREAD, forks, tmp_path)
    unseen = points.unseen(steps)
    between = [point for point in points.of_each_look(steps) if point not in unseen]
    chosen = [*between, *points.sampled(to_be_paused_at(steps), SPARSE, OFFSET)]
    lines = dict.fromkeys([*chosen, points.leaving(steps), points.answered(steps)])
    assert_once(sweep.strike(list(lines), robbed), "paused and robbed")


@pytest.mark.long
@EVERY_SCENE
def test_at_every_line_it_sends_nothing_that_others_have_sent_meanwhile(
    place: Place, scene: Scene, forks: Nursery, tmp_path: Path
) -> None:
    sweep, steps = on_postgresql(place, scene, forks, tmp_path)
    assert_once(sweep.strike(to_be_paused_at(steps), robbed), f"{scene}, paused and robbed")


def test_at_no_more_than_one_line_of_ours_a_pause_before_the_request_leaves_cannot_be_noticed(
    place: Place, forks: Nursery, tmp_path: Path
) -> None:
    _, steps = on_postgresql(place, Scene.POST, forks, tmp_path)
    before_the_answer = {point for point in points.unseen(steps) if point.file in LAST}
    assert len(before_the_answer) == 1


@pytest.mark.parametrize("place", ["keyless", pytest.param("x", marks=pytest.mark.long)], indirect=True)
def test_one_that_would_send_however_late_is_caught_sending_twice(place: Place, forks: Nursery, tmp_path: Path) -> None:
    sweep, steps = on_postgresql(place, Scene.THREAD, forks, tmp_path, Design.SEND_HOWEVER_LATE)
    (verdict,) = sweep.strike([points.leaving(steps)], robbed)
    assert verdict.struck
    assert verdict.doubled


@pytest.mark.parametrize("server", ["", "postgresql"])
def test_from_one_that_was_paused_and_keeps_its_lock_nobody_takes_over_and_nothing_is_lost(
    keyless: Mastodon, server: str, forks: Nursery, tmp_path: Path
) -> None:
    sweep = swept(keyless, Scene.POST, forks, tmp_path, server=postgresql().url("postgres") if server else "")
    steps = sweep.dry_run()
    some = points.spread(points.after_the_record(steps), FEW)
    assert_once(sweep.strike([*some, points.leaving(steps)], paused), server)


@pytest.mark.long
@pytest.mark.parametrize("server", ["", "postgresql"])
@EVERY_SCENE
def test_at_no_line_anybody_takes_over_from_one_that_keeps_its_lock(
    keyless: Mastodon, server: str, scene: Scene, forks: Nursery, tmp_path: Path
) -> None:
    sweep = swept(keyless, scene, forks, tmp_path, server=postgresql().url("postgres") if server else "")
    assert_once(sweep.strike(points.first(sweep.dry_run()), paused), f"{scene}, {server}")


def test_one_whose_connections_are_cut_goes_on_by_itself_and_has_delivered_once(
    keyless: Mastodon, forks: Nursery, tmp_path: Path
) -> None:
    sweep, steps = on_postgresql(keyless, Scene.POST, forks, tmp_path)
    chosen = points.sampled(points.first(steps, points.DELIVERING), SPARSE, OFFSET)
    lines = dict.fromkeys([*chosen, points.leaving(steps), points.answered(steps)])
    assert_once(sweep.strike(list(lines), cut), "cut")


@pytest.mark.long
@EVERY_SCENE
def test_cut_at_any_line_it_goes_on_by_itself_and_has_delivered_once(
    place: Place, scene: Scene, forks: Nursery, tmp_path: Path
) -> None:
    sweep, steps = on_postgresql(place, scene, forks, tmp_path)
    assert_once(sweep.strike(points.first(steps, points.DELIVERING), cut), f"{scene}, cut")
