"""Media files as people bring them, made here: small, and real where that matters."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path


def opened(file: Path) -> BytesIO:
    """Return a file as adapters are handed it."""
    return BytesIO(file.read_bytes())


def gif(frames: int = 2, width: int = 40, height: int = 40) -> bytes:
    """Return a GIF with this many frames, each of one black pixel."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    frame = b"\x21\xf9\x04\x00\x0a\x00\x00\x00\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b"\x3b"


def _box(kind: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _track(handler: bytes, seconds: float, entry: bytes, frames: int = 0) -> bytes:
    return _box(
        b"trak",
        _box(
            b"mdia",
            _box(b"mdhd", bytes(12), struct.pack(">II", 1000, int(seconds * 1000)), bytes(4)),
            _box(b"hdlr", bytes(8), handler, bytes(13)),
            _box(
                b"minf",
                _box(
                    b"stbl",
                    _box(b"stsd", bytes(4), struct.pack(">I", 1), entry),
                    _box(b"stts", bytes(4), struct.pack(">III", 1, frames, 1)),
                ),
            ),
        ),
    )


def mp4(
    seconds: float = 10,
    width: int = 1280,
    height: int = 720,
    rate: float = 30,
    codec: bytes = b"avc1",
    sound: bytes = b"mp4a",
    channels: int = 2,
    more: bytes = b"",
) -> bytes:
    """Return the headers of a video of this length (seconds), as a phone writes them; `more` stands in its `moov`
    box."""
    video = _box(codec, bytes(24), struct.pack(">HH", width, height), bytes(50))
    audio = _box(sound, bytes(16), struct.pack(">HH", channels, 16), bytes(8)) if sound else b""
    tracks = [_track(b"vide", seconds, video, round(seconds * rate))]
    tracks += [_track(b"soun", seconds, audio)] if audio else []
    header = _box(b"mvhd", bytes(12), struct.pack(">II", 1000, int(seconds * 1000)), bytes(80))
    kind = _box(b"ftyp", b"isom", bytes(4), b"isomiso2avc1mp41")
    return kind + _box(b"moov", header, *tracks, more) + _box(b"mdat", bytes(64))


def _element(number: int, *inside: bytes) -> bytes:
    content = b"".join(inside)
    length = (number.bit_length() + 7) // 8
    return number.to_bytes(length, "big") + (0x10000000 | len(content)).to_bytes(4, "big") + content


def matroska(doctype: bytes = b"webm", seconds: float = 10, codec: bytes = b"V_VP9", more: bytes = b"") -> bytes:
    """Return the headers of a WebM video, or of another Matroska file; `more` stands at the segment's end."""
    info = _element(
        0x1549A966, _element(0x2AD7B1, b"\x0f\x42\x40"), _element(0x4489, struct.pack(">d", seconds * 1000))
    )
    picture = _element(0xE0, _element(0xB0, struct.pack(">H", 640)), _element(0xBA, struct.pack(">H", 360)))
    track = _element(
        0xAE, _element(0x83, b"\x01"), _element(0x86, codec), _element(0x23E383, b"\x01\xfc\xa0\x55"), picture
    )
    head = _element(0x1A45DFA3, _element(0x4282, doctype))
    return head + _element(0x18538067, info, _element(0x1654AE6B, track), more)
