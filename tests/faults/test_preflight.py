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


def important(stand: OneServerHarness, **some: object) -> None:
    stand.plan(replace(stand.draft(due=DAY + timedelta(minutes=30), **some), important=True))  # type: ignore[arg-type]


def lane(stand: OneServerHarness, *, every: float = 1, **some: float) -> None:
    """What the worker's lane does for so long, every so many minutes."""
    end = stand.clock() + timedelta(**some)
    while stand.clock() < end:
        stand.clock.passes(minutes=every)
        preflight.look_ahead(stand.work, stand.account)


def raised_a_day_ahead(stand: OneServerHarness, words: str) -> None:
    lane(stand, every=5, minutes=45)
    (event,) = stand.told("trouble_ahead")
    assert event.alarming
    assert words in event_text(event)
    assert words in worded(stand.one().trouble)
    assert stand.one().due_at - event.at > timedelta(hours=23)


def mended_and_sent_once(stand: OneServerHarness, **some: float) -> None:
    lane(stand, **(some or {"minutes": 11}))
    assert stand.one().trouble == ""
    assert [event.fields["delivery"] for event in stand.told("trouble_over")] == [stand.one().id]
    stand.move_to(stand.one().due_at - timedelta(minutes=1))
    stand.settle()
    stand.check_sent_once()
    assert len(stand.told("trouble_ahead")) == 1


@pytest.mark.parametrize("where", [KEYED, KEYLESS])
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_a_token_that_was_revoked(stand: OneServerHarness) -> None:
    assert isinstance(stand.place, OnMastodon)
    server = stand.place.server
    important(stand)
    server.revoke_tokens("campaign")
    raised_a_day_ahead(stand, 'does not accept the token of account "mastodon" any more')
    page = CodeLogin("mastodon", server.url, stand.clock)
    pending = page.begin()
    token = page.finish(pending, server.authorize(stand.place._ours, pending.authorize_url))
    stand.close()
    stand.platform = MastodonPlatform("mastodon", server.url, token, stand.clock)
    stand.work = replace(stand.work, platforms={"mastodon": stand.platform})
    mended_and_sent_once(stand)


@pytest.mark.parametrize("where", [X])
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_keys_that_x_does_not_accept(stand: OneServerHarness) -> None:
    assert isinstance(stand.place, OnX)
    important(stand)
    stand.place.server.fault("status", "/2/users/me", status=401, count=None)
    raised_a_day_ahead(stand, "X does not accept the keys of account x")
    stand.place.heal()
    mended_and_sent_once(stand)
    spent = [one for one in stand.place.server.ledger()["requests"] if one["path"] == "/2/users/me"]
    assert sum(one["processed"] == 200 for one in spent) == 1


@pytest.mark.parametrize("where", [KEYED, KEYLESS])
def test_a_server_that_takes_shorter_posts_than_when_it_was_planned(stand: OneServerHarness) -> None:
    assert isinstance(stand.place, OnMastodon)
    stand.platform.limits()
    important(stand, parts=("Free them all, now and for good.",))
    stand.place.server.settings(max_characters=20)
    raised_a_day_ahead(stand, "call (en) is too long for mastodon: 32 characters, and 20 fit")
    stand.place.server.settings(max_characters=500)
    mended_and_sent_once(stand)


@pytest.mark.parametrize("where", [KEYED, X])
def test_a_file_that_was_deleted(stand: OneServerHarness) -> None:
    important(stand, media=[IMAGE])
    file = stand.work.root / "banner.png"
    file.unlink()
    raised_a_day_ahead(stand, "banner.png cannot be read (No such file or directory). Put it back.")
    file.write_bytes(BANNER)
    mended_and_sent_once(stand)


@pytest.mark.parametrize("where", [KEYED, X])
def test_a_link_that_is_not_there(stand: OneServerHarness, web: WebPages) -> None:
    important(stand, parts=(f"Join us: {web.url}/join",))
    raised_a_day_ahead(stand, f"{web.url}/join answers 404")
    web.put("join")
    mended_and_sent_once(stand)


@pytest.mark.parametrize("where", [KEYED, X])
def test_a_link_that_is_never_there_holds_nothing_back(stand: OneServerHarness, web: WebPages) -> None:
    important(stand, parts=(f"Join us: {web.url}/join",))
    raised_a_day_ahead(stand, f"{web.url}/join answers 404")
    lane(stand, every=30, hours=22, minutes=50)
    assert len(stand.told("trouble_ahead")) == 2
    stand.settle(hours=2)
    stand.check_sent_once()


@pytest.mark.parametrize("where", [KEYED])
def test_a_token_without_the_right_to_write(stand: OneServerHarness) -> None:
    assert isinstance(stand.place, OnMastodon)
    important(stand)
    told = {"name": "Groundswell", "scopes": ["read"]}
    stand.place.server.fault("status", path="/apps/verify_credentials$", status=200, body=json.dumps(told))
    raised_a_day_ahead(stand, "mastodon may not write: The token may not write.")


def test_a_server_that_does_not_answer_is_said_and_asked_again(stand: OneServerHarness) -> None:
    important(stand)
    if isinstance(stand.place, OnX):
        stand.place.server.fault("status", "/2/users/me", status=503)
        minutes = 61
    else:
        assert isinstance(stand.place, OnMastodon)
        stand.place.server.fault("status", path="/verify_credentials$", status=503, count=1)
        minutes = 11
    lane(stand, minutes=31)
    (event,) = stand.told("trouble_ahead")
    assert f"{stand.account} does not answer: " in event_text(event)
    mended_and_sent_once(stand, minutes=minutes)
