"""Shapes that servers send where Mastodon sends another: a field that is not needed loses no entry, and nobody is
shown whose wish could not be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.post import Cursor, Page, Unread
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.mastodon.entities import StatusEntity, entry_in
from bot.platforms.mastodon.parse import seen_post
from tests.fuzz.samples import account, notification, status
from tests.harness.mastodon_statuses import TAG
from tests.harness.scripted_server import ScriptedServer, answer
from tests.harness.table import each_of

NOW = datetime(2025, 4, 16, 9, 30, tzinfo=UTC)
FILE = status(1)["media_attachments"][0]


def of(**fields: Any) -> dict[str, Any]:
    """A status with these fields; those of its author have two underscores before them."""
    own = {name: value for name, value in fields.items() if not name.startswith("__")}
    theirs = {name[2:]: value for name, value in fields.items() if name.startswith("__")}
    return status(1) | {"account": account("worker") | theirs} | own


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in status(1).items() if name not in names}


NOTHING: dict[str, Any] = {
    "tags with holes": of(tags={"0": {"name": TAG}, "2": {"name": "x"}}),
    "tags as words": of(tags=[TAG, None]),
    "tags of nothing": of(tags=None),
    "one tag": of(tags={"name": TAG}),
    "mentions": of(mentions={}),
    "files with holes": of(media_attachments={"1": FILE}),
    "no files": of(media_attachments=False),
    "a file of nothing": of(media_attachments=[None, FILE]),
    "fields": of(__fields={}),
    "fields of nothing": of(__fields=[None, []]),
    "moved": of(__moved=[]),
    "not moved": of(__moved=False),
    "note": of(__note=False),
    "reblog": of(reblog=False),
    "reblog empty": of(reblog=[]),
    "edited_at": of(edited_at=False),
    "edited_at empty": of(edited_at=""),
    "in_reply_to_id": of(in_reply_to_id=False),
    "in_reply_to_id 0": of(in_reply_to_id=0, in_reply_to_account_id=0),
    "in_reply_to_id '0'": of(in_reply_to_id="0", in_reply_to_account_id="0"),
    "url": of(url=False),
    "no uri": of(uri=None),
    "language": of(language=[]),
    "spoiler_text": of(spoiler_text=False),
    "sensitive": of(sensitive=0),
    "locked": of(__locked="false"),
    "bot": of(__bot="0"),
    "numbers as texts": of(__followers_count="500", id=1),
    "id as a float": of(id=1.0),
    "dates": of(__created_at="Wed Jan 01 00:00:00 +0000 2020"),
    "date of SQL": of(created_at="2025-04-16 09:00:00"),
    "date in seconds": of(created_at=1744794000),
    "date in milliseconds": of(created_at=1744794000000),
    "date in RFC 2822": of(created_at="Wed, 16 Apr 2025 09:00:00 GMT"),
    "no acct": of(__acct=None, __url="https://union.example/@worker"),
    "no acct and no profile": of(__acct=None),
    "no id of the account": of(__id=None),
    "an odd id of the account": of(__id={"value": 1}),
    "an odd acct": of(__acct=["worker"], __url="https://union.example/@worker"),
    "an acct of nothing but holes": of(__acct={}),
    "card": of(card=False),
    "poll": of(poll=[]),
    "application": of(application=False),
    "capitals": of(visibility="Public"),
}


@each_of("shape", NOTHING)
def test_a_shape_with_one_meaning_loses_no_post_and_asks_nobody(shape: str) -> None:
    found = entry_in(json.dumps(NOTHING[shape]).encode())
    assert isinstance(found, StatusEntity)
    post = seen_post(found, "union.example")
    assert post is not None
    assert post.author.handle == "@worker@union.example"
    assert (post.public, post.unclear, post.is_reply) == (True, False, False)
    assert post.created_at == NOW - timedelta(minutes=30)
    assert post.hashtags[0] == TAG


SURPRISES: dict[str, Any] = {
    "content": of(content={"html": "<p>Stop</p>"}),
    "sensitive": of(sensitive="perhaps"),
    "bio": of(__note={"text": "#nobot"}),
    "fields": of(__fields=["#nobot"]),
    "locked": of(__locked={}, __discoverable="perhaps"),
    "locked oddly": of(__locked="who knows"),
    "a file": of(media_attachments=[7]),
    "language": of(language={"en": 1}),
    "reply": of(in_reply_to_id={"id": 1}),
    "warning": of(spoiler_text=["x"]),
    "date": of(created_at="long ago"),
    "no date that there is": of(created_at=-(10**20)),
}


@each_of("shape", SURPRISES)
def test_what_may_protect_somebody_and_cannot_be_read_waits_for_a_person(shape: str) -> None:
    found = entry_in(json.dumps(SURPRISES[shape]).encode())
    assert isinstance(found, StatusEntity)
    post = seen_post(found, "union.example")
    assert post is not None
    assert post.unclear


@each_of("visibility", [None, False, [], {}, 0, 1, True, "", "unlisted", "local", "public-ish"])
def test_nothing_but_public_is_public(visibility: object) -> None:
    found = entry_in(json.dumps(of(visibility=visibility)).encode())
    assert isinstance(found, StatusEntity)
    post = seen_post(found, "union.example")
    assert post is not None
    assert not post.public


def test_a_boost_that_cannot_be_read_is_not_taken_for_a_post() -> None:
    found = entry_in(json.dumps(of(reblog={"uri": "https://a.example/1"})).encode())
    assert isinstance(found, StatusEntity)
    assert found.is_boost


def read(entries: list[Any], *, mentions: bool = False) -> Page:
    with ScriptedServer(answer(json.dumps(entries))) as server:
        platform = MastodonPlatform("ours", server.url, "token", lambda: NOW)
        try:
            return platform.sources([TAG])[-1 if mentions else 0].read(Cursor(NOW - timedelta(days=1)))
        finally:
            platform.close()


def test_what_cannot_be_read_is_named_and_no_visibility_is_not_public() -> None:
    nobody = of(id=4, account=None, uri=None, url=None)
    page = read([7, without("id"), nobody, of(id=5, visibility=None), of(id=6, uri=None, url="tag:x"), of(id=8)])
    assert [(post.native_id, post.public) for post in page.posts] == [("8", True), ("5", False)]
    told = {(one.part, one.key) for one in page.unreadable}
    assert {(Unread.AUTHOR, "4"), (Unread.VISIBILITY, "5"), (Unread.ADDRESS, "6")} < told
    assert sorted(part for part, _ in told) == ["address", "author", "id", "shape", "visibility"]


def test_a_post_for_nobody_knows_whom_is_told_apart_from_one_for_few() -> None:
    words = ["unlisted", "PRIVATE", "direct", "mutuals_only", "everybody", "0", 1]
    page = read([of(id=number, visibility=word) for number, word in enumerate(words, start=10)])
    assert not any(post.public for post in page.posts)
    assert sorted(one.key for one in page.unreadable) == ["14", "15", "16"]


@each_of("tags", [[None, {"name": "x"}], {"1": {"name": "x"}, "0": {"title": TAG}}, [{"name": []}, "x"]])
def test_a_hashtag_that_was_lost_from_the_list_is_found_in_the_words(tags: object) -> None:
    (post,) = read([of(tags=tags)]).posts
    assert TAG in post.hashtags


def test_a_post_without_a_date_is_as_old_as_its_neighbour() -> None:
    page = read([of(id=2, created_at="?"), of(id=1, created_at="2025-04-16T08:00:00Z")])
    assert [post.created_at.hour for post in page.posts] == [8, 8]


PLEA = "<p>@ours please remove my video</p>"
PLEAS: dict[str, Any] = {
    "nothing but text and author": {"content": PLEA, "account": {"acct": "maria@union.example"}},
    "odd everywhere": of(id=[], tags="x", mentions=5, media_attachments="", reblog=False, visibility=[], content=PLEA),
    "no address": of(uri=False, url=[], visibility="direct", content=PLEA),
    "content in pieces": of(content=["<p>@ours please", PLEA][1:]),
    "plain text alone": of(content=False, text="@ours please remove my video"),
    "an author of an odd id": of(content=PLEA, __id=[1], __acct={"a": 1}, __url="https://union.example/@maria"),
}


@each_of("plea", PLEAS)
def test_a_plea_is_heard_wherever_its_words_and_its_author_can_be_found(plea: str) -> None:
    page = read([notification(1) | {"status": PLEAS[plea]}], mentions=True)
    (post,) = page.posts
    assert "please remove my video" in post.text
    assert post.author.handle.endswith("@union.example")
    assert not page.unreadable


@each_of("kind", ["Mention", "REPLY", "", None, {}, " mention"])
def test_a_plea_is_heard_however_its_notification_names_its_kind(kind: object) -> None:
    page = read([notification(1) | {"type": kind, "status": of(content=PLEA)}], mentions=True)
    assert len(page.posts) == 1


def test_a_plea_whose_author_stands_beside_it_is_heard_and_one_of_nobody_is_named() -> None:
    beside = notification(1) | {"account": account("maria"), "status": without("account", "visibility")}
    nobody = notification(2) | {"status": {"content": PLEA}}
    page = read([beside, nobody, 5], mentions=True)
    assert [post.author.handle for post in page.posts] == ["@maria@union.example"]
    assert [one.part for one in page.unreadable] == [Unread.AUTHOR, Unread.SHAPE]
