"""Killed on X: no idempotency key, and the duplicates it refuses prove nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sweep.scene import Scene
from tests.sweep.served import X
from tests.sweep.suite import FoundOut, KilledAgain, KilledAnywhere, KilledWaiting


@pytest.fixture(scope="module")
def place() -> Iterator[X]:
    with X() as running:
        yield running


@pytest.fixture
def unprotected(place: X) -> Iterator[X]:
    before = place.settings()["duplicate_window_s"]
    place.settings(duplicate_window_s=0)
    yield place
    place.settings(duplicate_window_s=before)


class TestKilledOnX(KilledAgain, KilledAnywhere, KilledWaiting):
    """X gives no key, and what it refuses as a duplicate may be another post."""


@pytest.mark.long
class TestFoundOutOnX(FoundOut):
    """Each time it is Mastodon's turn."""

    doubles = frozenset({Scene.POST, Scene.THREAD})
    """X keeps one repost of a post for each account."""
