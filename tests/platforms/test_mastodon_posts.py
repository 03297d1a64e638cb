"""A status becomes somebody's post: told by its data and not by its looks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.domain.moderation import opted_out
from bot.domain.post import MediaKind, SeenPost
from bot.platforms.mastodon.entities import status_in
from bot.platforms.mastodon.posts import seen_post
from tests.platforms.statuses import status


def seen(**fields: Any) -> SeenPost:
    read = status_in(json.dumps(status(**fields)).encode())
    post = seen_post(read, "mastodon.example") if read else None
    assert post is not None
    return post


def test_a_post_is_told_by_what_it_is_and_not_by_what_it_looks_like() -> None:
    kinds = [{"type": kind} for kind in ("video", "gifv", "image", "image", "audio", "unknown", None)]
    wanted = (MediaKind.VIDEO, MediaKind.GIF, MediaKind.IMAGE, MediaKind.AUDIO, MediaKind.OTHER)
    assert seen(media_attachments=kinds).kinds == wanted
    assert seen(media_attachments=None).kinds == (MediaKind.TEXT,)


@pytest.mark.parametrize("visibility", ["unlisted", "private", "direct", "local", "", None])
def test_only_public_is_public(visibility: str | None) -> None:
    post = seen(visibility=visibility)
    assert not post.public


@pytest.mark.parametrize(
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


def test_one_video_has_one_name_on_every_server() -> None:
    origin = seen(id="1", media_attachments=[{"id": "4", "type": "video", "url": "https://union.example/v.mp4"}])
    copied = {
        "id": "77",
        "type": "video",
        "url": "https://cache.example/9",
        "remote_url": "https://union.example/v.mp4",
    }
    copy = seen(id="99", media_attachments=[copied])
    assert origin.fingerprint == copy.fingerprint


def test_a_changed_content_warning_is_an_edit() -> None:
    plain, warned = seen(content="<p>x</p>"), seen(content="<p>x</p>", spoiler_text="prison")
    assert plain.fingerprint != warned.fingerprint
    assert warned.text == "prison\n\nx"
