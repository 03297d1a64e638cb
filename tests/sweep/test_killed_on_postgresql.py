"""Killed with its store in PostgreSQL: locks and rows are let go of by a server that notices, not by this machine.

`make test` kills around each commit and request here too, on Mastodon; `make test-long` at every line, and on X.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tests.harness.postgresql import postgresql
from tests.sweep.scene import Scene
from tests.sweep.served import Mastodon, X
from tests.sweep.suite import KilledOnce, KilledWaiting, around_changes
from tests.sweep.sweep import Sweep
from tests.sweep.trace import Point, Step


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
class TestKilledAnywhereOnMastodonWithPostgresql(OnPostgresql, KilledWaiting):
    """With idempotency keys, and on a server that ignores them."""

    @pytest.fixture
    def place(self, mastodon: Mastodon) -> Mastodon:
        return mastodon

    @pytest.fixture
    def unprotected(self, mastodon: Mastodon) -> Iterator[Mastodon]:
        mastodon.settings(dialect="gotosocial")
        yield mastodon
        mastodon.settings(dialect="mastodon")


@pytest.mark.long
class TestKilledAnywhereOnXWithPostgresql(OnPostgresql, KilledWaiting):
    """Without idempotency keys, and with duplicates allowed."""

    @pytest.fixture
    def place(self, x: X) -> X:
        return x

    @pytest.fixture
    def unprotected(self, x: X) -> Iterator[X]:
        before = x.settings()["duplicate_window_s"]
        x.settings(duplicate_window_s=0)
        yield x
        x.settings(duplicate_window_s=before)
