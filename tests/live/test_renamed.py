"""Accounts get other names in bot.toml, or other accounts get their names: nothing is posted twice, nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.harness.live_campaign import TOKEN, LiveCampaign, now, once_each
from tests.servers.mastodon import MastodonServer

MORE = '[accounts.{0}]\nplatform = "mastodon"\napi_base_url = "{1}"\naccess_token_env = "{2}"\n\n'


def moved(live: LiveCampaign, before: str, after: str) -> None:
    live.change("bot.toml", f"[accounts.{before}]", f"[accounts.{after}]")


def states(live: LiveCampaign) -> dict[tuple[str, str], str]:
    return {(one["message"], one["account"]): one["state"] for one in live.queue()}


def number(live: LiveCampaign, message: str, account: str) -> str:
    return next(str(one["id"]) for one in live.queue() if (one["message"], one["account"]) == (message, account))


@pytest.fixture
def other(live: LiveCampaign) -> Iterator[MastodonServer]:
    """Another server, with an account of ours of the same name."""
    with MastodonServer() as server:
        yield server


def test_a_new_name_for_an_account_takes_everything_along(live: LiveCampaign) -> None:
    live.many(1, now())
    live.message("later", "Later.")
    live.message("no", "Never.")
    live.schedule({"later": now() + timedelta(hours=3), "no": now() + timedelta(hours=2)}, "later")
    live.done("run", "--once")
    live.done("hold", number(live, "later", "mastodon"))
    live.done("cancel", number(live, "no", "x"))
    ids = {one["id"] for one in live.queue()}
    spent = live.done("budget", "--json").document[0]["spent_usd"]
    sources = {one["source"] for one in live.done("sources", "--json").document}

    moved(live, "mastodon", "main")
    moved(live, "x", "bird")
    live.done("run", "--once")
    assert len(live.accepted()) == 2
    assert states(live) == {
        ("m01", "main"): "sent",
        ("m01", "bird"): "sent",
        ("later", "main"): "held",
        ("later", "bird"): "planned",
        ("no", "main"): "planned",
        ("no", "bird"): "cancelled",
    }
    assert {one["id"] for one in live.queue()} == ids
    budget = live.done("budget", "--json").document[0]
    assert budget["account"] == "bird"
    assert budget["spent_usd"] >= spent > 0
    after = {one["source"] for one in live.done("sources", "--json").document}
    assert after == {re.sub("mastodon$", "main", re.sub(" x$", " bird", source)) for source in sources}


def test_a_running_worker_follows_names_that_are_changed_under_it(live: LiveCampaign) -> None:
    live.many(1, now())
    live.message("soon", "Soon.")
    worker = live.run()
    live.until_accepted(2)
    moved(live, "mastodon", "main")
    live.schedule({"soon": now() + timedelta(seconds=4)}, "soon")
    live.until_accepted(4)
    assert once_each(live.accepted(), ["Message 1 of 1", "Soon."])
    assert worker.stopped() == 0


def test_an_account_that_was_away_for_a_run_is_still_the_same(live: LiveCampaign) -> None:
    live.many(1, now())
    live.done("run", "--once")
    written = (live.root / "bot.toml").read_text()
    table = f'[accounts.mastodon]\nplatform = "mastodon"\napi_base_url = "{live.mastodon.url}"\n'
    live.change("bot.toml", table, "")
    live.done("run", "--once")
    live.write("bot.toml", written.replace("[accounts.mastodon]", "[accounts.back]"))
    live.done("run", "--once")
    assert len(live.accepted()) == 2


def test_two_accounts_of_one_server_may_swap_their_names(live: LiveCampaign) -> None:
    second = live.mastodon.add_account("second", bot=True).access_token
    live.many(1, now())
    live.change("bot.toml", "[links]", MORE.format("two", live.mastodon.url, "SECOND") + "[links]")
    assert live.bot("run", "--once", SECOND=second).status == 0
    urls = {one["account"]: one["url"] for one in live.queue()}
    first = f'api_base_url = "{live.mastodon.url}"\n\n'
    live.change("bot.toml", 'access_token_env = "SECOND"', f'access_token_env = "{TOKEN}"')
    live.change("bot.toml", first, first.replace("\n\n", '\naccess_token_env = "SECOND"\n\n'))
    assert live.bot("run", "--once", SECOND=second).status == 0
    assert sorted(one["account"] for one in live.mastodon.ledger().statuses) == ["second", "union"]
    swapped = {"x": urls["x"], "two": urls["mastodon"], "mastodon": urls["two"]}
    assert {one["account"]: one["url"] for one in live.queue()} == swapped


def test_another_account_under_the_same_name_gets_what_went_out_on_the_one_before(live: LiveCampaign) -> None:
    """What went out on one account did not go out on another; and what was called off stays called off."""
    live.many(1, now())
    live.message("no", "Never.")
    live.schedule({"no": now() + timedelta(hours=2)}, "no")
    live.done("run", "--once")
    live.done("cancel", number(live, "no", "mastodon"))
    second = live.mastodon.add_account("second", bot=True).access_token
    said = live.bot("run", "--once", **{TOKEN: second})
    assert said.status == 0
    assert [one["account"] for one in live.mastodon.ledger().statuses] == ["union", "second"]
    found = live.bot("queue", "--json", **{TOKEN: ""}).document
    assert {(one["message"], one["account"]): one["state"] for one in found} == {
        ("m01", f"mastodon (@union@{live.host})"): "sent",
        ("m01", "mastodon"): "sent",
        ("m01", "x"): "sent",
        ("no", "mastodon"): "cancelled",
        ("no", "x"): "planned",
    }
    live.done("run", "--once")
    assert states(live)["no", "mastodon"] == "cancelled"
    assert len(live.mastodon.ledger().statuses) == 2, "back to the first one, on which all of it is out"


def test_a_name_that_moves_to_another_server_stands_for_another_account(
    live: LiveCampaign, other: MastodonServer
) -> None:
    live.many(1, now())
    live.done("run", "--once")
    token = other.add_account("union", bot=True).access_token
    live.change("bot.toml", live.mastodon.url, other.url)
    assert live.bot("run", "--once", **{TOKEN: token}).status == 0
    assert other.ledger().texts() == ["Message 1 of 1"]
    live.change("bot.toml", other.url, f"{live.mastodon.url.replace('127.0.0.1', 'LocalHost')}/")
    live.done("run", "--once")
    assert live.texts("mastodon") == ["Message 1 of 1"]


def test_while_a_server_does_not_say_who_we_are_nothing_is_sent_with_a_new_token(live: LiveCampaign) -> None:
    live.many(1, now())
    live.done("run", "--once")
    token = live.mastodon.add_token(live.union)
    live.message("more", "More.")
    live.schedule({"more": now()}, "more")
    live.mastodon.fault("status", method="GET", path="/verify_credentials$", status=503, count=1000)
    said = live.bot("run", "--once", **{TOKEN: token})
    assert "account_barred account=mastodon" in said.err
    assert "its token or its server is another one than before" in said.err
    assert live.texts("mastodon") == ["Message 1 of 1"]
    assert "Nothing is sent on mastodon" in live.bot("queue", **{TOKEN: token}).err
    live.mastodon.clear_faults()
    live.bot("run", "--once", **{TOKEN: token})
    assert live.texts("mastodon") == ["Message 1 of 1", "More."]


@pytest.mark.parametrize("is_one_token", [True, False])
def test_an_account_that_stands_in_bot_toml_twice_posts_once_and_is_told(
    live: LiveCampaign, is_one_token: bool
) -> None:
    live.many(1, now())
    live.change("bot.toml", "[links]", MORE.format("again", live.mastodon.url, "AGAIN") + "[links]")
    token = live.union.access_token if is_one_token else live.mastodon.add_token(live.union)
    said = live.bot("run", "--once", AGAIN=token)
    assert "Nothing is sent on again: it is the same account as mastodon" in said.err
    assert live.texts("mastodon") == ([] if is_one_token else ["Message 1 of 1"])
    words = ("check",) if is_one_token else ("check", "--online")
    checked = live.bot(*words, AGAIN=token)
    assert (checked.status, "the same account" in checked.out) == (1, True)


def test_a_shell_with_another_token_looks_at_the_queue_and_changes_nothing(live: LiveCampaign) -> None:
    live.many(1, now())
    live.done("run", "--once")
    stranger = live.x.add_user("stranger")
    found = live.bot("queue", "--json", X_ACCESS_TOKEN=stranger.access_token)
    assert {one["account"] for one in found.document} == {"mastodon", "x"}
    live.done("run", "--once")
    assert len(live.accepted()) == 2


def test_what_cannot_be_taken_back_for_its_account_is_gone_is_told(live: LiveCampaign) -> None:
    live.many(1, now())
    live.done("run", "--once")
    one = number(live, "m01", "mastodon")
    live.change("bot.toml", "[accounts.mastodon]", "[accounts.elsewhere]")
    live.change("bot.toml", live.mastodon.url, "http://127.0.0.1:9")
    live.done("plan")
    said = live.bot("undo", one, "--yes")
    assert said.status == 1
    assert "mastodon is not in bot.toml" in said.err
    assert "undo_failed" in live.done("run", "--once").err
    live.change("bot.toml", "http://127.0.0.1:9", live.mastodon.url)
    live.done("run", "--once")
    assert live.mastodon.ledger().statuses[0]["deleted_at"], "its account is back, under another name"


def test_the_rehearsals_own_account_keeps_its_posts_under_another_name(live: LiveCampaign) -> None:
    live.write("bot.toml", re.sub(r"\[accounts\.(.|\n)*?\n\n", "", (live.root / "bot.toml").read_text()))
    live.change("bot.toml", "[links]", '[accounts.stage]\nplatform = "rehearsal"\n\n[links]')
    live.many(1, now())
    live.done("run", "--once")
    moved(live, "stage", "scene")
    live.done("run", "--once")
    assert [(one["account"], one["state"], one["attempts"]) for one in live.queue()] == [("scene", "sent", 1)]
    live.done("undo", number(live, "m01", "scene"))


def test_two_workers_on_one_database_follow_a_new_name(shared: LiveCampaign) -> None:
    shared.many(1, now())
    shared.message("soon", "Soon.")
    first, second = shared.run(), shared.run()
    shared.until_accepted(2)
    moved(shared, "mastodon", "main")
    moved(shared, "x", "bird")
    shared.schedule({"soon": now() + timedelta(seconds=5)}, "soon")
    shared.until_accepted(4)
    assert once_each(shared.accepted(), ["Message 1 of 1", "Soon."])
    assert {account for _, account in states(shared)} == {"main", "bird"}
    assert (first.stopped(), second.stopped()) == (0, 0)
