"""A status becomes somebody's post: told by its data and not by its looks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from bot.domain import fingerprint
from bot.domain.moderation import opted_out
from bot.domain.post import MediaFile, MediaKind, SeenPost
from bot.platforms.mastodon.entities import status_in
from bot.platforms.mastodon.parse import seen_post
from tests.harness.mastodon_statuses import status
from tests.harness.table import each_of


def seen(**fields: Any) -> SeenPost:
    read = status_in(json.dumps(status(**fields)).encode())
    post = seen_post(read, "mastodon.example") if read else None
    assert post is not None
    return post


def test_a_post_is_told_by_what_it_is_and_not_by_what_it_looks_like() -> None:
    kinds: list[dict[str, Any]] = [{"type": kind} for kind in ("video", "image", "image", "audio", "pdf")]
    kinds.insert(1, {"type": "gifv", "meta": {"original": {"duration": 2.4}}})
    wanted = (MediaKind.VIDEO, MediaKind.GIF, MediaKind.IMAGE, MediaKind.AUDIO, MediaKind.OTHER)
    assert seen(media_attachments=kinds).kinds == wanted
    assert seen(media_attachments=None).kinds == (MediaKind.TEXT,)


def test_files_are_told_with_their_addresses_lengths_and_words() -> None:
    film = {"type": "video", "url": "https://files.example/film.mp4", "description": " A hall. "}
    remote = {"type": "image", "url": None, "remote_url": "https://elsewhere.example/1.png", "description": 7}
    scripts = [{"type": "video", "url": "javascript:alert(1)"}, {"type": "image", "url": "https://files.example/ /x"}]
    post = seen(media_attachments=[film | {"meta": {"original": {"duration": 31.2}}}, remote, *scripts])
    assert post.files == (
        MediaFile(MediaKind.VIDEO, "https://files.example/film.mp4", 31.2, "A hall."),
        MediaFile(MediaKind.IMAGE, "https://elsewhere.example/1.png"),
    )


@each_of("visibility", ["unlisted", "private", "direct", "local", "", None])
def test_only_public_is_public(visibility: str | None) -> None:
    post = seen(visibility=visibility)
    assert not post.public


@each_of(
    ("fields", "is_reply"),
    [
        ({}, False),
        ({"in_reply_to_id": "3", "in_reply_to_account_id": "9"}, False),
        ({"in_reply_to_id": "3", "in_reply_to_account_id": "8"}, True),
        ({"in_reply_to_id": 3}, True),
    ],
)
def test_a_thread_of_ones_own_is_no_reply(fields: dict[str, Any], is_reply: bool) -> None:
    post = seen(**fields)
    assert post.is_reply is is_reply


def test_an_opt_out_is_found_in_the_biography_and_in_its_fields() -> None:
    tag = '<a href="https://m.example/tags/nobot" class="mention hashtag" rel="tag">#<span>NoBot</span></a>'
    account = {"id": "9", "acct": "worker", "note": f"<p>We work. {tag}</p>", "locked": True}
    post = seen(account=account)
    assert opted_out(post.author.bio)
    assert post.author.locked
    assert post.author.handle == "@worker@mastodon.example"
    fields = seen(account={**account, "note": None, "fields": [{"name": "Bots", "value": tag}]})
    assert opted_out(fields.author.bio)
    named = seen(account={**account, "note": "", "display_name": "Anna #nobot"})
    assert opted_out(named.author.bio)


def test_one_video_has_one_name_on_every_server() -> None:
    origin = seen(id="1", media_attachments=[{"id": "4", "type": "video", "url": "https://union.example/v.mp4"}])
    copied = {
        "id": "77",
        "type": "video",
        "url": "https://cache.example/9",
        "remote_url": "https://union.example/v.mp4",
    }
    copy = seen(id="99", media_attachments=[copied])
    assert fingerprint.of(origin) == fingerprint.of(copy)
    assert fingerprint.changed(fingerprint.of(origin), copy) is None


def test_a_changed_content_warning_is_an_edit() -> None:
    plain, warned = seen(content="<p>x</p>"), seen(content="<p>x</p>", spoiler_text="prison")
    assert fingerprint.of(plain) != fingerprint.of(warned)
    assert warned.text == "prison\n\nx"


VIDEO = {"type": "video", "url": "https://union.example/v.mp4", "description": "A march.", "blurhash": "LKO2?U%2Tw=w"}
SHAPE = {"original": {"width": 1280, "height": 720, "duration": 12.345}}


def test_what_is_known_of_an_author_is_taken_along() -> None:
    account = {"id": "9", "acct": "worker", "created_at": "2019-05-01T00:00:00.000Z", "followers_count": 42}
    author = seen(account=account).author
    assert author.joined_at == datetime(2019, 5, 1, tzinfo=UTC)
    assert author.followers == 42
    assert not author.shy


@each_of(
    ("wishes", "shy"),
    [
        ({"noindex": True, "discoverable": True, "indexable": True}, True),
        ({"discoverable": False, "indexable": False}, True),
        ({"discoverable": False}, True),
        ({"discoverable": True, "indexable": False}, False),
        ({"discoverable": False, "indexable": True}, False),
        ({"discoverable": None, "indexable": False}, False),
    ],
)
def test_who_asks_not_to_be_found_is_shy(wishes: dict[str, bool], shy: bool) -> None:
    assert seen(account={"id": "9", "acct": "worker", **wishes}).author.shy is shy


@each_of(
    "account",
    [
        {"created_at": "long ago", "followers_count": "many", "discoverable": "perhaps"},
        {"created_at": None, "followers_count": None, "discoverable": None, "indexable": None},
        {"created_at": 7, "followers_count": True, "noindex": []},
        {},
    ],
)
def test_what_is_told_oddly_of_an_author_is_not_known(account: dict[str, Any]) -> None:
    author = seen(account={"id": "9", "acct": "worker", **account}).author
    assert (author.joined_at, author.followers, author.shy) == (None, None, False)


def test_a_day_alone_is_the_beginning_of_that_day() -> None:
    assert seen(account={"id": "9", "acct": "w", "created_at": "2019-05-01"}).author.joined_at == datetime(
        2019, 5, 1, tzinfo=UTC
    )


@each_of(("description", "lacks"), [("A march.", False), ("", True), (None, True), ("  ", True), (7, True)])
def test_a_medium_without_words_lacks_them(description: object, lacks: bool) -> None:
    post = seen(media_attachments=[VIDEO, {**VIDEO, "description": description}])
    assert (post.lacks_alt, len(post.alts)) == (lacks, 1 if lacks else 2)


def test_only_links_count_and_neither_hashtags_nor_mentions() -> None:
    tag = '<a href="https://m.example/tags/x" class="mention hashtag" rel="tag">#<span>x</span></a>'
    link = '<a href="https://union.example/a">union.example/a</a>'
    somebody = '<span class="h-card"><a href="https://m.example/@w" class="u-url mention">@<span>w</span></a></span>'
    assert seen(content=f"<p>{tag} {link} {somebody} {link}</p>").links == 2


def test_a_link_to_a_video_makes_a_video_of_a_text() -> None:
    post = seen(content='<p>See <a href="https://youtu.be/dQw4w9WgXcQ">this</a></p>')
    assert post.videos == ("youtube:dQw4w9WgXcQ",)
    assert post.kinds == (MediaKind.VIDEO_LINK,)


def test_a_preview_tells_where_a_short_link_leads() -> None:
    card = {"type": "video", "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ"}
    post = seen(content='<p><a href="https://sho.example/r">sho.example/r</a></p>', card=card)
    assert post.videos == ("youtube:dQw4w9WgXcQ",)


@each_of("card", [None, [], "x", {}, {"url": None}, {"url": 7, "embed_url": ["x"]}])
def test_an_odd_preview_is_none(card: object) -> None:
    assert seen(card=card).videos == ()


def test_one_file_posted_again_is_known_by_its_picture_size_and_length() -> None:
    first, again = (
        seen(media_attachments=[{**VIDEO, "meta": SHAPE}]),
        seen(
            id="2",
            uri="https://other.example/2",
            media_attachments=[{**VIDEO, "url": "https://other.example/x.mp4", "meta": SHAPE}],
        ),
    )
    assert first.videos == again.videos
    assert first.videos[0].startswith("media:")
    assert first.kinds == (MediaKind.VIDEO,)
    longer = {"original": {**SHAPE["original"], "duration": 12.5}}
    assert seen(media_attachments=[{**VIDEO, "meta": longer}]).videos != first.videos


@each_of(
    "fields",
    [
        {"meta": None},
        {"meta": []},
        {"meta": {"original": []}},
        {"meta": {"original": {"width": 1280, "height": 720}}},
        {"meta": {"original": {**SHAPE["original"], "duration": "12"}}},
        {"meta": SHAPE, "blurhash": None},
        {"meta": SHAPE, "type": "image"},
    ],
)
def test_a_file_of_which_too_little_is_told_has_no_name(fields: dict[str, Any]) -> None:
    assert seen(media_attachments=[{**VIDEO, **fields}]).videos == ()


@each_of(
    ("meta", "kind"),
    [
        ({"original": {"width": 720, "height": 1280, "duration": 95.4}}, MediaKind.SILENT_VIDEO),
        ({"original": {"duration": "95.4"}}, MediaKind.SILENT_VIDEO),
        ({"length": "0:01:35.40"}, MediaKind.SILENT_VIDEO),
        ({"duration": 20}, MediaKind.SILENT_VIDEO),
        ({"original": {"duration": 0}, "length": "1:00"}, MediaKind.SILENT_VIDEO),
        ({"original": {"duration": 2.4}}, MediaKind.GIF),
        ({"length": "0:00:03.10"}, MediaKind.GIF),
        ({}, MediaKind.SILENT_VIDEO),
        (None, MediaKind.SILENT_VIDEO),
        ({"original": {"duration": True}}, MediaKind.SILENT_VIDEO),
    ],
)
def test_what_a_server_takes_for_a_gif_is_told_by_its_length(meta: object, kind: MediaKind) -> None:
    assert seen(media_attachments=[{"type": "gifv", "meta": meta}]).kinds == (kind,)


@each_of("kind", ["unknown", "", None])
def test_a_file_that_was_not_fetched_yet_may_be_anything(kind: str | None) -> None:
    remote = {"id": "7", "type": kind, "url": None, "remote_url": "https://union.example/7.mp4"}
    waiting = seen(media_attachments=[remote])
    assert waiting.kinds == (MediaKind.UNKNOWN,)
    assert waiting.is_unfinished
    fetched = seen(media_attachments=[{**remote, "type": "video", "url": "https://home.example/7.mp4"}])
    assert not fetched.is_unfinished
    assert fingerprint.changed(fingerprint.of(waiting), fetched) is None
