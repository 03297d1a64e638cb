"""A union with no campaign yet: from `bot init` to its first own posts, on three accounts, in two languages."""

from __future__ import annotations

import re
import shutil

from tests.harness.live_campaign import LiveCampaign


def test_from_nothing_to_the_first_post(live: LiveCampaign) -> None:
    shutil.rmtree(live.root)
    live.root.mkdir()
    second = live.mastodon.add_account("fares_de", bot=True)
    secrets = {"MASTODON_2_ACCESS_TOKEN": second.access_token}
    begun = live.bot(
        *("init", "--yes", "--name", "Fair Fares Now", "--day", "2099-05-20", "--city", "Köln", "--languages", "en,de"),
        *("--hashtags", "FairFaresNow", "--website", "fares.example", "--contact", "press@fares.example"),
        *("--account", live.mastodon.url, "--account", live.mastodon.url, "--account", "x"),
    )
    assert begun.status == 0, begun.err
    live.change("bot.toml", 'platform                = "x"', f'platform = "x"\napi_base_url = "{live.x.url}"')

    # every place that waits for words has its line; a slip on the way is named, with what to write
    waiting = live.bot("check")
    assert waiting.status == 1
    assert len(re.findall(r"^messages/[a-z-]+/\w\w\.md:1: error: this place waits", waiting.out, re.MULTILINE)) == 12
    for file in sorted((live.root / "messages").rglob("*.md")):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"\{TODO: [^}]*\}", f"{file.parent.name}, in {file.stem}.", text), encoding="utf-8")
    live.change("messages/launch/en.md", "{hashtags}", "{hashtag}")
    assert "messages/launch/en.md:5: error: {hashtag} is not a placeholder. Write {hashtags}" in live.bot("check").out
    live.change("messages/launch/en.md", "{hashtag}", "{hashtags}")
    live.change("schedules/run-up.toml", "de = 09:30:00", "de = 9:30")
    assert 'schedules/run-up.toml:5: error: "9:30" is not how TOML writes' in live.bot("check").out
    live.change("schedules/run-up.toml", "de = 9:30", "de = 09:30:00")

    # the second account posts German alone, without a word in the schedules
    live.change("bot.toml", "[accounts.mastodon-2]", '[accounts.mastodon-2]\nlanguages = ["de"]')
    assert live.bot("check").status == 0, live.bot("check").out

    # the first words of their own, on all three
    live.done("plan")
    for account in ("mastodon", "mastodon-2", "x"):
        live.done("post", f"Hello from {account}. {{hashtags}}", "--account", account, "--at", "now")
    assert live.bot("run", "--once", **secrets).status == 0
    expected = sorted(f"Hello from {account}. #FairFaresNow" for account in ("mastodon", "mastodon-2", "x"))
    assert live.texts() == expected
    planned = {(delivery["account"], delivery["message"], delivery["language"]) for delivery in live.queue()}
    assert ("mastodon-2", "launch", "de") in planned
    assert ("mastodon-2", "launch", "en") not in planned
