"""Files on their way into a post: uploaded, perhaps processed for a while, attached once."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from datetime import timedelta
from pathlib import PurePath

from bot.domain.message import Media
from bot.domain.post import Upload
from bot.errors import Answer, PlatformError
from bot.platforms.base import Clock, OpenedFile
from bot.platforms.mastodon.answers import Answered
from bot.platforms.mastodon.errors import reason_of
from bot.platforms.mastodon.reading import Reader
from bot.platforms.mastodon.sending import Sender, file_made
from bot.platforms.mastodon.writing import post_form

UPLOAD_LIFETIME = timedelta(hours=20)
"""Mastodon sweeps unattached uploads away after a day; we stop relying on them before."""

_PROCESSING, _GONE = "is still processing", "does not have any more"

PROCESSING_PAUSE = timedelta(seconds=5)
"""How soon a post is tried again whose media the server is still processing."""


class MediaDesk:
    """Uploads for one account. Raises PlatformError and nothing else."""

    def __init__(self, reader: Reader, sender: Sender, clock: Clock) -> None:
        self._reader = reader
        self._sender = sender
        self._clock = clock

    def upload(self, file: OpenedFile, media: Media) -> Upload:
        """An upload that fails publishes nothing, so none is ambiguous: it is not sent, or rejected."""
        name = f"media{mimetypes.guess_extension(media.mime_type) or PurePath(media.path).suffix}"
        file.seek(0)
        form = {"description": media.alt, "file": (name, file, media.mime_type)}
        try:
            doing = f"take {media.path}"
            answer = self._sender.ask(doing, lambda client: post_form(client, "/api/v2/media", form))
            accepted = self._sender.accepted_file(answer, doing)
        except PlatformError as error:
            problem = error.as_not_sent()
        else:
            return Upload(str(accepted.id), answer.status != 202, self._clock() + UPLOAD_LIFETIME)
        raise problem

    def is_ready(self, media_id: str) -> bool:
        """Whether it can be attached; rejected when its processing failed (422) or it is gone (404)."""
        doing = "attach our file"
        answer = self._reader.get(f"/api/v1/media/{media_id}", doing)
        if answer.status == 206:
            return False
        if file_made(answer) is None:  # neither a page of a gateway's nor other JSON says anything of the file
            raise self._reader.explain.unreadable(doing, Answer.NOT_SENT, answer)
        return True

    def not_attached(self, refusal: Answered, media_ids: Sequence[str]) -> PlatformError | None:
        """The error for a post that was refused only because its media is processed still, or is gone; else None.

        The words of a refusal depend on the account's language, so the media itself is asked about as well.
        """
        if refusal.status not in (400, 422) or not media_ids or not self._reader.explain.is_own(refusal):
            return None
        trouble = "" if "not finished processing" not in reason_of(refusal) else _PROCESSING
        trouble = trouble or next(filter(None, map(self._trouble, media_ids)), "")
        if not trouble:
            return None
        words = f"{self._reader.explain.host} {trouble} the media of this post; nothing was posted."
        again = self._clock() + PROCESSING_PAUSE if trouble is _PROCESSING else None
        return PlatformError(words, Answer.NOT_SENT, retry_at=again, status=refusal.status)

    def _trouble(self, media_id: str) -> str:
        """What keeps a file from being attached, as far as the server tells."""
        answer = self._reader.ask(f"/api/v1/media/{media_id}", "attach our file")
        return _PROCESSING if answer.status == 206 else _GONE if self._reader.explain.is_gone(answer) else ""
