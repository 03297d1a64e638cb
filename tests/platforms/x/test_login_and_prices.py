"""Logging in by PIN, and what things are said to cost."""

from __future__ import annotations

import re
import sys

import httpx
import pytest

from bot.domain.links import ON_X, has_link
from bot.domain.money import Prices, micro
from bot.domain.post import Outgoing
from bot.errors import Outcome, PlatformError
from bot.files.length import weighted
from bot.platforms.x.adapter import XPlatform
from bot.platforms.x.login import PinLogin
from tests.platforms.x.conftest import Account, HandClock
from tests.servers.x.handle import XSimulator, XUser

AS_A_LINK = 23
"""What X counts for any link."""


def pin_shown_at(url: str) -> str:
    page = httpx.get(url, trust_env=False).text
    found = re.search(r"<code>(\d+)</code>", page)
    assert found is not None
    return found.group(1)


def test_a_login_by_pin_gives_a_token_that_posts(
    x: XSimulator, us: XUser, clock: HandClock, open_account: Account
) -> None:
    login = PinLogin("x", x.url + "/", us.api_key, us.api_secret, clock)
    pending = login.begin()
    assert pending.authorize_url.startswith(f"{x.url}/oauth/authorize?oauth_token=")
    done = login.finish(pending, f" {pin_shown_at(pending.authorize_url)} ")
    assert done.handle == "x:GroundswellBot"
    user = XUser(us.id, us.username, us.api_key, us.api_secret, done.access_token, done.access_token_secret)
    assert open_account(user).publish(Outgoing("hello", "en")).post_id


def test_a_wrong_pin_or_key_is_told_in_plain_words_without_secrets(x: XSimulator, us: XUser, clock: HandClock) -> None:
    login = PinLogin("x", x.url, us.api_key, us.api_secret, clock)
    pending = login.begin()
    for pin in ("0000", "", "12 34"):
        with pytest.raises(PlatformError) as refused:
            login.finish(pending, pin)
        assert refused.value.answer is Outcome.REJECTED
        assert pending.secret not in f"{refused.value} {pending!r} {login!r}"
    with pytest.raises(PlatformError, match="app's key"):
        PinLogin("x", x.url, "wrong", "wrong", clock).begin()


def test_a_login_answered_with_something_else_is_no_login(x: XSimulator, us: XUser, clock: HandClock) -> None:
    login = PinLogin("x", x.url, us.api_key, us.api_secret, clock)
    for status in (200, 503):
        x.fault("status", "/oauth/request_token", status=status, body="<html>")
        with pytest.raises(PlatformError):
            login.begin()


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://campaign.example/", True),
        ("See campaign.org/now today", True),
        ("See t.me/unions", True),
        ("Слова.https://campaign.org/шлях。Так", True),
        ("Go to union.org, or union.by", True),
        ("Mail us at a@union.org, @union@union.org", False),
        ("Node.js, report.pdf, e.g.this, конец.Начало", False),
        ("3.5 million. Or 16.04.2025! z.B. U.S.A. …and so on", False),
        ("End. Next sentence. #FreeBelarusUnionists @union", False),
    ],
)
def test_what_x_links_by_its_published_rule_is_priced_as_a_link(account: XPlatform, text: str, links: bool) -> None:
    assert has_link(text, ON_X) is links
    assert account.post_cost(Outgoing(text, "en")) == (200_000 if links else 15_000)


def test_every_address_that_x_knows_is_priced_as_a_link() -> None:
    assert weighted("a.by") == AS_A_LINK
    weighted("\u00a9")  # which has its library loaded
    known = (vars(sys.modules[f"twitter_text.regexp.{name}"])[name] for name in ("valid_gtld", "valid_cctld"))
    written = re.findall(r"[^|()?:=!@\[\]\s]+", "|".join(pattern.pattern for pattern in known))
    endings = [ending for ending in written if weighted(f"a.{ending}") == AS_A_LINK]
    assert len(endings) > 1000
    texts = [f"{before}.{ending}" for ending in endings for before in ("a", "a-b", "https://я")]
    assert [text for text in texts if not has_link(text, ON_X)] == []


def test_alternative_text_is_billed_with_the_post(account: XPlatform) -> None:
    assert account.post_cost(Outgoing("See", "en", media_ids=("1", "2"))) == 25_000


@pytest.mark.parametrize("text", ["plain words", "see https://example.org/"])
def test_a_post_costs_what_was_said_before(x: XSimulator, account: XPlatform, text: str) -> None:
    said = account.post_cost(Outgoing(text, "en"))
    account.publish(Outgoing(text, "en"))
    assert x.ledger()["spent"] * 1_000_000 == pytest.approx(said)


def test_a_reshare_costs_no_more_than_was_said_before(x: XSimulator, account: XPlatform) -> None:
    post = account.fetch(f"https://x.com/i/status/{x.seed_post('Union', '#April19', media=[{'type': 'video'}])}")
    assert post is not None
    account.reshare(post)
    assert 0 < x.ledger()["spent"] * 1_000_000 <= account.reshare_cost == 30_000


def test_taking_back_costs_no_more_than_was_said_before(x: XSimulator, account: XPlatform) -> None:
    post = account.fetch(f"https://x.com/i/status/{x.seed_post('Union', '#April19')}")
    assert post is not None
    account.reshare(post)
    published = account.publish(Outgoing("hello", "en"))
    before = x.ledger()["spent"]
    account.undo_post(published.post_id)
    account.undo_reshare(post.uri)
    assert 0 < (x.ledger()["spent"] - before) * 1_000_000 <= 2 * account.undo_cost


def test_every_price_is_the_campaigns_own(open_account: Account) -> None:
    prices = Prices(*(dollars / 1000 for dollars in (1, 20, 300, 4000, 50000, 6, 70, 8)))
    account = open_account(prices=prices)
    assert account.post_cost(Outgoing("hello", "en", media_ids=("1",))) == micro(50.001)
    assert account.post_cost(Outgoing("https://example.org/", "en")) == micro(0.020)
    assert account.reshare_cost == micro(0.006 + 0.070 + 0.300)
    assert (account.fetch_cost, account.facts_cost) == (micro(0.076), micro(0.070))
    assert (account.undo_cost, account.reconcile_cost) == (micro(4.0), micro(0.8))
    assert {source.page_cost for source in account.sources(["April19"])} == {micro(0.12)}
