"""Another server and who mentions us, read by the program itself: its settings reach all that asks."""

from __future__ import annotations

from tests.harness.bot_process import until
from tests.harness.live_campaign import TAG, LiveCampaign, in_seconds, now
from tests.servers.mastodon import MastodonServer


def test_a_single_run_reads_other_servers_by_their_rules_and_who_mentions_us(live: LiveCampaign) -> None:
    elsewhere = live.mastodon.url.replace("127.0.0.1", "localhost")
    live.change("bot.toml", 'timezone = "UTC"', 'timezone = "UTC"\ncontact = "https://campaign.example/us"')
    live.change("bot.toml", "[monitor]", f'[monitor]\ninstances = ["{elsewhere}"]')
    live.many(1, now())
    worker = live.mastodon.add_account("worker")
    live.mastodon.seed_status(worker, f"@{live.union.username} look at this", media=[{"type": "video"}])
    live.mastodon.seed_status(worker, f"Solidarity! #{TAG}", media=[{"type": "video"}])
    live.done("run", "--once")
    (seen,) = [one for one in live.done("sightings", "--json").document if one["hashtags"]]
    ours, theirs = live.mastodon.url.removeprefix("http://"), elsewhere.removeprefix("http://")
    assert sorted(seen["sources"]) == sorted([f"{ours} #{TAG}", f"{theirs} #{TAG}"])
    (mention,) = [one for one in live.done("sightings", "--json").document if not one["hashtags"]]
    assert mention["sources"] == [f"{ours} mentions mastodon"]
    unknown = [entry for entry in live.mastodon.ledger().requests if entry["account"] is None]
    assert [entry["path"] for entry in unknown[:1]] == ["/robots.txt"]
    assert {entry["agent"] for entry in unknown} == {"Groundswell (Day of Action; https://campaign.example/us)"}


def test_a_server_that_wants_no_programs_is_asked_for_that_alone(live: LiveCampaign) -> None:
    elsewhere = live.mastodon.url.replace("127.0.0.1", "localhost")
    live.change("bot.toml", "[monitor]", f'[monitor]\ninstances = ["{elsewhere}"]')
    live.many(1, now())
    live.mastodon.settings(robots="User-agent: *\nDisallow: /api/")
    said = live.bot("run", "--once")
    assert f"{elsewhere.removeprefix('http://')} asks programs not to read this (robots.txt)" in said.err
    unknown = [entry["path"] for entry in live.mastodon.ledger().requests if entry["account"] is None]
    assert unknown == ["/robots.txt"]


def said(live: LiveCampaign, *words: str) -> str:
    done = live.done(*words)
    return " ".join(f"{done.out} {done.err}".split())


def test_what_a_server_does_not_show_is_said_by_whatever_looks_ahead_until_it_is_over(live: LiveCampaign) -> None:
    elsewhere = live.mastodon.url.replace("127.0.0.1", "localhost")
    live.change("bot.toml", "[monitor]", f'[monitor]\ninstances = ["{elsewhere}"]')
    live.many(1, in_seconds(3600))
    live.mastodon.settings(hashtag_feeds=["disabled", "disabled"])
    live.done("run", "--once")
    commands = ("queue",), ("report",), ("show", "1"), ("plan",), ("sightings",)
    post = ("post", "Hallo", "--account", "x", "--at", "now")
    host = elsewhere.removeprefix("http://")
    words = f"{host} has its hashtag feeds switched off, so that nothing is seen there."
    for command in (*commands, post, ("sources",)):
        assert words in said(live, *command), command
    nothing = {"failing": 0, "silent": 0, "unreadable": 0}
    documents = [live.done(*command, "--json").document for command in (*commands[:4], post)]
    for found in (one[0] if isinstance(one, list) else one for one in documents):
        assert found["sources"] == nothing | {"blind": 2}

    live.mastodon.settings(hashtag_feeds=["public", "public"])
    live.mastodon.fault("status", path="/api/v1/timelines/tag/", status=503, count=2)
    live.done("run", "--once")
    assert f"#{TAG} cannot be read now. See: bot sources" in said(live, "queue")
    assert live.queue()[0]["sources"]["failing"] == 2
    live.change("bot.toml", f'instances = ["{elsewhere}"]', "")
    for command in commands[:2]:
        assert host not in said(live, *command), "it is not watched any more"
    well = nothing | {"blind": 0}
    assert until(lambda: live.done("run", "--once").status == 0 and live.queue()[0]["sources"] == well)


def test_a_source_that_has_never_shown_anything_though_others_have_is_suspect(live: LiveCampaign) -> None:
    with MastodonServer() as other:
        live.change("bot.toml", "[monitor]", f'[monitor]\ninstances = ["{other.url}"]')
        name = f"{other.url.removeprefix('http://')} #{TAG}"
        live.many(1, in_seconds(3600))
        live.done("run", "--once")
        states = {one["source"]: one["state"] for one in live.done("sources", "--json").document}
        assert set(states.values()) == {"ok"}, "while nobody posts under the hashtag, nothing is odd"
        live.video_on_mastodon("anna")
        live.done("run", "--once")
        states = {one["source"]: one["state"] for one in live.done("sources", "--json").document}
        assert {one for one, state in states.items() if state == "silent"} == {name}
        assert f"{name}: It has never shown anything, though others show posts" in said(live, "sources")
        assert f"{name} never showed anything, though others do. See: bot sources" in said(live, "report")
        assert live.done("report", "--json").document["sources"]["silent"] == 1
        other.seed_status(other.add_account("berta"), f"Solidarity! #{TAG}", media=[{"type": "video"}])
        live.done("run", "--once")
        assert "silent" not in said(live, "sources")
        assert "no trouble, last read at " in said(live, "report")
