"""Translations as a thread, on the real servers."""

from __future__ import annotations

from tests.harness.live_campaign import LiveCampaign, now


def test_the_translations_answer_the_first_language_each_once(live: LiveCampaign) -> None:
    live.change("bot.toml", 'platform = "x"', 'platform = "x"\ntranslations = "thread"')
    live.message("call", "Join us.", card=True)
    for language, text in (("be", "Далучайцеся."), ("de", "Macht mit.")):
        live.write(f"messages/call/{language}.md", f"{text}\n")
    live.schedule({"call": now()})
    live.done("run", "--once")
    posts = live.x.ledger()["posts"]
    assert sorted(post["text"] for post in posts) == sorted(["Join us.", "Далучайцеся.", "Macht mit."])
    by_id = {post["id"]: post for post in posts}
    (first,) = [post for post in posts if not post["reply_to"]]
    assert (first["text"], len(first["media"])) == ("Join us.", 1)
    assert all(post["reply_to"] in by_id for post in posts if post is not first)
    assert len(live.texts("mastodon")) == 3
    live.done("run", "--once")
    assert len(live.accepted()) == 6
