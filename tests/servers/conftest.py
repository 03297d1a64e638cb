"""Shared by the servers' own tests: an account on each server, and clients for it."""

from collections.abc import Iterator

import httpx
import pytest
from mastodon import Mastodon

from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.servers.x.clients import signed_client
from tests.servers.x.handle import XSimulator, XUser


@pytest.fixture
def union(mastodon: MastodonServer) -> MastodonAccount:
    """The account that posts."""
    return mastodon.add_account("union", bot=True)


@pytest.fixture
def client(mastodon: MastodonServer, union: MastodonAccount) -> Iterator[Mastodon]:
    """Mastodon.py, set up as the adapter sets it up."""
    client = Mastodon(
        api_base_url=mastodon.url,
        access_token=union.access_token,
        ratelimit_method="throw",
        request_timeout=5,
        mastodon_version="4.3.0",
        version_check_mode="created",
    )
    yield client
    client.session.close()


@pytest.fixture
def web(mastodon: MastodonServer, union: MastodonAccount) -> Iterator[httpx.Client]:
    """Plain HTTP with the posting account's token."""
    headers = {"authorization": f"Bearer {union.access_token}"}
    with httpx.Client(base_url=mastodon.url, headers=headers, timeout=5, trust_env=False) as web:
        yield web


@pytest.fixture
def x(x_process: XSimulator) -> XSimulator:
    """The simulator, as empty as when it was started."""
    x_process.reset()
    return x_process


@pytest.fixture
def user(x: XSimulator) -> XUser:
    """The account that posts there."""
    return x.add_user("campaign")


@pytest.fixture
def api(x: XSimulator, user: XUser) -> Iterator[httpx.Client]:
    """Plain HTTP, signed as that account."""
    with signed_client(x, user) as client:
        yield client
