"""A server that goes away under a running worker, and comes back: the other account goes on, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta

from tests.harness.live_campaign import LiveCampaign, in_seconds, now, once_each
from tests.harness.relay import Relay


def test_while_one_server_is_away_the_other_gets_its_posts_and_the_first_gets_them_when_it_is_back(
    live: LiveCampaign,
) -> None:
    texts = live.many(5, in_seconds(4))
    with Relay(live.mastodon.url) as wire:
        live.change("bot.toml", live.mastodon.url, wire.url)
        worker = live.run()
        worker.waits_for("working")
        wire.cut()
        live.until_accepted(5, "x")
        (away,) = worker.waits_for("out_of_reach")
        assert "connection refused" in away
        report = live.done("report", "--json").document
        assert report["accounts"]["x"]["state"] == "open"
        mastodon = report["accounts"]["mastodon"]
        assert mastodon["state"] == "paused"
        assert "tried again by itself" in mastodon["way_back"]
        assert "mastodon is paused since" in live.done("report").out
        assert "mastodon is paused since" in live.done("queue").err
        assert live.texts("mastodon") == []
        wire.mend()
        live.until_accepted(5, "mastodon")
        (back,) = worker.waits_for("in_reach")
        assert "mastodon answers again, after" in back
        assert worker.stopped() == 0
        assert len(worker.lines("out_of_reach")) == 1
        assert live.done("report", "--json").document["accounts"]["mastodon"]["state"] == "open"
    assert once_each(live.accepted(), texts)
    assert [one.text for one in live.accepted("mastodon")] == texts


def test_a_worker_that_is_started_while_an_account_is_closed_says_so_and_one_account_is_opened_by_name(
    live: LiveCampaign,
) -> None:
    live.many(2, now())
    live.x.edit_user("union", credits=0.0)
    live.done("run", "--once")
    live.x.edit_user("union", credits=5.0)
    said = live.done("run", "--once")
    assert "held_back" in said.err
    assert "x is closed since" in said.err
    assert "run: bot resume x" in said.err
    assert live.texts("x") == []
    unknown = live.bot("resume", "mastodno")
    assert unknown.status == 1
    assert 'There is no account "mastodno" in bot.toml, only: mastodon, x' in unknown.err
    live.done("stop")
    assert live.done("resume", "x", "--json").document == {"stopped": True, "account": "x", "opened": ["x"]}
    assert live.done("resume", "--json").document == {"stopped": False, "opened": []}
    live.done("run", "--once")
    assert live.texts("x") == ["Message 2 of 2"]
    (rejected,) = live.queue("--state", "rejected")
    assert f"bot resume x, then: bot retry {rejected['id']}" in rejected["error"]
    live.done("retry", str(rejected["id"]))
    live.done("run", "--once")
    assert live.texts("x") == ["Message 1 of 2", "Message 2 of 2"]


def test_nobody_is_told_that_a_worker_tries_on_where_the_account_is_closed(live: LiveCampaign) -> None:
    live.many(1, now())
    worker = live.run()
    worker.waits_for("working")
    live.until_accepted(1, "x")
    (out,) = (row for row in live.queue("--state", "sent") if row["account"] == "x")
    live.x.fault("status", "/2/tweets/*", method="DELETE", count=None, status=401)
    said = live.bot("undo", str(out["id"]), "--yes")
    assert said.status == 1
    assert "is not taken back yet" in said.err
    assert "x is closed" in said.err
    assert "tries on" not in said.err
    worker.killed()


def test_a_single_run_after_a_downtime_sends_one_overdue_post_and_says_when_the_others_go(live: LiveCampaign) -> None:
    texts = live.many(3, now() - timedelta(minutes=20))
    said = live.done("run", "--once")
    assert live.texts("mastodon") == live.texts("x") == texts[:1]
    assert "catching_up account=mastodon 2 overdue posts wait on mastodon: they leave 30 seconds apart" in said.err
    live.done("run", "--once")
    assert len(live.accepted()) == 2
    assert [one["state"] for one in live.queue()].count("planned") == 4
