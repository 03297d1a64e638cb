"""The contract of reading: every platform keeps it, whatever it is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain import fingerprint
from bot.domain.post import Cursor, MediaKind
from bot.domain.text import tracked
from bot.errors import PlatformError
from tests.platforms.contract import DAY, breaks, from_horizon, read_all
from tests.platforms.drivers import Call, Driver, Trouble


def test_a_post_is_fetched_as_it_is_now(driver: Driver) -> None:
    platform = driver.platform()
    uri = driver.somebody_posts(f"Solidarity! #{driver.hashtags[0]}")
    post = platform.fetch(uri)
    assert post is not None
    assert post.platform == driver.name
    assert post.uri == uri
    assert post.public
    assert not post.is_reply
    assert not post.reshared_by_us
    assert post.kinds == (MediaKind.VIDEO,)
    assert tracked(post.hashtags, driver.hashtags) == driver.hashtags[:1]
    assert "Solidarity!" in post.text


def test_a_reply_to_somebody_is_known_as_one(driver: Driver) -> None:
    post = driver.platform().fetch(driver.somebody_posts("Indeed.", replying=True))
    assert post is not None
    assert post.is_reply


def test_an_edit_changes_the_fingerprint_and_nothing_else_does(driver: Driver) -> None:
    platform = driver.platform()
    uri = driver.somebody_posts(f"Solidarity! #{driver.hashtags[0]}")
    before, again = platform.fetch(uri), driver.platform().fetch(uri)
    driver.somebody_edits(uri, f"Something else. #{driver.hashtags[0]}")
    after = platform.fetch(uri)
    assert before is not None
    assert again is not None
    assert after is not None
    assert fingerprint.of(before) == fingerprint.of(again)
    assert fingerprint.of(before) != fingerprint.of(after)


def test_a_post_under_a_hashtag_has_the_fingerprint_it_has_when_fetched(driver: Driver) -> None:
    platform = driver.platform()
    uri = driver.somebody_posts(f"Solidarity! #{driver.hashtags[0]}")
    sources = platform.sources(driver.hashtags)
    [seen] = read_all(sources, from_horizon(sources, driver.now() - DAY))
    fetched = platform.fetch(uri)
    assert fetched is not None
    assert (seen.uri, seen.author.handle, fingerprint.of(seen)) == (uri, fetched.author.handle, fingerprint.of(fetched))


def test_a_deleted_post_is_gone(driver: Driver) -> None:
    uri = driver.somebody_posts("Soon gone.")
    driver.somebody_deletes(uri)
    assert driver.platform().fetch(uri) is None


def test_a_hidden_post_is_gone_or_known_not_to_be_public(driver: Driver) -> None:
    uri = driver.somebody_posts("For friends.")
    driver.somebody_hides(uri)
    post = driver.platform().fetch(uri)
    assert post is None or not post.public or post.author.locked


def test_several_posts_are_fetched_as_each_of_them_would_be(driver: Driver) -> None:
    platform = driver.platform()
    uris = [driver.somebody_posts(f"Solidarity, {number}! #{driver.hashtags[0]}") for number in range(4)]
    driver.somebody_edits(uris[1], f"Something else. #{driver.hashtags[0]}")
    driver.somebody_deletes(uris[2])
    found = platform.fetch_all(uris)
    assert list(found) == uris
    assert found == {uri: platform.fetch(uri) for uri in uris}
    assert found[uris[2]] is None
    assert platform.fetch_all([]) == {}


@pytest.mark.parametrize("trouble", list(Trouble))
def test_a_post_that_cannot_be_fetched_is_never_taken_for_gone(
    driver: Driver, trouble: Trouble, tmp_path: Path
) -> None:
    breaks(driver, driver.platform(), Call.FETCH, trouble, tmp_path)


def test_a_source_starts_at_its_horizon_and_gives_everything_once_oldest_first(driver: Driver) -> None:
    now = driver.now()
    times = [now - timedelta(minutes=number) for number in reversed(range(1, 96))]
    uris = [driver.somebody_posts(f"Video! #{driver.hashtags[0]}", at=at) for at in times]
    driver.somebody_posts(f"Too old. #{driver.hashtags[0]}", at=now - timedelta(hours=3))
    sources = driver.platform().sources(driver.hashtags)
    cursors = from_horizon(sources, now - timedelta(hours=2))
    posts = read_all(sources, cursors)
    assert sorted(post.uri for post in posts) == sorted(uris)
    assert read_all(sources, cursors) == []


def test_a_page_is_in_the_order_in_which_people_posted(driver: Driver) -> None:
    now = driver.now()
    uris = [
        driver.somebody_posts(f"Video! #{driver.hashtags[0]}", at=now - timedelta(minutes=number))
        for number in (5, 4, 3)
    ]
    sources = driver.platform().sources(driver.hashtags)
    assert [post.uri for post in read_all(sources, from_horizon(sources, now - DAY))] == uris


def test_a_source_goes_on_where_another_process_left_it(driver: Driver) -> None:
    sources = driver.platform().sources(driver.hashtags)
    cursors = from_horizon(sources, driver.now() - DAY)
    driver.somebody_posts(f"Before. #{driver.hashtags[0]}")
    read_all(sources, cursors)
    after = {driver.somebody_posts(f"After, {number}. #{driver.hashtags[0]}") for number in range(45)}
    seen = {post.uri for post in read_all(driver.platform().sources(driver.hashtags), cursors)}
    assert after <= seen


def test_an_empty_source_keeps_its_horizon_and_misses_nothing_later(driver: Driver) -> None:
    sources = driver.platform().sources(driver.hashtags)
    cursors = from_horizon(sources, driver.now() - DAY)
    assert read_all(sources, cursors) == []
    assert cursors == from_horizon(sources, next(iter(cursors.values())).horizon)
    uri = driver.somebody_posts(f"At last. #{driver.hashtags[0]}")
    assert [post.uri for post in read_all(sources, cursors)] == [uri]


def test_a_reading_that_fails_loses_nothing(driver: Driver) -> None:
    uri = driver.somebody_posts(f"Video! #{driver.hashtags[0]}")
    source = driver.platform().sources(driver.hashtags)[0]
    cursor = Cursor(driver.now() - DAY)
    for trouble in Trouble:
        driver.breaks(Call.SOURCE, trouble)
        with pytest.raises(PlatformError):
            source.read(cursor)
    assert [post.uri for post in source.read(cursor).posts] == [uri]


def test_a_hashtag_is_matched_whole_and_in_any_case(driver: Driver) -> None:
    tag = driver.hashtags[0]
    uri = driver.somebody_posts(f"Shouted. #{tag.upper()}")
    driver.somebody_posts(f"Longer. #{tag}_2025")
    driver.somebody_posts(f"No tag at all: {tag}")
    sources = driver.platform().sources(driver.hashtags)
    assert {post.uri for post in read_all(sources, from_horizon(sources, driver.now() - DAY))} == {uri}


def test_reshares_by_others_are_no_sightings_of_their_own(driver: Driver) -> None:
    uri = driver.somebody_posts(f"Video! #{driver.hashtags[0]}")
    driver.somebody_reshares(uri)
    sources = driver.platform().sources(driver.hashtags)
    posts = read_all(sources, from_horizon(sources, driver.now() - DAY))
    assert [(post.uri, post.reshared_by_us) for post in posts] == [(uri, False)]


def test_sources_have_names_of_their_own_that_last(driver: Driver) -> None:
    names = [source.name for source in driver.platform().sources(driver.hashtags)]
    assert len(set(names)) == len(names)
    assert names == [source.name for source in driver.platform().sources(driver.hashtags)]
