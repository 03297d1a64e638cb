"""Posts that mention us are a source of our own account, read forward without gaps like a hashtag."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bot.domain.post import Cursor, SeenPost
from bot.errors import Outcome, PlatformError
from bot.platforms.base import Source
from bot.platforms.mastodon.adapter import MastodonPlatform
from tests.harness.mastodon_statuses import TAG
from tests.platforms.mastodon_driver import MastodonDriver
from tests.servers.mastodon import MastodonServer

DAY = timedelta(days=1)


class Mentioned:
    """Our account, the source of who mentions it, and the time, which a test can move on."""

    def __init__(self, server: MastodonServer) -> None:
        self.driver = MastodonDriver(server)
        self.ahead = timedelta()
        self.platform = MastodonPlatform("mastodon", server.url, self.driver.ours.access_token, self._clock)
        self.source: Source = self.platform.sources([TAG])[-1]
        self.cursor = Cursor(self._clock() - DAY)

    def _clock(self) -> datetime:
        return self.driver.now() + self.ahead

    def says(self, text: str, **fields: object) -> str:
        return self.driver.server.seed_status(self.driver.worker, text, **fields).uri

    def read(self) -> list[SeenPost]:
        posts: list[SeenPost] = []
        more = True
        while more:
            page = self.source.read(self.cursor)
            assert page.to_us
            posts, self.cursor, more = [*posts, *page.posts], page.cursor, page.more
        return posts


@pytest.fixture
def mentioned(mastodon: MastodonServer) -> Iterator[Mentioned]:
    mentioned = Mentioned(mastodon)
    yield mentioned
    mentioned.platform.close()
    mentioned.driver.close()


def test_who_mentions_us_is_seen_with_our_hashtags_or_without(mentioned: Mentioned) -> None:
    uris = [mentioned.says("@campaign look at this"), mentioned.says(f"@campaign #{TAG}")]
    mentioned.says(f"Not to you. #{TAG}")
    assert [post.uri for post in mentioned.read()] == uris
    assert mentioned.source.name == f"{mentioned.driver.server.url.removeprefix('http://')} mentions mastodon"


@pytest.mark.parametrize("visibility", ["unlisted", "private", "direct"])
def test_what_is_said_to_us_alone_is_seen_as_such(mentioned: Mentioned, visibility: str) -> None:
    mentioned.says("@campaign stop", visibility=visibility)
    (post,) = mentioned.read()
    assert not post.public


def test_mentions_are_read_forward_from_where_we_were(mentioned: Mentioned) -> None:
    first = [mentioned.says(f"@campaign {number}") for number in range(45)]
    assert {post.uri for post in mentioned.read()} == set(first)
    then = [mentioned.says(f"@campaign again {number}") for number in range(90)]
    assert {post.uri for post in mentioned.read()} == set(then)
    mentioned.ahead += timedelta(minutes=1)
    assert mentioned.read() == []


def test_what_others_do_to_our_posts_is_no_mention(mentioned: Mentioned) -> None:
    ours = mentioned.driver.server.seed_status(mentioned.driver.ours, f"Ours. #{TAG}")
    mentioned.driver.somebody_reshares(ours.uri)
    uri = mentioned.says("@campaign well said")
    assert [post.uri for post in mentioned.read()] == [uri]
    assert all("types" in entry["query"] for entry in mentioned.driver.server.ledger().requests[-1:])


def test_a_mention_that_was_edited_is_given_again(mentioned: Mentioned) -> None:
    uri = mentioned.says("@campaign hello")
    mentioned.read()
    mentioned.ahead += timedelta(minutes=1)
    mentioned.read()
    mentioned.driver.server.edit_status(uri.rpartition("/")[2], text="@campaign stop")
    mentioned.ahead += timedelta(minutes=1)
    assert [post.text for post in mentioned.read()] == ["@campaign stop"]


def test_a_token_that_must_not_see_them_says_what_to_do_and_closes_nothing(mentioned: Mentioned) -> None:
    body = '{"error": "This action is outside the authorized scopes"}'
    mentioned.driver.server.fault("status", path="/notifications$", status=403, body=body)
    with pytest.raises(PlatformError, match="Run: ‹do:log_in mastodon›") as raised:
        mentioned.read()
    assert raised.value.answer is Outcome.REJECTED
    assert not raised.value.closes_account


def test_mentions_can_be_left_out(mentioned: Mentioned) -> None:
    server, token = mentioned.driver.server, mentioned.driver.ours.access_token
    platform = MastodonPlatform("mastodon", server.url, token, mentioned.driver.now, mentions=False)
    assert [source.name.partition(" ")[2] for source in platform.sources([TAG])] == [f"#{TAG}"]
    platform.close()


@pytest.mark.parametrize("dialect", ["gotosocial", "takahe"])
def test_other_servers_tell_of_mentions_too(mentioned: Mentioned, dialect: str) -> None:
    mentioned.driver.server.settings(dialect=dialect)
    first = mentioned.says("@campaign one")
    assert [post.uri for post in mentioned.read()] == [first]
    second = mentioned.says("@campaign two")
    assert [post.uri for post in mentioned.read()] == [second]


def test_who_quotes_us_or_edits_what_we_reshared_speaks_to_us_too(mentioned: Mentioned) -> None:
    server = mentioned.driver.server
    ours = server.seed_status(mentioned.driver.ours, "Ours.")
    quoting = server.seed_status(mentioned.driver.worker, "Delete my video", quotes=ours.id)
    theirs = server.seed_status(mentioned.driver.worker, f"Solidarity! #{TAG}")
    post = mentioned.platform.fetch(theirs.uri)
    assert post is not None
    mentioned.platform.reshare(post)
    server.edit_status(theirs, text="Please don't share this.")
    assert {post.uri: post.answers_us for post in mentioned.read()} == {quoting.uri: False, theirs.uri: False}


def test_a_reply_to_us_is_told_from_one_to_somebody_else(mentioned: Mentioned) -> None:
    server = mentioned.driver.server
    ours = server.seed_status(mentioned.driver.ours, "Ours.")
    theirs = server.seed_status(mentioned.driver.worker, "Theirs.")
    answers = {
        mentioned.says("@campaign stop", in_reply_to=ours.id): True,
        mentioned.says("@campaign stop", in_reply_to=theirs.id): False,
        mentioned.says("@campaign stop"): False,
    }
    assert {post.uri: post.answers_us for post in mentioned.read()} == answers


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_does_not_know_all_kinds_is_asked_for_mentions(mentioned: Mentioned, status: int) -> None:
    uri = mentioned.says("@campaign stop")
    body = '{"error": "Unknown type"}'
    mentioned.driver.server.fault("status", path="/notifications$", status=status, body=body, count=1)
    assert [post.uri for post in mentioned.read()] == [uri]
