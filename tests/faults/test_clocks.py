"""The clock jumps an hour or a day under a worker: what is due goes out once, or is missed by its rule, or waits."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from tests.faults.clocks import Clock, working
from tests.harness.bot_process import until
from tests.harness.live_campaign import LiveCampaign, now, once_each

SENT = {"mastodon": "sent", "x": "sent"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock(live: LiveCampaign) -> Clock:
    """The worker's clock, which is right as yet."""
    return Clock(live.root.parent / "clock")


def post(live: LiveCampaign, text: str, due: datetime, late: str = "6h") -> None:
    """A message that is named as it reads."""
    live.message(text.lower(), text)
    live.schedule({text.lower(): due}, text.lower(), f'late = "{late}"')


def states(live: LiveCampaign, text: str) -> dict[str, str]:
    """The state of a post on each account, read where the worker writes it."""
    with closing(sqlite3.connect(live.root / "var" / "groundswell.db")) as store:
        return dict(store.execute("SELECT account, state FROM delivery WHERE message = ?", [text.lower()]).fetchall())


@pytest.mark.parametrize("jump", [DAY, pytest.param(HOUR, marks=pytest.mark.long)])
def test_a_clock_that_jumps_ahead_sends_what_is_due_by_it_once_and_misses_nothing_for_good(
    live: LiveCampaign, clock: Clock, jump: timedelta
) -> None:
    post(live, "First", now())
    post(live, "Due", now() + 0.9 * jump)
    post(live, "Missed", now() + 0.5 * HOUR, late="5m")
    with working(live, clock) as worker:
        until(lambda: states(live, "First") == SENT)
        clock.set(jump)
        until(lambda: states(live, "Due") == {"mastodon": "sent", "x": "planned"})
        until(lambda: states(live, "Missed") == {"mastodon": "missed", "x": "missed"})
        worker.waits_for("x: X accepts nothing of account x while this computer's clock is wrong")
        clock.set(timedelta())
        worker.waits_for("2 posts that had been missed by it are planned again")
        assert states(live, "Missed") == {"mastodon": "planned", "x": "planned"}
        post(live, "Last", now())
        until(lambda: states(live, "Last") == SENT)
        assert states(live, "Due") == {"mastodon": "sent", "x": "planned"}
    assert live.texts("mastodon") == ["Due", "First", "Last"]
    assert live.texts("x") == ["First", "Last"]


@pytest.mark.parametrize("jump", [HOUR, pytest.param(DAY, marks=pytest.mark.long)])
def test_a_clock_that_jumps_back_repeats_nothing_and_lets_wait_what_is_not_due_by_it(
    live: LiveCampaign, clock: Clock, jump: timedelta
) -> None:
    post(live, "First", now())
    with working(live, clock) as worker:
        until(lambda: states(live, "First") == SENT)
        clock.set(-jump)
        worker.waits_for("was set back")
        post(live, "Later", now())
        post(live, "Sooner", now() - jump)
        until(lambda: states(live, "Sooner").get("mastodon") == "sent")
        assert states(live, "Later") == {"mastodon": "planned", "x": "planned"}
        clock.set(timedelta())
        until(lambda: states(live, "Later") == SENT)
    assert live.texts("mastodon") == ["First", "Later", "Sooner"]
    assert live.texts("x") in (["First", "Later"], ["First", "Later", "Sooner"])


def test_jumps_while_a_post_is_sent_and_while_nobody_knows_what_became_of_one_repeat_nothing(
    live: LiveCampaign, clock: Clock
) -> None:
    live.change("bot.toml", 'every = "0s"', 'every = "1s"')
    live.mastodon.settings(idempotency="ignore")
    live.mastodon.fault("accept_then_delay", method="POST", path="/statuses$", seconds=2, count=1)
    live.x.fault("accept_then_delay", "/2/tweets", method="POST", seconds=2)
    post(live, "Sent", now())
    with working(live, clock) as worker:
        until(lambda: len(live.accepted()) == 2)
        clock.set(DAY)
        until(lambda: states(live, "Sent") == SENT)
        clock.set(timedelta())
        live.mastodon.fault("accept_then_close", method="POST", path="/statuses$", count=1)
        live.x.fault("accept_then_close", "/2/tweets", method="POST")
        post(live, "Unknown", now())
        until(lambda: len(live.accepted()) == 4)
        for jump in (DAY, -DAY, timedelta()):
            clock.set(jump)
        until(lambda: states(live, "Unknown") == SENT)
    assert once_each(live.accepted(), ["Sent", "Unknown"])
    assert "needs_decision" not in worker.said
