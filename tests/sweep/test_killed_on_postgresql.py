"""Killed with its store in PostgreSQL: locks and rows are let go of by a server that notices, not by this machine.

The lines that send are the same ones as on SQLite. `make test` therefore kills at a sample of all lines, the same one
each day; `make test-long` at every line here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tests.harness.postgresql import postgresql
from tests.sweep import points
from tests.sweep.scene import Scene
from tests.sweep.served import Mastodon, X
from tests.sweep.suite import OFFSET, STRIDE, KilledOnce, KilledWaiting
from tests.sweep.trace import Point, Step

SPARSE = 2 * STRIDE


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
        chosen = points.first(steps)[OFFSET % SPARSE :: SPARSE]
        return list(dict.fromkeys([*chosen, points.leaving(steps), points.answered(steps)]))


class TestKilledOnMastodonWithPostgresql(OnPostgresql):
    """A sample of all lines; the class below leaves none out."""

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


class TestKilledOnXWithPostgresql(OnPostgresql):
    """A sample of all lines; the class below leaves none out."""

    @pytest.fixture
    def place(self, x: X) -> X:
        return x


@pytest.mark.long
class TestKilledAnywhereOnXWithPostgresql(OnPostgresql, KilledWaiting):
    """Without idempotency keys, and with duplicates allowed."""

    doubles = frozenset({Scene.POST, Scene.THREAD})

    @pytest.fixture
    def place(self, x: X) -> X:
        return x

    @pytest.fixture
    def unprotected(self, x: X) -> Iterator[X]:
        before = x.settings()["duplicate_window_s"]
        x.settings(duplicate_window_s=0)
        yield x
        x.settings(duplicate_window_s=before)
