"""Killed on an embedded network, whose journal is the ledger. Its requests are lines like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sweep.journals import Rehearsal
from tests.sweep.scene import Scene
from tests.sweep.suite import FoundOut, Killed

pytestmark = pytest.mark.long
"""Each time it is the real servers' turn, which take the same lines of ours; here there are more of them."""


@pytest.fixture(scope="module")
def place(folder: Path) -> Rehearsal:
    return Rehearsal(folder / "network")


@pytest.fixture(scope="module")
def unprotected(folder: Path) -> Rehearsal:
    return Rehearsal(folder / "unprotected", honours_keys=False)


class TestFoundOutOnARehearsal(FoundOut):
    doubles = frozenset({Scene.POST, Scene.THREAD})
    """An embedded network keeps one reshare of a post for each account."""


class TestKilledOnARehearsal(Killed):
    """An embedded network, whose requests are lines like ours."""

    def looks_everywhere(self, scene: Scene) -> bool:
        return scene is Scene.POST
