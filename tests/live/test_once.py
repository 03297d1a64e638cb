"""`bot run --once`, as cron starts it: all that is due, once, and an exit status that tells."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from datetime import datetime, timedelta

from tests.harness.live_campaign import TAG, TICKS, TOKEN, LiveCampaign, now, once_each
from tests.servers.mastodon import MastodonServer


def test_a_single_run_sends_what_is_due_and_reads_every_source_until_it_is_caught_up(live: LiveCampaign) -> None:
    texts = live.many(2, now())
    live.video_on_mastodon("anna", 100)
    for number in range(12):
        live.video_on_x(f"berta{number}")
    live.change("bot.toml", 'min_gap = "0s"', 'min_gap = "10m"')
    said = live.done("run", "--once", "--json")
    assert once_each(live.accepted(), texts)
    assert {one["state"] for one in said.document} == {"sent"}
    seen = live.done("sightings", "--json").document
    assert [one["platform"] for one in seen].count("mastodon") == 100
    assert [one["platform"] for one in seen].count("x") == 12
    assert live.mastodon.ledger().reblogs == []

    for wanted in [one["id"] for one in seen if one["platform"] == "x"][:2]:
        live.done("approve", str(wanted), *TICKS)
    live.done("run", "--once")
    assert len(live.x.ledger()["reposts"]) == 1, "the pace lets one out now, and one in ten minutes"
    assert len(live.accepted()) == 4


def test_one_reshare_that_cannot_be_fetched_keeps_nobody_waiting_and_all_commands_agree(live: LiveCampaign) -> None:
    live.many(1, now() - timedelta(days=1))
    live.change("bot.toml", 'min_gap = "0s"', 'min_gap = "1h"')
    for who in ("anna", "berta", "clara"):
        live.video_on_mastodon(who)
    live.done("run", "--once")
    seen = {one["author"].split("@")[1]: one for one in live.done("sightings", "--json").document}
    for who in ("anna", "berta", "clara"):
        live.done("approve", str(seen[who]["id"]), *TICKS)
    ours = seen["anna"]["url"].rpartition("/")[2]
    live.mastodon.fault("status", method="GET", path=f"^/api/v1/statuses/{ours}$", status=500)
    for _ in range(3):
        live.done("run", "--once")
    assert [one["uri"] for one in live.mastodon.ledger().reblogs] == [seen["berta"]["uri"]]
    waiting = [one for one in live.queue("--state", "planned") if one["kind"] == "reshare"]
    assert [one["post_uri"] for one in waiting] == [seen["clara"]["uri"], seen["anna"]["uri"]]
    first, second = (datetime.fromisoformat(one["due_at"]) for one in waiting)
    assert second - first == timedelta(hours=1)
    for one in waiting:
        shown = live.done("show", str(one["id"]), "--json").document
        assert {name: shown[name] for name in ("due_at", "not_before", "why")} == {
            name: one[name] for name in ("due_at", "not_before", "why")
        }
        assert one["not_before"] == one["due_at"]


HALF, WHOLE = "We shall never give up", "We shall never give up on anybody who is in prison."


def saved_slowly(live: LiveCampaign) -> threading.Timer:
    """Have half of a message that is due saved, and the rest half a second from now."""
    live.message("slow", HALF)
    live.schedule({"slow": now()})
    file = live.root / "messages/slow/en.md"
    file.write_text(f"{HALF}\n")
    rest = threading.Timer(0.5, file.write_text, [f"{WHOLE}\n"])
    rest.start()
    return rest


def test_half_of_a_message_that_is_being_saved_as_a_run_begins_is_not_posted(live: LiveCampaign) -> None:
    rest = saved_slowly(live)
    assert "files_being_saved" in live.done("run", "--once").err
    rest.join()
    assert live.texts() == []
    live.done("run", "--once")
    assert live.texts() == [WHOLE, WHOLE]


def test_a_worker_that_begins_while_files_are_being_saved_posts_the_whole(live: LiveCampaign) -> None:
    rest = saved_slowly(live)
    live.run()
    live.until_accepted(2)
    rest.join()
    assert live.texts() == [WHOLE, WHOLE]


def test_a_plan_is_not_made_of_a_file_that_is_being_saved(live: LiveCampaign) -> None:
    rest = saved_slowly(live)
    refused = live.bot("plan")
    assert (refused.status, "somebody saves them" in refused.err) == (1, True)
    rest.join()
    live.done("plan")
    live.done("run", "--once")
    assert live.texts() == [WHOLE, WHOLE]


def test_a_file_of_a_clock_that_is_ahead_is_posted_all_the_same(live: LiveCampaign) -> None:
    texts = live.many(1, now())
    ahead = (now() + timedelta(days=400)).timestamp()
    os.utime(live.root / "messages/m01/en.md", (ahead, ahead))
    live.done("run", "--once")
    assert once_each(live.accepted(), texts)


def asked(live: LiveCampaign, path: str) -> int:
    return sum(one["path"].startswith(path) for one in live.mastodon.ledger().requests)


def test_what_a_server_asked_of_one_run_the_next_one_knows(live: LiveCampaign) -> None:
    live.many(1, now() - timedelta(days=1))
    live.mastodon.fault("status", path="^/api/v1/timelines/tag/", status=429, reset_in=300)
    first = live.done("run", "--once")
    assert "! source_failed" in first.err
    times = asked(live, "/api/v1/timelines/tag/")
    for _ in range(2):
        assert "source_failed" not in live.done("run", "--once").err
    assert asked(live, "/api/v1/timelines/tag/") == times


def test_a_foreign_server_is_not_asked_for_its_robots_txt_each_minute_nor_while_it_rests(live: LiveCampaign) -> None:
    live.many(1, now() - timedelta(days=1))
    with MastodonServer() as other:
        live.change("bot.toml", 'poll_min = "1s"', f'poll_min = "1s"\ninstances = ["{other.url}"]')
        for _ in range(3):
            live.done("run", "--once")
        paths = [one["path"] for one in other.ledger().requests]
        assert paths.count("/robots.txt") == 1
        read = len(paths)
        other.fault("status", path="^/api/v1/timelines/tag/", status=429, reset_in=300)
        live.done("run", "--once")
        live.change("bot.toml", f'hashtags = ["{TAG}"]', f'hashtags = ["{TAG}", "Another"]')
        live.done("run", "--once")
        assert len(other.ledger().requests) == read + 1, "one that rests is asked nothing, about another hashtag either"


def test_a_trouble_that_lasts_alarms_once_and_not_each_minute(live: LiveCampaign) -> None:
    live.many(1, now() - timedelta(days=1))
    live.write("schedules/odd.toml", "[[post]]\n")
    alarms = []
    for _ in range(3):
        said = live.bot("run", "--once", **{TOKEN: ""})
        assert said.status == 1
        alarms.append(sorted({line.split("! ")[1].split()[0] for line in said.err.splitlines() if "Z ! " in line}))
        assert "account_failed" in said.err, "it is said all the same"
    assert {"account_failed", "faulty_files"} <= set(alarms[0])
    assert alarms[1:] == [[], []]


def test_an_account_out_of_reach_alarms_once_however_often_it_is_tried(live: LiveCampaign) -> None:
    live.many(3, now())
    live.change("bot.toml", live.mastodon.url, "http://127.0.0.1:9")
    alarms: list[str] = []
    for rest in ("+1 hour", "-1 minute", "-1 minute", "+1 hour"):
        said = live.done("run", "--once")
        alarms += [line.split("! ")[1].split()[0] for line in said.err.splitlines() if "Z ! " in line]
        with closing(sqlite3.connect(live.root / "var" / "groundswell.db")) as store, store:
            store.execute(
                f"UPDATE account_state SET paused_until = datetime('now', '{rest}') WHERE account = 'mastodon'"
            )
    assert alarms.count("out_of_reach") == 1
    assert alarms.count("held_back") == 1, "whether it rests at that moment or not"


def test_two_single_runs_at_once_send_everything_once(live: LiveCampaign) -> None:
    texts = live.many(10, now())
    first, second = live.run("--once"), live.run("--once")
    assert (first.ends(), second.ends()) == (0, 0)
    assert once_each(live.accepted(), texts)


def test_a_faulty_file_stops_neither_what_was_planned_before_nor_the_others_and_the_status_tells(
    live: LiveCampaign,
) -> None:
    live.many(1, now())
    live.done("plan")
    live.change("messages/m01/en.md", "Message", "{mesage}")
    live.message("m02", "New.")
    live.schedule({"m02": now()}, "new")
    said = live.bot("run", "--once")
    assert said.status == 1
    assert "messages/m01/en.md:1: error:" in said.err
    assert sorted(live.texts()) == ["Message 1 of 1"] * 2 + ["New."] * 2


def test_without_one_token_the_other_account_goes_on_and_without_any_nothing_begins(live: LiveCampaign) -> None:
    live.many(1, now())
    said = live.bot("run", "--once", **{TOKEN: ""})
    assert said.status == 0
    assert "account_failed account=mastodon" in said.err
    assert f"the environment variable {TOKEN} is not set" in said.err
    assert "bot login mastodon" in said.err
    assert len(live.accepted("x")) == 1
    assert live.accepted("mastodon") == []
    said = live.bot("run", "--once", **dict.fromkeys(live.environment, ""))
    assert said.status == 1
    assert "No account can be used. For each account of bot.toml run: bot login ACCOUNT" in said.err
    assert "Traceback" not in said.err


def test_a_server_that_hangs_does_not_keep_the_other_account_from_posting(live: LiveCampaign) -> None:
    live.many(2, now())
    live.mastodon.fault("hang")
    worker = live.run("--once")
    live.until_accepted(2, "x")
    assert worker.is_alive
    assert live.accepted("mastodon") == []


def test_what_became_too_late_is_missed_and_said(live: LiveCampaign) -> None:
    live.message("old", "Too old.")
    live.schedule({"old": now() - timedelta(hours=2)}, more='late = "1h"')
    live.done("run", "--once")
    assert live.accepted() == []
    assert {one["state"] for one in live.queue()} == {"missed"}
