"""One post is one sighting, through however many servers, hashtags and mentions it is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.campaign import MonitorRules
from bot.domain.post import MediaKind
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.mastodon.instance import PublicInstance
from bot.services.watching import poll
from bot.services.work import ProcessMemory
from tests.harness.campaign import TAG, CampaignHarness
from tests.harness.rehearsal_networks import ManualClock
from tests.servers.mastodon import MastodonServer

VIDEO = {"media": [{"type": "video", "description": "A worker speaks."}], "language": "en"}
RULES = MonitorRules(backfill=timedelta(days=1))


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[MastodonServer]:
    with MastodonServer() as server:
        yield server


class Reading:
    """Our own server with an account, and another one that is read without one, under two names."""

    def __init__(self, ours: MastodonServer, other: MastodonServer, folder: Path) -> None:
        self.ours, self.other = ours, other
        self.clock = ManualClock()
        self.clock.now = datetime.now(UTC)
        account = ours.add_account("campaign")
        platform = MastodonPlatform("mastodon", ours.url, account.access_token, self.clock)
        platform.known_as("@campaign@mastodon.example")
        self.harness = CampaignHarness(folder, monitor=RULES)
        self.work = replace(
            self.harness.worker(clock=self.clock),
            platforms={"mastodon": platform},
            instances=[PublicInstance(url, "Tests", self.clock) for url in (other.url, self._other_name())],
            memory=ProcessMemory(handles={"mastodon": "@campaign@mastodon.example"}),
        )

    def _other_name(self) -> str:
        return self.other.url.replace("127.0.0.1", "localhost")

    def read(self) -> None:
        for watch in poll.source_polls(self.work):
            poll.read(self.work, watch)

    def close(self) -> None:
        for platform in self.work.platforms.values():
            platform.close()
        for instance in self.work.instances:
            instance.close()


@pytest.fixture
def reading(mastodon: MastodonServer, elsewhere: MastodonServer, tmp_path: Path) -> Iterator[Reading]:
    elsewhere.reset()
    reading = Reading(mastodon, elsewhere, tmp_path)
    yield reading
    reading.close()


def test_a_post_seen_through_three_servers_two_hashtags_and_a_mention_is_one_sighting(reading: Reading) -> None:
    text = f"@campaign Solidarity! #{TAG} #April19"
    at = (reading.clock.now - timedelta(minutes=2)).isoformat()
    reading.ours.add_account("ana")
    post = reading.ours.seed_status("ana", text, created_at=at, **VIDEO)
    while reading.other.seed_status("somebody@else.example", "Not it.", created_at=at).id <= post.id:
        """Both number the posts of one millisecond in turn: the other server's number is to be another one."""
    copy = reading.other.seed_status("ana@ours.example", text, created_at=at, uri=post.uri, url=post.url, **VIDEO)
    assert copy.id != post.id
    reading.read()
    (seen,) = reading.harness.seen()
    host, other = (server.url.removeprefix("http://") for server in (reading.ours, reading.other))
    name = other.replace("127.0.0.1", "localhost")
    assert set(seen.sources) == {
        f"{host} mentions mastodon",
        *(f"{place} #{tag}" for place in (host, other, name) for tag in (TAG, "April19")),
    }
    assert set(seen.tags) == {TAG, "April19"}
    assert seen.post.kinds == (MediaKind.VIDEO,)


def test_posts_that_differ_only_in_their_address_are_each_one(reading: Reading) -> None:
    """A server is free to tell addresses apart by case, slash or scheme: they are compared as they are."""
    at = (reading.clock.now - timedelta(minutes=2)).isoformat()
    uris = [f"{start}.example/posts/{end}" for start in ("https://one", "http://one") for end in ("Ab", "ab", "ab/")]
    for uri in uris:
        reading.other.seed_status("ana@one.example", f"Solidarity! #{TAG}", created_at=at, uri=uri, url=uri, **VIDEO)
    reading.read()
    assert {one.post.uri for one in reading.harness.seen()} == set(uris)
