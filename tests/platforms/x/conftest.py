"""One simulator for all tests of the adapter, emptied before each; afterwards it says which calls X forbids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.campaign import WantedKind
from bot.domain.money import Prices
from bot.platforms.x.adapter import XPlatform
from tests.servers.x.handle import XSimulator, XUser

Account = Callable[..., XPlatform]


class HandClock:
    """A clock that tests set by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def x(x_process: XSimulator) -> Iterator[XSimulator]:
    """An empty X. Whatever a test does, the adapter has sent nothing that X's own document forbids."""
    x_process.reset()
    yield x_process
    assert x_process.ledger()["violations"] == []


@pytest.fixture
def us(x: XSimulator) -> XUser:
    return x.add_user("GroundswellBot")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def open_account(x: XSimulator, us: XUser, clock: HandClock) -> Iterator[Account]:
    """Makes adapters for our account; all are closed when the test ends."""
    made: list[XPlatform] = []

    def build(
        user: XUser = us,
        *,
        url: str = "",
        token: str = "",
        kinds: tuple[WantedKind, ...] = (WantedKind.VIDEO,),
        mentions: bool = True,
        prices: Prices | None = None,
        read_timeout: float = 5.0,
    ) -> XPlatform:
        keys = (user.api_key, user.api_secret, token or user.access_token, user.access_token_secret)
        more: dict[str, Any] = {"kinds": kinds, "mentions": mentions, "prices": prices, "read_timeout": read_timeout}
        made.append(XPlatform("x", url or x.url, *keys, clock, **more))
        return made[-1]

    yield build
    for platform in made:
        platform.close()


@pytest.fixture
def account(open_account: Account) -> XPlatform:
    return open_account()
