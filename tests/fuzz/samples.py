"""Answers as they should be, with everything in them that is read."""

from __future__ import annotations

from typing import Any

from tests.harness.mastodon_statuses import TAG

Sample = dict[str, Any]


def account(name: str) -> Sample:
    return {
        "id": "9",
        "acct": f"{name}@union.example",
        "username": name,
        "note": "<p>We are a union.</p>",
        "fields": [{"name": "Web", "value": "<a href='https://union.example'>us</a>"}],
        "locked": False,
        "bot": False,
        "created_at": "2020-01-01T00:00:00.000Z",
        "followers_count": 500,
        "discoverable": True,
        "indexable": True,
        "noindex": False,
    }


def status(number: int, name: str = "worker") -> Sample:
    return {
        "id": str(number),
        "created_at": "2025-04-16T09:00:00.000Z",
        "uri": f"https://union.example/{name}/{number}",
        "url": f"https://union.example/@{name}/{number}",
        "account": account(name),
        "content": f'<p>Solidarity! <a href="https://youtu.be/aaaaaaaaaaa">youtu.be/aaa</a> #{TAG} {number}</p>',
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "sensitive": False,
        "reblogged": False,
        "edited_at": None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "reblog": None,
        "tags": [{"name": TAG, "url": ""}],
        "mentions": [{"acct": "campaign"}],
        "media_attachments": [
            {
                "id": "1",
                "type": "video",
                "url": f"https://files.example/{number}",
                "remote_url": None,
                "description": "A worker speaks.",
                "blurhash": f"abc{number}",
                "meta": {"original": {"width": 640, "height": 480, "duration": 3.5}},
            }
        ],
        "card": {"url": "https://youtu.be/aaaaaaaaaab", "embed_url": "", "title": "A film"},
    }


def notification(number: int, name: str = "worker") -> Sample:
    shown = status(number, name)
    return {"id": str(number), "type": "mention", "created_at": "2025-04-16T09:00:00.000Z", "status": shown}


INSTANCE: Sample = {
    "domain": "mastodon.example",
    "uri": "mastodon.example",
    "configuration": {
        "statuses": {"max_characters": 500, "characters_reserved_per_url": 23, "max_media_attachments": 4},
        "media_attachments": {
            "supported_mime_types": ["video/mp4"],
            "image_size_limit": 1000000,
            "video_size_limit": 1000000,
            "description_limit": 1500,
        },
        "urls": {"streaming": "wss://mastodon.example"},
    },
    "urls": {"streaming_api": "wss://mastodon.example"},
    "max_toot_chars": 500,
    "max_media_attachments": 4,
    "upload_limit": 1000000,
    "description_limit": 1500,
}


def x_post(number: int) -> Sample:
    return {
        "id": str(number),
        "text": f"Solidarity! #{TAG} https://t.co/abc {number}",
        "author_id": "7",
        "created_at": "2025-04-16T09:00:00.000Z",
        "lang": "en",
        "possibly_sensitive": False,
        "in_reply_to_user_id": None,
        "entities": {
            "urls": [{"url": "https://t.co/abc", "expanded_url": "https://youtu.be/aaaaaaaaaaa", "media_key": None}],
            "hashtags": [{"tag": TAG}],
        },
        "attachments": {"media_keys": [f"13_{number}"]},
        "referenced_tweets": [],
        "note_tweet": {"text": f"Solidarity for long! #{TAG} {number}", "entities": {"hashtags": [{"tag": TAG}]}},
        "edit_history_tweet_ids": [str(number)],
    }


def x_user(number: int = 7) -> Sample:
    return {
        "id": str(number),
        "username": f"Union{number}",
        "description": "We are a union.",
        "protected": False,
        "created_at": "2020-01-01T00:00:00.000Z",
        "public_metrics": {"followers_count": 500},
    }


def x_listing(*posts: Sample, **more: Any) -> Sample:
    """A page of posts, newest first, by user 7, and beside it another user and another film."""
    media = [{"media_key": key, "type": "video", "alt_text": "A worker"} for key in ("13_0",)]
    includes = {"users": [x_user(), x_user(8)], "media": media}
    meta = {"result_count": len(posts), "newest_id": posts[0]["id"] if posts else None, "next_token": None}
    return {"data": list(posts), "includes": includes, "meta": meta, **more}
