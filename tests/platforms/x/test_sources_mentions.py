"""Mentions as a source: everything said to us, each post once, nothing lost between pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.post import Cursor, SeenPost
from bot.errors import PlatformError
from bot.platforms.base import Source
from bot.platforms.x.adapter import XPlatform
from bot.platforms.x.sources import PAGE_SIZE
from tests.platforms.x.conftest import Account, HandClock
from tests.servers.x.handle import XSimulator, XUser

MINUTE = timedelta(minutes=1)
PATH = "/2/users/*/mentions"


@pytest.fixture
def source(account: XPlatform) -> Source:
    return account.sources(["April19"])[-1]


@pytest.fixture
def start(clock: HandClock) -> Cursor:
    return Cursor(horizon=clock.now - timedelta(hours=24))


def mention(x: XSimulator, clock: HandClock, minutes: int, text: str = "stop", **more: Any) -> str:
    return x.seed_post("Union", f"@GroundswellBot {text}", created_at=clock.now - minutes * MINUTE, **more)


def read_all(source: Source, cursor: Cursor) -> tuple[list[SeenPost], Cursor]:
    found: list[SeenPost] = []
    for _ in range(50):
        page = source.read(cursor)
        assert page.to_us
        found, cursor = [*found, *page.posts], page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("the source never ends")


def test_everything_said_to_us_is_read_without_hashtags_and_media_too(
    x: XSimulator, clock: HandClock, source: Source, start: Cursor
) -> None:
    said = {mention(x, clock, 5), mention(x, clock, 4, "look #April19", media=[{"type": "video"}])}
    x.seed_post("Union", "#April19", created_at=clock.now - MINUTE)
    page = source.read(start)
    assert ({post.native_id for post in page.posts}, page.to_us, page.gap) == (said, True, "")
    assert page.cost == 10_000
    assert x.ledger()["spent"] * 1_000_000 == pytest.approx(page.cost)


def test_a_reading_cut_short_loses_nothing_and_pays_for_nothing_twice(
    x: XSimulator, us: XUser, clock: HandClock, source: Source, start: Cursor
) -> None:
    x.settings(prices={"reads_once_a_day": False})
    said = [mention(x, clock, minutes, f"{minutes}") for minutes in range(10, 55)]
    first = source.read(start)
    assert (first.more, first.cost) == (True, source.page_cost)
    assert len(first.posts) == PAGE_SIZE
    late = mention(x, clock, 2)
    rest, cursor = read_all(source, first.cursor)
    newer, cursor = read_all(source, cursor)
    assert sorted(post.native_id for post in (*first.posts, *rest, *newer)) == sorted([*said, late])
    assert read_all(source, cursor) == ([], cursor)
    assert set(x.ledger()["billed_reads"][us.id].values()) == {1}


def test_mentions_are_read_after_weeks_without_a_gap(x: XSimulator, clock: HandClock, source: Source) -> None:
    old, missed, new = (x.seed_post("Union", "@GroundswellBot", created_at=clock.now - age) for age in AGES)
    page = source.read(Cursor(clock.now - timedelta(days=60), newest=old))
    assert ([post.native_id for post in page.posts], page.gap) == ([missed, new], "")


AGES = (timedelta(days=30), timedelta(days=20), timedelta(days=1))


def test_somebody_who_only_reposts_us_says_nothing_to_us(x: XSimulator, source: Source, start: Cursor) -> None:
    reference = [{"type": "retweeted", "id": "1900000000000000000"}]
    data = [
        {"id": "1900000000000000002", "text": "RT @GroundswellBot: …", "author_id": "7", "referenced_tweets": reference}
    ]
    x.fault("status", PATH, status=200, body={"data": data, "meta": {"newest_id": "1900000000000000002"}})
    page = source.read(start)
    assert (page.posts, page.cost) == ((), 5_000)


@pytest.mark.parametrize("status", [400, 403, 429, 503])
def test_mentions_that_cannot_be_read_move_nothing(x: XSimulator, source: Source, start: Cursor, status: int) -> None:
    x.fault("status", PATH, status=status)
    with pytest.raises(PlatformError):
        source.read(start)


def test_whoever_wants_no_mentions_pays_for_none(open_account: Account) -> None:
    assert [source.name for source in open_account(mentions=False).sources(["April19"])] == ["x search x"]


def test_who_quotes_us_without_naming_us_is_read_once_the_mentions_are(
    x: XSimulator, us: XUser, clock: HandClock, account: XPlatform, source: Source, start: Cursor
) -> None:
    account.known_as("x:GroundswellBot")
    ours = x.seed_post("GroundswellBot", "Ours.", created_at=clock.now - 9 * MINUTE)
    theirs = x.seed_post("Union", "Theirs.", created_at=clock.now - 8 * MINUTE)
    said = {mention(x, clock, minutes, f"{minutes}", reply_to=ours) for minutes in range(20, 42)}
    quoting = x.seed_post("Union", "Delete my video!", quotes=ours, created_at=clock.now - 3 * MINUTE)
    x.seed_post("Union", "Look at this", quotes=theirs, created_at=clock.now - 3 * MINUTE)
    posts, cursor = read_all(source, start)
    assert sorted(post.native_id for post in posts) == sorted({*said, quoting})
    assert {post.answers_us for post in posts if post.native_id in said} == {True}
    assert read_all(source, cursor)[0] == []
    later = x.seed_post("Union", "Please", quotes=ours, created_at=clock.now - MINUTE * 2)
    assert [post.native_id for post in read_all(source, cursor)[0]] == [later]
    x.fault("status", "/2/tweets/search/recent", status=503)
    again = mention(x, clock, 1)
    assert again in [post.native_id for post in read_all(source, cursor)[0]], "mentions do not wait for quotes"
