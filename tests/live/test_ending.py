"""SIGTERM and SIGINT: what is under way ends well, nothing else begins, and the process is gone soon."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from tests.harness.bot_process import PATIENCE_S, piped, until
from tests.harness.live_campaign import LiveCampaign, in_seconds, now, once_each

SLOW_S = 2.0


def answer_slowly(live: LiveCampaign) -> None:
    """Both servers take a post in at once and answer late."""
    live.mastodon.fault("accept_then_delay", method="POST", path="/statuses$", seconds=SLOW_S)
    live.x.fault("accept_then_delay", "/2/tweets", method="POST", seconds=SLOW_S, count=None)


def test_a_request_in_flight_is_waited_for_and_recorded_and_no_other_begins(live: LiveCampaign) -> None:
    live.many(4, now())
    answer_slowly(live)
    worker = live.run()
    live.until(lambda: live.accepted("mastodon") and live.accepted("x"))
    worker.asked(signal.SIGTERM)
    worker.waits_for("ending")
    worker.asked(signal.SIGTERM)
    worker.asked(signal.SIGINT)
    assert worker.ends() == 0
    assert len(live.accepted()) == 2
    assert len(worker.lines("sent")) == 2
    assert [one["state"] for one in live.queue()].count("sent") == 2
    assert {one["state"] for one in live.queue()} == {"sent", "planned"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_worker_is_gone_long_before_it_has_anything_to_do(live: LiveCampaign, number: signal.Signals) -> None:
    live.many(1, now() + timedelta(hours=1))
    worker = live.run()
    worker.waits_for("working")
    worker.asked(number)
    assert worker.ends() == 0
    assert "Traceback" not in worker.err


def test_a_single_run_ends_as_well_when_it_is_asked(live: LiveCampaign) -> None:
    live.many(4, now())
    answer_slowly(live)
    worker = live.run("--once")
    live.until(lambda: live.accepted("mastodon") and live.accepted("x"))
    worker.asked(signal.SIGTERM)
    assert worker.ends() == 0
    assert len(live.accepted()) == len(worker.lines("sent")) == 2


def test_a_signal_that_comes_before_the_worker_is_ready_ends_it_too(live: LiveCampaign) -> None:
    live.many(1, now() + timedelta(hours=1))
    preload = "from bot.cli import signals; signals.wait_with_signals(); os.kill(os.getpid(), signal.SIGTERM)"
    command = f"import os, signal, sys; {preload}; from bot.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "run"], cwd=live.root, env=live.own({}), capture_output=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0
    assert b"ending" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_worker_whose_log_nobody_reads_any_more_goes_on(live: LiveCampaign) -> None:
    texts = live.many(1, in_seconds(3600))
    with piped(live.own({}), live.root) as worker:
        worker.waits_for(" working ")
        worker.hangs_up()
        live.schedule({"m01": now()})
        until(lambda: len(live.accepted()) == 2)
    assert once_each(live.accepted(), texts)


def test_a_day_that_is_past_is_said_with_what_to_change(live: LiveCampaign) -> None:
    live.change("bot.toml", f"day_of_action = {now():%Y-%m-%d}", "day_of_action = 2025-04-16")
    live.write("schedules/day.toml", '[[post]]\nmessage = "call"\ndays = ["T"]\nat = 09:00:00\n')
    live.message("call", "Join us!")
    said = live.bot("run", "--once")
    assert said.status == 0
    assert "The day of action, 16 April 2025, is" in said.err
    assert "Nothing is left to post." in said.err
    assert "change day_of_action in bot.toml" in said.err
    assert live.accepted() == []
    without = live.bot("run", "--once", **dict.fromkeys(live.environment, ""))
    assert without.status == 1
    assert "The day of action, 16 April 2025, is" in without.err
