"""The one switch, and single deliveries held or called off, while posts are due."""

from __future__ import annotations

import time

import pytest

from tests.harness.live_campaign import LiveCampaign, now, once_each

EACH_S = 0.15


def test_after_bot_stop_nothing_is_accepted_until_bot_resume_and_what_was_held_or_cancelled_stays(
    live: LiveCampaign,
) -> None:
    texts = live.many(15, now())
    live.mastodon.fault("delay", method="POST", path="/statuses$", seconds=EACH_S)
    live.x.fault("delay", "/2/tweets", method="POST", seconds=EACH_S, count=None)
    worker = live.run()
    live.until_accepted(3)
    assert live.done("stop").err.startswith("Stopped.")
    stopped = time.time()
    left = [one for one in live.queue() if one["state"] == "planned"]
    assert len(left) + len(live.accepted()) == 2 * len(texts), "it was to be stopped in the midst"
    held, cancelled = left[0], left[1]
    live.done("hold", str(held["id"]))
    live.done("cancel", str(cancelled["id"]))
    before = live.accepted()
    assert before[-1].wall < stopped
    assert worker.is_alive
    resumed = time.time()
    live.done("resume")
    live.until_accepted(28)
    live.done("release", str(held["id"]))
    missing = (cancelled["account"], cancelled["text"])
    live.until_accepted(29)
    assert worker.stopped() == 0
    accepted = live.accepted()
    assert missing not in [(one.account, one.text) for one in accepted]
    assert not [one for one in accepted[len(before) :] if one.wall < resumed]
    assert len({(one.account, one.text) for one in accepted}) == len(accepted) == 29


def test_a_worker_that_is_started_while_all_is_stopped_says_so_and_waits(live: LiveCampaign) -> None:
    texts = live.many(1, now())
    live.done("stop")
    worker = live.run()
    (line,) = worker.waits_for("held_back")
    assert "bot resume" in line
    live.done("resume")
    live.until_accepted(2)
    assert once_each(live.accepted(), texts)


@pytest.mark.parametrize("campaign", ["live", pytest.param("shared", marks=pytest.mark.long)])
def test_a_slip_in_bot_toml_does_not_keep_anybody_from_stopping(campaign: str, request: pytest.FixtureRequest) -> None:
    live: LiveCampaign = request.getfixturevalue(campaign)
    live.many(2, now())
    live.done("plan")
    live.change("bot.toml", "[campaign]", "[campaign")
    said = live.bot("stop")
    assert said.status == 0
    assert "Stopped. Nothing is sent any more." in said.err
    assert "bot.toml:" in said.err
    live.change("bot.toml", "[campaign", "[campaign]")
    live.bot("run", "--once")
    assert live.texts() == []


def test_nothing_is_stopped_where_nothing_was_planned(live: LiveCampaign) -> None:
    live.change("bot.toml", "[campaign]", "[campaign")
    said = live.bot("stop")
    assert said.status == 1
    assert "nothing to stop" in said.err
    assert not (live.root / "var" / "groundswell.db").exists()
