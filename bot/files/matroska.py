"""Reads the headers of Matroska and WebM files, and the length of those that do not say it (recorded live).

Sources: RFC 8794 (EBML) and RFC 9559 (Matroska).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from bot.domain.message import MediaFacts
from bot.files.containers import Piece, codec
from bot.values import dataclass

TYPES = frozenset({"video/webm", "video/x-matroska"})

_HEAD, _SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
TAGS = 0x1254C367
_TOP = frozenset({_HEAD, _SEGMENT, _INFO, _TRACKS, _CLUSTER, TAGS, 0x114D9B74, 0x1C53BB6B, 0x1941A469, 0x1043A770})
"""What stands in a segment or beside it: where one of them begins, a cluster of unknown length has ended."""

_SCALE, _DURATION, _ENTRY = 0x2AD7B1, 0x4489, 0xAE
_TYPE, _CODEC_ID, _FRAME_NS = 0x83, 0x86, 0x23E383
_VIDEO, _WIDTH, _HEIGHT, _AUDIO, _CHANNELS = 0xE0, 0xB0, 0xBA, 0xE1, 0x9F
_TIMESTAMP, _SIMPLE_BLOCK, _GROUP, _BLOCK, _BLOCK_DURATION = 0xE7, 0xA3, 0xA0, 0xA1, 0x9B


@dataclass(frozen=True)
class Element(Piece):
    """An element of an EBML file, by its id; `is_cut_off` where the file ends before it does."""

    id: int
    is_cut_off: bool = False

    def number(self, file: BinaryIO) -> int:
        """Return the whole number inside."""
        return int.from_bytes(self.content(file), "big")


def elements(file: BinaryIO, begin: int, end: int) -> Iterator[Element]:
    """Yield the elements between two places of a file; one of unknown length reaches to the end, a cluster to the next
    element that is no part of it."""
    while begin < end and (head := _head(file, begin)):
        number, start, size = head
        stop = end if size is None else min(start + size, end)
        if size is None and number == _CLUSTER:
            stop = _end_of_cluster(file, start, end)
        yield Element(start, stop, number, is_cut_off=size is not None and start + size > end)
        begin = stop


def _head(file: BinaryIO, begin: int) -> tuple[int, int, int | None] | None:
    """Return an element's id, where its content begins and how long that is (None: not known); None for no element."""
    file.seek(begin)
    head = file.read(12)
    if not head or not head[0]:
        return None
    id_length = 9 - head[0].bit_length()
    if len(head) <= id_length or not head[id_length]:
        return None
    length = 9 - head[id_length].bit_length()
    most = (1 << 7 * length) - 1
    size = int.from_bytes(head[id_length : id_length + length], "big") & most
    return int.from_bytes(head[:id_length], "big"), begin + id_length + length, None if size == most else size


def _end_of_cluster(file: BinaryIO, begin: int, end: int) -> int:
    while begin < end and (head := _head(file, begin)):
        if head[0] in _TOP or head[2] is None:
            return begin
        begin = head[1] + head[2]
    return min(begin, end)


def segment_elements(file: BinaryIO) -> Iterator[Element]:
    """Yield what stands in the segments of a Matroska or WebM file, its pictures' clusters among it."""
    for outer in elements(file, 0, file.seek(0, 2)):
        if outer.id == _SEGMENT:
            yield from elements(file, outer.begin, outer.end)


def is_cut_off(file: BinaryIO) -> bool:
    """Return whether the file ends before its film does, or has none. Raise OSError."""
    outer = [each for each in elements(file, 0, file.seek(0, 2)) if each.id == _SEGMENT]
    return not outer or outer[0].is_cut_off


def facts(file: BinaryIO) -> MediaFacts:
    """Return what the headers of a film show. Raise what `struct` and slices do of a broken one."""
    film, scale = MediaFacts(), 1_000_000
    clusters: list[Element] = []
    for element in segment_elements(file):
        inner = list(elements(file, element.begin, element.end)) if element.id in (_INFO, _TRACKS) else []
        if element.id == _INFO:
            by_id = {element.id: element for element in inner}
            scale = by_id[_SCALE].number(file) if _SCALE in by_id else scale
            if _DURATION in by_id:
                film = replace(film, seconds=_float(by_id[_DURATION].content(file)) * scale / 1e9)
        elif element.id == _TRACKS:
            for entry in inner:
                film = _track(file, entry, film)
        elif element.id == _CLUSTER:
            if film.video_codec and film.seconds:
                break
            clusters.append(element)
    if not film.seconds and clusters:
        film = replace(film, seconds=_played(file, clusters) * scale / 1e9)
    return film


def _played(file: BinaryIO, clusters: list[Element]) -> int:
    """Return how long clusters play, from their first block to the end of the last one."""
    first = min((at for at, _ in _blocks(file, clusters[0])), default=0)
    return max((end for _, end in _blocks(file, clusters[-1])), default=first) - first


def _blocks(file: BinaryIO, cluster: Element) -> Iterator[tuple[int, int]]:
    """Yield when each block of a cluster begins and ends; one that does not say it is as long as the one before."""
    time = 0
    last: dict[int, int] = {}
    usual: dict[int, int] = {}
    for element in elements(file, cluster.begin, cluster.end):
        if element.id == _TIMESTAMP:
            time = element.number(file)
        inner = [element] if element.id == _SIMPLE_BLOCK else []
        if element.id == _GROUP:
            inner = list(elements(file, element.begin, element.end))
        length = next((each.number(file) for each in inner if each.id == _BLOCK_DURATION), 0)
        for block in inner:
            if block.id in (_SIMPLE_BLOCK, _BLOCK):
                file.seek(block.begin)
                data = file.read(11)
                width = 9 - data[0].bit_length()
                track = data[0]
                at = time + struct.unpack(">h", data[width : width + 2])[0]
                if track in last:
                    usual[track] = at - last[track]
                last[track] = at
                yield at, at + (length or max(usual.get(track, 0), 0))


def _track(file: BinaryIO, entry: Element, found: MediaFacts) -> MediaFacts:
    by_id = {element.id: element for element in elements(file, entry.begin, entry.end)}
    kind = by_id[_TYPE].number(file) if _TYPE in by_id else 0
    name = codec(by_id[_CODEC_ID].content(file).decode("latin-1")) if _CODEC_ID in by_id else ""
    if kind == 1 and _VIDEO in by_id and not found.video_codec:
        inner = {element.id: element.number(file) for element in elements(file, by_id[_VIDEO].begin, by_id[_VIDEO].end)}
        frame_ns = by_id[_FRAME_NS].number(file) if _FRAME_NS in by_id else 0
        rate = 1e9 / frame_ns if frame_ns else 0.0
        width, height = inner.get(_WIDTH, 0), inner.get(_HEIGHT, 0)
        return replace(found, width=width, height=height, video_codec=name, frame_rate=rate)
    if kind == 2 and not found.audio_codec:
        channels = 1
        if _AUDIO in by_id:
            inner = {
                element.id: element.number(file) for element in elements(file, by_id[_AUDIO].begin, by_id[_AUDIO].end)
            }
            channels = inner.get(_CHANNELS, 1)
        return replace(found, audio_codec=name, audio_channels=channels)
    return found


def _float(data: bytes) -> float:
    return float(struct.unpack(">d" if len(data) == 8 else ">f", data)[0])
