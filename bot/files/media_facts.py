"""What a media file shows of itself: its type by its bytes, its size in pixels, its length, its codecs.

`ffprobe` (of ffmpeg) is asked about videos where it is installed; a small reader of headers serves everywhere. Names
lie, and platforms look at the bytes too. Sources: ISO/IEC 14496-12 (MP4), RFC 8794 and 9559 (EBML, Matroska), GIF89a,
RFC 2083 (PNG), RFC 9649 (WebP).
"""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from bot.domain.message import MediaFacts

HEAD = 4096
"""How many of the first bytes show what a file is."""

_MOST_HEADERS = 64 * 1024 * 1024
"""No header of a video is longer; a file that says so is not read into memory."""

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

_CODECS = {
    "avc1": "h264",
    "avc3": "h264",
    "hvc1": "hevc",
    "hev1": "hevc",
    "dvh1": "hevc",
    "dvhe": "hevc",
    "mp4v": "mpeg4",
    "av01": "av1",
    "vp08": "vp8",
    "vp09": "vp9",
    "jpeg": "mjpeg",
    "s263": "h263",
    "mp4a": "aac",
    ".mp3": "mp3",
    "Opus": "opus",
    "fLaC": "flac",
    "alac": "alac",
    "ac-3": "ac3",
    "ec-3": "eac3",
    "samr": "amr_nb",
    "sowt": "pcm_s16le",
    "twos": "pcm_s16be",
    "lpcm": "pcm",
    "V_MPEG4/ISO/AVC": "h264",
    "V_MPEGH/ISO/HEVC": "hevc",
    "V_VP8": "vp8",
    "V_VP9": "vp9",
    "V_AV1": "av1",
    "A_AAC": "aac",
    "A_OPUS": "opus",
    "A_VORBIS": "vorbis",
    "A_MPEG/L3": "mp3",
    "A_AC3": "ac3",
    "A_FLAC": "flac",
}
"""Containers' names of codecs, and ffmpeg's."""


def recognised(start: bytes) -> str:
    """Return the media type that a file's first bytes (`HEAD` of them) show, or ""."""
    if start.startswith(b"\x1a\x45\xdf\xa3"):
        return _DOCTYPES.get(_doctype(start), "video/x-matroska")
    for signature, mime_type in _SIGNATURES:
        if start.startswith(signature):
            return mime_type
    if start[4:8] == b"ftyp":
        return _of_brands(start)
    if start[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "video/quicktime"
    if start.startswith(b"RIFF"):
        return _RIFF.get(start[8:12], "")
    if start[:1] == b"\x47" and start[188:189] == b"\x47":
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
                return _matroska(file)
            case "video/mp4" | "video/quicktime" | "video/3gpp" | "video/3gpp2" | "audio/mp4":
                return _mp4(file)
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
    data = file.read(_MOST_HEADERS)
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
    for box in boxes(file):
        if box.kind == b"meta":
            data = box.content(file)
            place = data.find(b"ispe")
            while place >= 0:
                width, height = struct.unpack(">II", data[place + 8 : place + 16])
                largest = max(largest, (width, height), key=lambda size: size[0] * size[1])
                place = data.find(b"ispe", place + 4)
    return MediaFacts(*largest)


# MP4 and QuickTime


@dataclass(frozen=True)
class Piece:
    """A piece of a file: where its content begins and ends."""

    begin: int
    end: int

    def content(self, file: BinaryIO) -> bytes:
        """Return the bytes inside. Raise ValueError where there are too many to be a header."""
        if self.end - self.begin > _MOST_HEADERS:
            raise ValueError("too long for a header")
        file.seek(self.begin)
        return file.read(self.end - self.begin)


@dataclass(frozen=True)
class Box(Piece):
    """A box of an MP4 file, by its kind."""

    kind: bytes


def boxes(file: BinaryIO, begin: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes between two places of a file, one after the other."""
    last = file.seek(0, 2) if end is None else end
    while begin + 8 <= last:
        file.seek(begin)
        head = file.read(16)
        size, kind, start = int.from_bytes(head[:4], "big"), head[4:8], begin + 8
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), begin + 16
        stop = last if size == 0 else min(begin + size, last)
        if stop < start:
            return
        yield Box(start, stop, kind)
        begin = stop


def _inside(file: BinaryIO, outer: Box, *kinds: bytes) -> Iterator[Box]:
    """Yield the boxes of the last kind, down a path of kinds."""
    for box in boxes(file, outer.begin, outer.end):
        if box.kind == kinds[0]:
            if len(kinds) == 1:
                yield box
            else:
                yield from _inside(file, box, *kinds[1:])


def _mp4(file: BinaryIO) -> MediaFacts:
    facts = MediaFacts()
    for moov in (box for box in boxes(file) if box.kind == b"moov"):
        seconds = max((_duration(box.content(file)) for box in _inside(file, moov, b"mvhd")), default=0.0)
        facts = replace(facts, seconds=seconds)
        for track in _inside(file, moov, b"trak"):
            facts = _track(file, track, facts)
    return facts


def _duration(data: bytes) -> float:
    """Return the seconds that an `mvhd` or `mdhd` box tells."""
    scale, duration = struct.unpack(">IQ", data[20:32]) if data[0] == 1 else struct.unpack(">II", data[12:20])
    unknown = duration in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
    return 0.0 if unknown or not scale else float(duration / scale)


def _track(file: BinaryIO, track: Box, facts: MediaFacts) -> MediaFacts:
    handler = next((box.content(file)[8:12] for box in _inside(file, track, b"mdia", b"hdlr")), b"")
    seconds = next((_duration(box.content(file)) for box in _inside(file, track, b"mdia", b"mdhd")), 0.0)
    entry = next((box.content(file)[8:] for box in _inside(file, track, b"mdia", b"minf", b"stbl", b"stsd")), b"")
    kind = entry[4:8].decode("latin-1")
    if handler == b"vide" and not facts.video_codec:
        width, height = struct.unpack(">HH", entry[32:36])
        frames = next(
            (_samples(box.content(file)) for box in _inside(file, track, b"mdia", b"minf", b"stbl", b"stts")), 0
        )
        rate = frames / seconds if seconds else 0.0
        longest = max(facts.seconds, seconds)
        return replace(facts, width=width, height=height, video_codec=_codec(kind), frame_rate=rate, seconds=longest)
    if handler == b"soun" and not facts.audio_codec:
        channels = int.from_bytes(entry[24:26], "big")
        return replace(facts, audio_codec=_codec(kind), audio_channels=channels)
    return facts


def _samples(data: bytes) -> int:
    """Return how many samples an `stts` box counts."""
    count = int.from_bytes(data[4:8], "big")
    return sum(int.from_bytes(data[place : place + 4], "big") for place in range(8, 8 + 8 * count, 8))


def _codec(name: str) -> str:
    """Return ffmpeg's name of a codec, or the container's own where that is not known."""
    if name.startswith("ap"):
        return "prores"
    return _CODECS.get(name) or next(
        (_CODECS[key] for key in _CODECS if "_" in key and name.startswith(key)), name.strip()
    )


# Matroska and WebM

_SEGMENT, _INFO, _TRACKS, _CLUSTER, _TAGS = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1254C367
_SCALE, _DURATION, _ENTRY = 0x2AD7B1, 0x4489, 0xAE
_TYPE, _CODEC_ID, _FRAME_NS = 0x83, 0x86, 0x23E383
_VIDEO, _WIDTH, _HEIGHT, _AUDIO, _CHANNELS = 0xE0, 0xB0, 0xBA, 0xE1, 0x9F


@dataclass(frozen=True)
class Element(Piece):
    """An element of an EBML file, by its id."""

    id: int

    def number(self, file: BinaryIO) -> int:
        """Return the whole number inside."""
        return int.from_bytes(self.content(file), "big")


def elements(file: BinaryIO, begin: int, end: int) -> Iterator[Element]:
    """Yield the elements between two places of a file; one of unknown length reaches to the end."""
    while begin < end:
        file.seek(begin)
        head = file.read(12)
        if not head or not head[0]:
            return
        id_length = 9 - head[0].bit_length()
        if len(head) <= id_length or not head[id_length]:
            return
        length = 9 - head[id_length].bit_length()
        size = int.from_bytes(head[id_length : id_length + length], "big") & ((1 << 7 * length) - 1)
        start = begin + id_length + length
        is_unknown = size == (1 << 7 * length) - 1
        stop = end if is_unknown else min(start + size, end)
        yield Element(start, stop, int.from_bytes(head[:id_length], "big"))
        begin = stop


def segment_elements(file: BinaryIO) -> Iterator[Element]:
    """Yield what stands in the segments of a Matroska or WebM file, its pictures' clusters among it."""
    for outer in elements(file, 0, file.seek(0, 2)):
        if outer.id == _SEGMENT:
            yield from elements(file, outer.begin, outer.end)


def _matroska(file: BinaryIO) -> MediaFacts:
    facts = MediaFacts()
    for element in segment_elements(file):
        inner = list(elements(file, element.begin, element.end)) if element.id in (_INFO, _TRACKS) else []
        if element.id == _INFO:
            by_id = {element.id: element for element in inner}
            scale = by_id[_SCALE].number(file) if _SCALE in by_id else 1_000_000
            if _DURATION in by_id:
                facts = replace(facts, seconds=_float(by_id[_DURATION].content(file)) * scale / 1e9)
        elif element.id == _TRACKS:
            for entry in inner:
                facts = _matroska_track(file, entry, facts)
        elif element.id == _CLUSTER and facts.video_codec:
            break
    return facts


def _matroska_track(file: BinaryIO, entry: Element, facts: MediaFacts) -> MediaFacts:
    by_id = {element.id: element for element in elements(file, entry.begin, entry.end)}
    kind = by_id[_TYPE].number(file) if _TYPE in by_id else 0
    codec = _codec(by_id[_CODEC_ID].content(file).decode("latin-1")) if _CODEC_ID in by_id else ""
    if kind == 1 and _VIDEO in by_id and not facts.video_codec:
        inner = {element.id: element.number(file) for element in elements(file, by_id[_VIDEO].begin, by_id[_VIDEO].end)}
        frame_ns = by_id[_FRAME_NS].number(file) if _FRAME_NS in by_id else 0
        rate = 1e9 / frame_ns if frame_ns else 0.0
        width, height = inner.get(_WIDTH, 0), inner.get(_HEIGHT, 0)
        return replace(facts, width=width, height=height, video_codec=codec, frame_rate=rate)
    if kind == 2 and not facts.audio_codec:
        channels = 1
        if _AUDIO in by_id:
            inner = {
                element.id: element.number(file) for element in elements(file, by_id[_AUDIO].begin, by_id[_AUDIO].end)
            }
            channels = inner.get(_CHANNELS, 1)
        return replace(facts, audio_codec=codec, audio_channels=channels)
    return facts


def _float(data: bytes) -> float:
    return float(struct.unpack(">d" if len(data) == 8 else ">f", data)[0])


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
