"""Our accounts on embedded networks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain import fingerprint
from bot.domain.message import Visibility
from bot.domain.post import MediaKind
from bot.errors import Outcome, PlatformError
from bot.platforms.base import Platform
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.platforms.rehearsal.state import Deleted, Posted, Reshared, Unreshared
from tests.harness.media_files import opened
from tests.harness.rehearsal_networks import IMAGE, START, VIDEO, RehearsalNetworks, accepted, post

AUTHOR = "@metalworkers@union.example"
X_AUTHOR = "x:metal_example"


@pytest.fixture
def world() -> RehearsalNetworks:
    return RehearsalNetworks()


def test_it_is_a_platform(world: RehearsalNetworks) -> None:
    platforms: list[Platform] = [world.on_mastodon, world.on_x]
    assert [platform.facts().handle for platform in platforms] == ["@mastodon@social.example", "x:x"]


def test_a_post_has_an_address_like_its_networks_and_ids_grow_with_time(world: RehearsalNetworks) -> None:
    first = world.on_mastodon.publish(post("one"))
    world.clock.passes(seconds=1)
    second = world.on_mastodon.publish(post("two"))
    assert first.url == f"https://social.example/@mastodon/{first.post_id}"
    assert int(first.post_id) < int(second.post_id)
    on_x = world.on_x.publish(post())
    assert on_x.url == f"https://x.com/x/status/{on_x.post_id}"


def test_a_key_makes_one_post_for_an_hour_and_another_after_it(world: RehearsalNetworks) -> None:
    first = world.on_mastodon.publish(post(idempotency_key="k"))
    world.clock.passes(minutes=59)
    assert world.on_mastodon.publish(post(idempotency_key="k")) == first
    world.clock.passes(minutes=2)
    assert world.on_mastodon.publish(post(idempotency_key="k")) != first
    assert accepted(world.mastodon, Posted) == 2


def test_x_refuses_the_same_text_for_a_day_whatever_the_key(world: RehearsalNetworks) -> None:
    world.on_x.publish(post(idempotency_key="k"))
    with pytest.raises(PlatformError) as refusal:
        world.on_x.publish(post("Freedom!  #Solidarity", idempotency_key="k"))
    assert refusal.value.duplicate
    assert refusal.value.answer is Outcome.REJECTED
    world.clock.passes(hours=24)
    world.on_x.publish(post())


def test_a_text_that_is_too_long_by_the_networks_count_is_refused(world: RehearsalNetworks) -> None:
    link = "https://campaign.example/" + "a" * 400
    assert world.on_mastodon.publish(post(f"{'x' * 470} {link}"))
    with pytest.raises(PlatformError) as refusal:
        world.on_x.publish(post("x" * 281))
    assert refusal.value.answer is Outcome.REJECTED


def test_a_video_is_attached_once_it_is_processed_and_not_before(world: RehearsalNetworks, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"moving")
    upload = world.on_mastodon.upload(opened(tmp_path / "clip.mp4"), VIDEO)
    assert not upload.ready
    with pytest.raises(PlatformError, match="still processed"):
        world.on_mastodon.publish(post(media_ids=(upload.media_id,)))
    world.clock.passes(seconds=20)
    assert world.on_mastodon.is_ready(upload.media_id)
    world.on_mastodon.publish(post(media_ids=(upload.media_id,)))
    with pytest.raises(PlatformError, match="attached to another post"):
        world.on_mastodon.publish(post("again", media_ids=(upload.media_id,)))
    assert world.on_mastodon.own_posts(START)[0].media_count == 1


def test_a_file_of_a_wrong_type_is_refused(world: RehearsalNetworks, tmp_path: Path) -> None:
    (tmp_path / "banner.bmp").write_bytes(b"still")
    with pytest.raises(PlatformError, match="does not take"):
        world.on_x.upload(opened(tmp_path / "banner.bmp"), replace(IMAGE, mime_type="image/bmp"))


def test_slow_processing_lasts_until_it_was_said_to_end(world: RehearsalNetworks, tmp_path: Path) -> None:
    (tmp_path / "banner.png").write_bytes(b"still")
    world.x.fail_next(FaultyAction.UPLOAD, How.SLOW, until=START + timedelta(minutes=3))
    upload = world.on_x.upload(opened(tmp_path / "banner.png"), IMAGE)
    world.clock.passes(minutes=2)
    assert not world.on_x.is_ready(upload.media_id)
    world.clock.passes(minutes=1)
    assert world.on_x.is_ready(upload.media_id)


def test_a_reshare_counts_once_and_can_be_taken_back(world: RehearsalNetworks) -> None:
    uri = world.mastodon.post(AUTHOR, "Our video #Solidarity", kinds=[MediaKind.VIDEO])
    seen = world.on_mastodon.fetch(uri)
    assert seen is not None
    assert world.on_mastodon.reshare(seen) == world.on_mastodon.reshare(seen)
    assert world.on_mastodon.own_posts(START)[0].reshare_of == uri
    again = world.on_mastodon.fetch(uri)
    assert again is not None
    assert again.reshared_by_us
    world.on_mastodon.undo_reshare(uri)
    world.on_mastodon.undo_reshare(uri)
    assert world.on_mastodon.own_posts(START) == []
    assert (accepted(world.mastodon, Reshared), accepted(world.mastodon, Unreshared)) == (1, 1)


def test_a_deleted_post_cannot_be_fetched_nor_reshared_and_its_reshares_go(world: RehearsalNetworks) -> None:
    uri = world.mastodon.post(AUTHOR, "Our video #Solidarity")
    seen = world.on_mastodon.fetch(uri)
    assert seen is not None
    world.on_mastodon.reshare(seen)
    world.mastodon.delete(uri)
    assert world.on_mastodon.fetch(uri) is None
    assert world.on_mastodon.own_posts(START) == []
    with pytest.raises(PlatformError):
        world.on_mastodon.reshare(seen)


def test_what_is_not_for_everybody_is_hidden_or_says_so(world: RehearsalNetworks) -> None:
    followers = world.mastodon.post(AUTHOR, "psst", visibility=Visibility.PRIVATE)
    unlisted = world.mastodon.post(AUTHOR, "psst", visibility=Visibility.UNLISTED)
    world.x.join(X_AUTHOR, locked=True)
    assert world.on_mastodon.fetch(followers) is None
    assert world.on_x.fetch(world.x.post(X_AUTHOR, "psst")) is None
    seen = world.on_mastodon.fetch(unlisted)
    assert seen is not None
    assert not seen.public


def test_an_edit_changes_the_fingerprint(world: RehearsalNetworks) -> None:
    uri = world.mastodon.post(AUTHOR, "before")
    before = world.on_mastodon.fetch(uri)
    world.mastodon.edit(uri, "after")
    after = world.on_mastodon.fetch(uri)
    assert before is not None
    assert after is not None
    assert fingerprint.of(before) != fingerprint.of(after)


def test_only_our_own_posts_are_deleted_and_only_once(world: RehearsalNetworks) -> None:
    ours = world.on_mastodon.publish(post())
    theirs = world.on_mastodon.fetch(world.mastodon.post(AUTHOR, "theirs"))
    world.on_mastodon.undo_post(ours.post_id)
    world.on_mastodon.undo_post(ours.post_id)
    world.on_mastodon.undo_post("never-was")
    assert accepted(world.mastodon, Deleted) == 1
    assert theirs is not None
    with pytest.raises(PlatformError):
        world.on_mastodon.undo_post(theirs.native_id)


def test_own_posts_go_back_to_since_and_show_the_newest_page_at_least(world: RehearsalNetworks) -> None:
    for number in range(30):
        world.clock.passes(minutes=1)
        world.on_mastodon.publish(post(f"number {number}"))
    assert len(world.on_mastodon.own_posts(world.clock.now)) == 20
    everything = world.on_mastodon.own_posts(START)
    assert [one.text for one in everything[:2]] == ["number 29", "number 28"]
    assert len(everything) == 30


def test_a_thread_answers_its_own_part_and_is_no_reply_to_somebody(world: RehearsalNetworks) -> None:
    first = world.on_mastodon.publish(post("1/2"))
    second = world.on_mastodon.publish(post("2/2", reply_to=first.post_id))
    assert world.on_mastodon.own_posts(START)[0].reply_to == first.post_id
    seen = world.on_mastodon.fetch(f"https://social.example/users/mastodon/statuses/{second.post_id}")
    assert seen is not None
    assert not seen.is_reply
    with pytest.raises(PlatformError):
        world.on_mastodon.publish(post("3/2", reply_to="1"))


def test_x_bills_every_call_and_mastodon_none(world: RehearsalNetworks) -> None:
    link = post("Read this https://campaign.example/ #Solidarity")
    assert (world.on_x.post_cost(post()), world.on_x.post_cost(link)) == (15_000, 200_000)
    world.on_x.publish(link)
    seen = world.on_x.fetch(world.x.post(X_AUTHOR, "Our video"))
    assert seen is not None
    world.on_x.reshare(seen)
    assert world.x.spent == 200_000 + world.on_x.reshare_cost
    world.on_mastodon.publish(link)
    assert world.mastodon.spent == 0
