"""Odd fields in what X sends: none that is not needed loses a post, and none that protects somebody is passed over."""

from __future__ import annotations

import json
from typing import Any

from bot.domain.post import Cursor, Unread
from bot.platforms.x.entities import Includes, post_in
from bot.platforms.x.parse import seen_post
from tests.fuzz.samples import x_listing, x_post, x_user
from tests.harness.mastodon_statuses import TAG
from tests.harness.table import each_of
from tests.platforms.x.conftest import Account, HandClock
from tests.servers.x.handle import XSimulator

NOTHING: dict[str, dict[str, Any]] = {
    "id as a number": {"id": 5, "author_id": 7},
    "attachments": {"attachments": []},
    "entities": {"entities": {"urls": {}, "hashtags": [{"tag": "FreeBelarusUnionists"}]}},
    "references": {"referenced_tweets": {}},
    "language": {"lang": []},
    "sensitive": {"possibly_sensitive": 0},
    "date": {"created_at": 1744794000},
    "no date": {"created_at": "soon"},
    "history": {"edit_history_tweet_ids": [5]},
    "reply": {"in_reply_to_user_id": False},
    "no entities": {"entities": [], "note_tweet": []},
}


def seen(**fields: Any) -> Any:
    post = post_in(json.dumps(x_post(5) | fields).encode())
    assert post is not None
    users = [json.dumps(x_user() | fields.get("user", {})).encode()]
    return seen_post(post, Includes(users=users))  # type: ignore[arg-type]


@each_of("shape", NOTHING)
def test_a_shape_with_one_meaning_loses_no_post_and_asks_nobody(shape: str) -> None:
    post = seen(**NOTHING[shape])
    assert (post.native_id, post.author.handle, post.unclear, post.is_reply) == ("5", "x:Union7", False, False)
    assert post.hashtags == (TAG,)


@each_of(
    "odd",
    [
        {"text": {"a": 1}},
        {"possibly_sensitive": "perhaps"},
        {"referenced_tweets": [{"type": "quoted"}]},
        {"user": {"protected": "who knows"}},
        {"user": {"description": ["#nobot"]}},
        {"user": {"id": []}},
        {"user": {"username": "&#39;"}},
        {"author_id": "n/a"},
        {"author_id": ""},
        {"author_id": 8},
    ],
)
def test_what_may_protect_somebody_and_cannot_be_read_waits_for_a_person(odd: dict[str, Any]) -> None:
    assert seen(**odd).unclear


@each_of(
    ("fields", "is_withheld"),
    [
        ({"withheld": {"copyright": False, "country_codes": ["BY"], "scope": "tweet"}}, True),
        ({"user": {"withheld": {"country_codes": ["BY"], "scope": "user"}}}, True),
        ({"withheld": ["BY"]}, True),
        ({"withheld": {}}, False),
        ({"withheld": None}, False),
    ],
)
def test_what_x_hides_in_some_countries_is_known_in_whatever_shape(fields: dict[str, Any], is_withheld: bool) -> None:
    assert (seen(**fields).withheld, seen(**fields).unclear) == (is_withheld, False)


def test_what_cannot_be_read_at_all_is_counted(x: XSimulator, open_account: Account, clock: HandClock) -> None:
    page = x_listing(x_post(5), {"text": "nobody's"}, 7, x_post(6) | {"author_id": 7}, x_post(8) | {"author_id": ""})  # type: ignore[arg-type]
    x.fault("status", "/2/tweets/search/recent", status=200, body=page)
    source = open_account().sources(["FreeBelarusUnionists"])[0]
    found = source.read(Cursor(clock.now))
    assert [post.native_id for post in found.posts] == ["6", "5"]
    assert [one.part for one in found.unreadable] == [Unread.SHAPE, Unread.SHAPE, Unread.AUTHOR]
