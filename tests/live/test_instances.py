"""Another server and who mentions us, read by the program itself: its settings reach all that asks."""

from __future__ import annotations

from tests.live.campaign import TAG, Live, now


def test_a_single_run_reads_other_servers_by_their_rules_and_who_mentions_us(live: Live) -> None:
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


def test_a_server_that_wants_no_programs_is_asked_for_that_alone(live: Live) -> None:
    elsewhere = live.mastodon.url.replace("127.0.0.1", "localhost")
    live.change("bot.toml", "[monitor]", f'[monitor]\ninstances = ["{elsewhere}"]')
    live.many(1, now())
    live.mastodon.settings(robots="User-agent: *\nDisallow: /api/")
    said = live.bot("run", "--once")
    assert f"{elsewhere.removeprefix('http://')} asks programs not to read this (robots.txt)" in said.err
    unknown = [entry["path"] for entry in live.mastodon.ledger().requests if entry["account"] is None]
    assert unknown == ["/robots.txt"]
