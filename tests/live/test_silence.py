"""Silence is not health: what commands say while nobody works, somebody does, or somebody is gone."""

from __future__ import annotations

import os
import signal

import pytest

from tests.harness.live_campaign import TOKEN, LiveCampaign, in_seconds, now

NOBODY = "No worker runs: nothing goes out, and nothing is read."
COMMANDS = (("queue",), ("sources",), ("show", "1"), ("plan",), ("post", "Hallo", "--account", "x", "--at", "now"))


@pytest.fixture(params=["live", pytest.param("shared", marks=pytest.mark.long)])
def either(request: pytest.FixtureRequest) -> LiveCampaign:
    """On a file, and on a database server, whose own clock heartbeats are written and read by."""
    found: LiveCampaign = request.getfixturevalue(request.param)
    return found


def said(live: LiveCampaign, *words: str, **environment: str) -> str:
    done = live.bot(*words, **environment)
    assert done.status == 0, done.err
    return " ".join(f"{done.out} {done.err}".split())


def test_whoever_asks_is_told_whether_somebody_works(either: LiveCampaign) -> None:
    live = either
    live.many(1, in_seconds(3600))
    assert NOBODY in said(live, "plan")
    for words in COMMANDS:
        assert NOBODY in said(live, *words), words
    assert "goes out by itself" not in said(live, "show", "1")
    document = live.done("show", "1", "--json").document
    assert (document["worker_running"], document["blocked_by"]) == (False, ["no_worker"])

    worker = live.run()
    worker.waits_for("working")
    live.until(lambda: live.done("report", "--json").document["worker_running"])
    for words in COMMANDS[:2]:
        assert "No worker runs" not in said(live, *words), words
    assert "It goes out by itself at " in said(live, "show", "1")
    report = live.done("report", "--json").document
    (mine,) = report["workers"]
    assert (mine["state"], mine["kind"], mine["pid"], mine["here"]) == ("running", "run", worker.pid, True)
    assert mine["accounts"] == {"mastodon": "", "x": ""}

    unseen = dict.fromkeys(live.environment, "")
    assert "mastodon is open" in said(live, "report", **unseen), "the worker's secrets count, not those seen here"
    assert "cannot be used" not in said(live, "queue", **unseen)

    os.kill(worker.pid, signal.SIGSTOP)
    live.until(lambda: live.done("report", "--json").document["workers"][0]["state"] == "silent")
    assert "The worker in this folder does not answer: it was last seen " in said(live, "queue")
    os.kill(worker.pid, signal.SIGCONT)
    worker.killed()
    assert "The last one was killed; it was last seen " in said(live, "queue")
    assert "mastodon cannot be used from here: no access_token" in said(live, "report", **unseen)


def test_an_end_and_a_single_run_leave_word_of_themselves(live: LiveCampaign) -> None:
    live.many(1, now())
    worker = live.run()
    worker.waits_for("sent", 2)
    assert worker.stopped() == 0
    assert f"{NOBODY} The last one ended " in said(live, "queue")
    live.done("run", "--once")
    assert "No worker runs at this moment: bot run --once ran last " in said(live, "queue")


def test_a_token_that_the_worker_lacks_is_said_and_so_is_that_it_is_there(live: LiveCampaign) -> None:
    live.many(1, in_seconds(3600))
    worker = live.run(**{TOKEN: ""})
    worker.waits_for("working")
    live.until(lambda: live.done("report", "--json").document["worker_running"])
    report = live.done("report", "--json").document["accounts"]["mastodon"]
    assert (report["state"], [one["code"] for one in report["obstacles"]]) == ("unusable", ["no_token"])
    assert report["obstacles"][0]["found_by"] == "worker"
    assert f"mastodon cannot be used by the worker: no access_token for mastodon: the environment variable {TOKEN}" in (
        said(live, "queue")
    )
    worker.stopped()
    again = live.run()
    again.waits_for("account_back")
    again.stopped()


def test_a_restored_backup_has_no_heart_that_beats(live: LiveCampaign) -> None:
    live.many(1, in_seconds(3600))
    worker = live.run()
    worker.waits_for("working")
    live.until(lambda: live.done("report", "--json").document["worker_running"])
    backup = live.done("db", "backup", "--json").document["file"]
    worker.stopped()
    live.done("db", "restore", backup)
    assert live.done("report", "--json").document["workers"] == []
    assert f"{NOBODY} Start one: bot run" in said(live, "queue")
