"""Streams of a running worker: a hint cuts the wait to a second, and one that is of no use costs nothing."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.harness.bot_process import BotProcess
from tests.harness.live_campaign import TAG, LiveCampaign, in_seconds

READ = f"/api/v1/timelines/tag/{TAG}"
SLOW, QUICK = 'poll_min = "10m"', 'poll_min = "1s"'


@pytest.fixture
def live(live: LiveCampaign) -> LiveCampaign:
    """Whatever anna posts may go out at once; without streams her posts are found ten minutes later."""
    live.change("bot.toml", "[pace]", f'[moderation]\ntrusted = ["@anna@{live.host}"]\n\n[pace]')
    live.change("bot.toml", "[pace]", '[moderation.care]\nfollowers = 0\nage = "0s"\nlanguages = []\n\n[pace]')
    live.change("bot.toml", QUICK, f'{SLOW}\npoll_max = "10m"')
    live.mastodon.add_account("anna", discoverable=True, indexable=True)
    live.many(1, in_seconds(3600))
    return live


def post(live: LiveCampaign, author: str = "anna") -> None:
    """Have somebody post a video."""
    video = {"type": "video", "description": "A video."}
    live.mastodon.seed_status(author, f"Solidarity from {author}! #{TAG}", media=[video])


def readings(live: LiveCampaign) -> int:
    """How often the hashtag's timeline was read."""
    return sum(one["path"] == READ for one in live.mastodon.ledger().requests)


def reblogs(live: LiveCampaign) -> list[dict[str, Any]]:
    return live.mastodon.ledger().reblogs


def listening(live: LiveCampaign) -> BotProcess:
    """A worker that has read everything once, and has its streams open."""
    worker = live.run()
    worker.waits_for("working")
    live.until(lambda: len(live.mastodon.ledger().open_streams) == 2 and readings(live) >= 1)
    return worker


def test_a_post_is_reshared_long_before_its_hashtag_would_be_read_again(live: LiveCampaign) -> None:
    """It comes about within the patience of a test, and a reading without a hint is ten minutes away."""
    worker = listening(live)
    before = readings(live)
    post(live)
    (reblog,) = live.until(lambda: reblogs(live))
    assert 1 <= readings(live) - before <= 2
    assert reblog["account"] == live.union.username
    assert worker.stopped() == 0


def test_streams_are_ended_and_begun_as_the_configuration_says(live: LiveCampaign) -> None:
    worker = listening(live)
    live.change("bot.toml", SLOW, f"streams = false\n{SLOW}")
    live.until(lambda: live.mastodon.ledger().open_streams == [])
    live.change("bot.toml", "streams = false", "streams = true")
    live.change("bot.toml", f'hashtags = ["{TAG}"]', f'hashtags = ["{TAG}", "Another"]')
    live.until(lambda: len(live.mastodon.ledger().open_streams) == 3)
    assert worker.stopped() == 0


def test_a_silent_stream_is_noticed_by_looking_and_opened_anew(live: LiveCampaign) -> None:
    live.mastodon.settings(streams="silent")
    live.change("bot.toml", SLOW, QUICK)
    worker = listening(live)
    for number in range(1, 6):  # the first ones may be found by the looks that follow the opening
        post(live, "anna" if number == 1 else f"author{number}@b.example")
        worker.waits_for("seen", number)
    assert len(reblogs(live)) == 1
    worker.waits_for("stream_silent")
    assert worker.stopped() == 0


def test_a_stream_that_lies_without_end_is_not_believed_more_and_more_often(live: LiveCampaign) -> None:
    live.mastodon.settings(streams="lying")
    worker = listening(live)
    began, before = time.monotonic(), readings(live)
    live.until(lambda: time.monotonic() - began > 4)
    assert 1 <= readings(live) - before <= 4
    assert worker.stopped() == 0


def test_a_server_without_streams_is_asked_once_and_said_once(live: LiveCampaign) -> None:
    live.mastodon.settings(streams="missing")
    live.change("bot.toml", SLOW, QUICK)
    worker = live.run()
    (line,) = worker.waits_for("stream_off")
    assert "404" in line
    assert " ! " not in line
    post(live)
    live.until(lambda: reblogs(live))
    assert len([one for one in live.mastodon.ledger().requests if "/streaming/" in one["path"]]) == 2
    assert len(worker.lines("stream_off")) == 1
    assert worker.stopped() == 0


def test_of_two_workers_one_listens(shared: LiveCampaign) -> None:
    first, second = shared.run(), shared.run()
    for worker in (first, second):
        worker.waits_for("working")
    shared.until(lambda: len(shared.mastodon.ledger().open_streams) == 2)
    began = time.monotonic()
    shared.until(lambda: time.monotonic() - began > 1.5)
    assert len(shared.mastodon.ledger().streams) == 2
    for worker in (first, second):
        assert worker.stopped() == 0


@pytest.mark.long
def test_when_the_worker_that_listens_is_killed_the_other_does_within_a_minute(live: LiveCampaign) -> None:
    first = listening(live)
    second = live.run()
    second.waits_for("working")
    first.killed()
    began = time.monotonic()
    live.until(lambda: time.monotonic() - began > 2 and len(live.mastodon.ledger().open_streams) == 2, 60)
    assert len(live.mastodon.ledger().streams) == 4
    assert second.stopped() == 0
