"""Two to four workers on one store, and a second in which a great deal is due: nothing twice, nothing lost."""

from __future__ import annotations

import pytest

from tests.harness.bot_process import BotProcess
from tests.harness.live_campaign import LiveCampaign, in_seconds
from tests.harness.posted_once import Part, assert_once, more_accounts, out, without_limits

ACCOUNTS = ("mastodon", "x", "second", "third")
LONG = 240.0


def posted_by(live: LiveCampaign, workers: int, messages: int, patience: float) -> list[BotProcess]:
    """Have so many workers post so many messages on each of four accounts, all due in one second."""
    more_accounts(live, ACCOUNTS[2:])
    without_limits(live)
    due = in_seconds(4 + messages / 50)
    texts = live.many(messages, due)
    live.done("plan")
    processes = [live.run() for _ in range(workers)]
    for process in processes:
        process.waits_for("working", patience=patience)
    live.until(lambda: sum(len(process.lines("sent")) for process in processes) >= len(ACCOUNTS) * messages, patience)
    wanted: dict[str, list[Part]] = {f"m{number:02}": [(text, 0)] for number, text in enumerate(texts, 1)}
    assert_once(live, wanted, ACCOUNTS)
    assert min(one["sent_at"] for one in live.queue()) >= f"{due:%Y-%m-%dT%H:%M:%S}"
    shares = [len(process.lines("sent")) for process in processes]
    print(f"{len(out(live))} posts, by worker: {shares}")
    return processes


def test_three_workers_share_what_is_due_in_one_second_and_nothing_is_posted_twice(shared: LiveCampaign) -> None:
    for process in posted_by(shared, workers=3, messages=16, patience=60.0):
        assert process.stopped() == 0


@pytest.mark.long
def test_two_workers_on_one_file_share_what_is_due_in_one_second_and_nothing_is_posted_twice(
    live: LiveCampaign,
) -> None:
    for process in posted_by(live, workers=2, messages=10, patience=60.0):
        assert process.stopped() == 0


@pytest.mark.long
@pytest.mark.parametrize("workers", [2, 4])
def test_a_thousand_deliveries_are_due_in_one_second_and_each_is_out_once(shared: LiveCampaign, workers: int) -> None:
    for process in posted_by(shared, workers, messages=250, patience=LONG):
        assert process.stopped() == 0


@pytest.mark.long
def test_a_thousand_deliveries_in_one_file_are_due_in_one_second_and_each_is_out_once(live: LiveCampaign) -> None:
    for process in posted_by(live, workers=2, messages=250, patience=LONG):
        assert process.stopped() == 0
