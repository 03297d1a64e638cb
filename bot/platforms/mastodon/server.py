"""What a Mastodon server says of itself: its name, and what it accepts."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from bot.domain.limits import SILENT_SERVER, Limits
from bot.domain.post import Blind
from bot.errors import Outcome, PlatformError
from bot.hosts import host_of
from bot.platforms.http_client import body_of
from bot.platforms.mastodon.client import Reader
from bot.platforms.mastodon.entities import is_plain_name

FEEDS_AGAIN = timedelta(hours=1)
"""How soon a server is asked again which of its hashtag feeds it shows: its admins may switch them."""

_WRITES_PAGES = "takahe"


class _Statuses(msgspec.Struct):
    max_characters: int | None = None
    characters_reserved_per_url: int | None = None
    max_media_attachments: int | None = None


class _Media(msgspec.Struct):
    supported_mime_types: list[str] | None = None
    image_size_limit: int | None = None
    video_size_limit: int | None = None
    image_matrix_limit: int | None = None
    video_matrix_limit: int | None = None
    video_frame_rate_limit: int | None = None
    description_limit: int | None = None


class _Urls(msgspec.Struct):
    """`streaming` is of /api/v2/instance, `streaming_api` of /api/v1/instance."""

    streaming: str | None = None
    streaming_api: str | None = None


class _Feeds(msgspec.Struct):
    """Who is shown a kind of timeline: everybody ("public"), those who are logged in ("authenticated"), or nobody
    ("disabled"); of posts by the server's own accounts, and of all others."""

    local: str | None = None
    remote: str | None = None


class _TimelinesAccess(msgspec.Struct):
    """Since Mastodon 4.5."""

    hashtag_feeds: _Feeds | None = None


class _Configuration(msgspec.Struct):
    timelines_access: _TimelinesAccess | None = None
    statuses: _Statuses | None = None
    media_attachments: _Media | None = None
    urls: _Urls | None = None


class _Instance(msgspec.Struct):
    """Both versions in one: `domain` is of /api/v2/instance; `uri` and `max_toot_chars` are of /api/v1/instance."""

    domain: str | None = ""
    version: str | None = ""
    title: str | None = ""
    uri: str | None = ""
    configuration: _Configuration | None = None
    urls: _Urls | None = None
    max_toot_chars: int | None = None
    max_media_attachments: int | None = None
    upload_limit: int | None = None
    description_limit: int | None = None

    @property
    def is_one(self) -> bool:
        """Return whether anything in it is what a server says of itself, which no gateway's JSON does."""
        return any((self.domain, self.uri, self.configuration, self.max_toot_chars, self.version, self.title))


class Server:
    """One server; what it says is asked once and kept, or asked again."""

    def __init__(self, base_url: str, reader: Reader) -> None:
        self.host = host_of(base_url)
        self._reader = reader
        self._instance: _Instance | None = None
        self._feeds_at: datetime | None = None

    def domain(self) -> str:
        """Return the name its accounts carry, which need not be the host that answers; the host while it does
        not say."""
        try:
            instance = self._asked()
        except PlatformError:
            return self.host
        domain = instance.domain or host_of(instance.uri or "")
        return domain if is_plain_name(domain) else self.host

    def streaming(self) -> str:
        """Return where it says its streams are, "" where it does not. Raise PlatformError while it cannot be asked."""
        instance = self._asked()
        urls = (instance.configuration.urls if instance.configuration else None) or instance.urls or _Urls()
        return urls.streaming or urls.streaming_api or ""

    def limits(self, *, fresh: bool = False) -> Limits:
        """Return what it accepts. Where a server is silent: Mastodon's least, and links as long as they are."""
        instance = self._asked(fresh=fresh)
        configuration = instance.configuration or _Configuration()
        statuses = configuration.statuses or _Statuses()
        media = configuration.media_attachments or _Media()
        return Limits(
            max_characters=statuses.max_characters or instance.max_toot_chars or SILENT_SERVER.max_characters,
            characters_per_url=statuses.characters_reserved_per_url or SILENT_SERVER.characters_per_url,
            max_media=statuses.max_media_attachments or instance.max_media_attachments or SILENT_SERVER.max_media,
            image_bytes=media.image_size_limit or instance.upload_limit or SILENT_SERVER.image_bytes,
            video_bytes=media.video_size_limit or instance.upload_limit or SILENT_SERVER.video_bytes,
            mime_types=frozenset(media.supported_mime_types or SILENT_SERVER.mime_types),
            alt_characters=media.description_limit or instance.description_limit or SILENT_SERVER.alt_characters,
            gif_pixels=SILENT_SERVER.gif_pixels,
            image_pixels=media.image_matrix_limit or 0,
            video_pixels=media.video_matrix_limit or 0,
            video_frame_rate=media.video_frame_rate_limit or 0,
        )

    def blind(self, now: datetime) -> Blind | None:
        """Return what of hashtags it does not show us by its own settings; asked again every hour. None while it cannot
        be asked."""
        is_stale = self._feeds_at is not None and abs(now - self._feeds_at) >= FEEDS_AGAIN
        try:
            configuration = self._asked(fresh=is_stale).configuration
        except PlatformError:
            return None
        self._feeds_at = now if is_stale or self._feeds_at is None else self._feeds_at
        access = configuration.timelines_access if configuration else None
        feeds = (access.hashtag_feeds if access else None) or _Feeds()
        return _blind(feeds, is_logged_in=self._reader.has_token)

    def writes_pages(self) -> bool:
        """Return whether it is of a kind that writes web pages in place of errors, as far as it has said what it is."""
        return self._instance is not None and _WRITES_PAGES in (self._instance.version or "").lower()

    def _asked(self, *, fresh: bool = False) -> _Instance:
        if self._instance is None or fresh:
            doing = "say what it accepts"
            answer = self._reader.ask("/api/v2/instance", doing)
            if answer.status == 404 or (answer.is_success and not answer.body.lstrip().startswith(b"{")):
                answer = self._reader.get("/api/v1/instance", doing)
            elif not answer.is_success:
                raise self._reader.explain.refused_read(answer, doing)
            instance = self._reader.shaped(_Instance, answer, doing, lenient=True)
            if not instance.is_one and body_of(answer):
                raise self._reader.explain.unreadable(doing, Outcome.NOT_SENT, answer)
            self._instance = instance
        return self._instance


def _blind(feeds: _Feeds, *, is_logged_in: bool) -> Blind:
    hidden = {"disabled"} if is_logged_in else {"disabled", "authenticated"}
    settings = [(who or "").strip().lower() for who in (feeds.local, feeds.remote)]
    match [who in hidden for who in settings]:
        case [True, True]:
            return Blind.NO_LOGIN if "authenticated" in settings else Blind.SWITCHED_OFF
        case [True, False]:
            return Blind.LOCAL
        case [False, True]:
            return Blind.REMOTE
    return Blind.NOTHING


def full_address(address: str) -> str:
    """Return an address to which paths can be added; a bare host is meant to be reached by HTTPS."""
    return (address if "://" in address else f"https://{address}").rstrip("/")
