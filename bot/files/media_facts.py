"""What a media file shows of itself: its type by its bytes, its size in pixels, its length, its codecs.

`ffprobe` (of ffmpeg) is asked about videos where it is installed; a small reader of headers serves everywhere. Names
lie, and platforms look at the bytes too. Sources: GIF89a, RFC 2083 (PNG), RFC 9649 (WebP), and those of the containers.
"""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from bot.domain.message import MediaFacts
from bot.files import matroska, mp4
from bot.files.containers import MOST_HEADERS

HEAD = 4096
"""How many of the first bytes show what a file is."""

_FFPROBE_PATIENCE = 20.0
"""Seconds."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cJXL ", "image/jxl"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"%PDF", "application/pdf"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
    (b".RMF", "application/vnd.rn-realmedia"),
    (b"\x06\x0e\x2b\x34", "application/mxf"),
    (b"FWS", "application/x-shockwave-flash"),
    (b"CWS", "application/x-shockwave-flash"),
    (b"\x00\x00\x00\x01\x67", "video/h264"),
    (b"\x00\x00\x00\x01\x40", "video/hevc"),
    (b"\x00\x00\x00\x01\x09", "video/h264"),
    (b"caff", "audio/x-caf"),
    (b"MThd", "audio/midi"),
)
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"hevx": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"crx ": "image/x-canon-cr3",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"M4P ": "audio/mp4",
    b"3gp4": "video/3gpp",
    b"3gp5": "video/3gpp",
    b"3gp6": "video/3gpp",
    b"3g2a": "video/3gpp2",
}
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_DOCTYPES = {b"webm": "video/webm", b"matroska": "video/x-matroska"}


def recognised(start: bytes) -> str:
    """Return the media type that a file's first bytes (`HEAD` of them) show, or ""."""
    if start.startswith(b"\x1a\x45\xdf\xa3"):
        return _DOCTYPES.get(_doctype(start), "video/x-matroska")
    for signature, mime_type in _SIGNATURES:
        if start.startswith(signature):
            is_film = mime_type == "audio/ogg" and (b"\x80theora" in start[:HEAD] or b"fishead" in start[:64])
            return "video/ogg" if is_film else mime_type
    if start.startswith(b"FORM") and start[8:12] in (b"AIFF", b"AIFC"):
        return "audio/x-aiff"
    if start[4:8] == b"ftyp":
        return _of_brands(start)
    if start[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "video/quicktime"
    if start.startswith(b"RIFF"):
        return _RIFF.get(start[8:12], "")
    if any(start[at : at + 1] == start[at + step : at + step + 1] == b"\x47" for at, step in ((0, 188), (4, 192))):
        return "video/mp2t"
    if start[:2] in (b"\xff\xf1", b"\xff\xf9"):
        return "audio/aac"
    return "audio/mpeg" if start[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa") else ""


def _of_brands(start: bytes) -> str:
    """Return the type that a file of boxes says it is; a general brand gives way to one that says more."""
    size = max(16, min(int.from_bytes(start[:4], "big"), len(start)))
    brands = [start[8:12], *(start[place : place + 4] for place in range(16, size, 4))]
    first = _BRANDS.get(brands[0], "")
    if first in {"image/heif", ""}:
        for brand in brands[1:]:
            better = _BRANDS.get(brand, "")
            if better in {"image/avif", "image/heic"}:
                return better
    return first or "video/mp4"


def _doctype(start: bytes) -> bytes:
    place = start.find(b"\x42\x82")
    if place < 0 or place + 3 > len(start):
        return b""
    width = 9 - start[place + 2].bit_length()
    first = place + 2 + width
    length = int.from_bytes(start[place + 2 : first], "big") & ((1 << 7 * width) - 1)
    return start[first : first + length].rstrip(b"\x00")


def facts_of(path: Path, mime_type: str) -> MediaFacts:
    """Return what a file shows of itself; what cannot be read stays unknown. Raise OSError."""
    with path.open("rb") as file:
        facts = _headers(file, mime_type)
    if mime_type.startswith("video/") and (probe := _ffprobe()):
        return _probed(probe, path, facts)
    return facts


def _headers(file: BinaryIO, mime_type: str) -> MediaFacts:
    try:
        match mime_type:
            case "image/png":
                return _png(file)
            case "image/jpeg":
                return _jpeg(file)
            case "image/gif":
                return _gif(file)
            case "image/webp":
                return _webp(file)
            case "image/avif" | "image/heic" | "image/heif":
                return _still_boxes(file)
            case "video/webm" | "video/x-matroska":
                return matroska.facts(file)
            case "video/mp4" | "video/quicktime" | "video/3gpp" | "video/3gpp2" | "audio/mp4":
                return mp4.facts(file)
    except (struct.error, IndexError, ValueError, RecursionError):
        pass  # a file that is cut off, or no such file at all: the platform has the last word
    return MediaFacts()


# Pictures


def _png(file: BinaryIO) -> MediaFacts:
    width, height = struct.unpack(">II", file.read(24)[16:24])
    return MediaFacts(width, height)


def _jpeg(file: BinaryIO) -> MediaFacts:
    file.seek(2)
    while (marker := file.read(4)) and marker[0] == 0xFF:
        kind, length = marker[1], int.from_bytes(marker[2:4], "big")
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            _, height, width = struct.unpack(">BHH", file.read(5))
            return MediaFacts(width, height)
        file.seek(length - 2, 1)
    return MediaFacts()


def _gif(file: BinaryIO) -> MediaFacts:
    """Return the size and the number of frames, counted block by block."""
    width, height, flags = struct.unpack("<HHB", file.read(13)[6:11])
    file.seek(_colours(flags), 1)
    frames = 0
    while (block := file.read(1)) in (b"\x21", b"\x2c"):
        if block == b"\x2c":
            frames += 1
            file.seek(_colours(file.read(9)[8]) + 1, 1)
        else:
            file.seek(1, 1)
        while (size := file.read(1)) and size[0]:
            file.seek(size[0], 1)
    return MediaFacts(width, height, frames=frames if frames > 1 else 0)


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(file: BinaryIO) -> MediaFacts:
    data = file.read(MOST_HEADERS)
    kind = data[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
        frames = data.count(b"ANMF") if data[20] & 2 else 0
        return MediaFacts(width, height, frames=frames if frames > 1 else 0)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return MediaFacts(width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return MediaFacts((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
    return MediaFacts()


def _still_boxes(file: BinaryIO) -> MediaFacts:
    """Return the size of the largest picture inside; thumbnails and tiles have sizes of their own."""
    largest = (0, 0)
    for box in mp4.boxes(file):
        if box.kind == b"meta":
            data = box.content(file)
            place = data.find(b"ispe")
            while place >= 0:
                width, height = struct.unpack(">II", data[place + 8 : place + 16])
                largest = max(largest, (width, height), key=lambda size: size[0] * size[1])
                place = data.find(b"ispe", place + 4)
    return MediaFacts(*largest)


# ffprobe


@lru_cache(maxsize=1)
def _ffprobe() -> str:
    return shutil.which("ffprobe") or ""


def _probed(probe: str, path: Path, facts: MediaFacts) -> MediaFacts:
    """Return what ffprobe says of a video, over what its headers show; ffprobe may open this file and nothing else."""
    command = [probe, "-v", "error", "-protocol_whitelist", "file", "-of", "json", "-show_entries"]
    command.append(
        "stream=codec_type,codec_name,width,height,avg_frame_rate,channels:stream_disposition=attached_pic:format=duration"
    )
    command.append(f"file:{path}")
    try:
        done = subprocess.run(command, capture_output=True, timeout=_FFPROBE_PATIENCE, check=False)  # noqa: S603
        value = json.loads(done.stdout)
        streams = [
            stream for stream in value.get("streams", ()) if not stream.get("disposition", {}).get("attached_pic")
        ]
        video: dict[str, Any] = next((stream for stream in streams if stream.get("codec_type") == "video"), {})
        audio: dict[str, Any] = next((stream for stream in streams if stream.get("codec_type") == "audio"), {})
        frames, _, seconds = str(video.get("avg_frame_rate", "0/1")).partition("/")
        rate = float(frames) / float(seconds) if float(seconds or 0) else 0.0
        length = float(value.get("format", {}).get("duration") or 0)
    except (OSError, subprocess.TimeoutExpired, ValueError, TypeError, AttributeError):
        return facts
    return replace(
        facts,
        width=video.get("width") or facts.width,
        height=video.get("height") or facts.height,
        seconds=length or facts.seconds,
        frame_rate=rate or facts.frame_rate,
        video_codec=video.get("codec_name") or facts.video_codec,
        audio_codec=audio.get("codec_name") or facts.audio_codec,
        audio_channels=audio.get("channels") or facts.audio_channels,
    )
