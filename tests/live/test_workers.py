"""Workers that share a store, and workers that die: every delivery is taken in exactly once."""

from __future__ import annotations

from tests.harness.bot_process import BotProcess
from tests.harness.live_campaign import LiveCampaign, in_seconds, now, once_each


def two_workers(live: LiveCampaign) -> tuple[BotProcess, BotProcess]:
    first, second = live.run(), live.run()
    first.waits_for("working")
    second.waits_for("working")
    return first, second


def test_of_two_workers_on_one_store_one_is_killed_and_all_that_is_due_in_one_second_is_sent_once(
    live: LiveCampaign,
) -> None:
    due = in_seconds(4)
    texts = live.many(20, due)
    live.mastodon.fault("accept_then_delay", method="POST", path="/statuses$", seconds=0.05)
    live.x.fault("accept_then_delay", "/2/tweets", method="POST", seconds=0.05, count=None)
    first, second = two_workers(live)
    (busy, *_) = live.until(lambda: [one for one in (first, second) if len(one.lines("sent")) > 5])
    busy.killed()
    other = second if busy is first else first
    live.until(lambda: {one["state"] for one in live.queue()} == {"sent"})
    assert other.stopped() == 0
    assert once_each(live.accepted(), texts)
    assert live.accepted()[0].wall >= due.timestamp()


def test_what_was_accepted_but_never_answered_before_a_kill_is_found_and_not_sent_again(live: LiveCampaign) -> None:
    texts = live.many(2, now())
    live.change("bot.toml", 'every = "0s"', 'every = "1s"')
    live.mastodon.settings(idempotency="ignore")
    live.mastodon.fault("accept_then_delay", method="POST", path="/statuses$", seconds=30)
    live.x.fault("accept_then_delay", "/2/tweets", method="POST", seconds=30, count=None)
    worker = live.run()
    live.until_accepted(2)
    worker.killed()
    live.mastodon.clear_faults()
    live.x.clear_faults()
    again = live.run()
    again.waits_for("sent", 4)
    assert len(again.lines("found")) == 2
    assert again.stopped() == 0
    assert once_each(live.accepted(), texts)
