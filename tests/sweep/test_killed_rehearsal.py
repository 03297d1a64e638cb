"""Killed on an embedded network, whose journal is the ledger. Its requests are lines like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sweep import points
from tests.sweep.journals import Rehearsal
from tests.sweep.scene import Scene
from tests.sweep.suite import BOTH_SCENES, FoundOut, KilledAnywhere, assert_once
from tests.sweep.sweep import Sweep

pytestmark = pytest.mark.long
"""Each time it is the real servers' turn, which take the same lines of ours; here there are more of them."""

NETWORK = "bot/platforms/rehearsal/"


@pytest.fixture(scope="module")
def place(folder: Path) -> Rehearsal:
    return Rehearsal(folder / "network")


@pytest.fixture(scope="module")
def unprotected(folder: Path) -> Rehearsal:
    return Rehearsal(folder / "unprotected", honours_keys=False)


class TestFoundOutOnARehearsal(FoundOut):
    doubles = frozenset({Scene.POST, Scene.THREAD})
    """An embedded network keeps one reshare of a post for each account."""


class TestKilledOnARehearsal(KilledAnywhere):
    """An embedded network, whose requests are lines like ours."""

    @BOTH_SCENES
    def test_at_every_line_of_the_network_each_time_it_has_delivered_once_in_the_end(self, sweep: Sweep) -> None:
        every = points.every(self.steps(sweep))
        assert_once(sweep.kill([point for point in every if point.file.startswith(NETWORK)]), sweep.scene)
