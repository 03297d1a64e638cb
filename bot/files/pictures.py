"""Tells pictures whose end is missing: a download that broke off shows its upper half, and grey below.

Sources: RFC 2083 (PNG), ITU-T T.81 (JPEG), RFC 9649 (WebP), ISO/IEC 14496-12 (HEIC, AVIF). What follows a picture's end
is no fault: phones and editors keep things there. A GIF without its last byte is shown everywhere.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from bot.files import mp4

TYPES = frozenset({"image/png", "image/jpeg", "image/webp", "image/avif", "image/heic", "image/heif"})
"""Media types of which it can be told."""

_PNG_END = b"\x00\x00\x00\x00IEND"
_CHUNK_KIND = re.compile(rb"[A-Za-z]{4}")
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""A marker in the packed picture of a JPEG: neither a stuffed byte nor one of restart."""

_SCAN, _END = 0xDA, 0xD9
_LARGEST_JPEG = 64 * 1024 * 1024


def is_cut_off(file: BinaryIO, mime_type: str) -> bool:
    """Return whether the end of a picture is missing; False where its bytes do not tell. Raise OSError."""
    size = file.seek(0, 2)
    match mime_type:
        case "image/png":
            return _is_png_cut_off(file, size)
        case "image/jpeg":
            file.seek(0)
            return size <= _LARGEST_JPEG and _is_jpeg_cut_off(file.read())
        case "image/webp":
            file.seek(4)
            return int.from_bytes(file.read(4), "little") + 8 > size
        case "image/avif" | "image/heic" | "image/heif":
            return any(box.is_cut_off and box.kind in (b"meta", b"mdat") for box in mp4.boxes(file))
    return False


def _is_png_cut_off(file: BinaryIO, size: int) -> bool:
    file.seek(max(0, size - 12))
    if file.read(8) == _PNG_END:
        return False
    begin = 8
    while begin + 8 <= size:
        file.seek(begin)
        length, kind = int.from_bytes(file.read(4), "big"), file.read(4)
        if not _CHUNK_KIND.fullmatch(kind) or (begin == 8 and kind != b"IHDR"):
            return False
        if kind == b"IEND":
            return begin + 12 > size
        begin += 12 + length
    return begin > 8


def _is_jpeg_cut_off(data: bytes) -> bool:
    """Return whether there is no end behind the last scan; thumbnails in the headers have ends of their own."""
    begin = 2
    while begin + 4 <= len(data):
        if data[begin] != 0xFF:
            return False
        kind = data[begin + 1]
        if kind == 0xFF:
            begin += 1
            continue
        if kind == _END:
            return False
        begin += 2 + int.from_bytes(data[begin + 2 : begin + 4], "big")
        if kind == _SCAN:
            marker = _MARKER.search(data, begin)
            if marker is None:
                return True
            begin = marker.start()
            if data[begin + 1] == _END:
                return False
    return begin > 4
