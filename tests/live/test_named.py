"""Our own posts never name, or link to, somebody who asked to be left alone: by the servers' ledgers."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from tests.harness.live_campaign import NO_CARE, TAG, LiveCampaign, now
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
    for command in ("forget", "withdraw"):
        promised = " ".join(live.done(command, "--help").out.split())
        assert "Posts of our own that name them, or link to them, are held" in promised
    told = live.done("forget", "x:ana_x").err
    assert "bot undo 1" in told
    assert "bot undo 2" in told
    assert len(live.texts()) == 2, "a person decides whether it is taken back"


def doubtful(live: LiveCampaign, name: str) -> int:
    """Somebody says what may be a slogan or a wish; return the number of their sighting."""
    live.mastodon.add_account(name)
    video = {"type": "video", "description": "A video."}
    live.mastodon.seed_status(name, f"Stop! Free the jailed unionists. @union #{TAG}", media=[video])
    live.done("run", "--once")
    seen = live.done("sightings", "--json").document
    return next(int(one["id"]) for one in seen if one["asks"] and name in one["author"])


@pytest.mark.parametrize("thanking", BOTH_IN_LONG, indirect=True)
def test_what_was_held_for_a_slogan_goes_once_a_person_has_said_that_it_is_none(thanking: LiveCampaign) -> None:
    live = thanking
    live.message("one", f"Thank you @ana@{live.host}!")
    live.message("both", f"Well done, @ana@{live.host} and @eva@{live.host}!")
    live.message("edited", f"On we go with @ana@{live.host}.")
    live.message("by-hand", f"Greetings to @ana@{live.host}.")
    names = ("one", "both", "edited", "by-hand")
    live.schedule(dict.fromkeys(names, now() + timedelta(hours=1)))
    ana, eva = doubtful(live, "ana"), doubtful(live, "eva")
    live.done("hold", "--message", "by-hand", "--yes")
    live.schedule(dict.fromkeys(names, now()))
    live.done("run", "--once")
    live.message("edited", f"On we all go with @ana@{live.host}.")
    live.done("plan")
    assert (live.texts(), set(said(live).values())) == ([], {"held"})

    told = live.done("dismiss", str(ana))
    assert told.err.count("is held no more. It ") == 2
    live.done("run", "--once")
    assert live.texts() == [f"Thank you @ana@{live.host}!"] * 2
    (edited,) = [one for one in live.queue() if (one["message"], one["account"]) == ("edited", "x")]
    assert (edited["state"], edited["error_code"]) == ("held", "held_reworded")
    assert f"run: bot release {edited['id']}" in live.done("show", str(edited["id"])).out

    assert live.done("dismiss", str(eva), "--json").document["released"] == [
        one["id"] for one in live.queue() if one["message"] == "both"
    ]
    live.done("run", "--once")
    assert len(live.texts()) == 4
    live.done("release", "--message", "edited", "--yes")
    live.done("run", "--once")
    assert len(live.texts()) == 6
    assert {state for name, state in said(live).items() if "by-hand" in name} == {"held"}


def test_what_was_held_for_somebody_who_was_forgotten_in_error_goes_or_is_missed_by_its_own_rule(
    thanking: LiveCampaign,
) -> None:
    live = thanking
    live.message("soon", "Thank you @ana_x!")
    live.message("late", "Well done, @ana_x!")
    live.schedule({"soon": now() + timedelta(hours=1)})
    live.schedule({"late": now() + timedelta(seconds=2)}, "late", 'late = "1s"')
    live.done("plan")
    live.done("forget", "x:ana_x")
    assert set(said(live).values()) == {"held"}
    time.sleep(4)
    told = live.done("remember", "x:ana_x")
    assert told.err.count("is held no more. It ") == 4, told.err
    live.done("run", "--once")
    assert {name.split()[0]: state for name, state in said(live).items()} == {"soon": "planned", "late": "missed"}
    assert live.texts() == []


@pytest.mark.parametrize("thanking", BOTH_IN_LONG, indirect=True)
def test_a_link_that_names_nobody_or_somebody_else_is_told_by_the_post_that_it_leads_to(thanking: LiveCampaign) -> None:
    live = thanking
    hers = live.video_on_x("ana_x")
    live.message("bare", f"See https://x.com/i/status/{hers}")
    live.message("false", f"Look: twitter.com/somebody_else/status/{hers}?s=20")
    live.message("other", "And this: https://x.com/i/status/77")
    names = ("bare", "false", "other")
    live.schedule(dict.fromkeys(names, now() + timedelta(hours=1)))
    live.done("run", "--once")
    live.done("forget", "x:ana_x")
    assert {name for name, state in said(live).items() if state == "held"} == {
        f"{name} {account}" for name in ("bare", "false") for account in ("mastodon", "x")
    }
    number = str(live.queue("--state", "held")[0]["id"])
    assert live.bot("release", number).status == 1, "nobody's yes overrides it, though her post is not stored any more"
    live.message("later", f"Once more: https://x.com/i/web/status/{hers}")
    live.schedule({"later": now()}, "later")
    live.schedule(dict.fromkeys(names, now()))
    live.done("run", "--once")
    assert live.texts() == ["And this: https://x.com/i/status/77"] * 2
    live.done("remember", "x:ana_x")
    live.done("run", "--once")
    assert len(live.texts()) == 8


def test_a_link_to_a_post_whose_author_may_be_asking_is_held_until_that_is_answered(thanking: LiveCampaign) -> None:
    live = thanking
    note = "https://notes.example/notes/9abc123def"
    video = {"type": "video", "description": "A video."}
    live.mastodon.seed_status("ana", f"Solidarity! #{TAG}", media=[video], uri=note, url=note)
    live.many(1, now() + timedelta(hours=1))
    live.done("run", "--once")
    ana = doubtful(live, "ana")
    live.message("note", f"See {note}.")
    live.schedule({"note": now()})
    live.done("run", "--once")
    assert ({state for name, state in said(live).items() if "note" in name}, live.texts()) == ({"held"}, [])
    live.done("dismiss", str(ana))
    live.done("run", "--once")
    assert live.texts() == [f"See {note}."] * 2
