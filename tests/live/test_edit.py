"""`bot edit`, against the servers: what is out is changed there, and posted no second time."""

from __future__ import annotations

from tests.harness.live_campaign import LiveCampaign, now
from tests.harness.terminal import Terminal


def number(live: LiveCampaign, account: str) -> str:
    return next(str(one["id"]) for one in live.queue() if one["account"] == account)


def test_words_alt_text_and_warning_of_a_post_that_is_out_are_changed_there(live: LiveCampaign) -> None:
    live.message("m", "Free htem all.", card=True)
    live.schedule({"m": now()})
    live.done("run", "--once")
    live.change("messages/m/en.md", "htem", "them")
    live.change("messages/m/en.md", "A card.", "Five portraits.")
    live.change("messages/m/en.md", "+++\n[[media", '+++\ncontent_warning = "Prison"\n[[media')
    on_mastodon, on_x = number(live, "mastodon"), number(live, "x")
    told = live.done("edit", on_mastodon, "--json").document
    assert (told["text"], told["state"], told["error"]) == ("Free them all.", "sent", "")
    (edit,) = live.mastodon.ledger().edits
    assert (edit["text"], edit["spoiler_text"], edit["sensitive"], edit["language"]) == (
        "Free them all.",
        "Prison",
        True,
        "en",
    )
    assert [one["description"] for one in edit["media"]] == ["Five portraits."]
    refused = live.bot("edit", on_x, "--yes")
    assert refused.status == 1
    assert f"bot undo {on_x}, then: bot plan, then: bot retry {on_x}" in refused.err
    assert f"bot edit {on_x} --done" in refused.err
    again = live.done("edit", on_mastodon)
    assert "says that already" in again.err
    live.done("run", "--once")
    assert len(live.accepted()) == 2
    shown = live.done("show", on_mastodon).out
    assert "Other words: accepted." in shown
    assert len(live.mastodon.ledger().edits) == 1


def test_a_typed_post_gets_other_words_once_somebody_at_the_terminal_has_seen_both(live: LiveCampaign) -> None:
    live.done("post", "Free htem all.", "--account", "mastodon", "--at", "now")
    live.bot("run", "--once")
    one = number(live, "mastodon")
    shell = Terminal(live.root, live.root.parent / "home", live.own({}))
    no = shell.at_a_screen("edit", one, "--text", "Free them all.", reply=lambda shown: "n")
    assert no.status == 1
    assert "Free htem all." in no.err
    assert "Free them all." in no.err
    assert live.mastodon.ledger().edits == []
    yes = shell.at_a_screen("edit", one, "--text", "Free them all.", reply=lambda shown: "y")
    assert yes.status == 0
    assert [edit["text"] for edit in live.mastodon.ledger().edits] == ["Free them all."]


def test_what_the_server_did_not_answer_is_looked_at_before_it_is_asked_again(live: LiveCampaign) -> None:
    live.many(1, now())
    live.done("run", "--once")
    live.change("messages/m01/en.md", "Message 1 of 1", "Other words")
    live.mastodon.fault("accept_then_close", method="PUT", path="/api/v1/statuses/", count=1)
    said = live.bot("edit", number(live, "mastodon"), "--yes")
    assert said.status == 1
    assert "will be tried again" in said.err
    live.done("edit", number(live, "mastodon"), "--yes")
    assert next(one for one in live.queue() if one["account"] == "mastodon")["error"] == ""
    assert [edit["text"] for edit in live.mastodon.ledger().edits] == ["Other words"]
    assert live.texts("mastodon") == ["Message 1 of 1"]
