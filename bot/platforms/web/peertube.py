"""PeerTube's own files: of a link to a video on any of its servers, the file that a browser plays, and its captions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx
import msgspec

from bot.domain.post import CaptionFile, MediaFile, MediaKind

_TIMEOUT = 10.0
_MOST_BYTES = 1024 * 1024
_LARGEST_HEIGHT = 720
_LONGEST_ADDRESS = 2_000
_MOST_CAPTIONS, _LONGEST_LABEL = 20, 60
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")


def film(web: httpx.Client, address: str) -> MediaFile | None:
    """Return the film at an address of PeerTube ("…/w/ID"): the largest up to 720 lines; None where the server tells
    of none.

    Source: docs.joinpeertube.org/api-rest-reference.html, `GET /api/v1/videos/{id}`, and `/captions` of it.
    """
    parts = urlsplit(address)
    number = parts.path.rstrip("/").rpartition("/")[2]
    described = f"{parts.scheme}://{parts.netloc}/api/v1/videos/{quote(number, safe='')}"
    video = _asked(web, described)
    files = sorted(_files(video))
    if not files:
        return None
    small = [file for file in files if file[0] <= _LARGEST_HEIGHT]
    _, file_url = small[-1] if small else files[0]
    seconds = video.get("duration")
    is_length = isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0
    length = float(seconds) if is_length and seconds is not None else None
    captions = islice(_captions(_asked(web, f"{described}/captions"), described), _MOST_CAPTIONS)
    return MediaFile(MediaKind.VIDEO, file_url, length, captions=tuple(captions))


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


def _captions(told: Mapping[str, Any], described: str) -> Iterator[CaptionFile]:
    """Yield the captions that a server tells of; earlier ones name a path on themselves (`captionPath`)."""
    listed = told.get("data")
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            continue
        language = each["language"] if isinstance(each.get("language"), dict) else {}
        code, label = str(language.get("id") or ""), str(language.get("label") or "")
        path = each.get("captionPath")
        address = each.get("fileUrl") or (_joined(described, path) if isinstance(path, str) and path else None)
        if _is_address(address):
            is_generated = each.get("automaticallyGenerated") is True
            code = code if _LANGUAGE.match(code) else ""
            yield CaptionFile(str(address), code, label[:_LONGEST_LABEL], is_generated)


def _joined(described: str, path: str) -> str | None:
    try:
        return urljoin(described, path)
    except ValueError:
        return None


def _is_address(written: object) -> bool:
    return isinstance(written, str) and written.startswith(("https://", "http://")) and len(written) <= _LONGEST_ADDRESS
