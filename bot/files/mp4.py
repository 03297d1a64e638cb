"""Reads the headers of MP4 and QuickTime files: pixels, length, codecs, channels; of fragmented ones too.

Sources: ISO/IEC 14496-12 (boxes, edit lists, fragments), 14496-1 (`esds`) and 14496-3 (AAC's channels), ETSI TS 102 366
(`dac3`), Apple's QuickTime File Format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import field, replace
from typing import BinaryIO

from bot.domain.message import MediaFacts
from bot.files.containers import Piece, codec
from bot.values import dataclass


@dataclass(frozen=True)
class Box(Piece):
    """A box of an MP4 file, by its kind; `is_cut_off` where the file ends before it does."""

    kind: bytes
    is_cut_off: bool = False


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
        yield Box(start, stop, kind, is_cut_off=begin + size > last)
        begin = stop


def _inside(file: BinaryIO, outer: Box, *kinds: bytes) -> Iterator[Box]:
    """Yield the boxes of the last kind, down a path of kinds."""
    for box in boxes(file, outer.begin, outer.end):
        if box.kind == kinds[0]:
            if len(kinds) == 1:
                yield box
            else:
                yield from _inside(file, box, *kinds[1:])


def _first(file: BinaryIO, outer: Box, *kinds: bytes) -> bytes:
    """Return the content of the first box down a path of kinds, or nothing."""
    return next((box.content(file) for box in _inside(file, outer, *kinds)), b"")


def is_cut_off(file: BinaryIO) -> bool:
    """Return whether the end of a film is missing, or its index, without which nobody can play it. Raise OSError."""
    top = list(boxes(file))
    is_whole = any(box.kind == b"moov" for box in top)
    return not is_whole or any(box.is_cut_off and box.kind in (b"mdat", b"moov", b"moof") for box in top)


@dataclass
class _Track:
    """What a track shows; `length` is in units of `scale` a second, `samples` counts its pictures or sounds."""

    handler: bytes
    entry: bytes
    scale: int
    length: int = 0
    samples: int = 0
    edited: float | None = None
    usual_length: int = 0
    begins: int | None = None
    ends: int = 0

    @property
    def plain_seconds(self) -> float:
        """How long its samples are together; fragments may follow what the index has."""
        begins = 0 if self.length else self.begins or 0
        return max(self.ends - begins, self.length) / self.scale if self.scale else 0.0

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.edited if self.edited is not None and not self.ends else self.plain_seconds


@dataclass
class _Film:
    tracks: dict[int, _Track] = field(default_factory=dict)
    scale: int = 0
    length: int = 0
    fragments_length: int = 0

    @property
    def seconds(self) -> float:
        """How long the film plays: as its longest track, or what its header says where no track says it."""
        tracks = max((each.seconds for each in self.tracks.values() if each.handler in (b"vide", b"soun")), default=0.0)
        in_header = max(self.length, self.fragments_length) / self.scale if self.scale else 0.0
        return tracks or in_header


def facts(file: BinaryIO) -> MediaFacts:
    """Return what the headers of a film or a sound show. Raise what `struct` and slices do of a broken one."""
    film = _Film()
    fragments = []
    for box in boxes(file):
        if box.kind == b"moov":
            _movie(file, box, film)
        elif box.kind == b"moof":
            fragments.append(box)
    for box in fragments:
        for traf in _inside(file, box, b"traf"):
            _fragment(file, traf, film)
    media_facts = MediaFacts(seconds=film.seconds)
    for track in film.tracks.values():
        name = track.entry[4:8].decode("latin-1")
        if track.handler == b"vide" and not media_facts.video_codec:
            width, height = struct.unpack(">HH", track.entry[32:36])
            rate = track.samples / track.plain_seconds if track.plain_seconds else 0.0
            media_facts = replace(
                media_facts, width=width, height=height, video_codec=_pictures(name, track.entry), frame_rate=rate
            )
        elif track.handler == b"soun" and not media_facts.audio_codec:
            kind, channels = _sound(name, track.entry)
            media_facts = replace(media_facts, audio_codec=kind, audio_channels=channels)
    return media_facts


def _movie(file: BinaryIO, moov: Box, film: _Film) -> None:
    if header := _first(file, moov, b"mvhd"):
        film.scale, film.length = _duration(header)
    if whole := _first(file, moov, b"mvex", b"mehd"):
        film.fragments_length = _whole(whole[4:12]) if whole[0] == 1 else _whole(whole[4:8])
    for trak in _inside(file, moov, b"trak"):
        handler = _first(file, trak, b"mdia", b"hdlr")[8:12]
        scale, length = _duration(_first(file, trak, b"mdia", b"mdhd") or bytes(24))
        entry = _first(file, trak, b"mdia", b"minf", b"stbl", b"stsd")[8:]
        times = _first(file, trak, b"mdia", b"minf", b"stbl", b"stts")
        header = _first(file, trak, b"tkhd")
        number = _whole(header[20:24] if header[:1] == b"\x01" else header[12:16]) or -len(film.tracks) - 1
        edited = _edited(_first(file, trak, b"edts", b"elst"), film.scale, length / scale if scale else 0.0)
        film.tracks[number] = _Track(handler, entry, scale, length, _samples(times), edited)
    for usual in _inside(file, moov, b"mvex", b"trex"):
        data = usual.content(file)
        if (track := film.tracks.get(_whole(data[4:8]))) is not None:
            track.usual_length = _whole(data[12:16])


def _whole(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _duration(data: bytes) -> tuple[int, int]:
    """Return the units of a second, and the length in them, that an `mvhd` or `mdhd` box tells."""
    scale, length = struct.unpack(">IQ", data[20:32]) if data[0] == 1 else struct.unpack(">II", data[12:20])
    return scale, 0 if length in (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF) else length


def _edited(data: bytes, scale: int, whole: float) -> float | None:
    """Return the seconds that an edit list leaves of a track, or None where it has none or leaves all to its end."""
    if not data or not scale:
        return None
    size, kind = (20, ">Qq") if data[0] == 1 else (12, ">Ii")
    entries = [
        struct.unpack(kind, data[place : place + size - 4])
        for place in range(8, 8 + size * _whole(data[4:8]), size)
        if place + size <= len(data)
    ]
    shown = [length for length, at in entries if at >= 0]
    if not shown or any(length == 0 for length in shown):
        return None
    seconds = float(sum(shown) / scale)
    waits = float(sum(length for length, at in entries if at < 0) / scale)
    return waits + (min(seconds, whole) if whole and len(shown) == 1 else seconds)


def _samples(data: bytes) -> int:
    """Return how many samples an `stts` box counts."""
    count = _whole(data[4:8])
    return sum(_whole(data[place : place + 4]) for place in range(8, min(8 + 8 * count, len(data)), 8))


_BASE, _DESCRIPTION, _LENGTH = 0x1, 0x2, 0x8
_DATA, _FIRST, _OF_EACH, _SIZES, _FLAGS, _OFFSETS = 0x1, 0x4, 0x100, 0x200, 0x400, 0x800


def _fragment(file: BinaryIO, traf: Box, film: _Film) -> None:
    """Add the samples of one track in one fragment."""
    header = _first(file, traf, b"tfhd")
    flags, place = _whole(header[1:4]), 8
    track = film.tracks.get(_whole(header[4:8]))
    if track is None:
        return
    place += 8 * bool(flags & _BASE) + 4 * bool(flags & _DESCRIPTION)
    usual = _whole(header[place : place + 4]) if flags & _LENGTH else track.usual_length
    begins = _first(file, traf, b"tfdt")
    at = (_whole(begins[4:12]) if begins[0] == 1 else _whole(begins[4:8])) if begins else track.ends
    track.begins = at if track.begins is None else min(track.begins, at)
    for run in _inside(file, traf, b"trun"):
        samples, length = _run(run.content(file), usual)
        track.samples += samples
        at += length
    track.ends = max(track.ends, at)


def _run(data: bytes, usual: int) -> tuple[int, int]:
    """Return how many samples a `trun` box has, and how long they are together."""
    flags, samples = _whole(data[1:4]), _whole(data[4:8])
    if not flags & _OF_EACH:
        return samples, samples * usual
    first = 8 + 4 * bool(flags & _DATA) + 4 * bool(flags & _FIRST)
    step = 4 * sum(bool(flags & each) for each in (_OF_EACH, _SIZES, _FLAGS, _OFFSETS))
    places = range(first, min(first + step * samples, len(data)), step)
    return samples, sum(_whole(data[place : place + 4]) for place in places)


# What stands in an entry of codecs

_PICTURES = {0x20: "mpeg4", 0x6A: "mpeg1video", 0x6C: "mjpeg", 0x6D: "png"}
_PICTURES |= dict.fromkeys(range(0x60, 0x66), "mpeg2video")
_SOUNDS = {
    0x69: "mp3",
    0x6B: "mp3",
    0xA5: "ac3",
    0xA6: "eac3",
    0xA9: "dts",
    0xAD: "opus",
    0xDD: "vorbis",
    0xE1: "qcelp",
}
"""Object types of `esds` (mp4ra.org); most others of sound are AAC."""

_CHANNELS = {7: 8, 11: 7, 12: 8, 14: 8}
"""AAC's channel configurations that are not the number of their channels."""

_AC3_CHANNELS = (2, 1, 2, 3, 3, 4, 4, 5)


def _pictures(name: str, entry: bytes) -> str:
    return _PICTURES.get(_described(entry)[0], codec(name)) if name == "mp4v" else codec(name)


def _sound(name: str, entry: bytes) -> tuple[str, int]:
    """Return the codec of a sound and its channels: where the codec says them itself, the container may be wrong."""
    channels = struct.unpack(">I", entry[56:60])[0] if entry[16:18] == b"\x00\x02" else _whole(entry[24:26])
    if name == "mp4a":
        kind, setup = _described(entry)
        if kind in _SOUNDS:
            return _SOUNDS[kind], channels
        return codec(name), _aac_channels(setup) or channels
    place = entry.find(b"dac3")
    if place >= 0 and len(entry) >= place + 7:
        bits = _whole(entry[place + 4 : place + 7])
        return codec(name), _AC3_CHANNELS[bits >> 11 & 7] + (bits >> 10 & 1)
    return codec(name), channels


def _described(entry: bytes) -> tuple[int, bytes]:
    """Return the object type and the decoder's set-up that an `esds` box in an entry has; 0 and nothing for none."""
    place = entry.find(b"esds")
    if place < 0:
        return 0, b""
    tag, data, _ = _descriptor(entry[place + 8 :])
    if tag != 3:
        return 0, b""
    flags, at = data[2], 3
    at += 2 * bool(flags & 0x80) + 2 * bool(flags & 0x20)
    at += 1 + data[at] if flags & 0x40 else 0
    tag, data, _ = _descriptor(data[at:])
    if tag != 4:
        return 0, b""
    inner, setup, _ = _descriptor(data[13:]) if len(data) > 13 else (0, b"", b"")
    return data[0], setup if inner == 5 else b""


def _descriptor(data: bytes) -> tuple[int, bytes, bytes]:
    """Return the tag of a descriptor, what it holds, and what follows it."""
    size, at = 0, 1
    while at < 5:
        size, at = size << 7 | data[at] & 0x7F, at + 1
        if not data[at - 1] & 0x80:
            break
    return data[0], data[at : at + size], data[at + size :]


class _Bits:
    """Bits read one after the other; behind the end all are 0."""

    def __init__(self, data: bytes) -> None:
        self._rest = "".join(f"{byte:08b}" for byte in data)

    def take(self, count: int) -> int:
        """Read the next bits, and return them as a number."""
        bits, self._rest = self._rest[:count], self._rest[count:]
        return int(bits or "0", 2)

    def object_type(self) -> int:
        """Return the next audio object type."""
        kind = self.take(5)
        return 32 + self.take(6) if kind == 31 else kind

    def frequency(self) -> None:
        """Pass the next sampling frequency."""
        if self.take(4) == 15:
            self.take(24)


def _aac_channels(setup: bytes) -> int:
    """Return the channels of an AudioSpecificConfig, or 0."""
    bits = _Bits(setup)
    kind = bits.object_type()
    bits.frequency()
    count = bits.take(4)
    if count:
        channels = _CHANNELS.get(count, count)
        return 2 if kind == 29 and channels == 1 else channels  # parametric stereo
    if kind in (5, 29):
        bits.frequency()
        bits.object_type()
    bits.take(1)
    if bits.take(1):
        bits.take(14)
    bits.take(1)
    return _listed_channels(bits) if setup else 0


def _listed_channels(bits: _Bits) -> int:
    """Return the channels of a program config element: pairs and single ones in front, beside, behind, and low ones."""
    bits.take(10)
    front, side, back, low = (bits.take(4), bits.take(4), bits.take(4), bits.take(2))
    bits.take(7)
    for length in (4, 4, 3):
        if bits.take(1):
            bits.take(length)
    channels = low
    for _ in range(front + side + back):
        channels += 1 + bits.take(1)
        bits.take(4)
    return channels
