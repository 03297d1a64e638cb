"""Killed with its store in PostgreSQL: locks and rows are let go of by a server that notices, not by this machine.

`make test` kills around each commit and request here too, on Mastodon; `make test-long` at every line. On X it passes
no lines that it does not pass there or with SQLite, but for those that reserve a price along with an attempt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.harness.postgresql import postgresql
from tests.sweep import points
from tests.sweep.jobs import Life
from tests.sweep.nursery import Nursery
from tests.sweep.places import Place
from tests.sweep.scene import Scene
from tests.sweep.served import Mastodon, X
from tests.sweep.suite import (
    AROUND_THE_REQUEST,
    EVERY_SCENE,
    ChosenPoint,
    KilledAnywhere,
    KilledOnce,
    KilledWaiting,
    around_changes,
    assert_once,
)
from tests.sweep.sweep import Sweep
from tests.sweep.trace import Point, Step

ONE_TRIP = "bot/store/one_trip.py"


@pytest.fixture(scope="module")
def mastodon() -> Iterator[Mastodon]:
    with Mastodon() as running:
        yield running


@pytest.fixture(scope="module")
def x() -> Iterator[X]:
    with X() as running:
        yield running


class OnPostgresql(KilledOnce):
    """The stores of all cases are on this process's own server."""

    def server(self) -> str:
        return postgresql().url("postgres")

    def in_short(self, steps: Sequence[Step]) -> list[Point]:
        return around_changes(steps)


class TestKilledOnMastodonWithPostgresql(OnPostgresql):
    """Around all changes of a thread; the class below leaves no line and no scene out."""

    @pytest.mark.parametrize("scene", [Scene.THREAD])
    def test_at_any_line_it_has_delivered_once_in_the_end(self, sweep: Sweep) -> None:
        super().test_at_any_line_it_has_delivered_once_in_the_end(sweep)

    @pytest.fixture
    def place(self, mastodon: Mastodon) -> Mastodon:
        return mastodon


@pytest.mark.long
class TestKilledAnywhereOnMastodonWithPostgresql(OnPostgresql, KilledAnywhere, KilledWaiting):
    """With idempotency keys, and on a server that ignores them."""

    @EVERY_SCENE
    def test_at_any_line_on_a_server_that_protects_nothing_it_has_delivered_once_in_the_end(
        self, unprotected: Place, scene: Scene, nursery: Nursery, tmp_path: Path
    ) -> None:
        """A post too: what is written down in one trip with its attempt is another thing than for a thread."""
        super().test_at_any_line_on_a_server_that_protects_nothing_it_has_delivered_once_in_the_end(
            unprotected, scene, nursery, tmp_path
        )

    @pytest.fixture
    def place(self, mastodon: Mastodon) -> Mastodon:
        return mastodon

    @pytest.fixture
    def unprotected(self, mastodon: Mastodon) -> Iterator[Mastodon]:
        mastodon.settings(dialect="gotosocial")
        yield mastodon
        mastodon.settings(dialect="mastodon")


@pytest.mark.long
class TestKilledOnXWithPostgresql(OnPostgresql, KilledWaiting):
    """Without idempotency keys, around all changes, and at the lines that it passes nowhere else."""

    def in_short(self, steps: Sequence[Step]) -> list[Point]:
        in_one_trip = [point for point in points.first(steps) if point.file == ONE_TRIP]
        return list(dict.fromkeys([*super().in_short(steps), *in_one_trip]))

    @AROUND_THE_REQUEST
    @EVERY_SCENE
    def test_again_around_changes_of_its_recovery_it_has_delivered_once_in_the_end(
        self, sweep: Sweep, died: ChosenPoint
    ) -> None:
        before = Life(dies_at=died(self.steps(sweep)))
        again = points.of_each_change(sweep.dry_run(before), points.RECOVERING)
        assert_once(sweep.kill(again, before), f"{sweep.scene}, after {before.dies_at}")

    @pytest.fixture
    def place(self, x: X) -> X:
        return x
