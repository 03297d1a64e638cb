"""Killed on Mastodon, and on a server that speaks its API but ignores keys and boosts twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sweep.served import Mastodon
from tests.sweep.suite import FoundOut, KilledWaiting


@pytest.fixture(scope="module")
def place() -> Iterator[Mastodon]:
    with Mastodon() as running:
        yield running


@pytest.fixture
def unprotected(place: Mastodon) -> Iterator[Mastodon]:
    place.settings(dialect="gotosocial")
    yield place
    place.settings(dialect="mastodon")


class TestKilledOnMastodon(KilledWaiting):
    """All that Mastodon gives is there: keys are honoured, and a second boost is the first one."""


class TestFoundOutOnMastodon(FoundOut):
    """On a server that ignores keys and boosts twice."""
