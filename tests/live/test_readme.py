"""A newcomer's first hour with the README: a mistake is caught, and a copy of the campaign goes live."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.harness.live_campaign import LiveCampaign, now

PROJECT = Path(__file__).parents[2]
LAUNCH = re.compile(r'message +?= "launch"\ndays +?= \["T-30"\]\n')


def copied(live: LiveCampaign) -> None:
    for file in ("bot.toml", "facts.toml"):
        shutil.copy(PROJECT / file, live.root)
    for folder in ("messages", "schedules"):
        shutil.copytree(PROJECT / folder, live.root / folder)


def the_line_that_the_readme_shows() -> str:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"run `bot check`:\s+```\s+(.+?)\s+```", readme)
    assert found is not None
    return found[1]


def launched_now(live: LiveCampaign) -> None:
    """Give the copy's launch, in all languages, this minute of today, a month ahead of its day of action."""
    at = now()
    live.change("bot.toml", "day_of_action = 2025-04-16", f"day_of_action = {at.date() + timedelta(days=30)}")
    live.change("bot.toml", '"Europe/Berlin"', '"UTC"')
    schedule = (live.root / "schedules/run-up.toml").read_text(encoding="utf-8")
    live.write("schedules/run-up.toml", LAUNCH.sub(rf"\g<0>at = {at:%H:%M}:00\n", schedule))


def test_bot_check_catches_the_mistake_that_the_readme_makes_on_purpose(live: LiveCampaign) -> None:
    copied(live)
    said = live.bot("check")
    assert said.status == 0, said.out
    live.change("messages/launch/en.md", "{hashtags}", "{hashtag}")
    said = live.bot("check")
    assert said.status == 1
    assert the_line_that_the_readme_shows() in said.out.splitlines()
    live.change("messages/launch/en.md", "{hashtag}", "{hashtags}")
    assert live.bot("check").status == 0


def test_a_copy_of_the_campaign_goes_live_against_both_servers(live: LiveCampaign) -> None:
    copied(live)
    launched_now(live)
    live.change("bot.toml", "https://mastodon.example", live.mastodon.url)
    live.change("bot.toml", "https://api.x.com", live.x.url)
    said = live.bot("check")
    assert said.status == 0, said.out

    planned = live.done("plan", "--json").document
    due = [one for one in planned if one["state"] == "planned" and datetime.fromisoformat(one["due_at"]) < now()]
    assert {one["language"] for one in due} >= {"en", "de", "fr", "es"}
    worker = live.run()
    parts = [(one["account"], part) for one in due for part in one["text"].split("\n---\n")]
    accepted = live.until_accepted(len(parts))
    assert sorted((one.account, one.text) for one in accepted) == sorted(parts)
    assert all(one.media == 1 for one in accepted)
    assert worker.stopped() == 0
    sent = live.queue("--state", "sent")
    assert sorted(one["id"] for one in sent) == sorted(one["id"] for one in due)
    assert all(datetime.fromisoformat(one["sent_at"]).tzinfo == UTC for one in sent)
    assert live.x.ledger()["violations"] == []
