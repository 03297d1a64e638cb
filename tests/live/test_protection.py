"""Who wants their post back gets it back: judged by what the servers say was undone."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from tests.harness.live_campaign import TAG, TICKS, LiveCampaign, now

VIDEO = [{"type": "video", "description": "A video."}]
VIDEO_ON_X = [{"type": "video", "alt_text": "A video."}]


def reshared(live: LiveCampaign, *on_mastodon: str, on_x: str = "") -> dict[str, str]:
    """These people's videos, out on the servers; gives their posts by name."""
    live.many(1, now())
    live.change("bot.toml", "[pace]", "[pace]\nper_hour = 60")
    posts = {}
    for who in on_mastodon:
        live.mastodon.add_account(who)
        posts[who] = str(live.mastodon.seed_status(who, f"Solidarity! #{TAG}", media=VIDEO).id)
    if on_x:
        rich(live)
        posts[on_x] = live.video_on_x(on_x)
    live.done("run", "--once")
    for number in range(1, len(posts) + 1):
        live.done("approve", str(number), *TICKS)
    live.done("run", "--once")
    assert sorted(standing(live)) == sorted(posts.values())
    return posts


def standing(live: LiveCampaign) -> list[str]:
    """Whose posts are reshared still, by the servers' ledgers."""
    of_mastodon = [one["status_id"] for one in live.mastodon.ledger().reblogs if one["undone_at"] is None]
    of_x = [one["post"] for one in live.x.ledger()["reposts"] if one["undone_at"] is None]
    return [*map(str, of_mastodon), *map(str, of_x)]


def rich(live: LiveCampaign) -> None:
    """Looking again on X is paid for evenly over the day: right after midnight there is little money for it."""
    live.change("bot.toml", f'api_base_url = "{live.x.url}"', f'api_base_url = "{live.x.url}"\n{MUCH}')


MUCH = "budget_usd_per_day = 100000.0"


def two_days_pass(live: LiveCampaign) -> None:
    """For the store: all that is out is due for a look, and what has expired for its end."""
    with closing(sqlite3.connect(live.root / "var" / "groundswell.db")) as store, store:
        store.execute("UPDATE delivery SET sent_at = datetime(sent_at, '-2 days'), rechecked_at = NULL")
        store.execute("DELETE FROM meta WHERE key = 'expired_at'")


def test_what_changed_is_taken_back_on_both_servers_and_after_the_campaign_nothing_is_left(live: LiveCampaign) -> None:
    posts = reshared(live, "anna", "berta", "carla", on_x="dora")
    live.mastodon.edit_status(posts["anna"], text=f"Buy my coins! #{TAG}")
    live.mastodon.set_account("berta", locked=True)
    live.x.edit_user("dora", protected=True)
    two_days_pass(live)
    said = live.done("run", "--once")
    assert standing(live) == [posts["carla"]]
    assert "edited since it was approved" in said.err
    assert not any(name in said.err for name in posts)

    live.done("db", "backup")
    assert live.bot("purge", "--after-campaign").status == 1, "nobody can be asked here"
    report = live.done("purge", "--after-campaign", "--undo-first", "--yes", "--json").document
    told = {"purged": 2, "reshares_out": 0, "being_taken_back": 0, "backups_removed": 1, "scrubbed": True}
    assert report == told, "what was gone there went before"
    assert standing(live) == []
    kept = [file.read_bytes() for file in live.root.rglob("*") if file.is_file()]
    assert not any(name.encode() in one for name in (*posts, "Solidarity!", "coins") for one in kept)
    assert sum(live.done("report", "--json").document["sightings"].values()) == 4


def test_every_way_of_answering_reaches_those_who_can_take_it_back(live: LiveCampaign) -> None:
    posts = reshared(live, "anna", "berta", "carla", "dana", "erna", on_x="fanny")
    ours = live.mastodon.seed_status("union", "Ours.")
    live.mastodon.seed_status("anna", "@union Löscht bitte meinen Beitrag", in_reply_to=ours.id)
    live.mastodon.seed_status("berta", "Калі ласка, выдаліце маё відэа", quotes=ours.id)
    live.mastodon.edit_status(posts["carla"], text="Please don't share my video!")
    live.mastodon.seed_status("dana", "@union удалите, пожалуйста", visibility="direct")
    live.mastodon.seed_status("erna", f"@union Stop! Free the jailed unionists. #{TAG}")
    live.x.seed_post("fanny", "Borrad mi vídeo, por favor", quotes=live.x.seed_post("union", "Ours."))
    said = live.done("run", "--once")
    assert standing(live) == [posts["erna"]], "a slogan is asked about"
    asked = re.search(r"They want out: bot withdraw (\d+)\. It is a slogan: bot dismiss \1", said.err)
    assert asked is not None, said.err
    assert not any(name in said.err for name in posts)
    report = live.done("report", "--json").document
    assert report["stop_requests"] == {"carried_out": 5, "open": 1}
    assert [one["asks"] for one in live.done("sightings", "--json").document] == [True, True]
    live.done("dismiss", asked[1], "--expect", f"@erna@{live.host}")
    assert live.done("report", "--json").document["stop_requests"] == {"carried_out": 5, "dismissed": 1}


def test_a_stop_in_private_is_heard_by_the_worker_and_leaves_nothing(live: LiveCampaign) -> None:
    reshared(live, "anna")
    worker = live.run()
    live.mastodon.seed_status("anna", "@union Please stop!", visibility="direct")
    live.until(lambda: not standing(live))
    worker.waits_for("withdrawn")
    assert worker.stopped() == 0
    assert "anna" not in worker.err
    assert live.done("sightings", "--json").document == []


@pytest.mark.parametrize("store", ["live", pytest.param("shared", marks=pytest.mark.long)])
def test_a_purge_ends_a_backlog_so_that_nothing_from_before_it_is_read_or_paid_for(
    store: str, request: pytest.FixtureRequest
) -> None:
    live: LiveCampaign = request.getfixturevalue(store)
    live.many(1, now() + timedelta(hours=1))
    for number in range(100):
        at = now() - timedelta(minutes=number)
        live.x.seed_post("anna", f"Solidarity {number}! #{TAG}", media=VIDEO_ON_X, created_at=at)
    budget = f'api_base_url = "{live.x.url}"\nbudget_usd_per_day = '
    live.change("bot.toml", f'api_base_url = "{live.x.url}"', f"{budget}0.3")
    live.bot("run", "--once")
    paid = live.x.ledger()["spent"]
    (gap,) = gaps_of(live, "x search x")
    assert (0 < paid < 0.3, gap["ended_at"], gap["filled"]) == (True, None, False), "the money went before the backlog"

    live.done("purge", "--days", "0", "--undecided-days", "0")
    (gap,) = gaps_of(live, "x search x")
    assert (gap["reason"], gap["filled"], gap["ended_at"] is None) == ("purged before it was read", False, False)
    live.change("bot.toml", f"{budget}0.3", f"{budget}100.0")
    new = live.video_on_x("carla")
    live.done("run", "--once")
    live.done("run", "--once")
    assert live.x.ledger()["spent"] == pytest.approx(paid + 0.005), "one post is new"
    seen = live.done("sightings", "--json").document
    assert [one["url"].rpartition("/")[2] for one in seen] == [new]
    assert len(gaps_of(live, "x search x")) == 1


def gaps_of(live: LiveCampaign, name: str) -> list[dict[str, Any]]:
    (found,) = [one for one in live.done("sources", "--json").document if one["source"] == name]
    gaps: list[dict[str, Any]] = found["gaps"]
    return gaps


NO_TOKENS = {"MASTODON_ACCESS_TOKEN": "", "X_API_KEY": "", "X_ACCESS_TOKEN": ""}
"""Of a shell beside a worker that has them from its service's settings."""


@pytest.mark.parametrize("command", ["forget", "withdraw"])
def test_a_shell_without_any_token_lets_a_person_go_and_the_worker_takes_back(live: LiveCampaign, command: str) -> None:
    posts = reshared(live, "ana", "ben")
    whom = {"forget": f"@ana@{live.host}"}.get(command) or next(
        str(seen["id"]) for seen in live.done("sightings", "--json").document if "@ana@" in seen["author"]
    )
    said = live.bot(command, whom, **NO_TOKENS)
    assert (said.status, "a worker that runs (bot run) tries on" in said.err) == (1, True)
    assert all("@ana@" not in seen["author"] for seen in live.done("sightings", "--json").document)
    live.done("run", "--once")
    assert standing(live) == [posts["ben"]]
    assert live.bot("forget", "@cleo@elsewhere.example", **NO_TOKENS).status == 0


def test_a_shell_without_any_token_asks_for_a_post_back_and_the_worker_does_it(live: LiveCampaign) -> None:
    live.many(1, now())
    live.done("run", "--once")
    number = next(str(one["id"]) for one in live.queue() if one["account"] == "mastodon")
    said = live.bot("undo", number, **NO_TOKENS)
    assert (said.status, "bot run" in said.err) == (1, True)
    assert [one["deleted_at"] is None for one in live.mastodon.ledger().statuses] == [True]
    live.done("run", "--once")
    assert [one["deleted_at"] is None for one in live.mastodon.ledger().statuses] == [False]


def test_whom_a_backup_brings_back_is_gone_again_before_anybody_can_show_them(live: LiveCampaign) -> None:
    """They were approved before the backup was made, and forgotten after it."""
    live.many(1, now())
    live.done("run", "--once")
    live.video_on_mastodon("anna", 2)
    live.done("run", "--once")
    live.done("approve", "1", *TICKS)
    made = str(live.root.parent / "kept.db")
    live.done("db", "backup", made)
    live.done("forget", f"@anna@{live.host}", "--yes")
    live.done("db", "restore", made)
    assert live.done("sightings", "--json").document == []
    live.change("bot.toml", 'every = "0s"', 'every = "0s"\nreads = 1')
    live.done("run", "--once")
    live.done("run", "--once")
    assert live.mastodon.ledger().reblogs == []
