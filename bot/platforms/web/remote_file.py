"""A file of somebody's server as it is passed on to who looks at a post: what browsers play, in pieces, with an end."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from itertools import chain

import httpx

from bot.platforms.base import CONNECT_TIMEOUT
from bot.platforms.web.passed_file import LONGEST, FileTrouble, FileUnavailable
from bot.platforms.web.safe_transport import NotPublic, SafeTransport, none_kept

MOST_BYTES = 200 * 1024 * 1024
_HEAD_WITHIN = 20.0
_SILENCE = 15.0
_MOST_REDIRECTS = 5
_SLOWEST, _PATIENCE = 2_000, 20.0
"""Bytes a second, and seconds: who is slower after that long drips, and is left."""

_ONE_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})\Z")
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})\Z")
_LONGEST_SIGN = 64
_STILL_IMAGES = frozenset({b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"})
_MP3_FRAMES = frozenset({0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3})


def media_type_of(head: bytes) -> str:
    """Return what a file is by its first bytes, of what browsers play and show; "" for everything else."""
    if head[4:8] == b"ftyp" and head[8:12] not in _STILL_IMAGES:
        return "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:_LONGEST_SIGN]:
        return "video/webm"
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] and head[1] in _MP3_FRAMES):
        return "audio/mpeg"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return ""


class OpenedRemoteFile:
    """A file, or a part of it, that is being read. `first` and `total` are in bytes, `total` None where nobody told."""

    def __init__(self, answer: httpx.Response, head: bytes, rest: Iterator[bytes], media_type: str) -> None:
        self._answer = answer
        self._pieces = chain([head] if head else [], rest)
        self.media_type = media_type
        part = _CONTENT_RANGE.match(answer.headers.get("content-range", ""))
        self.is_part = answer.status_code == httpx.codes.PARTIAL_CONTENT
        length = answer.headers.get("content-length", "")
        self.length = int(length) if length.isdigit() else None
        self.first = int(part[1]) if part else 0
        self.content_range = part[0] if part else ""
        self.total = int(part[3]) if part else self.length

    def pieces(self) -> Iterator[bytes]:
        """Yield what is in it, until its end. Raise FileUnavailable where that never comes, or too slowly."""
        given, waited = 0, 0.0
        try:
            while True:
                began = time.monotonic()
                piece = next(self._pieces, b"")
                waited += time.monotonic() - began
                given += len(piece)
                if not piece:
                    return
                if given > MOST_BYTES:
                    raise FileUnavailable(FileTrouble.TOO_LARGE)
                if waited > _PATIENCE and given / waited < _SLOWEST:
                    raise FileUnavailable(FileTrouble.UNREACHABLE)
                yield piece
        except httpx.HTTPError as error:
            raise FileUnavailable(FileTrouble.UNREACHABLE) from error

    def close(self) -> None:
        """Close the connection."""
        self._answer.close()


class RemoteFiles:
    """Opens files at addresses from outside: public ones alone, each redirect judged by itself, with headers of our
    own.

    `written` are the addresses of servers that people wrote into bot.toml, which may be this machine; `network` is what
    there is instead of the internet, where that is a rehearsal's.
    """

    def __init__(
        self,
        agent: str,
        written: Iterable[str] = (),
        *,
        at_once: int = 4,
        network: httpx.BaseTransport | None = None,
    ) -> None:
        self.web = httpx.Client(
            headers={"User-Agent": agent, "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(_SILENCE, connect=CONNECT_TIMEOUT),
            follow_redirects=True,
            max_redirects=_MOST_REDIRECTS,
            transport=network or SafeTransport(written, at_once=at_once * 2, longest=LONGEST, head_within=_HEAD_WITHIN),
            cookies=none_kept(),
        )

    def __enter__(self) -> RemoteFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, address: str, byte_range: str = "", known_type: str = "") -> OpenedRemoteFile:
        """Begin to read a file, or the one `byte_range` of it ("bytes=0-"). Its type is told by its first bytes; of a
        part from its middle it is the `known_type`, or is looked for at the beginning first.

        Raise FileUnavailable for whatever is not to be passed on.
        """
        wanted = _ONE_RANGE.match(byte_range)
        if wanted and int(wanted[1]) and not known_type:
            start = self._open(address, f"bytes=0-{_LONGEST_SIGN - 1}", "")
            start.close()
            known_type = start.media_type
        return self._open(address, wanted[0] if wanted else "", known_type)

    def read(self, address: str, most: int) -> bytes:
        """Return a small file, of `most` bytes. Raise FileUnavailable where there is none, or a larger one, or it comes
        too slowly."""
        body, until = b"", time.monotonic() + _HEAD_WITHIN
        try:
            with self.web.stream("GET", address) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise FileUnavailable(FileTrouble.UNREACHABLE)
                if answer.headers.get("content-encoding", "identity") != "identity":
                    raise FileUnavailable(FileTrouble.NOT_PLAYABLE)
                for piece in answer.iter_raw():
                    body += piece
                    if len(body) > most:
                        raise FileUnavailable(FileTrouble.TOO_LARGE)
                    if time.monotonic() > until:
                        raise FileUnavailable(FileTrouble.UNREACHABLE)
        except NotPublic as error:
            raise FileUnavailable(FileTrouble.PRIVATE) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise FileUnavailable(FileTrouble.UNREACHABLE) from error
        return body

    def close(self) -> None:
        """Close all connections."""
        self.web.close()

    def _open(self, address: str, byte_range: str, known_type: str) -> OpenedRemoteFile:
        try:
            request = self.web.build_request("GET", address, headers={"Range": byte_range} if byte_range else {})
            answer = self.web.send(request, stream=True)
        except NotPublic as error:
            raise FileUnavailable(FileTrouble.PRIVATE) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise FileUnavailable(FileTrouble.UNREACHABLE) from error
        try:
            return _judged(answer, known_type)
        except httpx.HTTPError as error:
            answer.close()
            raise FileUnavailable(FileTrouble.UNREACHABLE) from error
        except FileUnavailable:
            answer.close()
            raise


def _judged(answer: httpx.Response, known_type: str) -> OpenedRemoteFile:
    if answer.status_code not in {httpx.codes.OK, httpx.codes.PARTIAL_CONTENT}:
        raise FileUnavailable(FileTrouble.UNREACHABLE)
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise FileUnavailable(FileTrouble.NOT_PLAYABLE)
    opened = OpenedRemoteFile(answer, b"", iter(()), known_type)
    if opened.is_part and not opened.content_range:
        raise FileUnavailable(FileTrouble.NOT_PLAYABLE)
    if (opened.total or 0) > MOST_BYTES or (opened.length or 0) > MOST_BYTES:
        raise FileUnavailable(FileTrouble.TOO_LARGE)
    rest = answer.iter_raw()
    head, until = b"", time.monotonic() + _HEAD_WITHIN
    if not opened.first:
        while len(head) < _LONGEST_SIGN and (piece := next(rest, b"")):
            head += piece
            if time.monotonic() > until:
                raise FileUnavailable(FileTrouble.UNREACHABLE)
    media_type = known_type if opened.first else media_type_of(head)
    if not media_type:
        raise FileUnavailable(FileTrouble.NOT_PLAYABLE)
    return OpenedRemoteFile(answer, head, rest, media_type)
