"""Simulated days: every video is seen once, nothing unapproved leaves, and whoever wants to be gone is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.delivery import State
from bot.domain.sighting import SightingState
from bot.store import deliveries
from tests.harness.rehearsal_networks import START
from tests.harness.stores import BOTH
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator
from tests.soak.places import Places
from tests.soak.play import Play, trusted
from tests.soak.script import PROTECTED, Fate, Post, Script, Where

SHORT = timedelta(hours=8)
"""A day that is over sooner."""


@pytest.fixture(scope="module")
def others() -> Iterator[dict[Where, MastodonServer]]:
    """Three servers that we have no account on."""
    with MastodonServer() as red, MastodonServer() as green, MastodonServer() as far:
        yield {Where.RED: red, Where.GREEN: green, Where.FAR: far}


def judge(play: Play) -> None:
    posts = {post.uri: post for post in play.script.posts if post.uri}
    _judge_seen(play, posts)
    _judge_sent(play, posts)
    _judge_noticed(play, posts)
    assert play.told("hijack"), "nobody was told of the flood"


def _judge_seen(play: Play, posts: dict[str, Post]) -> None:
    seen = Counter(one.post.uri for one in play.seen())
    assert set(seen.values()) <= {1}
    gone = play.forgotten
    wanted = {
        uri
        for uri, post in posts.items()
        if post.is_wanted and post.fate is not Fate.DELETED and play.places.handle(post) not in gone
    }
    assert wanted <= seen.keys(), [posts[uri] for uri in wanted - seen.keys()][:3]
    strangers = [posts[uri] for uri in seen if not (posts[uri].is_tagged or posts[uri].mentions_us)]
    assert not strangers
    kept = [one.id for one in play.seen() if one.post.author.handle in gone]
    assert not kept, "somebody who asked to be forgotten is stored"


def _judge_sent(play: Play, posts: dict[str, Post]) -> None:
    reshares = play.places.reshares()
    assert len(reshares) > len(posts) // 10, "hardly anything was reshared: there is nothing to judge"
    standing = Counter(uri for uri, _, stands in reshares if stands)
    assert set(standing.values()) <= {1}
    for uri, at, stands in reshares:
        post = posts[uri]
        assert post.author not in PROTECTED, post
        assert not post.is_flood, post
        said_yes = play.yes.get(uri)
        assert trusted(play, post) or (said_yes is not None and said_yes <= at), post
        is_over = post.is_federated and post.fate is not Fate.STAYS
        assert not (stands and is_over), post
        assert not (stands and play.places.handle(post) in play.forgotten), post


def _judge_noticed(play: Play, posts: dict[str, Post]) -> None:
    """What is gone is known to be gone, though a server may have taken the reshare away by itself."""
    with play.work.store.read() as tx:
        out = [one.post_uri for one in deliveries.in_states(tx, [State.SENT]) if one.undone_at is None]
    unnoticed = [posts[uri] for uri in out if posts[uri].is_federated and posts[uri].fate is not Fate.STAYS]
    assert not unnoticed, unnoticed[0]


def play_through(tmp_path: Path, places: Places, script: Script, store: str) -> Play:
    with Play(tmp_path, places, script, store) as play:
        play.through()
        judge(play)
        return play


def test_in_a_day_each_video_is_seen_once_and_nothing_leaves_without_a_yes(
    tmp_path: Path, mastodon: MastodonServer, others: dict[Where, MastodonServer], x_process: XSimulator
) -> None:
    play = play_through(tmp_path, Places(mastodon, others, x_process), Script(7, START, 1, 60, SHORT), "sqlite")
    states = Counter(one.state for one in play.seen())
    assert states[SightingState.RESHARED] > 15


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("store", BOTH)
def test_in_many_days_of_many_posts_too(
    tmp_path: Path,
    mastodon: MastodonServer,
    others: dict[Where, MastodonServer],
    x_process: XSimulator,
    store: str,
    seed: int,
) -> None:
    play_through(tmp_path, Places(mastodon, others, x_process), Script(seed, START, 6, 500), store)
