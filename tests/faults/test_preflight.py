"""A day ahead what would keep a post from being sent is found on real servers, mended, and the post goes out once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cli.words.events import event_text
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.mastodon.login import CodeLogin
from bot.services.checks import preflight
from tests.harness.campaign import BANNER, IMAGE
from tests.harness.one_server import OneServerHarness
from tests.harness.place import KEYED, KEYLESS, X
from tests.harness.places import OnMastodon, OnX
from tests.harness.stores import BOTH_IN_LONG
from tests.harness.web_pages import WebPages, pages
from tests.harness.words import worded

DAY = timedelta(hours=24)


@pytest.fixture
def web() -> Iterator[WebPages]:
    with pages() as found:
        yield found


def important(one_server: OneServerHarness, **some: object) -> None:
    one_server.plan(replace(one_server.draft(due=DAY + timedelta(minutes=30), **some), important=True))  # type: ignore[arg-type]


def lane(one_server: OneServerHarness, *, every: float = 1, **some: float) -> None:
    """What the worker's lane does for so long, every so many minutes."""
    end = one_server.clock() + timedelta(**some)
    while one_server.clock() < end:
        one_server.clock.passes(minutes=every)
        preflight.look_ahead(one_server.work, one_server.account)


def raised_a_day_ahead(one_server: OneServerHarness, words: str) -> None:
    lane(one_server, every=5, minutes=45)
    (event,) = one_server.told("trouble_ahead")
    assert event.alarming
    assert words in event_text(event)
    assert words in worded(one_server.one().trouble)
    assert one_server.one().due_at - event.at > timedelta(hours=23)


def mended_and_sent_once(one_server: OneServerHarness, **some: float) -> None:
    lane(one_server, **(some or {"minutes": 11}))
    assert one_server.one().trouble == ""
    assert [event.fields["delivery"] for event in one_server.told("trouble_over")] == [one_server.one().id]
    one_server.move_to(one_server.one().due_at - timedelta(minutes=1))
    one_server.settle()
    one_server.check_sent_once()
    assert len(one_server.told("trouble_ahead")) == 1


@pytest.mark.parametrize("where", [KEYED, KEYLESS])
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_a_token_that_was_revoked(one_server: OneServerHarness) -> None:
    assert isinstance(one_server.place, OnMastodon)
    server = one_server.place.server
    important(one_server)
    server.revoke_tokens("campaign")
    raised_a_day_ahead(one_server, 'does not accept the token of account "mastodon" any more')
    page = CodeLogin("mastodon", server.url, one_server.clock)
    pending = page.begin()
    token = page.finish(pending, server.authorize(one_server.place._ours, pending.authorize_url))
    one_server.close()
    one_server.platform = MastodonPlatform("mastodon", server.url, token, one_server.clock)
    one_server.work = replace(one_server.work, platforms={"mastodon": one_server.platform})
    mended_and_sent_once(one_server)


@pytest.mark.parametrize("where", [X])
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_keys_that_x_does_not_accept(one_server: OneServerHarness) -> None:
    assert isinstance(one_server.place, OnX)
    important(one_server)
    one_server.place.server.fault("status", "/2/users/me", status=401, count=None)
    raised_a_day_ahead(one_server, "X does not accept the keys of account x")
    one_server.place.heal()
    mended_and_sent_once(one_server)
    spent = [one for one in one_server.place.server.ledger()["requests"] if one["path"] == "/2/users/me"]
    assert sum(one["processed"] == 200 for one in spent) == 1


@pytest.mark.parametrize("where", [KEYED, KEYLESS])
def test_a_server_that_takes_shorter_posts_than_when_it_was_planned(one_server: OneServerHarness) -> None:
    assert isinstance(one_server.place, OnMastodon)
    one_server.platform.limits()
    important(one_server, parts=("Free them all, now and for good.",))
    one_server.place.server.settings(max_characters=20)
    raised_a_day_ahead(one_server, "call (en) is too long for mastodon: 32 characters, and 20 fit")
    one_server.place.server.settings(max_characters=500)
    mended_and_sent_once(one_server)


@pytest.mark.parametrize("where", [KEYED, X])
def test_a_file_that_was_deleted(one_server: OneServerHarness) -> None:
    important(one_server, media=[IMAGE])
    file = one_server.work.root / "banner.png"
    file.unlink()
    raised_a_day_ahead(one_server, "banner.png cannot be read (No such file or directory). Put it back.")
    file.write_bytes(BANNER)
    mended_and_sent_once(one_server)


@pytest.mark.parametrize("where", [KEYED, X])
def test_a_link_that_is_not_there(one_server: OneServerHarness, web: WebPages) -> None:
    important(one_server, parts=(f"Join us: {web.url}/join",))
    raised_a_day_ahead(one_server, f"{web.url}/join answers 404")
    web.put("join")
    mended_and_sent_once(one_server)


@pytest.mark.parametrize("where", [KEYED, X])
def test_a_link_that_is_never_there_holds_nothing_back(one_server: OneServerHarness, web: WebPages) -> None:
    important(one_server, parts=(f"Join us: {web.url}/join",))
    raised_a_day_ahead(one_server, f"{web.url}/join answers 404")
    lane(one_server, every=30, hours=22, minutes=50)
    assert len(one_server.told("trouble_ahead")) == 2
    one_server.settle(hours=2)
    one_server.check_sent_once()


@pytest.mark.parametrize("where", [KEYED])
def test_a_token_without_the_right_to_write(one_server: OneServerHarness) -> None:
    assert isinstance(one_server.place, OnMastodon)
    important(one_server)
    told = {"name": "Groundswell", "scopes": ["read"]}
    one_server.place.server.fault("status", path="/apps/verify_credentials$", status=200, body=json.dumps(told))
    raised_a_day_ahead(one_server, "mastodon may not write: The token may not write.")


def test_a_server_that_does_not_answer_is_said_and_asked_again(one_server: OneServerHarness) -> None:
    important(one_server)
    if isinstance(one_server.place, OnX):
        one_server.place.server.fault("status", "/2/users/me", status=503)
        minutes = 61
    else:
        assert isinstance(one_server.place, OnMastodon)
        one_server.place.server.fault("status", path="/verify_credentials$", status=503, count=1)
        minutes = 11
    lane(one_server, minutes=31)
    (event,) = one_server.told("trouble_ahead")
    assert f"{one_server.account} does not answer: " in event_text(event)
    mended_and_sent_once(one_server, minutes=minutes)
