"""Servers that take every question and answer none: what is due leaves all the same."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.harness.live_campaign import LiveCampaign, now
from tests.harness.relay import Stranger

HOSTS, TAGS = 24, ("FreeBelarusUnionists", "April19", "OurRights", "Solidarity")


@pytest.mark.parametrize("once", [False, True])
def test_slow_servers_that_fill_everything_keep_no_post_waiting(live: LiveCampaign, once: bool) -> None:
    """They are let go of only when the post is in the ledger, so that nothing but threads of its own helps it."""
    with ExitStack() as closing:
        strangers = [closing.enter_context(Stranger()) for _ in range(HOSTS)]
        instances = ", ".join(f'"{one.url}"' for one in strangers)
        live.change("bot.toml", 'poll_min = "1s"', f'poll_min = "1s"\ninstances = [{instances}]')
        live.change("bot.toml", f'hashtags = ["{TAGS[0]}"]', f"hashtags = {list(TAGS)}".replace("'", '"'))
        live.many(1, now())
        worker = live.run("--once") if once else live.run()
        live.until_accepted(2)
        asked = min(HOSTS, 16)
        live.until(lambda: sum(bool(one.heard) for one in strangers) >= asked)
        live.done("post", "While all others are slow.", "--account", "mastodon", "--at", "now")
        live.until_accepted(2, "mastodon")
        assert worker.is_alive
        assert sum(bool(one.heard) for one in strangers) >= asked, "and nobody has answered"
