"""What the worker writes down: each event with its ids, and never who the posters are."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.harness.live_campaign import TICKS, LiveCampaign, now

REQUESTS = {"sent", "rejected", "unknown", "absent", "found"}
OF_DELIVERIES = REQUESTS | {"postponed", "uploaded", "undone", "called_off", "trouble_ahead"}


def everything(live: LiveCampaign, form: str) -> str:
    """A run with posts, uploads, a lost answer, a refusal, reshares, one called off, an undoing and trouble ahead."""
    live.mastodon.fault("accept_then_close", method="POST", path="/statuses$", count=1)
    live.x.fault("status", "/2/tweets", method="POST", status=403, body={"title": "Forbidden", "detail": "no"})
    live.many(3, now(), card=True)
    live.video_on_mastodon("anna", 2)
    live.video_on_x("berta")
    said = [live.bot("run", "--once", BOT_LOG=form).err]
    seen = live.done("sightings", "--json").document
    for one in seen:
        live.done("approve", str(one["id"]), *TICKS)
    gone = next(one for one in seen if one["platform"] == "mastodon")
    live.mastodon.delete_status(gone["uri"].rpartition("/")[2])
    live.message("later", "Soon.", card=True)
    live.schedule({"later": now() + timedelta(minutes=30)}, "later", "important = true")
    said.append(live.bot("run", "--once", BOT_LOG=form).err)
    (live.root / "messages" / "later" / "card.png").unlink()
    said.append(live.bot("run", "--once", BOT_LOG=form).err)
    for one in live.queue("--state", "sent"):
        live.bot("undo", str(one["id"]))
    said.append(live.bot("run", "--once", BOT_LOG=form).err)
    return "".join(said)


def assert_nobody_is_in_it(live: LiveCampaign, printed: str) -> None:
    """No line says who the posters are."""
    seen = live.done("sightings", "--json").document
    assert len(seen) == 2, "what its author deleted is not kept here either"
    for one in seen:
        for clue in (one["uri"], one["url"], one["author"], one["uri"].rpartition("/")[2], "anna", "berta"):
            assert [line for line in printed.splitlines() if clue in line] == [], clue
    assert "the reshare of sighting" in printed


def test_each_event_is_a_json_object_with_its_ids_and_without_posters(live: LiveCampaign) -> None:
    printed = everything(live, "json")
    assert_nobody_is_in_it(live, printed)
    events: list[dict[str, Any]] = [json.loads(line) for line in printed.splitlines()]
    names = {event["event"] for event in events}
    assert names >= {"planned", "sent", "rejected", "unknown", "found", "seen", "uploaded", "called_off"}
    ids = {one["id"]: one for one in live.queue()}
    for event in events:
        assert {"at", "event", "alarming", "text", "worker"} <= event.keys()
        assert event["at"].endswith("Z")
        assert len(event["at"]) == len("2025-04-16T07:30:00.412Z")
        if event["event"] in OF_DELIVERIES:
            assert ids[event["delivery"]]["account"] == event["account"], event
        assert ("attempt" in event) >= (event["event"] in REQUESTS), event


def test_no_line_for_people_says_who_the_posters_are(live: LiveCampaign) -> None:
    assert_nobody_is_in_it(live, everything(live, "people"))


def test_trouble_ahead_is_logged_shown_in_the_queue_and_told_by_bot_show(live: LiveCampaign) -> None:
    live.message("later", "Soon.", card=True)
    live.schedule({"later": now() + timedelta(hours=3)}, more="important = true")
    live.done("plan")
    (live.root / "messages" / "later" / "card.png").rename(live.root / "card.png")
    said = live.bot("run", "--once")
    assert said.status == 1, "the files have a fault"
    lines = [line for line in said.err.splitlines() if " ! trouble_ahead " in line]
    first, second = sorted(lines, key=lambda line: "account=x" in line)
    assert " delivery=1 account=mastodon later (" in first
    assert "messages/later/card.png cannot be read (No such file or directory). Put it back." in first
    assert "account=x" in second
    queue = live.queue()
    assert [(one["important"], "Put it back" in one["trouble"]) for one in queue] == [(True, True)] * 2
    assert live.done("queue").out.count("Put it back.") == 2
    assert "Trouble" in live.done("show", "1").out
    assert live.done("show", "1", "--json").document["trouble"].endswith("Put it back.")
