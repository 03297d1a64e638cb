"""PeerTube's own files: of a link to a video on any of its servers, the file that a browser plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from bot.domain.post import MediaFile, MediaKind

_TIMEOUT = 10.0
_MOST_BYTES = 1024 * 1024
_LARGEST_HEIGHT = 720
_LONGEST_ADDRESS = 2_000


def film(web: httpx.Client, address: str) -> MediaFile | None:
    """Return the film at an address of PeerTube ("…/w/ID"): the largest up to 720 lines; None where the server tells
    of none.

    Source: docs.joinpeertube.org/api-rest-reference.html, `GET /api/v1/videos/{id}`.
    """
    parts = urlsplit(address)
    number = parts.path.rstrip("/").rpartition("/")[2]
    video = _asked(web, f"{parts.scheme}://{parts.netloc}/api/v1/videos/{quote(number, safe='')}")
    files = sorted(_files(video))
    if not files:
        return None
    small = [file for file in files if file[0] <= _LARGEST_HEIGHT]
    _, file_url = small[-1] if small else files[0]
    seconds = video.get("duration")
    is_length = isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0
    return MediaFile(MediaKind.VIDEO, file_url, float(seconds) if is_length and seconds is not None else None)


def _asked(web: httpx.Client, address: str) -> Mapping[str, Any]:
    body = b""
    try:
        with web.stream("GET", address, timeout=_TIMEOUT, follow_redirects=True) as answer:
            for piece in answer.iter_bytes() if answer.status_code == httpx.codes.OK else ():
                body += piece
                if len(body) > _MOST_BYTES:
                    return {}
        decoded = msgspec.json.decode(body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _files(told: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield height and address of each file: whole ones, and those that its playlist is made of."""
    playlists = told.get("streamingPlaylists")
    for holder in (told, *(playlists if isinstance(playlists, list) else ())):
        files = holder.get("files") if isinstance(holder, dict) else None
        for file in files if isinstance(files, list) else ():
            if not isinstance(file, dict):
                continue
            resolution, file_url = file.get("resolution"), file.get("fileUrl")
            height = resolution.get("id") if isinstance(resolution, dict) else None
            lines = height if isinstance(height, int) else 0
            if lines > 0 and _is_address(file_url):
                yield lines, str(file_url)


def _is_address(written: object) -> bool:
    return isinstance(written, str) and written.startswith(("https://", "http://")) and len(written) <= _LONGEST_ADDRESS
