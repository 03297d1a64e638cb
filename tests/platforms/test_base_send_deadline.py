"""A request leaves by its time or not at all: a computer that slept must not send what others have taken over."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.delivery import LEAVE_WITHIN
from bot.errors import Outcome, PlatformError
from bot.platforms import base
from tests.platforms.conftest import DRIVERS
from tests.platforms.contract import outgoing
from tests.platforms.drivers import Driver
from tests.platforms.mastodon_driver import MastodonDriver
from tests.servers.mastodon import MastodonServer

SECOND = timedelta(seconds=1)


@pytest.fixture(params=["mastodon", "x"])
def far(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """A platform that is reached over a wire."""
    driver = DRIVERS[request.param](request)
    yield driver
    driver.close()


def test_a_post_that_is_in_time_leaves(far: Driver) -> None:
    far.platform().publish(replace(outgoing(), leave_by=far.now() + SECOND))
    assert far.published() == ["Free them all."]


def test_a_post_that_is_too_late_does_not_leave_and_that_is_known(far: Driver) -> None:
    platform = far.platform()
    with pytest.raises(PlatformError, match="asleep") as raised:
        platform.publish(replace(outgoing(), leave_by=far.now() - SECOND))
    assert raised.value.answer is Outcome.NOT_SENT
    assert far.published() == []
    platform.publish(outgoing())
    assert far.published() == ["Free them all."], "the next one is judged by its own time"


def test_a_reshare_that_is_too_late_does_not_leave(far: Driver) -> None:
    platform = far.platform()
    post = platform.fetch(far.somebody_posts(f"Solidarity! #{far.hashtags[0]}"))
    assert post is not None
    with pytest.raises(PlatformError, match="asleep") as raised:
        platform.reshare(post, far.now() - SECOND)
    assert (raised.value.answer, far.reshared()) == (Outcome.NOT_SENT, [])
    platform.reshare(post, far.now() + SECOND)
    assert far.reshared() == [post.uri]


def test_a_connection_that_took_a_sleep_to_make_is_not_used(
    mastodon_process: MastodonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every reading of the clock is far from the one before, as after a night under a closed lid."""
    driver, hours = MastodonDriver(mastodon_process), itertools.count(step=3600)
    platform = driver.platform()
    monkeypatch.setattr("bot.platforms.mastodon.client.time.monotonic", lambda: float(next(hours)))
    with pytest.raises(PlatformError) as raised:
        platform.publish(outgoing())
    monkeypatch.undo()
    assert (raised.value.answer, driver.published()) == (Outcome.NOT_SENT, [])
    driver.close()


def test_a_request_is_over_before_its_absence_is_believed() -> None:
    """The whole way of a request: recorded, left, connected, answered."""
    longest = LEAVE_WITHIN.total_seconds() + base.LONGEST_CONNECTING + base.READ_TIMEOUT
    assert longest <= base.REQUEST_DEADLINE.total_seconds()
