"""Keys and what they sign never reach a log, an error or a representation."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.message import Media
from bot.domain.post import Outgoing
from bot.errors import PlatformError
from bot.platforms.x.adapter import XPlatform
from tests.harness.media_files import opened
from tests.platforms.x.conftest import Account, HandClock
from tests.servers.x.handle import XSimulator, XUser

WORDS = "Words that are not out yet #FreeBelarusUnionists"


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every logger there is at DEBUG, as somebody hunting a fault would set them."""
    loggers = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        yield caplog
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def secrets_of(user: XUser) -> tuple[str, ...]:
    return (user.api_key, user.api_secret, user.access_token, user.access_token_secret)


def test_no_log_holds_a_key_a_signature_or_our_words(
    x: XSimulator,
    us: XUser,
    account: XPlatform,
    clock: HandClock,
    everything_logged: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    upload = account.upload(opened(tmp_path / "a.png"), Media("a.png", "words", "image/png"))
    account.publish(Outgoing(WORDS, "en", media_ids=(upload.media_id,)))
    account.own_posts(clock.now - timedelta(hours=1))
    account.facts()
    for status in (401, 403, 429, 500):
        x.fault("status", "*", status=status)
        with pytest.raises(PlatformError):
            account.facts()
    logged = everything_logged.text
    assert "GET /2/users/me" in logged, "the loggers are on"
    assert not [secret for secret in secrets_of(us) if secret in logged]
    assert "oauth_" not in logged
    assert WORDS not in logged


@pytest.mark.parametrize("status", [200, 400, 401, 402, 403, 404, 429, 500])
def test_no_error_holds_a_key_even_if_the_request_is_echoed(
    x: XSimulator, us: XUser, account: XPlatform, status: int
) -> None:
    echo = {"detail": " ".join(secrets_of(us)), "errors": [{"message": us.access_token}]}
    x.fault("status", "/2/users/me", status=status, body=echo)
    assert_clean(us, account)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://"])
def test_no_error_of_the_network_holds_the_request(us: XUser, open_account: Account, url: str) -> None:
    assert_clean(us, open_account(url=url))


def test_no_silence_holds_the_request(x: XSimulator, us: XUser, account: XPlatform) -> None:
    x.fault("close", "/2/users/me")
    assert_clean(us, account)


def assert_clean(us: XUser, account: XPlatform) -> None:
    with pytest.raises(PlatformError) as caught:
        account.facts()
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    told = f"{error!r} {vars(error)} {''.join(traceback.format_exception(error))}"
    assert not [secret for secret in secrets_of(us) if secret in told]


def test_no_representation_shows_a_key(us: XUser, account: XPlatform) -> None:
    account.facts()
    inside = " ".join(repr(value) for value in vars(account).values())
    assert not [secret for secret in secrets_of(us) if secret in f"{account!r} {account} {inside}"]


def test_no_cookie_of_x_is_kept_or_sent(x: XSimulator, us: XUser, account: XPlatform) -> None:
    body = {"data": {"id": us.id, "username": us.username}}
    x.fault("status", "/2/users/me", status=200, body=body, headers={"set-cookie": "guest_id=1; Path=/"})
    account.facts()
    assert list(account._clients.mine.session.cookies) == []
