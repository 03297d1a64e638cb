"""Giving X a file: in pieces, described in words, and watched until it is ready. tweepy knows none of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.limits import Limits, refusals
from bot.domain.message import Media
from bot.domain.post import Upload
from bot.errors import Answer, PlatformError
from bot.hints import printable
from bot.platforms.base import OpenedFile
from bot.platforms.x.answers import Described, Processing, UploadAnswer, Uploaded, read
from bot.platforms.x.client import Clients
from bot.platforms.x.errors import rejected
from bot.platforms.x.ids import checked_id

MEGABYTE = 1024 * 1024
SEGMENT_BYTES = MEGABYTE
CATEGORIES = {
    "image/jpeg": "tweet_image",
    "image/png": "tweet_image",
    "image/webp": "tweet_image",
    "image/gif": "tweet_gif",
    "video/mp4": "tweet_video",
    "video/quicktime": "tweet_video",
}
LIFE_UNTOLD = timedelta(hours=23)
"""How long a media id is good for when X does not say: "about a day"."""

_START = "/2/media/upload/initialize"
_CHECK_UNTOLD = 5


class Uploads:
    """The uploads of one account; remembers when X wants to be asked again about each."""

    def __init__(self, clients: Clients, limits: Limits) -> None:
        self._clients = clients
        self._limits = limits
        self._ask_again: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def give(self, file: OpenedFile, media: Media) -> Upload:
        """Upload the file and its alternative text. Raises PlatformError; without the words there is no upload."""
        size = _checked_size(file, media, self._limits)
        client = self._clients.mine
        begin = {"media_type": media.mime_type, "media_category": CATEGORIES[media.mime_type], "total_bytes": size}
        media_id = checked_id(read(client.request("POST", _START, json=begin), UploadAnswer).data.id)
        for index, segment in enumerate(_segments(file)):
            form = {"segment_index": (None, str(index)), "media": ("media", segment, "application/octet-stream")}
            client.request("POST", f"/2/media/upload/{media_id}/append", files=form)
        uploaded = read(client.request("POST", f"/2/media/upload/{media_id}/finalize"), UploadAnswer).data
        self._describe(media_id, media.alt)
        return Upload(media_id, self._is_done(media_id, uploaded.processing_info), self._expiry(uploaded))

    def is_ready(self, media_id: str) -> bool:
        """Whether X has finished processing; asks X no sooner than X said. Raises PlatformError when it failed."""
        with self._lock:
            ask_at = self._ask_again.get(media_id)
        if ask_at is not None and self._clients.access.clock() < ask_at:
            return False
        query = {"media_id": checked_id(media_id), "command": "STATUS"}
        answer = read(self._clients.mine.request("GET", "/2/media/upload", params=query), UploadAnswer)
        return self._is_done(media_id, answer.data.processing_info)

    def require_ready(self, media_ids: Sequence[str]) -> None:
        """Raise PlatformError (not sent) while one of them is known to be processed still: X would refuse the post."""
        with self._lock:
            waiting = [self._ask_again[media_id] for media_id in media_ids if media_id in self._ask_again]
        if waiting:
            message = "X is still processing the post's media, so the post was not sent"
            raise PlatformError(message, Answer.NOT_SENT, retry_at=max(waiting))

    @staticmethod
    def gone() -> PlatformError:
        """The error (not sent) for a post whose media X does not have any more."""
        message = "X does not have the post's media any more; nothing was posted"
        return PlatformError(message, Answer.NOT_SENT, status=400)

    def _describe(self, media_id: str, alt: str) -> None:
        words = {"id": media_id, "metadata": {"alt_text": {"text": alt}}}
        answer = read(self._clients.mine.request("POST", "/2/media/metadata", json=words), Described)
        if answer.data is None:
            why = answer.errors[0].words if answer.errors else "no reason given"
            raise rejected(f"X did not take the alternative text, so the file is not used: {why}")

    def _is_done(self, media_id: str, processing: Processing | None) -> bool:
        state = "succeeded" if processing is None else processing.state
        if state == "failed":
            raise rejected(_why_failed(processing))
        with self._lock:
            self._ask_again.pop(media_id, None)
            if processing is None or state == "succeeded":
                return True
            wait = _CHECK_UNTOLD if processing.check_after_secs is None else processing.check_after_secs
            self._ask_again[media_id] = self._clients.access.clock() + timedelta(seconds=wait)
        return False

    def _expiry(self, uploaded: Uploaded) -> datetime:
        seconds = uploaded.expires_after_secs
        return self._clients.access.clock() + (timedelta(seconds=seconds) if seconds else LIFE_UNTOLD)


def _why_failed(processing: Processing | None) -> str:
    """Return X's own reason where it gives one: it knows better than we do what is wrong with the file."""
    error = processing.error if processing else None
    reason = " ".join(filter(None, (error.message or error.name or "",))) if error else ""
    if reason:
        return f'X could not process the file: "{printable(reason)[:300]}". Mend the file, then run: bot retry'
    return "X could not process the file and does not say why: save it as MP4 (H.264, AAC), then run: bot retry"


def _checked_size(file: OpenedFile, media: Media, limits: Limits) -> int:
    """Return the file's size in bytes, once it is known that X would take it. Raises PlatformError (rejected)."""
    if not media.alt.strip():
        raise rejected(f"{media.path} has no alternative text: write `alt` in the message's head")
    size = file.seek(0, 2)
    file.seek(0)
    if not size:
        raise rejected(f"{media.path} is empty: save it again")
    refusal = next(refusals(replace(media, size=size), "X", limits), None)
    if refusal is not None or media.mime_type not in CATEGORIES:
        raise rejected(f"{refusal.what}. {refusal.instead}" if refusal else f"X takes no {media.mime_type}")
    return size


def _segments(file: OpenedFile) -> Iterator[bytes]:
    while segment := file.read(SEGMENT_BYTES):
        yield segment
