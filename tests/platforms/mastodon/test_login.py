"""Logging in to Mastodon: the app, the code, and what is said when either is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from bot.errors import Outcome, PlatformError
from bot.platforms.mastodon.login import CodeLogin
from tests.servers.mastodon import MastodonAccount, MastodonServer


@pytest.fixture
def union(mastodon: MastodonServer) -> MastodonAccount:
    return mastodon.add_account("union", bot=True)


@pytest.fixture
def login(mastodon: MastodonServer) -> CodeLogin:
    return CodeLogin("mastodon", f"{mastodon.url}/", lambda: datetime.now(UTC))


def test_a_code_gives_a_token_of_the_account_that_agreed(
    login: CodeLogin, mastodon: MastodonServer, union: MastodonAccount
) -> None:
    pending = login.begin()
    token = login.finish(pending, mastodon.authorize(union, pending.authorize_url))
    facts = login.facts(token)
    assert facts.handle.startswith("@union@")
    assert (facts.can_write, facts.is_bot, facts.notes) == (True, True, ())


def test_the_token_may_do_what_the_campaign_needs_and_no_more(login: CodeLogin) -> None:
    scopes = httpx.URL(login.begin().authorize_url).params["scope"].split()
    reads = ["read:accounts", "read:notifications", "read:search", "read:statuses"]
    assert sorted(scopes) == [*reads, "write:media", "write:statuses"]


def test_the_address_of_the_page_that_shows_the_code_serves_as_well(
    login: CodeLogin, mastodon: MastodonServer, union: MastodonAccount
) -> None:
    pending = login.begin()
    code = mastodon.authorize(union, pending.authorize_url)
    assert login.finish(pending, f" {mastodon.url}/oauth/authorize/native?code={code}\n")


def test_a_code_that_is_wrong_or_used_up_is_rejected_without_any_secret_in_the_words(
    login: CodeLogin, mastodon: MastodonServer, union: MastodonAccount
) -> None:
    pending = login.begin()
    used = mastodon.authorize(union, pending.authorize_url)
    token = login.finish(pending, used)
    for code in ("wrong", "", "?code=", "http://[", used):
        with pytest.raises(PlatformError, match="did not accept the code") as refused:
            login.finish(pending, code)
        assert refused.value.answer is Outcome.REJECTED
        told = f"{refused.value} {pending!r} {login!r}"
        assert not any(secret in told for secret in (pending.client_secret, used, token))


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, "<html>", "does not speak Mastodon's API"),
        (422, '{"error": "Redirect URI must be an absolute URI."}', r"\(422\): Redirect URI must be"),
        (503, "", "answered 503"),
        (429, "", "asks us to wait"),
        (200, "<html>", "unreadable answer"),
        (200, '{"client_id": "1"}', "unreadable answer"),
    ],
)
def test_a_server_that_registers_no_app_is_named_in_plain_words(
    login: CodeLogin, mastodon: MastodonServer, status: int, body: str, words: str
) -> None:
    mastodon.fault("status", path="/api/v1/apps$", status=status, body=body)
    with pytest.raises(PlatformError, match=words):
        login.begin()


@pytest.mark.parametrize("effect", ["close", "redirect"])
def test_a_server_that_does_not_answer_or_sends_us_elsewhere_gets_no_code(
    login: CodeLogin, mastodon: MastodonServer, union: MastodonAccount, effect: str
) -> None:
    pending = login.begin()
    code = mastodon.authorize(union, pending.authorize_url)
    mastodon.fault(effect, path="/oauth/token$", location="http://127.0.0.1:9/oauth/token")
    with pytest.raises(PlatformError, match="address"):
        login.finish(pending, code)
