"""A running worker posts at the second that is asked for, and takes up whatever people change meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.harness.bot_process import BotProcess
from tests.harness.live_campaign import NO_CARE, TAG, LiveCampaign, in_seconds, now

EVENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [ !] [a-z_]+ ([a-z]+=\S+ )*\S")
"""A line of the log: instant, a mark for what a person should look at, event, ids, words."""


@pytest.fixture(scope="module")
def live(lasting: LiveCampaign) -> LiveCampaign:
    lasting.message("later", "Much later.")
    lasting.schedule({"later": now() + timedelta(hours=1)})
    return lasting


@pytest.fixture(scope="module")
def worker(live: LiveCampaign) -> Iterator[BotProcess]:
    """One worker for all tests here: they edit its campaign while it runs."""
    worker = live.run()
    worker.waits_for("working")
    yield worker
    assert worker.stopped() == 0
    assert worker.out == "", "standard output is for --json alone"
    assert [line for line in worker.err.splitlines() if not EVENT.match(line)] == []


def test_posts_leave_when_they_are_due_with_their_picture_uploaded_ahead(
    live: LiveCampaign, worker: BotProcess
) -> None:
    live.message("call", "Join us!\n---\nAnd bring a friend.", card=True)
    live.schedule({"call": now() + timedelta(minutes=10)}, "call")
    live.until(lambda: len(live.mastodon.ledger().media) == len(live.x.ledger()["media"]) == 1)
    assert live.accepted() == []
    due = in_seconds(1)
    live.schedule({"call": due}, "call")
    accepted = live.until_accepted(4)
    for account in ("mastodon", "x"):
        first, second = (one for one in accepted if one.account == account)
        assert first.wall >= due.timestamp(), "none leaves before its second"
        assert (first.text, first.media, first.reply_to) == ("Join us!", 1, None)
        assert (second.text, second.media) == ("And bring a friend.", 0)
        assert second.reply_to is not None
    assert len(live.mastodon.ledger().media) == len(live.x.ledger()["media"]) == 1, "none was uploaded again"


def test_a_message_that_is_edited_and_put_forward_goes_out_in_its_new_words(
    live: LiveCampaign, worker: BotProcess
) -> None:
    live.message("edited", "Old words.")
    live.schedule({"edited": now() + timedelta(hours=1)}, "edited")
    worker.waits_for("planned", len(worker.lines("planned")) + 1)
    live.message("edited", "New words.")
    live.schedule({"edited": now()}, "edited")
    live.until(lambda: live.texts().count("New words.") == 2)
    assert "Old words." not in live.texts()


def test_a_post_that_waits_for_the_live_link_goes_out_when_the_link_is_written(
    live: LiveCampaign, worker: BotProcess
) -> None:
    live.message("broadcast", "We are live: {live}")
    live.schedule({"broadcast": now() - timedelta(minutes=1)}, "broadcast")
    worker.waits_for("waiting", 2)
    live.change("bot.toml", 'live = ""', 'live = "https://live.example/"')
    live.until(lambda: live.texts().count("We are live: https://live.example/") == 2)


def test_a_file_with_a_fault_holds_up_no_other_and_is_said_once_until_it_is_mended(
    live: LiveCampaign, worker: BotProcess
) -> None:
    live.message("sound", "Sound.")
    live.message("faulty", "Wrong: {hashtag}")
    live.schedule({"sound": now(), "faulty": now()}, "faulty")
    (line,) = worker.waits_for("faulty_files")
    assert "mend this" in line
    assert "messages/faulty/en.md:1: error: {hashtag}" in line
    live.until(lambda: live.texts().count("Sound.") == 2)
    live.message("faulty", "Right: {hashtags}")
    live.until(lambda: live.texts().count(f"Right: #{TAG}") == 2 and live.texts().count("Sound.") == 2)
    assert len(worker.lines("faulty_files")) == 1


def test_trust_a_new_hashtag_and_a_faster_pace_are_taken_up(live: LiveCampaign, worker: BotProcess) -> None:
    live.change("bot.toml", 'min_gap = "0s"', 'min_gap = "1h"')
    live.change("bot.toml", f'hashtags = ["{TAG}"]', f'hashtags = ["{TAG}", "NewTag"]')
    live.change(
        "bot.toml", "[pace]", f'[moderation]\ntrusted = ["@anna@{live.host}", "@ben@{live.host}"]\n\n{NO_CARE}\n[pace]'
    )
    for author in ("anna", "ben"):
        live.video_on_mastodon(author, tag="NewTag")
    live.until(lambda: len(live.mastodon.ledger().reblogs) == 1)
    live.change("bot.toml", 'min_gap = "1h"', 'min_gap = "0s"')
    live.until(lambda: len(live.mastodon.ledger().reblogs) == 2)


def test_an_account_that_is_added_posts_once_its_token_is_there_and_no_more_when_it_is_taken_out(
    live: LiveCampaign, worker: BotProcess
) -> None:
    second = live.mastodon.add_account("second")
    token = live.root.parent / "second.token"
    server = f'platform = "mastodon"\napi_base_url = "{live.mastodon.url}"\naccess_token_file = "{token}"\n'
    live.change("bot.toml", "[links]", f"[accounts.second]\n{server}\n[links]")
    live.message("more", "More.")
    live.schedule({"more": now()}, "more")
    live.until(lambda: live.texts().count("More.") == 2)
    (line,) = worker.waits_for("account_failed")
    assert "second" in line
    token.touch(0o600)
    token.write_text(second.access_token)
    live.until(lambda: live.mastodon.ledger().texts(second).count("More.") == 1)
    assert live.texts().count("More.") == 3

    live.change("bot.toml", "[accounts.second]", "[spare]")
    live.change("bot.toml", f"[spare]\n{server}", "")
    live.message("after", "After that.")
    live.schedule({"after": now()}, "after")
    live.until(lambda: live.texts().count("After that.") == 2)
    assert "After that." not in live.mastodon.ledger().texts(second)
