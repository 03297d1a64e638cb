"""What servers say, through the real `bot`: feeds that are off, entries that cannot be read, gateways' pages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.fuzz.samples import notification
from tests.harness.live_campaign import TAG, TICKS, LiveCampaign, now
from tests.platforms.mastodon.test_parse_shapes import NOTHING, PLEA, of


def sources(live: LiveCampaign) -> dict[str, dict[str, Any]]:
    return {one["source"]: one for one in live.done("sources", "--json").document}


def test_hashtag_feeds_that_are_off_are_told_and_so_is_their_end(live: LiveCampaign) -> None:
    live.many(1, now() + timedelta(hours=2))
    live.change("bot.toml", f'hashtags = ["{TAG}"]', f'hashtags = ["{TAG}", "April19"]')
    live.mastodon.settings(hashtag_feeds=["authenticated", "disabled"])
    first = live.done("run", "--once")
    assert first.err.count("feeds_off") == 1
    assert live.done("report", "--json").document["sources"]["blind"] >= 1
    assert "what people post on other servers is not seen there" in first.err
    name = f"{live.host} #{TAG}"
    assert {key: sources(live)[name][key] for key in ("state", "cannot_see")} == {
        "state": "partial",
        "cannot_see": "remote",
    }
    live.mastodon.settings(hashtag_feeds=["disabled", "disabled"])
    assert "hashtag feeds switched off" in live.bot("check", "--online").out
    assert "feeds_off" in live.done("run", "--once").err
    said = live.done("sources").out
    assert "off" in said
    assert "Watch more servers" in " ".join(said.split())
    live.mastodon.settings(hashtag_feeds=["public", "public"])
    live.change("bot.toml", ', "April19"', "")
    assert live.done("run", "--once").err.count("feeds_on") == 1
    assert sources(live)[name]["cannot_see"] is None
    assert "feeds_o" not in live.done("run", "--once").err


def test_no_shape_loses_a_post_and_what_cannot_be_read_is_counted_and_an_unreadable_mention_alarms(
    live: LiveCampaign,
) -> None:
    live.many(1, now() + timedelta(hours=2))
    day = (now() - timedelta(hours=1)).isoformat()
    page = [
        shape | {"id": number, "uri": f"https://union.example/{number}", "created_at": day}
        for number, shape in enumerate(NOTHING.values(), start=1)
    ]
    nobody = of(id=900, account=None, uri=None, url=None)
    body = json.dumps([*page, nobody, 7])
    live.mastodon.fault("status", path="/api/v1/timelines/tag/", status=200, body=body)
    plea = notification(1) | {"created_at": day, "status": {"content": PLEA}}
    live.mastodon.fault("status", path="/api/v1/notifications$", status=200, body=json.dumps([plea]))
    said = live.done("run", "--once")
    seen = live.done("sightings", "--json").document
    assert len({one["uri"] for one in seen}) == len(page)
    (alarm,) = [line for line in said.err.splitlines() if " unreadable " in line and "!" in line]
    assert "read the newest mentions" in alarm
    name = f"{live.host} #{TAG}"
    found = sources(live)[name]["unreadable"]
    assert (found["count"], found["reasons"]) == (2, {"author": 1, "shape": 1})
    assert sources(live)[f"{live.host} mentions mastodon"]["unreadable"]["count"] == 1
    assert live.done("report", "--json").document["sources"]["unreadable"] == 3
    for command in (("report",), ("queue",), ("show", "1")):
        said = live.done(*command)
        words = " ".join(f"{said.out} {said.err}".split())
        assert "3 entries of the last 30 days could not be read. See: bot sources" in words
    assert "2 entries of the last 30 days could not be read" in " ".join(live.done("sources").out.split())
    assert "unreadable" not in live.done("run", "--once").err


def test_a_person_settles_what_nobody_knows_by_whatever_address_they_copied(live: LiveCampaign) -> None:
    (text,) = live.many(1, now())
    live.mastodon.fault("accept_then_close", method="POST", path="/api/v1/statuses$", count=1)
    live.x.fault("accept_then_close", "/2/tweets", method="POST")
    live.mastodon.fault("status", method="GET", path="/api/v1/accounts/[^/]+/statuses$", status=500, count=None)
    live.x.fault("status", "/2/users/*/tweets", method="GET", status=500, count=None)
    live.bot("run", "--once")
    ids = {one["account"]: str(one["id"]) for one in live.queue()}
    assert {one["state"] for one in live.queue()} <= {"unknown", "needs_decision"}
    (status,) = live.mastodon.ledger().statuses
    (post,) = live.x.ledger()["posts"]
    live.mastodon.add_account("anna")
    theirs = live.mastodon.seed_status("anna", "Solidarity!")
    wrong = live.bot("resolve", ids["mastodon"], "--sent", theirs.uri)
    assert wrong.status == 1
    assert "is a post of somebody else" in wrong.err
    live.done("resolve", ids["mastodon"], "--sent", f"https://elk.zone/{live.host}/@union/{status['id']}")
    live.done("resolve", ids["x"], "--sent", f"mobile.twitter.com/union/status/{post['id']}/photo/1?s=20.")
    found = {one["account"]: (one["state"], one["url"].rpartition("/")[2]) for one in live.queue()}
    assert found == {"mastodon": ("sent", status["id"]), "x": ("sent", post["id"])}
    live.done("run", "--once")
    assert live.texts() == [text, text]


def test_a_gateways_page_is_tried_again_by_the_next_run_and_closes_nothing(live: LiveCampaign) -> None:
    (text,) = live.many(1, now())
    page = "<html><head><title>Just a moment...</title></head></html>"
    challenge = {"cf-mitigated": "challenge", "Server": "cloudflare", "Content-Type": "text/html"}
    stop = {"status": 403, "body": page, "headers": challenge}
    live.mastodon.fault("status", method="POST", path="/api/v1/statuses$", count=1, **stop)
    live.x.fault("status", "/2/tweets", method="POST", status=403, body=page, headers=challenge)
    said = live.bot("run", "--once")
    assert said.err.count("gateway") >= 2
    assert "Just a moment" in said.err
    assert {one["state"] for one in live.queue()} == {"planned"}
    worker = live.run()
    live.until_accepted(2)
    worker.killed()
    assert live.texts() == [text, text]


def test_another_services_json_with_an_id_is_no_post(live: LiveCampaign) -> None:
    (text,) = live.many(1, now())
    welcome = '{"message": "Welcome", "id": 7}'
    live.mastodon.fault("status", method="POST", path="/api/v1/statuses$", count=1, status=200, body=welcome)
    live.x.fault("status", "/2/tweets", method="POST", status=200, body={"message": "Welcome", "id": "7"})
    live.done("run", "--once")
    live.run()
    live.until_accepted(2)
    live.until(lambda: {one["state"] for one in live.queue()} == {"sent"})
    assert live.texts() == [text, text]


def test_a_reshare_is_not_called_off_by_an_empty_search_nor_by_a_gateways_404(live: LiveCampaign) -> None:
    live.many(1, now() + timedelta(hours=2))
    video = {"type": "video", "description": "A video."}
    uri = "https://union.example/users/anna/statuses/1"
    live.mastodon.seed_status("anna@union.example", f"Solidarity! #{TAG}", media=[video], uri=uri, url=uri)
    live.done("run", "--once")
    (seen,) = live.done("sightings", "--json").document
    live.mastodon.fault("status", path="/api/v2/search$", status=200, body='{"statuses": []}')
    live.mastodon.fault("status", method="GET", path="/api/v1/statuses/[^/]+$", count=1, status=404, body="<html>nginx")
    live.done("approve", str(seen["id"]), "--yes", *TICKS)
    live.done("run", "--once")
    assert live.mastodon.ledger().reblogs == []
    live.run()
    live.until(lambda: [one["uri"] for one in live.mastodon.ledger().reblogs] == [uri])
