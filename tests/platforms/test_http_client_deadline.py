"""The clock is looked at once more when the connection is there, and before the last piece of a request leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import Outcome, PlatformError
from tests.platforms.conftest import DRIVERS
from tests.platforms.contract import outgoing
from tests.platforms.drivers import Driver


@pytest.fixture(params=["mastodon", "x"])
def far(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """A platform that is reached over a wire."""
    driver = DRIVERS[request.param](request)
    yield driver
    driver.close()


@pytest.mark.parametrize("looks", [0, 1])
def test_whoever_falls_asleep_after_a_look_at_the_clock_sends_nothing_all_the_same(
    far: Driver, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    awake = far.now()
    readings = iter([awake] * looks)
    monkeypatch.setattr(far, "now", lambda: next(readings, awake + timedelta(hours=1)))
    platform = far.platform()
    with pytest.raises(PlatformError, match="asleep") as raised:
        platform.publish(replace(outgoing(), leave_by=awake + timedelta(seconds=1)))
    assert raised.value.answer is Outcome.NOT_SENT
    assert far.published() == []
    monkeypatch.undo()
    far.platform().publish(outgoing())
    assert far.published() == ["Free them all."]
