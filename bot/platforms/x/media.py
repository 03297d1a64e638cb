"""Giving X a file: in pieces, described in words, and watched until it is ready. tweepy knows none of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.domain.message import Media
from bot.domain.post import Upload
from bot.errors import Answer, PlatformError
from bot.platforms.x.answers import Described, Processing, UploadAnswer, Uploaded, read
from bot.platforms.x.client import Clients
from bot.platforms.x.errors import rejected
from bot.platforms.x.ids import checked_id

MEGABYTE = 1024 * 1024
SEGMENT_BYTES = MEGABYTE
LARGEST = {"tweet_image": 5 * MEGABYTE, "tweet_gif": 15 * MEGABYTE, "tweet_video": 512 * MEGABYTE}
CATEGORIES = {
    "image/jpeg": "tweet_image",
    "image/png": "tweet_image",
    "image/webp": "tweet_image",
    "image/gif": "tweet_gif",
    "video/mp4": "tweet_video",
    "video/quicktime": "tweet_video",
}
LONGEST_ALT = 1000
LIFE_UNTOLD = timedelta(hours=23)
"""How long a media id is good for when X does not say: "about a day"."""

_START = "/2/media/upload/initialize"
_CHECK_UNTOLD = 5


class Uploads:
    """The uploads of one account; remembers when X wants to be asked again about each."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._ask_again: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def give(self, file: Path, media: Media) -> Upload:
        """Upload the file and its alternative text. Raises PlatformError; without the words there is no upload."""
        size = _checked_size(file, media)
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
            raise rejected("X could not process the file: try another format or a smaller one, then `bot retry`")
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


def _checked_size(file: Path, media: Media) -> int:
    """The file's size in bytes, once it is known that X would take it. Raises PlatformError (rejected)."""
    category = CATEGORIES.get(media.mime_type)
    if category is None:
        raise rejected(f"X takes no {media.mime_type} ({media.path}): use {', '.join(sorted(CATEGORIES))}")
    if not media.alt.strip():
        raise rejected(f"{media.path} has no alternative text: write `alt` in the message's head")
    if len(media.alt) > LONGEST_ALT:
        raise rejected(f"The alternative text of {media.path} has {len(media.alt)} characters; X takes {LONGEST_ALT}")
    try:
        size = file.stat().st_size
    except OSError as error:
        raise rejected(f"{media.path} cannot be read: {error.strerror}") from None
    if not 0 < size <= LARGEST[category]:
        raise rejected(f"{media.path} has {size:,} bytes; X takes 1 to {LARGEST[category]:,} of {media.mime_type}")
    return size


def _segments(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as opened:
            while segment := opened.read(SEGMENT_BYTES):
                yield segment
    except OSError as error:
        raise rejected(f"{file.name} cannot be read: {error.strerror}") from None
