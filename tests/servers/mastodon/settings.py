"""What a test can switch: the dialect the server speaks, how it treats keys, media and timelines, and its limits."""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/avif")
VIDEO_TYPES = ("video/mp4", "video/webm", "video/quicktime", "audio/mpeg", "audio/ogg", "audio/wav")


@dataclass(frozen=True, slots=True)
class Settings:
    """Sizes are bytes, times seconds. The defaults are Mastodon's."""

    dialect: Literal["mastodon", "gotosocial", "takahe"] = "mastodon"
    version: str = "4.5.2"
    domain: str = ""  # the name in uris and in /api/v2/instance; empty means the address it listens on

    idempotency: Literal["honour", "ignore", "replay_500"] = "honour"
    second_boost: bool = False  # reblogging twice makes two reblogs
    ulid_ids: bool = False

    media_looks: int = 0  # how many times a fresh upload is still being processed when looked at
    media_fails: bool = False  # processing ends in failure

    anonymous_timelines: Literal["open", "401", "empty"] = "open"
    hashtag_feeds: tuple[str, str] = ("public", "public")  # who sees local and remote posts (Mastodon 4.5)
    unknown_tag_is_404: bool = False
    tags_as_written: bool = True  # False: tags[].name is lower-cased
    any_tags: bool = True  # False: any[], all[] and none[] are ignored
    only_media: Literal["honour", "ignore", "invert"] = "honour"

    etags: bool = False  # answers carry a validator, and are given again only when they are other ones
    robots: str = ""  # robots.txt; empty means that there is none

    streams: Literal["honest", "silent", "lying", "dropping", "huge", "mute", "missing", "redirect"] = "honest"
    streaming_url: str = ""  # where the instance says they are; empty means here
    heartbeat: float = 1.0  # Mastodon's is 15

    timeline_lag: float = 0.0  # an account's timeline lacks what is newer than this
    timeline_frozen: bool = False  # an account's timeline shows what it had when this was set, and no more

    max_characters: int = 500
    characters_reserved_per_url: int = 23
    max_media_attachments: int = 4
    description_limit: int = 1500
    image_size_limit: int = 16 * 1024 * 1024
    video_size_limit: int = 99 * 1024 * 1024
    supported_mime_types: tuple[str, ...] = IMAGE_TYPES + VIDEO_TYPES

    rate_limit: int = 300  # requests in five minutes, told in the headers
    media_limit: int = 30  # uploads in thirty minutes
    delete_limit: int = 30  # deletes and unreblogs in thirty minutes
    rate_limits_enforced: bool = False
    integer_reset: bool = False  # X-RateLimit-Reset as Unix seconds instead of an ISO time

    refused_status: int = 422
    bad_token_status: int = 401
    html_errors: bool = False
    strict_paths: bool = False  # a trailing slash is 404


DIALECTS: dict[str, Settings] = {
    "mastodon": Settings(),
    "gotosocial": Settings(
        dialect="gotosocial",
        version="0.20.1",
        idempotency="ignore",
        second_boost=True,
        ulid_ids=True,
        tags_as_written=False,
        any_tags=False,
        only_media="ignore",
        streams="missing",
        max_characters=5000,
        refused_status=400,
        integer_reset=True,
    ),
    "takahe": Settings(
        dialect="takahe",
        version="takahe/0.11.0",
        idempotency="ignore",
        any_tags=False,
        only_media="invert",
        streams="missing",
        supported_mime_types=IMAGE_TYPES,
        bad_token_status=400,
        html_errors=True,
        strict_paths=True,
    ),
}


def changed(settings: Settings, wishes: dict[str, Any]) -> Settings:
    """The settings with the wishes applied; naming a dialect starts from that dialect's own. Raises ValueError."""
    if unknown := wishes.keys() - {field.name for field in fields(Settings)}:
        raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
    if "hashtag_feeds" in wishes:
        wishes = {**wishes, "hashtag_feeds": tuple(wishes["hashtag_feeds"])}
    if "dialect" in wishes:
        settings = DIALECTS[wishes["dialect"]]
    if "supported_mime_types" in wishes:
        wishes = {**wishes, "supported_mime_types": tuple(wishes["supported_mime_types"])}
    return replace(settings, **wishes)
