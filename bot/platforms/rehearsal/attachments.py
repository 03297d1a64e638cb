"""The files of other people's posts in a rehearsal: one film and one picture, which come with Groundswell, for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from importlib.resources import files

import httpx

from bot.domain.post import MediaFile, MediaKind, SeenPost
from bot.platforms.rehearsal.state import Posted

_PLACE = "https://files.rehearsal.invalid"
"""An address that nobody has: only `AttachmentTransport` knows it."""

_FILM, _PICTURE = "film.webm", "picture.png"
_FILES = {
    **dict.fromkeys((MediaKind.VIDEO, MediaKind.GIF, MediaKind.SILENT_VIDEO, MediaKind.AUDIO), _FILM),
    MediaKind.IMAGE: _PICTURE,
}
_SECONDS = 6.0
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def attachments(posted: Posted, post: SeenPost) -> Iterator[MediaFile]:
    """Yield the files of a post, and the films on PeerTube that it links to."""
    for file in posted.media:
        if file.kind in _FILES:
            yield _attachment(file.kind, file.media_id, file.alt)
    for video in post.videos:
        if video.startswith("peertube:"):
            yield _attachment(MediaKind.VIDEO, str(post.videos.index(video)))


def _attachment(kind: MediaKind, name: str, alt: str = "") -> MediaFile:
    seconds = None if _FILES[kind] == _PICTURE else _SECONDS
    return MediaFile(kind, f"{_PLACE}/{name}/{_FILES[kind]}", seconds, alt)


@cache
def _content(name: str) -> bytes:
    return files(__package__).joinpath(name).read_bytes()


class AttachmentTransport(httpx.BaseTransport):
    """Returns the files that `attachments` names, or the part of one that is asked for. Nothing else is there, and no
    connection is made."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as a server of files does."""
        name = request.url.path.rpartition("/")[2]
        if not str(request.url).startswith(f"{_PLACE}/") or name not in _FILES.values():
            return httpx.Response(HTTPStatus.NOT_FOUND)
        content = _content(name)
        wanted = _RANGE.fullmatch(request.headers.get("range", ""))
        if wanted is None:
            return _answer(HTTPStatus.OK, content)
        first = int(wanted[1])
        part = content[first : int(wanted[2]) + 1 if wanted[2] else None]
        if not part:
            return httpx.Response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        return _answer(HTTPStatus.PARTIAL_CONTENT, part, f"bytes {first}-{first + len(part) - 1}/{len(content)}")


def _answer(status: HTTPStatus, content: bytes, content_range: str = "") -> httpx.Response:
    headers = {"content-length": str(len(content))} | ({"content-range": content_range} if content_range else {})
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))
