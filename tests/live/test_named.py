"""Our own posts never name, or link to, somebody who asked to be left alone: by the servers' ledgers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.harness.live_campaign import NO_CARE, LiveCampaign, now
from tests.harness.stores import BOTH_IN_LONG


@pytest.fixture
def thanking(request: pytest.FixtureRequest, live: LiveCampaign) -> LiveCampaign:
    """A campaign whose own posts will thank people; its store is a file, or in PostgreSQL where a test asks for it."""
    if getattr(request, "param", "sqlite") == "postgresql":
        request.getfixturevalue("shared")
    live.write("bot.toml", f"{(live.root / 'bot.toml').read_text()}\n{NO_CARE}")
    live.mastodon.add_account("ana")
    live.x.add_user("ana_x")
    return live


def said(live: LiveCampaign) -> dict[str, str]:
    return {f"{one['message']} {one['account']}": one["state"] for one in live.queue()}


@pytest.mark.parametrize("thanking", BOTH_IN_LONG, indirect=True)
def test_whoever_asks_to_be_left_alone_is_named_by_no_post_of_ours_any_more(thanking: LiveCampaign) -> None:
    live, messages = thanking, ("mention", "link", "card", "nobody")
    live.message("mention", f"Thank you @ana@{live.host} and @ana_x!")
    live.message("link", "See it here: https://x.com/ana_x/status/2127757441620770817")
    live.message("card", "We were many.", card=True)
    live.change("messages/card/en.md", "A card.", f"A hall; photo: @ANA@{live.host}, https://x.com/Ana_X")
    live.message("nobody", "We go on.")
    live.schedule(dict.fromkeys(messages, now() + timedelta(hours=1)))
    live.done("run", "--once")
    live.mastodon.seed_status("ana", "@union stop", visibility="direct")
    live.done("run", "--once")
    live.done("forget", "x:ana_x")
    live.schedule(dict.fromkeys(messages, now()))
    live.done("run", "--once")
    assert live.texts() == ["We go on.", "We go on."]
    held = {"mention mastodon", "mention x", "link mastodon", "link x", "card mastodon", "card x"}
    assert {name for name, state in said(live).items() if state == "held"} == held

    number = next(str(one["id"]) for one in live.queue() if one["message"] == "link" and one["account"] == "x")
    for words in (["release", number], ["post", "Thank you, @ana_x!", "--account", "x", "--at", "now"]):
        refused = live.bot(*words)
        assert (refused.status, "asked to be left alone" in refused.err) == (1, True)
    live.message("link", "See them all on our page.")
    live.done("run", "--once")
    live.done("release", number)
    live.done("run", "--once")
    assert live.texts("x") == ["See them all on our page.", "We go on."]


def test_who_was_forgotten_before_the_words_were_written_is_not_named_either(thanking: LiveCampaign) -> None:
    live = thanking
    live.many(1, now())
    live.done("run", "--once")
    live.done("forget", "x:ana_x")
    live.message("thanks", "Thank you @Ana_X!")
    live.schedule({"thanks": now()})
    assert "thanks names, or links to, somebody who asked to be left alone" in live.bot("check").out
    said_by = live.done("run", "--once").err
    assert "names_somebody" in said_by
    assert "ana" not in said_by.casefold()
    assert live.texts("x") == ["Message 1 of 1"]


def test_of_what_is_out_the_team_is_told(thanking: LiveCampaign) -> None:
    live = thanking
    live.message("thanks", "Thank you @ana_x!")
    live.schedule({"thanks": now()})
    live.done("run", "--once")
    assert len(live.texts()) == 2
    told = live.done("forget", "x:ana_x").err
    assert "bot undo 1" in told
    assert "bot undo 2" in told
    assert len(live.texts()) == 2, "a person decides whether it is taken back"
