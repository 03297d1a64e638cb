"""Killed on Mastodon, and on a server that speaks its API but ignores keys and boosts twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sweep import points
from tests.sweep.served import Mastodon
from tests.sweep.suite import BOTH_SCENES, FoundOut, KilledAgain, KilledAnywhere, KilledWaiting, assert_once
from tests.sweep.sweep import Sweep


@pytest.fixture(scope="module")
def place() -> Iterator[Mastodon]:
    with Mastodon() as running:
        yield running


@pytest.fixture
def unprotected(place: Mastodon) -> Iterator[Mastodon]:
    place.settings(dialect="gotosocial")
    yield place
    place.settings(dialect="mastodon")


class TestKilledOnMastodon(KilledAgain, KilledAnywhere, KilledWaiting):
    """All that Mastodon gives is there: keys are honoured, and a second boost is the first one."""

    @pytest.mark.long
    @BOTH_SCENES
    def test_at_every_line_each_time_it_has_delivered_once_in_the_end(self, sweep: Sweep) -> None:
        assert_once(sweep.kill(points.every(self.steps(sweep))), sweep.scene)


class TestFoundOutOnMastodon(FoundOut):
    """On a server that ignores keys and boosts twice."""
